"""Captured walks: the packed file, seamless loops of whole strides, other people's bones."""

from collections import Counter

import numpy as np
import pytest

from captured_walks import captured_joints, captured_people, captured_poses
from recorded import sample_path
from scoliogait.io.read import read_walk
from scoliogait.simulation.body import average_body
from scoliogait.simulation.frames import line_angle_deg
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.mocap import captured_loops, captured_walker
from scoliogait.simulation.planting import HIPS, SHOULDERS, middle
from scoliogait.skeleton import JOINT
from walker_laws import assert_bones_keep_their_lengths, bone_lengths

BODY = average_body("female", 12.0)
LOOPS = captured_loops()


def test_packed_walks_are_those_of_the_description() -> None:
    n_frames = {name: len(joints) for name, joints in captured_joints().items()}
    assert (len(n_frames), sum(n_frames.values())) == (43, 4070)
    assert (min(n_frames.values()), max(n_frames.values())) == (56, 128)
    assert all(captured_people()[name] == f"cmu{name[:2]}" for name in n_frames)
    per_person = Counter(captured_people().values())
    assert per_person == {"cmu02": 2, "cmu06": 1, "cmu07": 9, "cmu16": 8, "cmu32": 2, "cmu35": 20, "cmu43": 1}
    assert [loop.name for loop in LOOPS] == list(n_frames)


@pytest.mark.parametrize("name", ["06_01", "16_16", "35_08"])
def test_packed_walks_are_what_the_samples_show(name: str) -> None:
    """The samples are the same walks, projected before they were packed in tenths of a millimetre (0.02 px)."""
    sample = read_walk(sample_path(f"cmu_{name}_front")).poses
    np.testing.assert_allclose(captured_poses(name), sample, rtol=0, atol=0.0101)


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
