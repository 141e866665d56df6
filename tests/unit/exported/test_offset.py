"""What rounding shifts the logits by is measured on every second walk given, and taken back in the file."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import scoliogait as sg
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.errors import ModelError
from scoliogait.exported import write
from scoliogait.exported.compare import bundle_logits
from scoliogait.exported.engines import Onnxruntime
from scoliogait.exported.formats import KINDS
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.offset import beyond_chance, with_offset
from scoliogait.exported.ports import LOGITS
from scoliogait.exported.read import load_exported
from scoliogait.exported.sealed_onnx import unseal
from scoliogait.representation.arrays import model_arrays
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.walk import Walk

needs_exporter = pytest.mark.skipif(
    find_spec("onnxscript") is None, reason='the exporter is an extra: pip install "scoliogait[export]"'
)


@pytest.fixture(scope="module")
def walks() -> list[Walk]:
    config = CohortConfig(n_walks=32, n_frames=20, seed=5, silhouettes=False)
    return [simulate_walk(config, plan).walk for plan in plan_cohort(config)]


def noted_measurements(monkeypatch: pytest.MonkeyPatch, held_back: Sequence[Walk]) -> list[tuple[float, list[str]]]:
    """Of each measured offset: the shift before it of walks that were held back, and the walks measured."""
    found: list[tuple[float, list[str]]] = []
    right = write.logit_offset

    def noted(exported: ExportedModel, bundle: Bundle, given: Sequence[Walk]) -> Any:
        found.append((shift(exported, bundle, held_back), [walk.walk_id for walk in given]))
        return right(exported, bundle, given)

    monkeypatch.setattr(write, "logit_offset", noted)
    return found


def shift(exported: ExportedModel, bundle: Bundle, walks: Sequence[Walk]) -> float:
    """The largest of the three classes' mean errors; what is common to all classes changes no probability."""
    errors = []
    for walk in walks:
        inputs = model_arrays(bundle.contract, walk)
        windows = bundle.contract.windows(len(inputs["frames"]))
        errors.append(exported.logits(inputs, windows) - bundle_logits(bundle, inputs, windows))
    mean = np.concatenate(errors).mean(axis=0)
    return float(np.abs(mean - mean.mean()).max())


@pytest.mark.slow
@needs_exporter
def test_the_shift_of_bf16_is_gone_on_walks_that_were_held_back(
    walks: list[Walk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino", reason='OpenVINO is an extra: pip install "scoliogait[openvino]"')
    measured = noted_measurements(monkeypatch, walks[1::2])
    made = write.write_export("builtin:demo", tmp_path / "file.xml", "openvino", "bf16", walks)
    if not made.runtime.endswith(", bf16"):
        pytest.skip(f"nothing is shifted here: {made.runtime}")
    [(before, given)] = measured
    assert given == [walk.walk_id for walk in walks[::2]]
    assert [call.walk_id for call in made.calls] == [walk.walk_id for walk in walks[1::2]]
    read = sg.load_model(made.path).model
    assert isinstance(read, ExportedModel)
    assert shift(read, load_bundle(model_folder("builtin:demo")), walks[1::2]) < before / 2


@pytest.mark.slow
@needs_exporter
def test_both_int8_files_agree_and_hold_heads_in_fp32_and_an_offset_that_nobody_edits(
    walks: list[Walk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino", reason='OpenVINO is an extra: pip install "scoliogait[openvino]"')
    few, both = walks[:8], []
    measured = noted_measurements(monkeypatch, few[1::2])
    for kind in ("onnx", "openvino"):
        out = tmp_path / f"int8{KINDS[kind].ending}"
        write.write_export("builtin:demo", out, kind, "int8", few)
        both.append(sg.load_model(out))
    assert [given for _, given in measured] == [[walk.walk_id for walk in few[::2]]] * 2
    for walk in few[1::2]:
        one, other = (list(model.screen(walk).probabilities.values()) for model in both)
        assert one == pytest.approx(other, abs=0.05)

    file = tmp_path / "int8.onnx"
    graph = onnx.load_from_string(unseal(file.read_bytes(), file)[0]).graph
    kinds = [node.op_type for node in graph.node]
    assert "QuantizeLinear" in kinds[: kinds.index("ReduceMax")]
    assert "QuantizeLinear" not in kinds[kinds.index("ReduceMax") :]
    [offset] = [held for held in graph.initializer if held.name == f"{LOGITS}_offset"]
    named = offset.SerializeToString()
    assert file.read_bytes().count(named) == 1
    file.write_bytes(file.read_bytes().replace(named, named.replace(offset.raw_data, b"\1" * 12)))
    with pytest.raises(ModelError, match="graph was changed after it was exported"):
        sg.load_model(file)


def test_a_shift_is_kept_and_chance_is_not() -> None:
    rng = np.random.default_rng(3)
    moved = np.array([0.02, -0.01, -0.01])
    np.testing.assert_allclose(beyond_chance(moved + 5.0 + rng.normal(0, 0.005, (100, 3)))[0], moved, rtol=0, atol=2e-3)
    np.testing.assert_array_equal(beyond_chance(moved[None]), np.zeros((1, 3)))  # of one walk nothing is known
    np.testing.assert_array_equal(beyond_chance(np.zeros((4, 3))), np.zeros((1, 3)))
    left = [float(np.square(beyond_chance(rng.normal(0, 0.005, (10, 3)))).sum()) for _ in range(200)]
    assert np.mean(left) < 0.5 * 2 * 0.005**2 / 10  # 2: the classes less what they share
    assert np.mean(np.array(left) == 0.0) > 0.3


def test_an_offset_is_added_to_the_logits_alone() -> None:
    exported = Path(model_folder("builtin:pose-set")) / "model.onnx"
    graph, _ = unseal(exported.read_bytes(), exported)
    form = load_exported(exported).form
    offset = np.array([[0.5, -0.25, 0.125]], np.float32)
    poses = {"poses": np.random.default_rng(0).random((7, 17, 3), np.float32)}
    before, after = (Onnxruntime(one, form, exported)(poses)[0] for one in (graph, with_offset(graph, offset)))
    np.testing.assert_allclose(after - before, offset, rtol=0, atol=1e-6)
