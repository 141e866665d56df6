"""The whole chain, with its networks, on a mannequin that walks away: from the pixels of a video to a screened walk."""

from pathlib import Path

import numpy as np
import pytest

import scoliogait as sg
from mannequin import draw_mannequin
from scoliogait.skeleton import JOINT
from scoliogait.video.detect import Detector
from scoliogait.video.estimate import Estimator
from scoliogait.video.networks import Engine
from scoliogait.video.watch import watch
from videos import write_video
from walker import draw_walker

pytest.importorskip("av")
SIZE_PX = 320, 256
RATE_HZ, T = 15, 45


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["opencv", "onnxruntime"])
def test_what_is_seen_does_not_depend_on_the_number_of_threads(engine: Engine, tmp_path: Path) -> None:
    if engine == "onnxruntime":
        pytest.importorskip("onnxruntime")
    drawn = draw_walker(12, rate_hz=RATE_HZ, height_px=190, from_the_front=False)
    drawn[..., :2] -= 160, 70
    made = write_video(tmp_path / "mannequin.mp4", [draw_mannequin(pose, SIZE_PX) for pose in drawn])
    alone, beside = (watch(made, Detector(engine), Estimator(engine), threads=threads) for threads in (1, 3))
    assert sum(map(len, alone.poses)) > 0
    for name in ("poses", "sides_px", "silhouettes", "boxes_px", "jointless_px"):
        for one, other in zip(getattr(alone, name), getattr(beside, name), strict=True):
            np.testing.assert_array_equal(one, other)
    assert list(alone.outlines) == list(beside.outlines)


@pytest.mark.slow
def test_a_mannequin_is_read_and_screened(tmp_path: Path) -> None:
    drawn = draw_walker(T, rate_hz=RATE_HZ, height_px=190, from_the_front=False, shoulder_tilt_deg=6)
    drawn[..., :2] -= 160, 70
    pictures = [draw_mannequin(pose, SIZE_PX) for pose in drawn]
    made = write_video(tmp_path / "mannequin.mp4", pictures, [round(1000 * t / RATE_HZ) for t in range(T)])
    walk = sg.read_walk(made)
    assert walk.poses is not None
    assert walk.silhouettes is not None
    assert (len(walk.poses), walk.notes) == (T, ())
    seen = (walk.poses[..., 2] > 0).any(axis=1)  # a mannequin is no person, and in some pictures is taken for none
    assert seen.sum() == len(walk.silhouettes) > 0.6 * T
    assert walk.frame_rate_hz == pytest.approx(RATE_HZ, rel=0.01)
    distance = np.linalg.norm(walk.poses[seen][..., :2] - drawn[seen][..., :2], axis=-1) / 190
    body = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip", "knee", "ankle")]
    assert np.median(distance[:, body]) < 0.05
    result = sg.screen(walk)
    assert result.screening.quality.view == "back"
    tilt = result.asymmetry["shoulders"].tilt_deg
    assert tilt is not None
    assert tilt.value == pytest.approx(6, abs=2.5)  # one stride; networks see faces and folds
