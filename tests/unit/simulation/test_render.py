"""What rendered walkers must keep: joints lie in the figure, a mirror mirrors, a face is seen from the front only."""

from dataclasses import replace

import numpy as np
import pytest

from scoliogait.simulation.appearance import Appearance, draw_appearance, mirrored_appearance
from scoliogait.simulation.body import average_body
from scoliogait.simulation.camera import Camera, Path, place_on_path
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.planting import mirror_walker, plant_traits
from scoliogait.simulation.render import render_walk
from scoliogait.simulation.spine import Curve
from scoliogait.simulation.traits import draw_traits
from scoliogait.skeleton import JOINT

BODY = average_body()
CAMERA = Camera(
    height_m=1.2, offset_m=0.2, roll_deg=4.0, pitch_deg=3.0, yaw_deg=-2.0, focal_px=1000.0, frame_size_px=(320, 400)
)
MIRRORED_CAMERA = replace(CAMERA, offset_m=-0.2, roll_deg=-4.0, yaw_deg=2.0)
PURPLE, GREEN = (200, 0, 200), (0, 120, 0)
PURPLE_IN_GREEN = Appearance(PURPLE, PURPLE, PURPLE, PURPLE, PURPLE, GREEN, GREEN, (0.0, 1.0, 0.0), noise=0.0)
T = 4


def uneven_walker() -> np.ndarray:
    rng = np.random.default_rng(3)
    traits = draw_traits(rng, Curve(30.0, "left", "thoracic"))
    return plant_traits(symmetric_walker(BODY, np.arange(T) / T), BODY, traits)


def way(heading_deg: float) -> Path:
    return Path(np.full(T, 6.0), np.full(T, heading_deg), np.ones(T))


@pytest.mark.parametrize("heading_deg", [0.0, 180.0])
def test_every_joint_lies_in_the_figure(heading_deg: float) -> None:
    joints = uneven_walker()
    pictures = render_walk(joints, BODY, way(heading_deg), CAMERA, PURPLE_IN_GREEN)
    for picture, pixels in zip(pictures, CAMERA.project(place_on_path(joints, way(heading_deg))), strict=True):
        column, row = np.floor(pixels).astype(int).T
        assert (picture[row, column, 0] > picture[row, column, 1]).all()
        body = picture[..., 0] > picture[..., 1]
        assert 0.03 < body.mean() < 0.3
        rows = np.flatnonzero(body.any(axis=1))
        height_m = (rows[-1] - rows[0]) * 6.0 / CAMERA.focal_px
        assert height_m == pytest.approx(BODY.stature_m, rel=0.07)


@pytest.mark.parametrize("heading_deg", [0.0, 180.0])
def test_the_picture_of_a_mirrored_walker_is_the_mirrored_picture(heading_deg: float) -> None:
    looks = replace(draw_appearance(np.random.default_rng(1)), noise=0.0)
    joints = uneven_walker()
    pictures = render_walk(joints, BODY, way(heading_deg), CAMERA, looks)
    twins = render_walk(mirror_walker(joints), BODY, way(heading_deg), MIRRORED_CAMERA, mirrored_appearance(looks))
    for picture, twin in zip(pictures, twins, strict=True):
        apart = np.abs(picture.astype(int) - twin[:, ::-1]).max(axis=-1)
        assert (apart > 8).mean() < 0.002  # patches that are equally far away may be painted in another order
        assert (np.abs(picture.astype(int) - twin).max(axis=-1) > 8).mean() > 0.05


def test_a_face_looks_towards_the_camera_and_hair_away_from_it() -> None:
    looks = replace(draw_appearance(np.random.default_rng(1)), skin=(250, 0, 0), hair=(0, 0, 250), noise=0.0)
    joints = symmetric_walker(BODY, np.arange(T) / T)
    for heading_deg, channel in ((0.0, 0), (180.0, 2)):
        picture = next(render_walk(joints, BODY, way(heading_deg), CAMERA, looks))
        column, row = np.floor(CAMERA.project(place_on_path(joints, way(heading_deg)))[0, JOINT["nose"]]).astype(int)
        assert picture[row, column].argmax() == channel


def test_noise_is_that_of_its_seed() -> None:
    looks = draw_appearance(np.random.default_rng(1))
    joints = uneven_walker()[:1]
    path = Path(np.full(1, 6.0), np.zeros(1), np.ones(1))
    one, same, other = (next(render_walk(joints, BODY, path, CAMERA, looks, seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert np.std(one.astype(float) - other) == pytest.approx(np.sqrt(2) * looks.noise, rel=0.1)
