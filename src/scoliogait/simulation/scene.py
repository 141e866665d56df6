"""What each recording of a cohort aims at: where its camera stands and how well its poses are found."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees
from typing import TYPE_CHECKING

import numpy as np

from scoliogait.simulation.camera import usual_pitch_deg
from scoliogait.simulation.ranges import Setting, ends, value_at

if TYPE_CHECKING:
    from scoliogait.simulation.config import CohortConfig

# A stream of randomness of its own: a range changes nothing but what it is the range of.
_SCENE_STREAM = 4
# A walker's middle above the floor, and how much further away than the nearest point it is on average.
_MIDDLE_M, _BEHIND_NEAREST_M = 0.9, 1.4
# How far the camera may look past the walker's middle; half of the picture is about 20 degrees high.
_LARGEST_MISS_DEG = 13.0


@dataclass(frozen=True)
class Scene:
    """Means around which one recording is set up by hand. distance_m: from the camera to the nearest point of the way.

    roll_deg: positive turns the picture's content clockwise. pitch_deg: positive looks down, None follows the height.
    noise_factor: relative to the calibrated level of the keypoints.
    """

    height_m: float
    roll_deg: float
    pitch_deg: float | None
    distance_m: float
    noise_factor: float


def draw_scene(config: CohortConfig, walk: int) -> Scene:
    """The scene of a walk: fixed values as they are, values of ranges uniform, each walk (not person) its own."""
    shares = np.random.default_rng([config.seed, _SCENE_STREAM, walk]).random(5).tolist()
    pitch = config.camera_pitch_deg
    return Scene(
        height_m=value_at(config.camera_height_m, shares[0]),
        roll_deg=value_at(config.camera_roll_deg, shares[1]),
        pitch_deg=None if pitch is None else value_at(pitch, shares[2]),
        distance_m=value_at(config.camera_distance_m, shares[3]),
        noise_factor=value_at(config.noise_factor, shares[4]),
    )


def check_aim(height_m: Setting, pitch_deg: Setting | None, distance_m: Setting) -> None:
    """Raise ValueError when a camera of these settings would not have the walker in its picture."""
    for height in ends(height_m):
        for pitch in (usual_pitch_deg(height),) if pitch_deg is None else ends(pitch_deg):
            for distance in ends(distance_m):
                needed = degrees(atan2(height - _MIDDLE_M, distance + _BEHIND_NEAREST_M))
                if abs(pitch - needed) > _LARGEST_MISS_DEG:
                    raise ValueError(
                        f"a camera {height:g} m high and {distance:g} m away that looks down by {pitch:g} degrees "
                        f"misses the walker; expected a pitch within {_LARGEST_MISS_DEG:g} degrees of {needed:.0f}"
                    )
