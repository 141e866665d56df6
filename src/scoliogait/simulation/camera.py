"""A pinhole camera in front of the walking path, and the way there and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoliogait.simulation.frames import Array, points_of


@dataclass(frozen=True)
class Camera:
    """A pinhole without distortion. It stands on the path's axis, at depth 0, and looks along the path.

    roll: positive turns the picture's content clockwise. pitch: positive looks down. offset: to the right of the axis.
    """

    height_m: float = 1.4
    offset_m: float = 0.0
    roll_deg: float = 0.0
    pitch_deg: float = 0.0
    yaw_deg: float = 0.0
    focal_px: float = 1000.0
    frame_size_px: tuple[int, int] = (1280, 720)

    def project(self, points_m: Array) -> Array:
        """Pixels (..., 2) of world points (..., 3): x to the camera's right, y up from the floor, z depth, metres."""
        return self.project_with_depth(points_m)[0]

    def project_with_depth(self, points_m: Array) -> tuple[Array, Array]:
        """Pixels (..., 2) and depth along the optical axis (...,) in metres."""
        x, y, z = np.moveaxis(points_m - np.array([self.offset_m, self.height_m, 0.0]), -1, 0)
        yaw, pitch, roll = np.deg2rad([self.yaw_deg, self.pitch_deg, self.roll_deg])
        x, z = np.cos(yaw) * x - np.sin(yaw) * z, np.sin(yaw) * x + np.cos(yaw) * z
        down = -y
        down, z = np.cos(pitch) * down - np.sin(pitch) * z, np.sin(pitch) * down + np.cos(pitch) * z
        u, v = self.focal_px * x / z, self.focal_px * down / z
        u, v = np.cos(roll) * u - np.sin(roll) * v, np.sin(roll) * u + np.cos(roll) * v
        width, height = self.frame_size_px
        return points_of(u + width / 2, v + height / 2), z

    def rays(self, right_px: Array, down_px: Array) -> tuple[Array, Array, Array]:
        """Where one looks at a place of the picture, in px from its middle: to the right, up, along the path.

        The inverse of ``project``: each point at any multiple of a ray from the camera is seen at that place.
        """
        yaw, pitch, roll = np.deg2rad([self.yaw_deg, self.pitch_deg, self.roll_deg])
        u = np.cos(roll) * right_px + np.sin(roll) * down_px
        v = np.cos(roll) * down_px - np.sin(roll) * right_px
        x, down, z = u / self.focal_px, v / self.focal_px, np.ones_like(u)
        down, z = np.cos(pitch) * down + np.sin(pitch) * z, np.cos(pitch) * z - np.sin(pitch) * down
        x, z = np.cos(yaw) * x + np.sin(yaw) * z, np.cos(yaw) * z - np.sin(yaw) * x
        return x, -down, z


# Mean height of the camera above the floor.
CAMERA_HEIGHT_M = 1.4
# How much more steeply a higher camera looks down, to keep a walker some 5 m away in the middle of the picture.
_PITCH_DEG_PER_M = 10.0
_PITCH_DEG = 6.0
# Mean distance from the camera to the nearest point of the way, and how far it may be from that either way.
CAMERA_DISTANCE_M = 3.6
_NEAREST_M = (3.2, 4.0)


def usual_pitch_deg(height_m: float) -> float:
    """How steeply a camera of this height looks down at a walker some 5 m away."""
    return _PITCH_DEG + _lower_by_deg(height_m)


def _lower_by_deg(height_m: float) -> float:
    return _PITCH_DEG_PER_M * (height_m - CAMERA_HEIGHT_M)


def draw_camera(
    rng: np.random.Generator,
    mean_height_m: float = CAMERA_HEIGHT_M,
    mean_roll_deg: float = 0.0,
    mean_pitch_deg: float | None = None,
) -> Camera:
    """A camera as one sets it up by hand: at about this height, roughly so inclined, 720 rows.

    mean_pitch_deg: None for one that follows the height, so that a walker some 5 m away is in the middle.
    """
    further_down_deg = _lower_by_deg(mean_height_m) if mean_pitch_deg is None else mean_pitch_deg - _PITCH_DEG
    return Camera(
        height_m=float(rng.normal(mean_height_m, 0.05)),
        offset_m=float(rng.normal(0.0, 0.10)),
        roll_deg=float(rng.normal(mean_roll_deg, 0.4)),
        pitch_deg=float(rng.normal(_PITCH_DEG, 1.0)) + further_down_deg,
        yaw_deg=float(rng.normal(0.0, 0.8)),
        focal_px=float(rng.uniform(930.0, 1070.0)),
    )


TURN_S = (1.3, 2.2)


@dataclass(frozen=True)
class Path:
    """Where the walker is and looks, frame by frame.

    depth_m (T,): distance from the camera. heading_deg (T,): 0 towards the camera, 180 away.
    moving (T,): 1 at full speed, 0 on the spot.
    """

    depth_m: Array
    heading_deg: Array
    moving: Array


def draw_path(
    rng: np.random.Generator,
    time_s: Array,
    speed_m_s: float,
    turn_share: float,
    mean_nearest_m: float = CAMERA_DISTANCE_M,
) -> Path:
    """Legs towards the camera and away from it over the whole time, beginning anywhere.

    ``turn_share`` is the share of recordings that show the turns; in the others the recording is cut between legs.
    mean_nearest_m: from the camera to the nearest point of the way, within 0.4 m.
    """
    near_m = rng.uniform(*_NEAREST_M) + (mean_nearest_m - CAMERA_DISTANCE_M)
    length_m = rng.uniform(4.0, 6.0)
    turn_s = rng.uniform(*TURN_S) if rng.random() < turn_share else 0.0
    direction = 1.0 if rng.random() < 0.5 else -1.0
    leg_s = length_m / speed_m_s
    period_s = leg_s + turn_s
    clock = time_s + rng.uniform(0.0, 2.0 * period_s)
    leg, since = np.floor(clock / period_s), np.mod(clock, period_s)
    walked = np.clip(since / leg_s, 0.0, 1.0)
    turned = np.clip((since - leg_s) / turn_s, 0.0, 1.0) if turn_s else np.zeros_like(since)
    towards = np.mod(leg, 2) == 0
    depth = near_m + length_m * np.where(towards, 1.0 - walked, walked)
    half_turn = 180.0 * turned * turned * (3.0 - 2.0 * turned)
    heading = np.where(towards, 0.0, 180.0) + direction * half_turn
    moving = 1.0 - 0.75 * np.sin(np.pi * turned)
    return Path(depth_m=depth, heading_deg=heading, moving=moving)


def place_on_path(points_m: Array, path: Path) -> Array:
    """World points (T, n, 3) of walker-frame points (T, n, 3): x left, y up, z forward of the walker."""
    heading = np.deg2rad(path.heading_deg)[:, None]
    left, up, forward = np.moveaxis(points_m, -1, 0)
    x = left * np.cos(heading) - forward * np.sin(heading)
    depth = path.depth_m[:, None] - left * np.sin(heading) - forward * np.cos(heading)
    return points_of(x, up, depth)
