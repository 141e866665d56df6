"""The exported files that the package ships say what their bundles say, and are what the exporter writes."""

from dataclasses import replace

import numpy as np
import pytest

import scoliogait as sg
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.model_folder import builtin_models, exported_file, model_folder
from scoliogait.errors import ModelError
from scoliogait.exported.compare import CHECKED_FRAMES, largest_difference
from scoliogait.exported.programs import onnx_graph, program_of
from scoliogait.exported.read import load_exported
from scoliogait.exported.sealed_onnx import unseal
from scoliogait.exported.write import TOLERANCE
from scoliogait.screening import Screener

SAMPLES = ("cmu_06_01_front", "cmu_35_08_front", "intel_worker_back")


@pytest.mark.parametrize("name", builtin_models())
def test_whole_way_from_walk_to_result(name: str) -> None:
    """The representation too, which each has of its own: numpy here, torch there."""
    exported, bundle = sg.load_model(name), sg.load_model(name, runtime="torch")
    assert exported.facts["runtime"].startswith("onnxruntime")
    assert bundle.facts["runtime"].startswith("torch")
    for sample in SAMPLES:
        walk = sg.sample(sample)
        ours, theirs = exported.screen(walk), bundle.screen(walk)
        for class_name, probability in theirs.probabilities.items():
            assert ours.probabilities[class_name] == pytest.approx(probability, abs=TOLERANCE)
        assert ours.reasons == theirs.reasons
        assert ours.probability_intervals is not None
        assert {key: value for key, value in ours.model.items() if key != "runtime"} == {
            key: value for key, value in theirs.model.items() if key != "runtime"
        }


@pytest.mark.parametrize("name", builtin_models())
def test_networks_agree_at_every_length(name: str) -> None:
    folder = model_folder(name)
    exported = load_exported(exported_file(folder))
    assert exported.form.agreement.frames == CHECKED_FRAMES
    assert largest_difference(exported, load_bundle(folder)) <= TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", builtin_models())
def test_the_file_is_what_the_exporter_writes(name: str) -> None:
    pytest.importorskip("onnxscript", reason='the exporter is an extra: pip install "scoliogait[export]"')
    folder = model_folder(name)
    bundle, file = load_bundle(folder), exported_file(folder)
    graph = onnx_graph(
        program_of(bundle.module, bundle.architecture, bundle.contract), bundle.architecture, bundle.contract
    )
    assert graph == unseal(file.read_bytes(), file)[0], "run python -m tools.export_builtin_models"
    assert b"/" not in graph or b".py" not in graph


def test_a_device_or_the_name_of_a_runtime_decides_what_runs() -> None:
    name = "builtin:pose-set"
    assert sg.load_model(name, "cpu").facts["runtime"].startswith("torch")
    assert sg.load_model(name, runtime="exported").facts["runtime"].startswith("onnxruntime")
    file = exported_file(model_folder(name))
    with pytest.raises(ModelError, match="runs on the CPU"):
        sg.load_model(file, "cuda")
    with pytest.raises(ModelError, match="which torch does not run"):
        sg.load_model(file, runtime="torch")
    with pytest.raises(ModelError, match="is an exported model, and this looks into the network"):
        _ = sg.load_model(file).bundle
    with pytest.raises(ModelError, match="runtime 'onnx': expected torch or exported"):
        sg.load_model(file, runtime="onnx")  # type: ignore[arg-type]


def test_without_onnxruntime_the_bundle_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoliogait.exported.stated.is_installed", lambda name: name != "onnxruntime")
    assert sg.load_model("builtin:pose-set").facts["runtime"].startswith("torch")


BAD: dict[str, tuple[dict[str, tuple[int, ...]], str]] = {
    "missing": ({}, "poses are missing"),
    "joints": ({"poses": (5, 16, 3)}, r"poses are float32 of shape \(5, 16, 3\)"),
    "no frame": ({"poses": (0, 17, 3)}, r"shape \(0, 17, 3\); the model takes float32 of shape \(frames, 17, 3\)"),
    "unknown": ({"poses": (5, 17, 3), "pav": (1, 8, 3)}, "no such input"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_shapes_are_refused(case: str) -> None:
    shapes, words = BAD[case]
    model = load_exported(exported_file(model_folder("builtin:pose-set")))
    with pytest.raises(ModelError, match=words):
        model.logits({name: np.zeros(shape, np.float32) for name, shape in shapes.items()}, [(0, 5)])


def test_a_lost_number_is_refused_and_not_passed_on() -> None:
    model = load_exported(exported_file(model_folder("builtin:demo")))
    frames = np.zeros((5, 2, 64, 44), np.float32)
    frames[3, 0, 10, 10] = np.nan
    with pytest.raises(ModelError, match="frames hold NaN or infinite values in frame 3"):
        model.logits({"frames": frames}, [(0, 5)])
    with pytest.raises(ModelError, match="float64"):
        model.logits({"frames": np.zeros((5, 2, 64, 44))}, [(0, 5)])  # type: ignore[dict-item]


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_refused_and_no_result(lost: float) -> None:
    model = load_exported(exported_file(model_folder("builtin:pose-set")))
    damaged = replace(model, engine=lambda fed: [np.array([[0.1, lost, 0.2]], np.float32)])
    with pytest.raises(ModelError, match=r"model\.onnx: its network gives NaN or infinite scores"):
        Screener(damaged).screen(sg.sample("cmu_35_08_front"))
