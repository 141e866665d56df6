"""Captured walks: the packed file, seamless loops of whole strides, other people's bones."""

from importlib.resources import files

import numpy as np
import pytest

from scoliogait.simulation.body import average_body
from scoliogait.simulation.frames import line_angle_deg
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.mocap import captured_loops, captured_walker
from scoliogait.simulation.planting import HIPS, SHOULDERS, middle
from scoliogait.skeleton import JOINT
from shared_data import MOCAP
from walker_laws import assert_bones_keep_their_lengths, bone_lengths

BODY = average_body("female", 12.0)
LOOPS = captured_loops()


def test_packed_walks_are_the_recordings() -> None:
    with np.load(str(files("scoliogait.simulation") / "cmu_walks.npz")) as packed:
        ends = np.cumsum(packed["n_frames"])
        walks = dict(zip(packed["name"].tolist(), np.split(packed["tenths_of_mm"], ends[:-1]), strict=True))
    paths = sorted(MOCAP.glob("*.npz"))
    assert sorted(walks) == [path.stem for path in paths]
    for path in paths[::7]:
        recorded = np.load(path)["xyz_m"].astype(np.float64)
        hips = recorded[:, list(HIPS), 2].mean(axis=1)
        np.testing.assert_allclose(walks[path.stem][..., :2] * 1e-4, recorded[..., :2], atol=6e-5)
        np.testing.assert_allclose(walks[path.stem][..., 2] * 1e-4, recorded[..., 2] - hips[:, None], atol=6e-5)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.name)
def test_loop_closes_without_a_jump(loop) -> None:
    around = np.concatenate([loop.joints, loop.joints[:1]])
    steps = np.linalg.norm(np.diff(around, axis=0), axis=2).max(axis=1)
    assert steps[-1] <= 1.1 * steps[:-1].max()
    assert 0.75 <= len(loop.joints) / 30.0 / loop.n_strides <= 1.6


@pytest.mark.parametrize("loop", LOOPS[::6], ids=lambda loop: loop.name)
def test_loop_on_a_body_has_its_bones_and_repeats(loop) -> None:
    phase = np.linspace(0.0, 3.0 * loop.n_strides, 200)
    walker = captured_walker(loop, BODY, phase)
    assert_bones_keep_their_lengths(walker)
    own = bone_lengths(symmetric_walker(BODY, np.zeros(1)))
    np.testing.assert_allclose(bone_lengths(walker)[:1], own, atol=1e-9)
    np.testing.assert_allclose(captured_walker(loop, BODY, phase + loop.n_strides), walker, atol=1e-9)


@pytest.mark.parametrize("loop", LOOPS[::6], ids=lambda loop: loop.name)
def test_the_tilts_of_the_capture_are_gone(loop) -> None:
    for pair in (HIPS, SHOULDERS):
        tilt = line_angle_deg(loop.joints[:, pair[0]] - loop.joints[:, pair[1]], "frontal")
        assert tilt.mean() == pytest.approx(0.0, abs=0.05)
    lean = middle(loop.joints, SHOULDERS) - middle(loop.joints, HIPS)
    assert lean[:, 0].mean() == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("loop", LOOPS[::6], ids=lambda loop: loop.name)
def test_left_foot_leads_at_phase_zero(loop) -> None:
    phase = np.arange(40 * loop.n_strides) / 40.0
    walker = captured_walker(loop, BODY, phase)
    reach = walker[:, JOINT["left_ankle"], 2] - walker[:, JOINT["right_ankle"], 2]
    assert reach[::40].mean() > 0.8 * reach.max()
    assert reach[20::40].mean() < 0.8 * reach.min()
