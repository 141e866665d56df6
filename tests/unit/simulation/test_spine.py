"""The Cobb angle measured on the midline is the one that was planted."""

import numpy as np
import pytest

from scoliogait.simulation.spine import LEVELS, Curve, Side, mirrored, spine_midline

ALONG = np.linspace(0.0, 1.0, 2001)


def measure_cobb_deg(points: np.ndarray) -> float:
    """Cobb angle of a midline (n, 3) seen from the front: the largest difference between two of its inclinations."""
    steps = np.diff(points, axis=0)
    lean = np.rad2deg(np.arctan2(steps[:, 0], steps[:, 1]))
    return float(lean.max() - lean.min())


@pytest.mark.parametrize("level", list(LEVELS))
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("cobb_deg", [3.0, 10.0, 25.0, 60.0])
def test_measured_cobb_angle_is_the_planted_one(level: str, side: Side, cobb_deg: float) -> None:
    midline = spine_midline(Curve(cobb_deg, side, level), ALONG, 0.45, kyphosis_deg=35.0, lordosis_deg=40.0)  # type: ignore[arg-type]
    assert measure_cobb_deg(midline) == pytest.approx(cobb_deg, abs=0.05)


@pytest.mark.parametrize("level", list(LEVELS))
def test_spine_bulges_to_the_convex_side_at_its_level(level: str) -> None:
    midline = spine_midline(Curve(30.0, "left", level), ALONG, 0.45)  # type: ignore[arg-type]
    apex = int(np.argmax(np.abs(midline[:, 0])))
    assert midline[apex, 0] > 0.005
    assert abs(ALONG[apex] - LEVELS[level].apex) < 0.1  # type: ignore[index]
    assert midline[-1, 0] == pytest.approx(0.0, abs=1e-4)


def test_mirrored_curve_gives_the_mirrored_midline() -> None:
    curve = Curve(22.0, "right", "thoracolumbar")
    image = spine_midline(mirrored(curve), ALONG, 0.45) * np.array([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(image, spine_midline(curve, ALONG, 0.45), atol=1e-12)


def test_straight_spine_is_straight_and_length_is_kept() -> None:
    straight = spine_midline(Curve(0.0, "left", "lumbar"), ALONG, 0.45)
    np.testing.assert_allclose(straight[:, 0], 0.0, atol=1e-12)
    curved = spine_midline(Curve(50.0, "left", "thoracic"), ALONG, 0.45, 35.0, 40.0)
    assert np.linalg.norm(np.diff(curved, axis=0), axis=1).sum() == pytest.approx(0.45, rel=1e-4)


def test_measuring_a_hand_drawn_midline() -> None:
    # 10 degrees to the left, then 15 degrees to the right.
    lean = np.deg2rad([10.0] * 5 + [-15.0] * 5)
    points = np.cumsum(np.stack([np.sin(lean), np.cos(lean), np.zeros(10)], axis=1), axis=0)
    assert measure_cobb_deg(points) == pytest.approx(25.0)
