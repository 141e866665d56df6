"""Silhouettes: the body fills the frame, mirrors with the walker, and shows the curve in the flanks."""

import numpy as np

from scoliogait.simulation import cohort
from scoliogait.simulation.body import average_body
from scoliogait.simulation.camera import Camera, Path
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.planting import mirror_walker
from scoliogait.simulation.silhouette import body_outline
from scoliogait.simulation.spine import Curve, mirrored
from trait_fixtures import neutral_traits

BODY = average_body("female", 14.0)
N_FRAMES = 20
WALKER = symmetric_walker(BODY, np.arange(N_FRAMES) / N_FRAMES)
FAR_AND_CENTRAL = Camera(height_m=0.9, focal_px=20_000.0)


def film(xyz: np.ndarray, curve: Curve, **traits: float) -> np.ndarray:
    path = Path(np.full(N_FRAMES, 100.0), np.zeros(N_FRAMES), np.ones(N_FRAMES))
    all_traits = neutral_traits() | traits
    subject = cohort.Subject(BODY, curve, all_traits)
    return cohort.film_silhouettes(cohort.Motion(xyz, path, "test"), FAR_AND_CENTRAL, subject, all_traits)


COMING = np.zeros(N_FRAMES)
STRAIGHT = Curve(0.0, "left", "thoracic")


def test_body_reaches_from_the_first_row_to_the_last() -> None:
    frames = film(WALKER, STRAIGHT)
    assert frames.shape == (N_FRAMES, 64, 64)
    assert frames.dtype == np.uint8
    assert np.all(frames[:, 0].max(axis=1) > 127)
    assert np.all(frames[:, -1].max(axis=1) > 127)
    covered = (frames > 127).mean()
    assert 0.12 < covered < 0.30


def test_mirrored_walker_with_mirrored_curve_gives_the_mirrored_picture() -> None:
    curve = Curve(40.0, "right", "lumbar")
    frames = film(WALKER, curve, waist_asymmetry_mm=20.0).astype(int)
    image = film(mirror_walker(WALKER), mirrored(curve), waist_asymmetry_mm=-20.0).astype(int)
    # Alignment puts the middle into a whole column, so that a mirror image may sit one or two columns further on.
    shifted = [np.abs(np.roll(frames[:, :, ::-1], by, axis=2) - image) > 127 for by in (0, 1, 2)]
    difference = np.min([d.mean(axis=(1, 2)) for d in shifted], axis=0)
    assert difference.max() < 0.01


def test_stout_people_cover_more() -> None:
    slim, stout = film(WALKER, STRAIGHT, girth_factor=0.85), film(WALKER, STRAIGHT, girth_factor=1.2)
    assert (stout > 127).sum() > 1.1 * (slim > 127).sum()


def test_waist_asymmetry_is_the_difference_between_the_flanks() -> None:
    even, uneven = (
        body_outline(WALKER, BODY, neutral_traits() | {"waist_asymmetry_mm": mm}, STRAIGHT, COMING).trunk
        for mm in (0.0, 40.0)
    )
    moved_mm = 1e3 * (uneven - even)[..., 0].mean(axis=0)
    sections = len(moved_mm) // 2
    left, right = moved_mm[:sections], moved_mm[sections:][::-1]
    waist = int(np.argmax(left))
    assert 0 < waist < sections - 1
    # Half of it bulges on the left, the other half is missing on the right.
    np.testing.assert_allclose([left[waist], right[waist]], [20.0, 20.0], rtol=0.03)


def test_curve_bends_the_flanks_towards_its_convex_side() -> None:
    straight = body_outline(WALKER, BODY, neutral_traits(), STRAIGHT, COMING).trunk
    curved = body_outline(WALKER, BODY, neutral_traits(), Curve(40.0, "left", "thoracolumbar"), COMING).trunk
    moved = (curved - straight)[..., 0].mean(axis=0)
    assert moved.max() > 0.003
    assert moved.max() > 3 * abs(moved.min())
