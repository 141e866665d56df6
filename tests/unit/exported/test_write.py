"""Every architecture is exported, read back and compared with its bundle; what would be wrong is not written."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import scoliogait as sg
from scoliogait.api.export import ExportedFile
from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.checkpoints.config_file import config_digest
from scoliogait.checkpoints.model_folder import exported_file, model_folder
from scoliogait.errors import DataError, MissingPackageError, ModelError
from scoliogait.exported import engines, write
from scoliogait.exported.compare import Call, bundle_logits, changed_calls, rounded_up
from scoliogait.exported.examples import example_inputs
from scoliogait.exported.formats import KINDS
from scoliogait.exported.graph import window_graph, with_fewer_products
from scoliogait.exported.ports import OF_FRAMES
from scoliogait.exported.read import load_exported
from scoliogait.exported.stated import stated_model
from scoliogait.files import atomic_file, sha256_of
from scoliogait.models import winograd
from scoliogait.models.build import ARCHITECTURES, build_model
from scoliogait.models.config import (
    DRFConfig,
    FusionConfig,
    ModelConfig,
    PoseMapConfig,
    PoseOutlineConfig,
    PoseSetConfig,
    ScoNetConfig,
)
from scoliogait.models.winograd import RowConvolution
from scoliogait.representation.contract import OPENGAIT_SKELETON, InputContract
from scoliogait.representation.outline import OutlineConfig
from scoliogait.representation.pav import PavConfig
from scoliogait.representation.settings import CoordinateConfig, SkeletonMapConfig
from scoliogait.representation.windows import logits_of_windows

MAPS = OPENGAIT_SKELETON.model_copy(update={"training_frames": 20, "evaluation_frames": "windows"})
REPAIRED = SkeletonMapConfig(missing="repair")
RANGE = PavConfig(minimum=((0.0,) * 3,) * 8, maximum=((30.0,) * 3,) * 8)
STAGES = (4, 6, 8, 10)
MODELS: dict[str, tuple[ModelConfig, InputContract]] = {
    "sconet": (ScoNetConfig(in_channels=2, channels=STAGES, embedding=5, parts=4), MAPS),
    "drf": (DRFConfig(channels=STAGES, embedding=5, parts=4), MAPS.model_copy(update={"pav": RANGE})),
    "fusion": (
        FusionConfig(channels=STAGES, squeeze=2, embedding=5, parts=4),
        InputContract(representation="silhouette+skeleton-map", skeleton_map=SkeletonMapConfig()),
    ),
    "pose-set": (
        PoseSetConfig(width=6, embedding=5, parts=2),
        InputContract(representation="coordinates", coordinates=CoordinateConfig()),
    ),
    "pose-map": (
        PoseMapConfig(channels=STAGES, width=6, embedding=5, parts=4),
        InputContract(representation="coordinates+skeleton-map", coordinates=CoordinateConfig(), skeleton_map=REPAIRED),
    ),
    "pose-outline": (
        PoseOutlineConfig(width=6, outline_width=7, embedding=5, parts=2),
        InputContract(
            representation="coordinates+outline",
            coordinates=CoordinateConfig(),
            outline=OutlineConfig(scale_px=(1.0,) * 12),
        ),
    ),
}
needs_exporter = pytest.mark.skipif(
    find_spec("onnxscript") is None, reason='the exporter is an extra: pip install "scoliogait[export]"'
)


def bundle(path: Path, name: str, seed: int = 1) -> Path:
    """Random weights, and the statistics of a few clips: with those that were never updated, most random networks say
    the same of every walk, and a temperature below 1 makes every probability 0 or 1."""
    config, contract = MODELS[name]
    module = build_model(config, torch.Generator().manual_seed(seed)).train()
    clips = [example_inputs(contract, 8 * n, seed=n) for n in range(1, 7)]
    last = {
        key: torch.stack([torch.from_numpy(clip[key][-8:] if key in OF_FRAMES else clip[key][0]) for clip in clips])
        for key in clips[0]
    }
    for _ in range(20):
        module(**last)
    return save_bundle(path, module.eval(), contract, temperature=8.0, provenance={"simulated": "yes"}, metrics={})


@pytest.mark.parametrize("name", MODELS)
def test_what_each_bundle_says_depends_on_the_walk(name: str, tmp_path: Path) -> None:
    """Else its export could say anything that does not look at the walk and agree with it."""
    model = load_bundle(bundle(tmp_path / name, name))
    chances = []
    for n_frames in (1, 16, 300):
        whole = [(0, n_frames)]
        logits = bundle_logits(model, example_inputs(model.contract, n_frames, seed=n_frames), whole)
        chances.append(model.probabilities(model.scores(logits_of_windows(logits, [whole]))[0]))
    assert np.ptp(chances, axis=0).max() > 100 * write.TOLERANCE


def test_every_architecture_is_listed_and_has_a_graph() -> None:
    assert list(MODELS) == list(ARCHITECTURES)
    for config, _ in MODELS.values():
        window_graph(build_model(config))
    with pytest.raises(ModelError, match="a ReLU cannot be exported"):
        window_graph(torch.nn.ReLU())


@pytest.mark.slow
@needs_exporter
@pytest.mark.parametrize("name", MODELS)
def test_every_architecture_agrees_with_its_bundle_at_every_length(name: str, tmp_path: Path) -> None:
    folder = bundle(tmp_path / name, name)
    made = write.write_export(folder, tmp_path / "model.onnx")
    assert made.form.agreement.at_most <= write.TOLERANCE
    assert made.time_beside_fp32 is None
    read = load_exported(made.path)
    assert read.form == made.form
    assert (read.digest, read.temperature) == (load_bundle(folder).digest, 8.0)
    assert stated_model(made.path).facts == stated_model(folder).facts
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["model.onnx"]


@pytest.mark.slow
@needs_exporter
def test_a_graph_that_says_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one whose frames beyond the example are ignored would."""
    folder, other = bundle(tmp_path / "one", "pose-set"), load_bundle(bundle(tmp_path / "two", "pose-set", seed=2))
    right = write.program_of
    monkeypatch.setattr(write, "program_of", lambda module, *rest: right(other.module, *rest))
    with pytest.raises(ModelError, match=r"would differ from it by .* so nothing was written"):
        write.write_export(folder, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.slow
@needs_exporter
@pytest.mark.parametrize("kind", ["onnx", "openvino"])
def test_wide_layers_with_fewer_products_agree_as_well(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a trained network; its layers are taken for wide ones."""
    monkeypatch.setattr(winograd, "_LEAST_CHANNELS", 8)
    narrow = load_bundle(model_folder("builtin:demo")).module
    assert sum(isinstance(part, RowConvolution) for part in with_fewer_products(narrow).modules()) == 6
    made = write.write_export("builtin:demo", tmp_path / f"rows{KINDS[kind].ending}", kind)
    assert made.form.agreement.at_most <= write.TOLERANCE


@pytest.mark.slow
@needs_exporter
@pytest.mark.parametrize("kind", ["onnx", "openvino"])
def test_int8_is_measured_on_walks_and_says_what_it_changes(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks = [sg.sample(name) for name in ("cmu_06_01_front", "cmu_16_16_front", "cmu_35_08_front", "intel_woman_front")]
    out = tmp_path / f"int8{KINDS[kind].ending}"
    made = sg.export_model("builtin:demo", out, kind, precision="int8", calibrate=walks)
    assert made.time_beside_fp32 is not None
    assert made.time_beside_fp32 > 0
    assert "time_beside_fp32" not in made.form.to_json()
    assert made.form.changed_calls is not None
    assert made.form.changed_calls.n_walks == len(made.calls) == 2
    assert made.form.agreement.tolerance is None
    assert 1e-5 < made.form.agreement.at_most < 0.5
    screener = sg.load_model(made.path)
    if engines.multiplies_int8():
        words = ", int8, narrow layers in fp32" if kind == "openvino" else ", int8"
        assert screener.facts["runtime"].endswith(words)
    narrow = [f"backbone.stage{stage}.{part}" for stage in (1, 2, 3) for part in ("conv1", "conv2", "shortcut.conv")]
    expected = {"backbone.stem", *narrow} - {"backbone.stage1.shortcut.conv"} if kind == "openvino" else set()
    assert set(made.form.fp32_layers) == expected
    assert ("backbone.stem" in str(made)) is (kind == "openvino")
    assert ("fp32_layers" in json.loads(made.form.to_json())) is (kind == "openvino")  # builds before refuse the field
    assert max(file.stat().st_size for file in tmp_path.iterdir()) < 450_000  # and 609,000 in fp32
    exact = sg.load_model("builtin:demo").screen(walks[0]).probabilities
    moved = [abs(screener.screen(walks[0]).probabilities[name] - exact[name]) for name in exact]
    assert 0 < max(moved) < 0.2
    monkeypatch.setattr(engines, "multiplies_int8", lambda: False)
    in_floats = sg.load_model(made.path)
    assert in_floats.facts["runtime"].endswith("int8 computed in fp32, as this processor has no VNNI")
    again = in_floats.screen(walks[0]).probabilities
    assert max(abs(again[name] - exact[name]) for name in exact) < 0.2
    monkeypatch.setattr(engines, "multiplies_int8", lambda: None)
    told = "int8 computed in fp32, as this processor is not known to have VNNI"
    assert sg.load_model(made.path).facts["runtime"].endswith(told)


@pytest.mark.slow
@needs_exporter
def test_int8_of_coordinates_is_the_same_in_both_formats(tmp_path: Path) -> None:
    """OpenVINO multiplies wrongly where the scales of weights run along what is added up."""
    walks = [sg.sample(name) for name in ("cmu_06_01_front", "cmu_16_16_front", "cmu_35_08_front", "intel_woman_front")]
    bundle = load_bundle(model_folder("builtin:pose-set"))
    scores = []
    for kind in ("onnx", "openvino"):
        out = tmp_path / f"int8{KINDS[kind].ending}"
        made = sg.export_model("builtin:pose-set", out, kind, "int8", calibrate=walks)
        scores.append([load_exported(made.path).window_logits(walk).logits for walk in walks])
    for walk, onnx, openvino in zip(walks, *scores, strict=True):
        np.testing.assert_allclose(openvino, onnx, rtol=0, atol=0.02)
        np.testing.assert_allclose(onnx, bundle.window_logits(walk).logits, rtol=0, atol=0.1)


@pytest.mark.slow
@needs_exporter
def test_openvino_files_are_read_back_and_their_changes_refused(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason='OpenVINO is an extra: pip install "scoliogait[openvino]"')
    made = sg.export_model("builtin:pose-set", tmp_path / "model.xml", "openvino")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.bin", "model.json", "model.xml"]
    walk = sg.sample("cmu_06_01_front")
    result, expected = sg.load_model(made.path).screen(walk), sg.load_model("builtin:pose-set").screen(walk)
    assert result.model["runtime"].startswith("OpenVINO")
    assert list(result.probabilities.values()) == pytest.approx(list(expected.probabilities.values()), abs=1e-5)
    graph, sidecar = tmp_path / "model.xml", tmp_path / "model.json"
    named = graph.read_bytes()
    form = json.loads(sidecar.read_text())
    graph.write_bytes(named.replace(b'names="logits"', b'names="others"'))
    form["files"]["xml"] = sha256_of(graph)  # as one would who means harm
    sidecar.write_text(json.dumps(form | {"digest": config_digest(form)}))
    with pytest.raises(ModelError, match=r"its graph has the outputs \{'others'"):
        sg.load_model(made.path)
    graph.write_bytes(named)
    sidecar.write_text(made.form.to_json())
    weights = tmp_path / "model.bin"
    weights.write_bytes(weights.read_bytes()[:-4] + bytes(4))
    with pytest.raises(ModelError, match="graph was changed after it was exported"):
        sg.load_model(made.path)
    (tmp_path / "model.json").unlink()
    with pytest.raises(ModelError, match=r"model\.json: is not there; an OpenVINO export is three files"):
        sg.load_model(made.path)


_INTERRUPTED_AFTER_TWO = """
import os, signal, sys
import scoliogait as sg
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever began the tests may have it ignored
first, second = sg.load_model(sys.argv[1]), sg.load_model(sys.argv[1])
del first
del second
try:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
except KeyboardInterrupt:
    print("in order")
"""


@pytest.mark.slow
@needs_exporter
@pytest.mark.skipif(sys.platform == "win32", reason="a process there cannot interrupt itself")
def test_a_signal_after_two_openvino_models_is_no_crash(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason='OpenVINO is an extra: pip install "scoliogait[openvino]"')
    made = sg.export_model("builtin:pose-set", tmp_path / "model.xml", "openvino")
    command = [sys.executable, "-c", _INTERRUPTED_AFTER_TWO, str(made.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, "in order\n"), done.stderr


@pytest.mark.slow
def test_files_of_torch_export_are_written_and_never_read(tmp_path: Path) -> None:
    made = sg.export_model("builtin:pose-set", tmp_path / "model.pt2", "torch-export")
    assert made.form.agreement.at_most <= write.TOLERANCE
    program: Any = torch.export.load(made.path)  # our own file, a second ago
    poses = torch.rand(33, 17, 3)
    logits = program.module()(poses).detach().numpy()
    model = sg.load_model("builtin:pose-set").model
    np.testing.assert_allclose(logits, model.logits({"poses": poses.numpy()}, [(0, 33)]), rtol=0, atol=1e-5)
    with pytest.raises(ModelError, match="never read here"):
        sg.load_model(made.path)


@pytest.mark.slow
@needs_exporter
def test_either_all_files_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino", reason='OpenVINO is an extra: pip install "scoliogait[openvino]"')
    (tmp_path / "folder.bin").mkdir()
    with pytest.raises(DataError, match=r"folder\.bin: is a folder"):
        write.write_export("builtin:pose-set", tmp_path / "folder.xml", "openvino")

    @contextmanager
    def full_at_the_last(path: Path) -> Iterator[Path]:
        if path.suffix == ".json":
            raise DataError("the disk is full")
        with atomic_file(path) as beside:
            yield beside

    monkeypatch.setattr(write, "atomic_file", full_at_the_last)
    with pytest.raises(DataError, match="the disk is full"):
        write.write_export("builtin:pose-set", tmp_path / "model.xml", "openvino")
    monkeypatch.setattr(write, "largest_difference", lambda exported, bundle: float("inf"))
    with pytest.raises(ModelError, match="bf16 export would give scores that are no numbers, so nothing was written"):
        write.write_export("builtin:pose-set", tmp_path / "other.xml", "openvino", "bf16")
    assert [file.name for file in tmp_path.rglob("*")] == ["folder.bin"]


def test_no_file_beside_the_named_one_is_replaced_unasked(tmp_path: Path) -> None:
    result = tmp_path / "model.json"
    result.write_text("of a screening")
    with pytest.raises(DataError, match=r"model\.json: exists; give --overwrite to replace it"):
        sg.export_model("builtin:pose-set", tmp_path / "model.xml", "openvino")
    assert result.read_text() == "of a screening"
    (tmp_path / "model.onnx").mkdir()
    for overwrite in (False, True):
        with pytest.raises(DataError, match=r"model\.onnx: is a folder"):
            sg.export_model("builtin:pose-set", tmp_path / "model.onnx", overwrite=overwrite)


@pytest.mark.parametrize(
    ("kind", "precision", "packages", "extras"),
    [
        ("onnx", "fp32", "torch, safetensors, onnx, onnxscript and onnxruntime", "train,export,runtime"),
        ("openvino", "int8", "onnxscript, openvino and onnxruntime", "train,export,openvino,runtime"),
        ("torch-export", "fp32", "torch and safetensors", "train"),
    ],
)
def test_all_missing_packages_are_named_before_anything_begins(
    kind: Any, precision: Any, packages: str, extras: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / f"model{KINDS[kind].ending}"
    calibrate = [sg.sample("cmu_06_01_front")] if precision == "int8" else None
    monkeypatch.setattr("scoliogait.optional_package.is_installed", lambda package: False)
    with pytest.raises(MissingPackageError) as refused:
        sg.export_model("builtin:pose-set", out, kind, precision, calibrate=calibrate)
    assert str(refused.value).endswith(f'{packages}, which are not installed; pip install "scoliogait[{extras}]"')


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "format": ({"format": "tflite"}, "expected one of onnx, openvino, torch-export"),
    "precision": ({"precision": "bf16"}, "a file of format onnx is written in fp32 or int8"),
    "ending": ({"format": "openvino"}, "ends in .xml; name it model.xml"),
    "int8 without walks": ({"precision": "int8"}, "give validation walks with --calibrate"),
    "walks for fp32": ({"calibrate": []}, "no use for it with fp32"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_at_once(case: str, tmp_path: Path) -> None:
    options, words = REFUSED[case]
    with pytest.raises(DataError, match=words):
        sg.export_model("builtin:pose-set", tmp_path / "model.onnx", **options)
    assert not list(tmp_path.iterdir())


def test_an_exported_file_is_not_exported_again(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is an exported file already"):
        sg.export_model(tmp_path / "a.onnx", tmp_path / "b.onnx")


@pytest.mark.parametrize(("kind", "precision"), [("openvino", "bf16"), ("onnx", "int8")])
def test_no_walk_is_no_calibration(kind: Any, precision: Any, tmp_path: Path) -> None:
    out = tmp_path / f"file{KINDS[kind].ending}"
    with pytest.raises(DataError, match="calibrate: holds no walk"):
        sg.export_model("builtin:demo", out, kind, precision, calibrate=[])
    assert not out.exists()


@pytest.mark.parametrize(("kind", "precision"), [("onnx", "int8"), ("openvino", "bf16")])
def test_one_walk_is_too_few(kind: Any, precision: Any, tmp_path: Path) -> None:
    out, walk = tmp_path / f"m{KINDS[kind].ending}", sg.sample("cmu_06_01_front")
    with pytest.raises(DataError, match=f"precision {precision}: takes at least two walks"):
        sg.export_model("builtin:demo", out, kind, precision=precision, calibrate=[walk])


@pytest.mark.parametrize(("ratio", "brings_none"), [(1.72, True), (0.97, True), (0.58, False)])
def test_how_long_a_lower_precision_takes_here_is_said(ratio: float, brings_none: bool) -> None:
    form = load_exported(exported_file(model_folder("builtin:pose-set"))).form
    made = ExportedFile(Path("m.xml"), form.model_copy(update={"precision": "bf16"}), (), "OpenVINO", ratio)
    assert made.to_dict()["time_beside_fp32"] == ratio
    assert f"{ratio:.2f} times that of the model as an fp32 file" in str(made)
    assert ("bf16 brings no speed on this machine" in str(made)) is brings_none
    assert "time on this machine" not in str(ExportedFile(Path("m.onnx"), form, (), "onnxruntime"))


def test_changed_calls_are_counted() -> None:
    same = Call("a", "negative", 0.6, "negative", 0.58, 0.02)
    other = Call("b", "negative", 0.5, "positive", 0.51, 0.113)
    assert changed_calls([same, other]).model_dump() == {"n_walks": 2, "n_changed": 1, "largest_difference": 0.2}


@pytest.mark.parametrize(("difference", "up"), [(0.0, 1e-6), (3e-7, 1e-6), (1.2e-6, 2e-6), (0.021, 0.03), (0.97, 1.0)])
def test_differences_are_rounded_up(difference: float, up: float) -> None:
    assert rounded_up(difference) == up
