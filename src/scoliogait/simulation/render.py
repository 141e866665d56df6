"""Pictures of a walker: the figure of ``figure.py`` in a room, seen by the camera of the simulation.

Patches are painted from the farthest to the nearest in twice the size, lit by one lamp and a bright room, and scaled
down; noise is added. The picture of a mirrored walker is the mirrored picture, but for the noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation.appearance import Appearance
from scoliogait.simulation.body import Body
from scoliogait.simulation.camera import Camera, Path, place_on_path
from scoliogait.simulation.figure import figure_surface
from scoliogait.simulation.frames import Array
from scoliogait.simulation.surface import Surface

Picture = NDArray[np.uint8]

# Painted so many times larger than shown.
_FINER = 2
_SUBPIXEL_BITS = 4
# How bright a patch is that turns away from the lamp, and how much brighter one that looks into it.
_ROOM, _LAMP = 0.58, 0.48
# The wall behind the way, its skirting board, and the boards of the floor.
_WALL_M, _SKIRTING_M, _BOARD_M = 14.0, 0.12, 0.45
_SHADOW_M, _SHADOW = (0.34, 0.22), 0.72


def render_walk(
    joints: Array, body: Body, path: Path, camera: Camera, looks: Appearance, seed: int = 0
) -> Iterator[Picture]:
    """One picture (H, W, 3), RGB, of each frame of joints (T, 17, 3) in the walker's frame, in metres, on a path.

    The size is that of the camera. seed: of the noise of the pixels.
    """
    surface = figure_surface(joints, body, looks)
    placed = Surface(place_on_path(surface.points, path), surface.patches, surface.colours)
    corners, depth = camera.project_with_depth(placed.points)
    shadows = camera.project(place_on_path(_shadow(joints), path))
    room = _room(camera, looks)
    rng = np.random.default_rng(seed)
    for points, corner_px, away, shadow_px in zip(placed.points, corners, depth, shadows, strict=True):
        large = room.copy()
        _darken(large, shadow_px)
        _paint(large, points, corner_px, away, placed, looks)
        small = cv2.resize(large, camera.frame_size_px, interpolation=cv2.INTER_AREA).astype(np.float64)
        noisy = small + looks.noise * rng.standard_normal(small.shape)
        yield np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def _paint(large: Picture, points: Array, px: Array, away: Array, surface: Surface, looks: Appearance) -> None:
    """The patches that look towards the camera, the farthest first."""
    at = px[surface.patches]
    turned = (at[:, 2] - at[:, 0])[:, 0] * (at[:, 3] - at[:, 1])[:, 1]
    turned -= (at[:, 2] - at[:, 0])[:, 1] * (at[:, 3] - at[:, 1])[:, 0]
    seen = np.flatnonzero(turned > 0)
    order = seen[np.argsort(-away[surface.patches[seen]].mean(axis=1), kind="stable")]
    corners = points[surface.patches[order]]
    outward = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    length = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12)
    facing_lamp = np.clip((outward / length) @ np.array(looks.light), 0.0, 1.0)
    colours = np.clip(surface.colours[order] * (_ROOM + _LAMP * facing_lamp)[:, None], 0, 255).tolist()
    polygons = _fine(at[order])
    for polygon, colour in zip(polygons, colours, strict=True):
        cv2.fillConvexPoly(large, polygon, colour, shift=_SUBPIXEL_BITS)


def _fine(px: Array) -> NDArray[np.int32]:
    """Pixels of the picture, whose first one has its middle at 0.5, in parts of pixels of the larger one."""
    return np.round((px * _FINER - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def _darken(large: Picture, shadow_px: Array) -> None:
    mask = np.zeros(large.shape[:2], dtype=np.uint8)
    cv2.fillConvexPoly(mask, _fine(shadow_px), 255, shift=_SUBPIXEL_BITS)
    soft = cv2.GaussianBlur(mask, (0, 0), 4 * _FINER).astype(np.float32)[..., None] / 255
    np.copyto(large, (large * (1 - (1 - _SHADOW) * soft)).astype(np.uint8))


def _shadow(joints: Array) -> Array:
    """The edge (T, n, 3) of the shadow on the floor, under the middle of the hips."""
    angle = 2 * np.pi * np.arange(32) / 32
    edge = np.stack([_SHADOW_M[0] * np.cos(angle), np.zeros(32), _SHADOW_M[1] * np.sin(angle)], axis=-1)
    return np.broadcast_to(edge, (len(joints), 32, 3))


def _room(camera: Camera, looks: Appearance) -> Picture:
    """Floor and back wall of a room that is the same on both sides of the way, in the larger size."""
    width, height = camera.frame_size_px
    u, v = np.meshgrid(
        (np.arange(width * _FINER) + 0.5) / _FINER - width / 2,
        (np.arange(height * _FINER) + 0.5) / _FINER - height / 2,
    )
    x, y, z = camera.rays(u, v)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_floor = np.where(y < 0, -camera.height_m / y, np.inf)
        to_wall = np.where(z > 0, _WALL_M / z, np.inf)
    on_floor = to_floor < to_wall
    reach = np.where(np.isfinite(np.minimum(to_floor, to_wall)), np.minimum(to_floor, to_wall), 0.0)
    aside, up, depth = camera.offset_m + reach * x, camera.height_m + reach * y, reach * z
    board = np.floor(np.abs(aside) / _BOARD_M) % 2
    near = np.clip(1.05 - 0.02 * depth, 0.7, 1.1)
    floor = np.array(looks.floor) * ((0.95 + 0.08 * board) * near)[..., None]
    wall = np.array(looks.wall) * np.where(up < _SKIRTING_M, 0.72, 1.0 - 0.03 * np.clip(up - 1, 0, 3))[..., None]
    return np.clip(np.where(on_floor[..., None], floor, wall), 0, 255).astype(np.uint8)
