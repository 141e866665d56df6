"""Growth against view: worked out by hand for a walker who comes nearer at a known pace."""

import numpy as np
import pytest

from scoliogait.measurement.exchanged_sides import doubts_about_sides, growth_with_and_against_the_view
from scoliogait.samples import sample_paths
from scoliogait.skeleton import MIRROR
from walker import draw_walker

NEARER = np.linspace(1.0, 2.0, 90)


def seen_at(sizes: np.ndarray, *, from_the_front: bool) -> np.ndarray:
    poses = draw_walker(len(sizes), from_the_front=from_the_front)
    poses[..., :2] *= sizes[:, None, None]
    return poses


@pytest.mark.parametrize(("front", "sizes"), [(True, NEARER), (False, NEARER[::-1])])
def test_growth_fits_the_view_or_the_sides_are_doubted(front: bool, sizes: np.ndarray) -> None:
    poses = seen_at(sizes, from_the_front=front)
    with_view, against = growth_with_and_against_the_view(poses)
    # The mean over nine frames shortens the walk by some frames at either end.
    assert with_view == pytest.approx(np.log(2), rel=0.05)
    assert against == 0
    assert doubts_about_sides(poses) == ()
    (doubt,) = doubts_about_sides(poses[:, MIRROR])
    assert "left and right are exchanged" in doubt


def test_nothing_is_said_where_nothing_can_be_said() -> None:
    still = draw_walker(90)
    from_the_side = draw_walker(90, yaw_deg=90)
    from_the_side[..., :2] *= NEARER[:, None, None]
    for poses in (still, from_the_side, still[:5], np.zeros_like(still)):
        assert doubts_about_sides(poses) == doubts_about_sides(poses[:, MIRROR]) == ()


def test_missing_frames_change_nothing() -> None:
    poses = seen_at(NEARER, from_the_front=True)
    poses[20:40] = 0
    assert doubts_about_sides(poses) == ()
    assert doubts_about_sides(poses[:, MIRROR])


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.stem)
def test_the_samples_are_not_doubted(path) -> None:  # type: ignore[no-untyped-def]
    with np.load(path) as archive:
        assert doubts_about_sides(archive["poses" if "poses" in archive else "keypoints"]) == ()
