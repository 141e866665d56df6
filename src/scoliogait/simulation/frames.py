"""Turning parts of a walker: joints (T, 17, 3) in metres, x to the walker's left, y up, z forward.

All angles are in degrees, may differ per frame (T,), and are signed as follows.
frontal: positive lifts what lies on the left. axial: positive brings what lies on the left forward.
sagittal: positive brings what hangs below the pivot forward.

Joints lie in memory coordinate by coordinate and, in these, joint by joint (``order="F"``): numpy takes half the time
for numbers of many frames side by side that it takes for the three of each place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Plane = Literal["frontal", "axial", "sagittal"]
LinePlane = Literal["frontal", "axial"]

# The two axes of each plane, ordered so that a positive angle turns the first towards the second.
_AXES: dict[Plane, tuple[int, int]] = {"frontal": (0, 1), "axial": (0, 2), "sagittal": (2, 1)}


def points_of(*coordinates: Array) -> Array:
    """Points (..., n) of n coordinates (...,), in memory as joints are."""
    points = np.empty((*coordinates[0].shape, len(coordinates)), order="F")
    for axis, values in enumerate(coordinates):
        points[..., axis] = values
    return points


def turn(points: Array, plane: Plane, angle_deg: ArrayLike) -> Array:
    """Rotate vectors (T, n, 3) or (T, 3) in a plane by one angle, or one per frame."""
    a, b = _AXES[plane]
    angle = np.deg2rad(np.asarray(angle_deg, dtype=np.float64))
    if angle.ndim and points.ndim == 3:
        angle = angle[:, None]
    c, s = np.cos(angle), np.sin(angle)
    turned = points.copy(order="K")
    turned[..., a] = c * points[..., a] - s * points[..., b]
    turned[..., b] = s * points[..., a] + c * points[..., b]
    return turned


def turn_joints(xyz: Array, joints: Sequence[int], pivot: Array, plane: Plane, angle_deg: ArrayLike) -> Array:
    """Copy of ``xyz`` with some joints rotated about a pivot (T, 3)."""
    moved = xyz.copy(order="K")
    moved[:, joints] = turn(xyz[:, joints] - pivot[:, None], plane, angle_deg) + pivot[:, None]
    return moved


def line_angle_deg(vector: Array, plane: LinePlane) -> Array:
    """Angle of a right-to-left line (T, 3) in a plane; 0 when it points straight to the left."""
    return np.rad2deg(np.arctan2(vector[:, _AXES[plane][1]], vector[:, 0]))


def hanging_angle_deg(vector: Array) -> Array:
    """Sagittal angle of a downward vector (T, 3): 0 straight down, positive forward."""
    return np.rad2deg(np.arctan2(vector[:, 2], -vector[:, 1]))
