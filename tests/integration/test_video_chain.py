"""The whole chain, with its networks, on a rendered walker: from the pixels of two videos to a measured session."""

from pathlib import Path

import numpy as np
import pytest
from studies.rendered_walkers import RATE_HZ, rendered_walker, write_pass

import scoliogait as sg
from scoliogait.skeleton import JOINT, PAIR_NAMES

pytest.importorskip("av")
BODY = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip", "knee", "ankle")]
SHOULDERS = PAIR_NAMES.index("shoulders")


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
