"""OpenGait files: the name table, class orders, round trips, and files that must be refused."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from recorded import recording
from scoliogait.checkpoints.opengait import (
    MODULE_NAMES,
    PARAMETER_NAMES,
    export_checkpoint,
    load_checkpoint,
    opengait_name,
    our_name,
)
from scoliogait.errors import DataError, ModelError
from scoliogait.models.drf import DRF
from scoliogait.models.fusion import Fusion
from scoliogait.models.sconet import ScoNet

State = dict[str, Tensor]
LEGACY_ORDER = ("negative", "positive", "neutral")


@pytest.fixture
def original() -> State:
    return torch.load(recording("sconet_small_c2.pt"), weights_only=True)


@pytest.fixture
def gated() -> State:
    """A DRF's."""
    return torch.load(recording("drf/drf_small.pt"), weights_only=True)["model"]


@pytest.fixture
def frames() -> Tensor:
    return torch.rand(2, 3, 2, 64, 44, generator=torch.Generator().manual_seed(0))


def saved(content: object, folder: Path) -> Path:
    torch.save(content, folder / "model.pt")
    return folder / "model.pt"


def test_the_table_reads_the_same_both_ways(original: State) -> None:
    assert len(set(MODULE_NAMES.values()) | set(PARAMETER_NAMES.values())) == len(MODULE_NAMES) + len(PARAMETER_NAMES)
    for theirs in original:
        ours = our_name(theirs)
        assert ours is not None
        assert opengait_name(ours) == theirs
    assert our_name("PGA.channel_attention.weight") == "attention.channel.weight"
    assert our_name("PGA.other.weight") is None
    assert our_name("weight") is None


def test_an_exported_file_holds_the_original_bit_by_bit(original: State, tmp_path: Path) -> None:
    path = export_checkpoint(load_checkpoint(recording("sconet_small_c2.pt")), tmp_path / "out.pt", iteration=20_000)
    content = torch.load(path, weights_only=True)
    assert content["iteration"] == 20_000
    assert list(content["model"]) == list(original)
    assert all(torch.equal(content["model"][name], value) for name, value in original.items())
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_of_ours_survives_the_way_out_and_back(frames: Tensor, tmp_path: Path) -> None:
    model = ScoNet(in_channels=2, channels=(4, 6, 8, 10), embedding=7, parts=8)
    model.train()(frames)  # so that the running statistics are no start values
    back = load_checkpoint(export_checkpoint(model, tmp_path / "m.pt"))
    assert back.config == model.config
    assert not back.training
    assert torch.equal(back(frames).logits, model.eval()(frames).logits)


def test_wrapped_prefixed_and_half_precision_files(original: State, frames: Tensor, tmp_path: Path) -> None:
    expected = load_checkpoint(recording("sconet_small_c2.pt"))(frames).logits
    whole = {"model": {f"module.{n}": v for n, v in original.items()}, "optimizer": {"state": {}}, "iteration": 5}
    assert torch.equal(load_checkpoint(saved(whole, tmp_path))(frames).logits, expected)
    half = load_checkpoint(saved({n: v.half() if v.is_floating_point() else v for n, v in original.items()}, tmp_path))
    assert {p.dtype for p in half.parameters()} == {torch.float32}
    torch.testing.assert_close(half(frames).logits, expected, rtol=0, atol=5e-3)


def test_half_precision_gates(gated: State, frames: Tensor, tmp_path: Path) -> None:
    half = load_checkpoint(saved({n: v.half() if v.is_floating_point() else v for n, v in gated.items()}, tmp_path))
    assert {p.dtype for p in half.parameters()} == {torch.float32}
    pav = torch.rand(2, 8, 3, generator=torch.Generator().manual_seed(1))
    expected = load_checkpoint(recording("drf/drf_small.pt"))(frames, pav=pav).logits
    torch.testing.assert_close(half(frames, pav=pav).logits, expected, rtol=0, atol=5e-3)


def test_a_drf_of_ours_survives_the_way_out_and_back(frames: Tensor, tmp_path: Path) -> None:
    model = DRF(channels=(4, 6, 8, 10), embedding=7, parts=8)
    pav = torch.rand(2, 8, 3, generator=torch.Generator().manual_seed(1))
    model.train()(frames, pav=pav)
    back = load_checkpoint(export_checkpoint(model, tmp_path / "m.pt"))
    assert isinstance(back, DRF)
    assert back.config == model.config
    assert torch.equal(back(frames, pav=pav).logits, model.eval()(frames, pav=pav).logits)


def test_files_without_batch_counters_are_complete(original: State, frames: Tensor, tmp_path: Path) -> None:
    bare = {n: v for n, v in original.items() if not n.endswith("num_batches_tracked")}
    expected = load_checkpoint(recording("sconet_small_c2.pt"))(frames).logits
    assert torch.equal(load_checkpoint(saved(bare, tmp_path))(frames).logits, expected)


def test_a_legacy_class_order_is_brought_into_ours(original: State, frames: Tensor, tmp_path: Path) -> None:
    theirs = load_checkpoint(recording("sconet_small_c2.pt"))(frames)
    ours = load_checkpoint(recording("sconet_small_c2.pt"), label_order=LEGACY_ORDER)(frames)
    negative, positive, neutral = theirs.logits.unbind(1)
    assert torch.equal(ours.logits, torch.stack([negative, neutral, positive], 1))
    assert torch.equal(ours.embeddings, theirs.embeddings)


@pytest.mark.parametrize("order", [("negative", "neutral"), ("negative", "neutral", "neutral"), ("a", "b", "c")])
def test_a_class_order_that_is_no_permutation(order: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match="label order"):
        load_checkpoint(recording("sconet_small_c2.pt"), label_order=order)


def without_a_parameter(state: State) -> State:
    return {n: v for n, v in state.items() if n != "BNNecks.bn1d.bias"} | {"Head.extra": torch.zeros(2)}


def with_four_classes(state: State) -> State:
    return state | {"BNNecks.fc_bin": torch.zeros(16, 32, 4)}


def with_an_empty_weight(state: State) -> State:
    return state | {"Backbone.forward_block.layer4.0.conv2.weight": torch.zeros(0, 64, 3, 3)}


def with_contradicting_shapes(state: State) -> State:
    return state | {"Backbone.forward_block.layer2.0.conv1.weight": torch.zeros(16, 9, 3, 3)}


def with_unknown_gates(state: State) -> State:
    return state | {"attention_layer.channel.weight": torch.zeros(2)}


def of_another_network(state: State) -> State:
    return {"conv.weight": torch.zeros(3, 3), "conv.bias": torch.zeros(3)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_a_parameter, r"missing: BNNecks\.bn1d\.bias; unexpected: Head\.extra"),
        (with_four_classes, "has 4 classes; expected 3"),
        (with_contradicting_shapes, r"layer2\.0\.conv1\.weight \(16, 9, 3, 3\), expected \(16, 8, 3, 3\)"),
        (with_unknown_gates, r"fit a DRF; missing: PGA\.channel_attention\.weight, .*unexpected: PGA\.channel\.weight"),
        (with_an_empty_weight, r"it lacks Backbone\.forward_block\.layer4\.0\.conv2\.weight and has"),
        (
            of_another_network,
            r"no OpenGait checkpoint of a ScoNet, DRF or fusion model; it lacks .*FCs\.fc_bin.* and has conv\.weight",
        ),
        (lambda state: {}, "holds no state dict"),
        (lambda state: {"model": {}}, "holds no state dict"),
        (lambda state: [1, 2], "holds no state dict"),
        (lambda state: {"a": 1}, "holds no state dict"),
    ],
)
def test_files_that_hold_something_else(
    original: State, change: Callable[[State], object], message: str, tmp_path: Path
) -> None:
    path = saved(change(original), tmp_path)
    with pytest.raises(ModelError, match=message) as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def fused(tmp_path: Path) -> State:
    """Content of an exported fusion model."""
    model = Fusion(channels=(4, 6, 8, 10), squeeze=2, embedding=7, parts=8)
    return torch.load(export_checkpoint(model, tmp_path / "fusion.pt"), weights_only=True)["model"]


def test_a_fusion_of_ours_survives_the_way_out_and_back(tmp_path: Path) -> None:
    model = Fusion(channels=(4, 6, 8, 10), squeeze=2, embedding=7, parts=8)
    frames = torch.rand(2, 3, 3, 64, 44, generator=torch.Generator().manual_seed(0))
    model.train()(frames)
    back = load_checkpoint(export_checkpoint(model, tmp_path / "m.pt"))
    assert isinstance(back, Fusion)
    assert back.config == model.config
    assert torch.equal(back(frames).logits, model.eval()(frames).logits)
    swapped = load_checkpoint(tmp_path / "m.pt", label_order=LEGACY_ORDER)
    assert torch.equal(swapped(frames).logits, back(frames).logits[:, [0, 2, 1]])


def test_fusion_has_the_names_of_skeletongait(fused: State) -> None:
    """Names in OpenGait's ``skeletongait++.py``, of which ours has the first stages, the attention and the heads."""
    block = [f"{part}.weight" for part in ("conv1", "bn1", "conv2", "bn2")]
    names = {f"{source}_layer0.forward_block.{place}.weight" for source in ("sil", "map") for place in (0, 1)}
    names |= {f"{source}_layer1.forward_block.0.{part}" for source in ("sil", "map") for part in block}
    names |= {f"fusion.conv.forward_block.{place}.weight" for place in (0, 1, 3, 4, 6)}
    names |= {"FCs.fc_bin", "BNNecks.fc_bin", "BNNecks.bn1d.weight"}
    weights = {name for name in fused if name.endswith(("weight", "fc_bin"))}
    assert {name for name in weights if not name.startswith(("layer2.", "layer3.", "layer4."))} == names
    assert fused["sil_layer0.forward_block.0.weight"].shape == (4, 1, 3, 3)
    assert fused["map_layer0.forward_block.0.weight"].shape == (4, 2, 3, 3)
    assert all(opengait_name(str(our_name(name))) == name for name in fused)


def of_skeletongait(state: State) -> State:
    """Its stages 2 to 4 convolve over time as well."""
    return {n.replace("layer2.forward_block.0.conv1", "layer2.0.conv1.forward_block.0"): v for n, v in state.items()}


def one_source(state: State) -> State:
    return {name: value for name, value in state.items() if not name.startswith("map_layer1")}


def indivisible_attention(state: State) -> State:
    return state | {"fusion.conv.forward_block.0.weight": torch.zeros(3, 8, 1, 1)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            of_skeletongait,
            r"a Fusion; missing: layer2\.forward\S+; unexpected: layer2\.0\.conv1\.forward_block\.0\.weight",
        ),
        (one_source, r"fit a Fusion; missing: map_layer1\.forward_block\.0\.conv1\.weight, .*unexpected: none"),
        (indivisible_attention, r"fusion\.conv\.forward_block\.0\.weight has 3 channels; expected a divisor of 4"),
        (with_four_classes, "has 4 classes; expected 3"),
    ],
)
def test_fusions_that_do_not_fit(fused: State, change: Callable[[State], State], message: str, tmp_path: Path) -> None:
    path = saved(change(fused), tmp_path)
    with pytest.raises(ModelError, match=message) as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def gates_twice(state: State) -> State:
    return state | {f"attention_layer.{n.removeprefix('PGA.')}": v for n, v in state.items() if n.startswith("PGA.")}


def one_gate(state: State) -> State:
    return {name: value for name, value in state.items() if "spatial" not in name}


def gates_of_another_width(state: State) -> State:
    return state | {"PGA.channel_attention.weight": torch.zeros(32, 23)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (gates_twice, r"gates twice, PGA\.channel_attention\.weight and attention_layer\.channel_attention\.weight"),
        (one_gate, r"fit a DRF; missing: PGA\.spatial_attention\.weight, .*bias; unexpected: none"),
        (gates_of_another_width, r"PGA\.channel_attention\.weight \(32, 23\), expected \(32, 24\)"),
    ],
)
def test_gates_that_do_not_fit(gated: State, change: Callable[[State], State], message: str, tmp_path: Path) -> None:
    path = saved({f"module.{name}": value for name, value in change(gated).items()}, tmp_path)
    with pytest.raises(ModelError, match=message) as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


class RunsCode:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return (eval, ("__import__('pathlib').Path('ran').write_text('x')",))


@pytest.mark.parametrize("legacy_format", [False, True])
def test_a_file_that_would_run_code(legacy_format: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"model": RunsCode()}, "evil.pt", _use_new_zipfile_serialization=not legacy_format)
    with pytest.raises(ModelError, match=r"evil\.pt: loading it would run code .* refused") as caught:
        load_checkpoint("evil.pt")
    assert "\n" not in str(caught.value)
    assert not Path("ran").exists()


def test_a_plain_pickle_that_would_run_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evil.pt").write_bytes(pickle.dumps(RunsCode(), protocol=2))
    with pytest.raises(ModelError, match=r"evil\.pt"):
        load_checkpoint("evil.pt")
    assert not Path("ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_a_file_that_is_cut_off(share: float, tmp_path: Path) -> None:
    content = recording("sconet_small_c1.pt").read_bytes()
    path = tmp_path / "cut.pt"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError, match=r"cut\.pt: .*(cut off|damaged)") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("no checkpoint")
    with pytest.raises(ModelError, match=r"text\.pt"):
        load_checkpoint(tmp_path / "text.pt")
    with pytest.raises(ModelError, match="no such file"):
        load_checkpoint(tmp_path / "absent.pt")
    with pytest.raises(ModelError, match="folder"):
        load_checkpoint(tmp_path)


def test_models_that_opengait_has_no_names_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="do not have"):
        export_checkpoint(torch.nn.Sequential(torch.nn.Linear(2, 2)), tmp_path / "x.pt")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_while_exporting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("[enforce fail at inline_container.cc] . PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(DataError, match=r"x\.pt: cannot be written .* free some disk space"):
        export_checkpoint(ScoNet(channels=(4, 4, 4, 4), embedding=4), tmp_path / "x.pt")
    assert not list(tmp_path.iterdir())
