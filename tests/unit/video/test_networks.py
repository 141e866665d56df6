"""The networks of the package: the files of this release, equal under both engines, refused where they are not."""

import hashlib
import re
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from scoliogait.errors import ModelError
from scoliogait.video import networks
from scoliogait.video.networks import BLAZEPOSE, BLAZEPOSE_MAPS, NANODET, Engine, NetworkFile, load_network

WEIGHTS = files("scoliogait.video") / "weights"
FILES = BLAZEPOSE, BLAZEPOSE_MAPS, NANODET
EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
# Outputs differ by float32 rounding: places in px of the square and logits of the outline, both up to some hundreds.
HANDED_ON = [(2, 864, 8, 8), (2, 88, 16, 16), (2, 32, 32, 32), (2, 24, 64, 64), (2, 16, 128, 128)]
SHAPES = {BLAZEPOSE.name: [(1, 256, 256, 3)], BLAZEPOSE_MAPS.name: HANDED_ON, NANODET.name: [(1, 3, 416, 416)]}
MOST = {BLAZEPOSE.name: 255, BLAZEPOSE_MAPS.name: 1, NANODET.name: 1}


def noise(file: NetworkFile, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [MOST[file.name] * rng.random(shape, dtype=np.float32) for shape in SHAPES[file.name]]


@EACH
def test_the_weights_are_those_that_the_notice_names(file: NetworkFile) -> None:
    notice = (WEIGHTS / "NOTICE.md").read_text(encoding="utf-8")
    (digest,) = re.findall(rf"`{re.escape(file.name)}`.*`([0-9a-f]{{64}})`", notice)
    assert hashlib.sha256((WEIGHTS / file.name).read_bytes()).hexdigest() == digest == file.sha256


def test_all_weights_are_named_and_small_enough_for_a_package() -> None:
    there = {place.name: len(place.read_bytes()) for place in WEIGHTS.iterdir() if place.name != "NOTICE.md"}
    assert set(there) == {file.name for file in FILES}
    assert sum(there.values()) < 30e6


@EACH
def test_both_engines_give_the_same_numbers(file: NetworkFile) -> None:
    pytest.importorskip("onnxruntime")
    by_opencv, by_onnxruntime = (load_network(file, engine)(*noise(file)) for engine in ("opencv", "onnxruntime"))
    assert len(by_opencv) == len(by_onnxruntime) == len(file.outputs)
    for one, other in zip(by_opencv, by_onnxruntime, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3 * max(1.0, float(np.abs(other).max())))


def test_opencv_runs_the_layers_that_the_files_were_written_for() -> None:
    """Should another release take them for something else, the numbers stay and the speed is lost without a word."""
    import cv2

    plans = {file: cv2.dnn.readNetFromONNX(str(WEIGHTS / file.name)).dump() for file in FILES}
    assert plans[NANODET].count(" Convolution {") == 16, "by Winograd's method"
    for file in (BLAZEPOSE, BLAZEPOSE_MAPS):
        assert "fused_activation: Clip" in plans[file]
        assert " ReLU6 {" not in plans[file], "each is a part of the convolution before it"


@pytest.mark.parametrize("engine", ["opencv", "onnxruntime"])
def test_the_two_pictures_of_a_pair_do_not_see_each_other(engine: Engine) -> None:
    if engine == "onnxruntime":
        pytest.importorskip("onnxruntime")
    network = load_network(BLAZEPOSE_MAPS, engine)
    both = noise(BLAZEPOSE_MAPS, seed=1)
    outlines, heat = network(*both)
    alone_outlines, alone_heat = network(*(np.stack([one, one]) for one, _ in both))
    np.testing.assert_allclose(heat[0], alone_heat[1], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(outlines[0, 0], alone_outlines[0, 1], rtol=1e-4, atol=0.5)
    assert np.abs(outlines[0, 1] - alone_outlines[0, 1]).max() > 1
    assert np.abs(heat[1] - alone_heat[1]).max() > 1


@pytest.mark.parametrize("engine", ["opencv", "onnxruntime"])
def test_what_was_given_stays_when_the_network_runs_again(engine: Engine) -> None:
    """The first of two pictures waits for the second one."""
    if engine == "onnxruntime":
        pytest.importorskip("onnxruntime")
    network = load_network(BLAZEPOSE, engine)
    first = network(*noise(BLAZEPOSE))
    before = [output.copy() for output in first]
    assert not np.array_equal(network(*noise(BLAZEPOSE, seed=1))[0], before[0])
    for output, was in zip(first, before, strict=True):
        np.testing.assert_array_equal(output, was)


def test_an_engine_that_is_unknown_or_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="engine 'tensorrt': expected one of onnxruntime, opencv"):
        load_network(BLAZEPOSE, "tensorrt")  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r'onnxruntime: is not installed; pip install "scoliogait\[runtime\]"'):
        load_network(BLAZEPOSE, "onnxruntime")


@pytest.mark.parametrize("content", [None, b"", b"something else"])
def test_other_weights_are_not_run(content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights").mkdir()
    if content is not None:
        (tmp_path / "weights" / BLAZEPOSE.name).write_bytes(content)
    monkeypatch.setattr(networks, "files", lambda package: tmp_path)
    with pytest.raises(ModelError, match=f"{BLAZEPOSE.name}: .*install scoliogait again"):
        load_network(BLAZEPOSE, "opencv")


def test_this_opencv_is_the_one_that_was_measured() -> None:
    import cv2

    assert int(cv2.__version__.partition(".")[0]) >= 5
