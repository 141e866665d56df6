"""A filmed walker: in the picture on the whole way, of the size that is said, with the truth that was planted."""

import numpy as np
import pytest

from scoliogait.simulation.appearance import draw_appearance
from scoliogait.simulation.body import average_body
from scoliogait.simulation.filming import FilmedWalker, film_camera
from scoliogait.simulation.mocap import captured_loops
from scoliogait.simulation.spine import Curve
from scoliogait.simulation.traits import draw_traits
from scoliogait.skeleton import PAIR_NAMES


def walker(stature_m: float = 1.55, captured: bool = False, tilt_deg: float = 0.0) -> FilmedWalker:
    rng = np.random.default_rng(2)
    traits = draw_traits(rng, Curve(10.0, "left", "thoracic")) | {"shoulder_tilt_deg": tilt_deg}
    camera = film_camera(stature_m, roll_deg=3.0)
    loop = captured_loops()[4] if captured else None
    return FilmedWalker(average_body(stature_m=stature_m), traits, draw_appearance(rng), camera, loop, captured)


@pytest.mark.parametrize("towards", [True, False])
@pytest.mark.parametrize("stature_m", [1.35, 1.8])
def test_a_walker_stays_in_the_picture_and_large_enough(stature_m: float, towards: bool) -> None:
    filmed = walker(stature_m).film(towards, rate_hz=15.0, seed=1)
    assert len(filmed.time_s) == len(filmed.joints) >= 45
    assert filmed.pixels.min() > 20
    assert filmed.pixels.max() < 512 - 10
    heights = np.ptp(filmed.pixels[..., 1], axis=1)
    assert 150 < heights.min() < 200 < 290 < heights.max() < 340
    assert (heights[-1] > heights[0]) == towards


def test_passes_differ_in_their_strides_and_share_the_truth() -> None:
    one = walker(captured=True, tilt_deg=4.0)
    first, second = (one.film(True, 15.0, seed) for seed in (1, 2))
    assert not np.allclose(first.joints[:30], second.joints[:30], atol=1e-3)
    assert np.rad2deg(one.truth[PAIR_NAMES.index("shoulders"), 2]) == pytest.approx(4.0, abs=0.3)
    assert one.source == f"captured {captured_loops()[4].name} mirrored"
