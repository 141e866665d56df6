"""What a file is, what it probably is, and where it contradicts the YAML beside it."""

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import torch
from torch import Tensor

from bundles import untrained_bundle
from recorded import recording
from scoliogait.checkpoints.file_name import NameHints, name_hints, split_named_in
from scoliogait.checkpoints.inspect import CheckpointFacts, facts_of_content, inspect_checkpoint, probable_order
from scoliogait.checkpoints.opengait_config import OpenGaitConfig, read_opengait_config
from scoliogait.checkpoints.verdicts import file_verdicts, yaml_verdicts
from scoliogait.errors import DataError, ModelError

AUTHOR_STYLE = recording("drf/DRF_118_author_style-08000.pt")
LEGACY = ("negative", "positive", "neutral")
TODAY = date(2026, 1, 1)

# As the field's notes describe it: the authors' YAML, which named another split than the file beside it.
AUTHOR_YAML = """
data_cfg:
  dataset_root: /data/Scoliosis1K-drf-pkl
  dataset_partition: ./datasets/Scoliosis1K/Scoliosis1K_112.json
evaluator_cfg:
  restore_hint: 20000
  sampler: {batch_size: 8, sample_type: all_ordered}
  transform:
    - type: BaseSilCuttingTransform
trainer_cfg:
  transform:
    - type: BaseSilCuttingTransform
model_cfg:
  model: DRF
  backbone_cfg: {type: ResNet9, in_channel: 2}
  SeparateBNNecks: {class_num: 3, parts_num: 16}
"""


def facts_of(content: object, name: str = "x.pt", modified: date = TODAY) -> CheckpointFacts:
    return facts_of_content(content, name, "0" * 64, modified)


def original(channels: int) -> dict[str, Tensor]:
    return torch.load(recording(f"sconet_small_c{channels}.pt"), weights_only=True)


def config_from(text: str, folder: Path, name: str = "drf_20000.yaml") -> OpenGaitConfig:
    (folder / name).write_text(text, encoding="utf-8")
    return read_opengait_config(folder / name)


def outcomes(facts: CheckpointFacts, config: OpenGaitConfig) -> dict[str, str]:
    return {verdict.about: verdict.outcome for verdict in yaml_verdicts(facts, config)}


def test_the_facts_of_an_author_style_file() -> None:
    facts = inspect_checkpoint(AUTHOR_STYLE)
    assert (facts.kind, facts.architecture, facts.attention) == ("OpenGait checkpoint", "drf", "attention_layer")
    assert (facts.in_channels, facts.modality, facts.classes, facts.parts, facts.embedding) == (
        *(2, "skeleton map"),
        *(3, 16, 32),
    )
    assert facts.stage_widths == (8, 16, 32, 64)
    assert (facts.prefixes, facts.optimizer_state, facts.iteration) == (("module.",), False, 8000)
    assert (facts.name.split, facts.name.iteration) == ("118", 8000)
    assert facts.order.classes == LEGACY
    assert not facts.order.certain
    assert "attention_layer" in facts.order.because


def test_a_silhouette_state_dict_in_half_precision_with_a_broken_weight() -> None:
    state = {name: value.half() if value.is_floating_point() else value for name, value in original(1).items()}
    state["FCs.fc_bin"][0, 0, 0] = float("nan")
    facts = facts_of(state, "ScoNet-20000-better.pt")
    assert (facts.kind, facts.architecture, facts.modality) == ("state dict", "sconet", "silhouette")
    assert (facts.types, facts.not_finite, facts.attention) == (("float16",), ("FCs.fc_bin",), None)
    assert (facts.order.classes, facts.iteration, facts.name.iteration) == (None, None, 20_000)
    (verdict,) = file_verdicts(facts)
    assert (verdict.about, verdict.outcome) == ("weights", "contradicts")
    assert "FCs.fc_bin hold NaN" in verdict.reason


def test_parameters_are_counted_without_buffers_and_optimizer_state_is_noticed() -> None:
    n_parameters = sum(v.numel() for n, v in original(2).items() if "running" not in n and "tracked" not in n)
    facts = facts_of({"model": original(2), "optimizer": {"state": {0: torch.zeros(1)}}, "iteration": 5})
    assert (facts.n_parameters, facts.optimizer_state) == (n_parameters, True)


def test_a_bundle_knows_its_order_and_its_contract(tmp_path: Path) -> None:
    facts = inspect_checkpoint(untrained_bundle(tmp_path / "model"))
    assert (facts.kind, facts.architecture, facts.in_channels) == ("bundle", "sconet", 2)
    assert facts.order.certain
    assert facts.order.classes == ("negative", "neutral", "positive")
    assert facts.contract is not None
    assert facts.contract.startswith("skeleton-map 64 px")


@pytest.mark.parametrize(("said", "told"), [({"selection": "last"}, "last"), ({}, "unknown")])
def test_a_bundle_says_how_it_was_selected(tmp_path: Path, said: dict[str, str], told: str) -> None:
    assert inspect_checkpoint(untrained_bundle(tmp_path / "model", **said)).selection == told


def test_another_network_is_described_and_not_refused() -> None:
    facts = facts_of({"conv.weight": torch.zeros(3, 3)})
    assert (facts.architecture, facts.modality, facts.classes, facts.stage_widths) == (None, "unknown", None, None)


def test_four_classes_are_a_fact_and_a_contradiction() -> None:
    facts = facts_of(original(2) | {"BNNecks.fc_bin": torch.zeros(16, 32, 4)})
    (verdict,) = file_verdicts(facts)
    assert facts.classes == 4
    assert (verdict.about, verdict.outcome) == ("classes", "contradicts")
    assert "4 classes" in verdict.reason


@pytest.mark.parametrize("content", [{}, [1], {"a": 1}, {"model": {}}, 3, {"model": {"a": 1}}])
def test_no_state_dict(content: object) -> None:
    with pytest.raises(ModelError, match=r"x\.pt: holds no state dict"):
        facts_of(content)


class RunsCode:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return (eval, ("__import__('pathlib').Path('ran').write_text('x')",))


def test_a_state_dict_under_another_name_is_taken_where_it_is_the_only_one() -> None:
    state = original(2)
    facts = facts_of({"net": state, "iteration": 7, "epoch": 1})
    assert (facts.kind, facts.architecture, facts.iteration) == ("state dict under 'net'", "sconet", 7)
    assert facts_of({"model": state, "ema": state}).kind == "OpenGait checkpoint"
    with pytest.raises(ModelError, match=r"several state dicts \(in it: net, ema\)"):
        facts_of({"net": state, "ema": state})


def test_facts_that_are_none() -> None:
    state = original(2) | {"PGA.a": torch.zeros(1), "attention_layer.a": torch.zeros(1)}
    facts = facts_of({"model": state, "iteration": True})
    assert facts.iteration is None
    assert (facts.attention, facts.order.classes) == ("PGA and attention_layer", None)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"model": RunsCode()}, "evil.pt")
    Path("half.pt").write_bytes(AUTHOR_STYLE.read_bytes()[:200_000])
    for name, message in (("evil.pt", "would run code"), ("half.pt", "cut off|damaged"), ("none.pt", "no such file")):
        with pytest.raises(ModelError, match=message) as caught:
            inspect_checkpoint(name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not Path("ran").exists()
    with pytest.raises(ModelError, match="no model bundle"):
        inspect_checkpoint(tmp_path)


def test_the_day_of_writing_speaks_only_before_the_change() -> None:
    assert probable_order(None, date(2025, 8, 26)).classes == LEGACY
    assert probable_order("PGA", date(2025, 8, 27)).classes is None
    assert probable_order(None, date(1980, 1, 1)).classes is None  # a day made up by an archive
    assert probable_order("attention_layer", TODAY).classes == LEGACY


BEST_NAME = (
    "ScoNet_skeleton_112_sigma15_joint8_bodyonly_plaince_adamw_cosine_finetune_1gpu_80k"
    "-iter-27000-score-0.8870-scalar_test_f1.pt"
)


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        (
            "a/DRF_118_unordered_iter2w_lr0.001_8830-08000.pt",
            NameHints(split="118", iteration=8000, score_percent=88.3, learning_rate=0.001),
        ),
        (
            BEST_NAME,
            NameHints(
                split="112",
                iteration=27_000,
                score_percent=88.7,
                names_test_figure=True,
                sigma_limb=15,
                sigma_joint=8,
                joints="body-only",
                n_processes=1,
            ),
        ),
        ("ScoNet-20000-better.pt", NameHints(iteration=20_000)),
        (
            "head-lite_sigma_8.0-lr1e-3.pt",
            NameHints(joints="head-lite", sigma_limb=8, sigma_joint=8, learning_rate=1e-3),
        ),
        ("112_118.pt", NameHints()),
        ("1116-score-91.5.pt", NameHints(split="1116", score_percent=91.5)),
        ("colour_2024.pt", NameHints()),
    ],
)
def test_what_names_say(name: str, hints: NameHints) -> None:
    assert name_hints(name) == hints


def test_selection_is_told_from_a_score_in_the_name() -> None:
    assert facts_of(original(2), BEST_NAME).selection.startswith("on the test walks")
    assert facts_of(original(2), "ScoNet_8830.pt").selection.startswith("probably on the test walks")
    assert facts_of(original(2)).selection == "unknown"


def test_splits_in_paths() -> None:
    assert split_named_in("./datasets/Scoliosis1K/Scoliosis1K_118.json") == "118"
    assert split_named_in("Scoliosis1K_118_fixedpool_train112.json") == "118"
    assert split_named_in("Scoliosis1K_1118.json") is None


def test_the_authors_yaml_against_the_authors_file(tmp_path: Path) -> None:
    found = outcomes(inspect_checkpoint(AUTHOR_STYLE), config_from(AUTHOR_YAML, tmp_path))
    assert found == {
        "split": "contradicts",
        "model": "fits",
        "channels": "fits",
        "heads": "fits",
        "dataset_root": "fits",
        "cut": "fits",
        "label_order": "contradicts",
        "test batch": "unknown",
        "restore_hint": "contradicts",
    }


@pytest.mark.parametrize(
    ("change", "about", "outcome", "reason"),
    [
        (("Scoliosis1K_112", "Scoliosis1K_118"), "split", "fits", "dataset_partition says 118"),
        (("/Scoliosis1K_112", "/all"), "split", "unknown", "nothing to compare"),
        (("Scoliosis1K-drf-pkl", "Scoliosis1K-sil-pkl"), "dataset_root", "contradicts", "silhouettes"),
        (("Scoliosis1K-drf-pkl", "Scoliosis1K-pose-pkl"), "dataset_root", "contradicts", "coordinates"),
        (("Scoliosis1K-drf-pkl", "Scoliosis1K_sigma_8.0/pkl"), "dataset_root", "unknown", "PAVs"),
        (("Scoliosis1K-drf-pkl", "walks"), "dataset_root", "unknown", "nothing in it says"),
        (("in_channel: 2", "in_channel: 1"), "channels", "contradicts", "says 1, the first convolution has 2"),
        ((", in_channel: 2", ""), "channels", "contradicts", "says 1"),
        (("model: DRF", "model: ScoNet"), "model", "contradicts", "says ScoNet, the weights have attention_layer"),
        (("class_num: 3", "class_num: 4"), "heads", "contradicts", "4 classes, the weights 3"),
        (("BaseSilCutting", "BaseSil"), "cut", "contradicts", "cuts no columns"),
        (
            ("    - type: BaseSilCuttingTransform\ntrainer", "    - type: BaseSilTransform\ntrainer"),
            "cut",
            "contradicts",
            "one",
        ),
        (
            ("CuttingTransform\ntrainer", "CuttingTransform\n      cutting: 0\ntrainer"),
            "cut",
            "contradicts",
            "only one",
        ),
        (("CuttingTransform\nmodel", "CuttingTransform\n      cutting: 10\nmodel"), "cut", "fits", "10 columns"),
        ((", in_channel: 2", ", in_channel: [2]"), "channels", "unknown", "the YAML does not state"),
        (
            ("model: DRF", "model: DRF\n  label_order: [Negative, Positive, Critical]"),
            "label_order",
            "fits",
            "probable",
        ),
        (("BaseSilCutting", "Random"), "cut", "unknown", "neither"),
        (("model: DRF", "model: DRF\n  label_order: [negative, positive, neutral]"), "label_order", "fits", "probable"),
        (("model: DRF", "model: DRF\n  label_order: [negative, positive]"), "label_order", "contradicts", "no order"),
        (("restore_hint: 20000", "restore_hint: 8000"), "restore_hint", "fits", "8000"),
        (("restore_hint: 20000", "restore_hint: 0"), "restore_hint", "unknown", "no iteration"),
        (("batch_size: 8", "batch: 8"), "test batch", "unknown", "no batch_size"),
    ],
)
def test_one_field_changed(change: tuple[str, str], about: str, outcome: str, reason: str, tmp_path: Path) -> None:
    config = config_from(AUTHOR_YAML.replace(*change), tmp_path)
    verdict = next(v for v in yaml_verdicts(inspect_checkpoint(AUTHOR_STYLE), config) if v.about == about)
    assert verdict.outcome == outcome
    assert reason in verdict.reason


def test_the_test_batch_against_the_gpus_in_the_name_of_the_yaml(tmp_path: Path) -> None:
    facts = inspect_checkpoint(AUTHOR_STYLE)
    assert outcomes(facts, config_from(AUTHOR_YAML, tmp_path, "eval_1gpu.yaml"))["test batch"] == "contradicts"
    one = AUTHOR_YAML.replace("batch_size: 8", "batch_size: 1")
    assert outcomes(facts, config_from(one, tmp_path, "eval_1gpu.yaml"))["test batch"] == "fits"


def test_plain_weights_against_a_drf_yaml_and_a_file_whose_name_lies(tmp_path: Path) -> None:
    facts = facts_of({"model": original(1), "iteration": 20_000}, "ScoNet_112-10000.pt")
    found = outcomes(facts, config_from(AUTHOR_YAML, tmp_path))
    assert (found["model"], found["channels"], found["split"], found["restore_hint"]) == (
        *("contradicts", "contradicts", "fits", "fits"),
    )
    assert [(v.about, v.outcome) for v in file_verdicts(facts)] == [("iteration", "contradicts")]
    unknown = dataclasses.replace(facts, architecture=None)
    assert outcomes(unknown, config_from(AUTHOR_YAML, tmp_path))["model"] == "unknown"


def test_yamls_spell_things_in_several_ways(tmp_path: Path) -> None:
    text = """
data_cfg: {dataset_root: 3}
model_cfg:
  model: ScoNet
  Backbone: {in_channels: 2}
  label_order: {neutral: 2, negative: 0, positive: 1}
evaluator_cfg:
  transform: [[{type: BaseSilCuttingTransform}, {type: BaseSilCuttingTransform}]]
  sampler: [8]
"""
    config = config_from(text, tmp_path)
    assert (config.in_channels, config.label_order, config.cut, config.dataset_root) == (2, LEGACY, True, None)
    assert (config.test_batch_size, config.train_cut, config.classes) == (None, None, None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [", "is not YAML"),
        (b"just text", "holds no sections"),
        (b"a: 1", "no data_cfg and no model_cfg"),
        (b"!!python/object/apply:os.system ['true']", "is not YAML"),
        (b"\xff\xfe\xfa", "cannot be read as text"),
        (b"a: " + b"[" * 3000, "is not YAML"),
        (b"#" * (1 << 21), "larger than 1 MiB"),
    ],
)
def test_what_is_no_opengait_yaml(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_opengait_config(tmp_path / "c.yaml")
    assert "\n" not in str(caught.value)


def test_a_yaml_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.yaml: cannot be read"):
        read_opengait_config(tmp_path / "none.yaml")
