"""The whole chain, with its networks, on a rendered walker: from the pixels of two videos to a measured session."""

from pathlib import Path

import numpy as np
import pytest
from studies.rendered_walkers import RATE_HZ, rendered_walker, write_pass

import scoliogait as sg
from mannequin import draw_mannequin
from scoliogait.skeleton import JOINT, PAIR_NAMES
from scoliogait.video.detect import Detector
from scoliogait.video.estimate import Estimator
from scoliogait.video.networks import Engine
from scoliogait.video.watch import watch
from videos import write_video
from walker import draw_walker

pytest.importorskip("av")
BODY = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip", "knee", "ankle")]
SHOULDERS = PAIR_NAMES.index("shoulders")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["opencv", "onnxruntime"])
def test_what_is_seen_does_not_depend_on_the_number_of_threads(engine: Engine, tmp_path: Path) -> None:
    if engine == "onnxruntime":
        pytest.importorskip("onnxruntime")
    drawn = draw_walker(12, rate_hz=RATE_HZ, height_px=190, from_the_front=False)
    drawn[..., :2] -= 160, 70
    made = write_video(tmp_path / "mannequin.mp4", [draw_mannequin(pose, (320, 256)) for pose in drawn])
    alone, beside = (watch(made, Detector(engine), Estimator(engine), threads=threads) for threads in (1, 3))
    assert sum(map(len, alone.poses)) > 0
    for name in ("poses", "sides_px", "silhouettes", "boxes_px", "jointless_px"):
        for one, other in zip(getattr(alone, name), getattr(beside, name), strict=True):
            np.testing.assert_array_equal(one, other)
    assert list(alone.outlines) == list(beside.outlines)


@pytest.mark.slow
def test_a_rendered_walker_who_comes_and_goes_is_read_and_measured(tmp_path: Path) -> None:
    walker = rendered_walker(seed=300, number=1)  # a captured walk; shoulders and camera are planted askew
    walks = []
    for name, view in (("there", "front"), ("back", "back")):
        filmed = walker.film(name == "there", RATE_HZ, seed=7)
        path = tmp_path / f"{name}.mp4"
        write_pass(filmed, path)
        walk = sg.read_walk(path)
        assert walk.poses is not None
        assert walk.silhouettes is not None
        assert walk.mirror_difference is not None
        seen = (walk.poses[..., 2] > 0).any(axis=1)
        assert seen.sum() == len(walk.silhouettes) > 0.6 * len(filmed.time_s)
        assert walk.frame_rate_hz == pytest.approx(RATE_HZ, rel=0.01)
        off = np.linalg.norm(walk.poses[seen][..., :2] - filmed.pixels[seen], axis=-1)
        assert np.median(off[:, BODY]) < 0.03 * np.ptp(filmed.pixels[..., 1], axis=1).mean()
        assert sg.screen(walk).screening.quality.view == view
        walks.append(walk)
    found = sg.Session.screen(walks).asymmetry
    assert found.camera_roll_deg is not None
    assert found.camera_roll_deg.value == pytest.approx(walker.camera.roll_deg, abs=0.5)
    tilt = found["shoulders"].tilt_deg
    assert tilt is not None
    assert tilt.value == pytest.approx(np.rad2deg(walker.truth[SHOULDERS, 2]), abs=2.5)
    narrow = sg.Session.screen([walk.with_changes(mirror_difference=None) for walk in walks]).asymmetry
    assert narrow["hips"].tilt_deg.standard_error < found["hips"].tilt_deg.standard_error
