"""Model bundles: what is saved comes back, in a fresh process too, and what was changed is refused."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from bundles import untrained_bundle
from recorded import recording, sample_path
from scoliogait.answer_threshold import AnswerThreshold
from scoliogait.checkpoints.bundle import Bundle, load_bundle, save_bundle
from scoliogait.checkpoints.config_file import config_digest
from scoliogait.checkpoints.opengait import load_checkpoint
from scoliogait.errors import DataError, ModelError
from scoliogait.io.native import write_walk
from scoliogait.models.build import build_model
from scoliogait.models.config import ScoNetConfig
from scoliogait.representation.contract import InputContract
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.walk import Walk

SKELETON = InputContract(
    representation="skeleton-map",
    skeleton_map=SkeletonMapConfig(joints="body-only", sigma_limb=15.0, alignment="shared"),
    max_frames=20,
)
SILHOUETTE = InputContract(representation="silhouette")
PROVENANCE = {
    "data": "simulated cohort, 300 walks",
    "simulated": "yes",
    "selection": "best macro-F1 on validation",
    "store_digest": "abc",
    "seed": 3,
}
METRICS = {
    "validation": {
        "metrics": {
            "accuracy": {"value": 0.812, "interval": [0.7012, 0.9], "n": 40},
            "macro_f1": {"value": None, "interval": None},
        },
        "statements": ["These walks are simulated: the figures say nothing about real people."],
    }
}


def small_model(in_channels: int = 2, **widths: object) -> nn.Module:
    config = ScoNetConfig(in_channels=in_channels, channels=(4, 6, 8, 10), embedding=8, **widths)
    model = build_model(config, torch.Generator().manual_seed(0))
    frames = torch.rand(4, 3, in_channels, 64, 44, generator=torch.Generator().manual_seed(1))
    model.train()(frames)
    return model


def a_walk() -> Walk:
    random = np.random.default_rng(5)
    standing = np.stack([np.linspace(80, 120, 17), np.linspace(20, 200, 17), np.full(17, 0.9)], axis=1)
    poses = np.repeat(standing[None], 30, axis=0)
    poses[..., :2] += random.normal(0, 4, (30, 17, 2))
    return Walk(walk_id="w", poses=poses.astype(np.float32))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return save_bundle(
        tmp_path / "model", small_model(), SKELETON, temperature=1.3, provenance=PROVENANCE, metrics=METRICS
    )


def edit(path: Path, change: Callable[[dict], object], keep_digest: bool = True) -> None:
    """Change a config.json in place; with keep_digest False as a saver of another version would have written it."""
    content = json.loads(path.read_text())
    change(content)
    if not keep_digest:
        content["digest"] = config_digest(content)
    path.write_text(json.dumps(content))


def test_everything_comes_back(saved: Path) -> None:
    model, bundle = small_model().eval(), load_bundle(saved)
    assert {file.name for file in saved.iterdir()} == {"model.safetensors", "config.json", "README.md", "metrics.json"}
    assert list(saved.parent.iterdir()) == [saved]
    assert (bundle.contract, bundle.architecture, bundle.temperature) == (SKELETON, model.config, 1.3)
    assert (bundle.logit_scale, bundle.provenance, bundle.metrics) == (16.0, PROVENANCE, METRICS)
    assert not bundle.module.training
    assert all(torch.equal(model.state_dict()[n], v) for n, v in bundle.module.state_dict().items())


def test_a_walk_is_screened_by_contract_scale_and_temperature(saved: Path) -> None:
    model, bundle, walk = small_model().eval(), load_bundle(saved), a_walk()
    frames = SKELETON.model_input(walk)["frames"]
    assert frames.shape == (20, 2, 64, 44)
    with torch.no_grad():
        expected = model(frames[None]).logits[0].mean(dim=1)
    mean_logits = bundle.mean_logits(walk)
    assert torch.equal(mean_logits, expected)
    by_hand = np.exp(16 * expected.double().numpy() / 1.3)
    np.testing.assert_allclose(bundle.probabilities(mean_logits), by_hand / by_hand.sum(), rtol=1e-5)


def test_probabilities_of_tensors_and_arrays_agree(saved: Path) -> None:
    bundle = load_bundle(saved)
    logits = np.random.default_rng(0).uniform(-1, 1, (5, 4, 3))
    from_array, from_tensor = bundle.probabilities(logits), bundle.probabilities(torch.from_numpy(logits))
    assert from_array.dtype == np.float64
    np.testing.assert_allclose(from_array, from_tensor.numpy(), rtol=1e-12)
    np.testing.assert_allclose(from_array.sum(-1), 1)
    assert (from_array.argmax(-1) == logits.argmax(-1)).all()
    assert bundle.probabilities(logits.astype(np.float32)).dtype == np.float32


FRESH_PROCESS = """
import json, sys
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.io.native import read_native
bundle = load_bundle(sys.argv[1])
mean_logits = bundle.mean_logits(read_native(sys.argv[2]))
print(json.dumps([bundle.digest, mean_logits.tolist(), bundle.probabilities(mean_logits).tolist()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["skeleton", "silhouette"])
def test_a_fresh_process_elsewhere_gives_the_same_probabilities(kind: str, tmp_path: Path) -> None:
    """Golden weights and a real walk: the bundle alone decides, not the process that made it or where it runs."""
    channels, contract = (2, SKELETON) if kind == "skeleton" else (1, SILHOUETTE)
    module = load_checkpoint(recording(f"sconet_small_c{channels}.pt"))
    saved = save_bundle(tmp_path / "made here", module, contract, provenance={}, metrics={})
    walk = real_walk()
    write_walk(tmp_path / "walk.npz", walk)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = saved.rename(elsewhere / "model")
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS, "model", str(tmp_path / "walk.npz")],
        cwd=elsewhere,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    digest, mean_logits, probabilities = json.loads(done.stdout)
    here = load_bundle(moved)
    assert digest == here.digest
    np.testing.assert_allclose(mean_logits, here.mean_logits(walk), rtol=0, atol=1e-6)
    np.testing.assert_allclose(probabilities, here.probabilities(here.mean_logits(walk)), rtol=0, atol=1e-5)
    assert np.ptp(probabilities) > 0.01
    with torch.no_grad():
        straight = module(contract.model_input(walk)["frames"][None]).logits.mean(dim=2)[0]
    np.testing.assert_allclose(mean_logits, straight, rtol=0, atol=1e-6)


def real_walk() -> Walk:
    from scoliogait.io.read import read_walk

    return read_walk(sample_path("intel_worker_back"))


def test_the_digest_names_the_model(tmp_path: Path) -> None:
    def digest(name: str, **changes: object) -> str:
        arguments = {"provenance": {}, "metrics": {}, "temperature": 1.0} | changes
        return load_bundle(save_bundle(tmp_path / name, small_model(), SKELETON, **arguments)).digest

    assert digest("a") == digest("b")
    assert len({digest("c"), digest("d", temperature=2.0), digest("e", metrics={"accuracy": 1.0})}) == 3


def test_a_threshold_travels_and_changes_the_digest(tmp_path: Path) -> None:
    def saved_with(name: str, threshold: AnswerThreshold | None) -> Bundle:
        given = {"provenance": {}, "metrics": {}, "answer_threshold": threshold}
        return load_bundle(save_bundle(tmp_path / name, small_model(), SKELETON, **given))

    chosen = AnswerThreshold(value=0.45, n_walks=121, n_answered=80, n_right=50)
    bare, with_it = saved_with("bare", None), saved_with("with it", chosen)
    assert (bare.answer_threshold, with_it.answer_threshold) == (None, chosen)
    assert bare.digest != with_it.digest
    assert "answer_threshold" not in json.loads((bare.path / "config.json").read_text())
    assert "from a probability of 0.45 on" in (with_it.path / "README.md").read_text()


def test_values_are_stored_as_plain_json(tmp_path: Path) -> None:
    facts = {
        "n": np.int64(3),
        "path": Path("a") / "b",
        "share": np.float32(0.5),
        "ids": ("x", "y"),
        "undefined": np.nan,
    }
    saved = save_bundle(tmp_path / "m", small_model(), SKELETON, provenance=facts, metrics={"table": np.eye(2)})
    bundle = load_bundle(saved)
    assert bundle.provenance == {"n": 3, "path": "a/b", "share": 0.5, "ids": ["x", "y"], "undefined": None}
    assert bundle.metrics == {"table": [[1.0, 0.0], [0.0, 1.0]]}
    with pytest.raises(ModelError, match=r"provenance\.made: a set cannot be stored"):
        save_bundle(tmp_path / "n", small_model(), SKELETON, provenance={"made": {1}}, metrics={})
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", 1.0), ("class_order", ["negative", "positive", "neutral"]), ("provenance", {"simulated": "no"})],
)
def test_an_edited_config_is_refused(saved: Path, field: str, value: object) -> None:
    edit(saved / "config.json", lambda content: content.update({field: value}))
    with pytest.raises(ModelError, match=r"config\.json: was edited .* restore the file") as caught:
        load_bundle(saved)
    assert "\n" not in str(caught.value)


def test_an_edited_contract_is_refused(saved: Path) -> None:
    edit(saved / "config.json", lambda content: content["contract"].update(cut_columns=False))
    with pytest.raises(ModelError, match=r"config\.json: was edited"):
        load_bundle(saved)


def test_another_layout_of_the_same_config_is_no_edit(saved: Path) -> None:
    before = load_bundle(saved).digest
    content = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(dict(reversed(content.items()))))
    assert load_bundle(saved).digest == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(schema_version=2), "is of version 2, this program reads version 1; install a newer"),
        (lambda c: c.update(format="other"), "is not the config of a scoliogait model"),
        (lambda c: c.update(extra=1), "extra"),
        (lambda c: c.update(temperature=-1.0), "temperature"),
        (lambda c: c.update(class_order=["negative", "positive", "neutral"]), "class_order is .* expected"),
        (lambda c: c["contract"].update(skeleton_map=None), "skeleton_map is missing"),
        (lambda c: c["architecture"].update(in_channels=1), "model takes 1 channels, the contract .* gives 2"),
    ],
)
def test_a_config_of_another_kind_is_refused(saved: Path, change: Callable[[dict], object], message: str) -> None:
    edit(saved / "config.json", change, keep_digest=False)
    with pytest.raises(ModelError, match=message) as caught:
        load_bundle(saved)
    assert str(saved) in str(caught.value)


def test_weights_of_another_architecture_are_refused(saved: Path, tmp_path: Path) -> None:
    other = save_bundle(tmp_path / "o", small_model(parts=8), SKELETON, provenance={}, metrics={})
    (saved / "model.safetensors").write_bytes((other / "model.safetensors").read_bytes())
    with pytest.raises(
        ModelError, match=r"weights do not fit .* embed\.weight is \(8, 10, 8\) in the file and \(16, 10, 8\)"
    ):
        load_bundle(saved)


def test_weights_without_a_parameter_are_refused(saved: Path) -> None:
    state = load_file(saved / "model.safetensors")
    del state["neck.norm.bias"]
    save_file(state, saved / "model.safetensors")
    with pytest.raises(ModelError, match=r"neck\.norm\.bias is missing in the file and \(128,\)"):
        load_bundle(saved)


def test_exchanged_weights_of_the_same_shape_are_refused(saved: Path) -> None:
    state = load_file(saved / "model.safetensors")
    state["embed.weight"] += 1e-3
    save_file(state, saved / "model.safetensors")
    with pytest.raises(ModelError, match="weights are not those saved with this config"):
        load_bundle(saved)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9])
def test_cut_off_weights_are_refused(saved: Path, share: float) -> None:
    path = saved / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError, match=r"model\.safetensors: cannot be read .* cut off"):
        load_bundle(saved)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "metrics.json"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(ModelError, match=name):
        load_bundle(saved)


def test_edited_results_are_refused(saved: Path) -> None:
    (saved / "metrics.json").write_text((saved / "metrics.json").read_text().replace("0.812", "0.912"))
    with pytest.raises(ModelError, match=r"metrics\.json: the results are not those saved"):
        load_bundle(saved)


def test_a_damaged_config_is_refused(saved: Path) -> None:
    (saved / "config.json").write_text("{")
    with pytest.raises(ModelError, match=r"config\.json: is not JSON"):
        load_bundle(saved)


def test_model_and_contract_must_agree(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model takes 2 channels, the contract \(silhouette\) gives 1"):
        save_bundle(tmp_path / "m", small_model(), SILHOUETTE, provenance={}, metrics={})
    with pytest.raises(ModelError, match="64 px height, the model's 32 parts need a multiple of 128"):
        save_bundle(tmp_path / "m", build_model(ScoNetConfig(parts=32)), SILHOUETTE, provenance={}, metrics={})
    with pytest.raises(ModelError, match="has 4 classes; expected 3"):
        save_bundle(tmp_path / "m", small_model(classes=4), SKELETON, provenance={}, metrics={})
    with pytest.raises(ModelError, match="Linear cannot be saved"):
        save_bundle(tmp_path / "m", nn.Linear(2, 2), SKELETON, provenance={}, metrics={})
    assert not list(tmp_path.iterdir())


def test_a_diverged_model_is_not_saved(tmp_path: Path) -> None:
    model = small_model()
    model.embed.weight.data[0, 0, 0] = torch.nan
    with pytest.raises(ModelError, match=r"embed\.weight holds NaN"):
        save_bundle(tmp_path / "m", model, SKELETON, provenance={}, metrics={})


def test_an_older_bundle_is_replaced_and_a_foreign_folder_is_not(saved: Path, tmp_path: Path) -> None:
    save_bundle(saved, small_model(), SKELETON, temperature=2.0, provenance={}, metrics={})
    assert load_bundle(saved).temperature == 2.0
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").write_text("x")
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "photos", tmp_path / "file"):
        with pytest.raises(DataError, match="exists and is no model bundle"):
            save_bundle(path, small_model(), SKELETON, provenance={}, metrics={})
    assert (tmp_path / "photos" / "holiday.jpg").read_text() == "x"


def test_a_full_disk_leaves_the_old_bundle(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_bundle(saved).digest

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scoliogait.checkpoints.bundle.model_card", full)  # the last step of writing
    with pytest.raises(DataError, match="No space left on device"):
        save_bundle(saved, small_model(), SKELETON, temperature=2.0, provenance={}, metrics={})
    assert load_bundle(saved).digest == before
    assert list(saved.parent.iterdir()) == [saved]


def test_no_bundle_at_all(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing: is no model bundle, it has no config\.json"):
        load_bundle(tmp_path / "nothing")


def test_the_model_card_says_what_a_reader_must_know(saved: Path) -> None:
    card = (saved / "README.md").read_text()
    for text in (
        "Research software, not a medical device.",
        SKELETON.describe(),
        "simulated cohort, 300 walks",
        "**The model was trained on simulated walkers.**",
        "best macro-F1 on validation",
        "### validation",
        "| accuracy | 0.812 | 0.701 to 0.900 |",
        "| macro_f1 | undefined | not given |",
        "- These walks are simulated",
        "| store_digest | abc |",
        "| seed | 3 |",
        load_bundle(saved).digest,
        "negative, neutral (borderline) and positive",
    ):
        assert text in card, text


def test_a_card_without_facts_says_so(tmp_path: Path) -> None:
    card = (save_bundle(tmp_path / "m", small_model(), SKELETON, provenance={}, metrics={}) / "README.md").read_text()
    for text in (
        "Not recorded.",
        "Whether the walks were simulated is not recorded.",
        "None were saved with the model.",
    ):
        assert text in card
    flat = {"accuracy": 0.5, "n_walks": 12, "name": "x"}
    card = (
        save_bundle(tmp_path / "m", small_model(), SKELETON, provenance={"simulated": "no"}, metrics=flat)
    ) / "README.md"
    assert "| accuracy | 0.500 | not given |\n| n_walks | 12 | not given |" in card.read_text()
    assert "Recorded walks of real people." in card.read_text()


def test_a_walk_without_the_modality_is_refused(tmp_path: Path) -> None:
    bundle: Bundle = load_bundle(
        save_bundle(tmp_path / "m", small_model(in_channels=1), SILHOUETTE, provenance={}, metrics={})
    )
    with pytest.raises(DataError, match="needs silhouettes"):
        bundle.mean_logits(a_walk())


def test_the_weights_are_as_readable_as_the_files_beside_them(tmp_path: Path) -> None:
    bundle = untrained_bundle(tmp_path / "model")
    shutil.copytree(bundle, tmp_path / "copy")  # as a promotion does
    for folder in (bundle, tmp_path / "copy"):
        assert len({path.stat().st_mode for path in folder.iterdir()}) == 1
