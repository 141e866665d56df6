"""Projections solved by hand, and the way through the scene."""

import numpy as np
import pytest

from scoliogait.simulation.camera import Camera, Path, draw_camera, draw_path, place_on_path
from scoliogait.simulation.planting import mirror_walker
from scoliogait.skeleton import JOINT

LEVEL = Camera(height_m=1.4, focal_px=1000.0, frame_size_px=(1280, 720))


def test_projection_solved_by_hand() -> None:
    points = np.array([[0.0, 1.4, 5.0], [0.5, 1.4, 5.0], [0.5, 0.4, 4.0]])
    np.testing.assert_allclose(LEVEL.project(points), [[640.0, 360.0], [740.0, 360.0], [765.0, 610.0]])


def test_a_camera_tilted_down_sees_its_axis_point_in_the_middle() -> None:
    camera = Camera(height_m=1.4, pitch_deg=45.0)
    pixels, depth = camera.project_with_depth(np.array([[0.0, 0.4, 1.0]]))
    np.testing.assert_allclose(pixels, [[640.0, 360.0]], atol=1e-9)
    np.testing.assert_allclose(depth, np.sqrt(2.0))


def test_roll_turns_the_picture_about_its_middle() -> None:
    camera = Camera(height_m=1.4, roll_deg=90.0)
    np.testing.assert_allclose(camera.project(np.array([[0.5, 1.4, 5.0]])), [[640.0, 460.0]], atol=1e-9)


def test_left_is_right_in_the_picture_of_a_walker_who_comes() -> None:
    left_hand = np.array([[[0.3, 1.0, 0.0]]] * 2)
    path = Path(depth_m=np.array([4.0, 4.0]), heading_deg=np.array([0.0, 180.0]), moving=np.ones(2))
    towards, away = LEVEL.project(place_on_path(left_hand, path))[:, 0]
    np.testing.assert_allclose(towards, [715.0, 460.0])
    np.testing.assert_allclose(away, [565.0, 460.0], atol=1e-9)


def test_what_is_in_front_of_a_walker_who_comes_is_nearer() -> None:
    nose = np.array([[[0.0, 1.5, 0.1]]] * 2)
    path = Path(depth_m=np.array([4.0, 4.0]), heading_deg=np.array([0.0, 180.0]), moving=np.ones(2))
    np.testing.assert_allclose(place_on_path(nose, path)[:, 0, 2], [3.9, 4.1])


@pytest.mark.parametrize("turn_share", [0.0, 1.0])
def test_the_way_goes_there_and_back_at_walking_speed(turn_share: float) -> None:
    time_s = np.arange(600) / 15.0
    path = draw_path(np.random.default_rng(3), time_s, speed_m_s=1.2, turn_share=turn_share)
    facing = np.mod(path.heading_deg, 360.0)
    speed = np.diff(path.depth_m) * 15.0
    coming = (facing[1:] == 0) & (facing[:-1] == 0)
    going = (facing[1:] == 180) & (facing[:-1] == 180)
    assert coming.sum() > 100
    assert going.sum() > 100
    assert np.all(speed[coming][:-1] <= 1e-9)
    assert speed[coming].min() == pytest.approx(-1.2)
    assert speed[going].max() == pytest.approx(1.2)
    turning = ~np.isin(facing, [0.0, 180.0])
    assert turning.any() == (turn_share == 1.0)
    assert path.depth_m.min() > 3.0


def test_mirror_image_has_the_other_hand_up() -> None:
    xyz = np.zeros((1, 17, 3))
    xyz[0, JOINT["left_wrist"]] = [0.4, 2.0, 0.1]
    np.testing.assert_allclose(mirror_walker(xyz)[0, JOINT["right_wrist"]], [-0.4, 2.0, 0.1])


def test_a_higher_camera_still_has_the_walker_in_the_middle_of_the_picture() -> None:
    body = np.array([0.0, 0.9, 5.0])
    for mean_height_m in (1.4, 2.0):
        cameras = [draw_camera(np.random.default_rng(seed), mean_height_m) for seed in range(40)]
        assert np.mean([camera.height_m for camera in cameras]) == pytest.approx(mean_height_m, abs=0.03)
        row = np.mean([camera.project(body)[1] for camera in cameras])
        assert row == pytest.approx(360, abs=40)


def test_a_ray_goes_through_all_points_that_are_seen_at_its_place() -> None:
    camera = Camera(height_m=1.3, offset_m=0.2, roll_deg=5.0, pitch_deg=4.0, yaw_deg=-3.0)
    right, down = np.array([-250.0, 10.0, 300.0]), np.array([100.0, -200.0, 40.0])
    ray = np.stack(camera.rays(right, down), axis=-1)
    for distance in (2.0, 7.0):
        seen = camera.project(distance * ray + [camera.offset_m, camera.height_m, 0.0])
        np.testing.assert_allclose(seen, np.stack([right + 640, down + 360], axis=-1), atol=1e-9)
