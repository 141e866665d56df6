"""Skeleton maps as ``skeleton_map.py`` draws them, in numpy: for screening without torch.

The same steps in the same precision; powers of two may differ in their last bit, which moves about one pixel in a
million by one grey level (``test_map_arrays.py`` counts them).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.representation.map_bytes import Boxes, Levels, cropped, grey_bytes
from scoliogait.representation.map_taps import tap_tables
from scoliogait.representation.pose import CANVAS_PX, DRAWN_CONFIDENCE, FIGURE_HEIGHT_PX
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.skeleton import JOINT, JOINT_SETS, limbs_of

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
# Of a joint or limb: its index, and rows and columns of the canvas.
_Area = tuple[int, tuple[slice, slice]]

# Frames drawn together, so that their canvases stay in a core's cache.
_CHUNK_FRAMES = 16
_WINDOW_SIGMAS = 3
_MIN_LIMB_PX = 1.0
# As in ``map_raster``: exponent outside a window, exponent that counts as nothing, grey of full confidence.
_FAR, _NOTHING, _FULL = 1e9, 44.0, 256.0
_AXIS = np.arange(CANVAS_PX, dtype=np.float32)
# A row of the largest grey: numpy compares row with row ten times as fast as row with number.
_LARGEST = np.full(CANVAS_PX, 255, dtype=np.float32)


class _Grids:
    """Grids of pixels, each made of a number for its row and one for its column, as products of matrices.

    Ones or zeros beside the numbers make it their sum or their product, the same to the bit, in a third of the time in
    which numpy stretches rows and columns over each other. parts (N, L, 2, 128): [0] the numbers of columns, [1] of
    rows.
    """

    def __init__(self, factors: F32) -> None:
        """factors (N, L, 4, 128): two for columns, two for rows."""
        self._columns, self._rows = factors[:, :, :2], factors[:, :, 2:].swapaxes(-1, -2)

    @classmethod
    def of_sums(cls, parts: F32) -> _Grids:
        factors = np.ones((*parts.shape[:2], 4, CANVAS_PX), dtype=np.float32)
        factors[:, :, ::3] = parts
        return cls(factors)

    @classmethod
    def of_products(cls, parts: F32) -> _Grids:
        factors = np.zeros((*parts.shape[:2], 4, CANVAS_PX), dtype=np.float32)
        factors[:, :, ::2] = parts
        return cls(factors)

    def area(self, index: int, y: slice, x: slice) -> F32:
        """Of one joint or limb the rows y and columns x: (N, y, x)."""
        numbers: F32 = self._rows[:, index, y] @ self._columns[:, index, :, x]
        return numbers


def draw_maps(completed: F32, config: SkeletonMapConfig) -> Levels:
    """Completed poses (T, 17, 3) -> uint8 (T, 2, size, size): limbs, joints. As ``render_pose_frames``."""
    maps = np.empty((len(completed), 2, config.size, config.size), dtype=np.uint8)
    canvas = np.empty((_CHUNK_FRAMES, 2, CANVAS_PX, CANVAS_PX), dtype=np.float32)
    for begin in range(0, len(completed), _CHUNK_FRAMES):
        poses = normalised(completed[begin : begin + _CHUNK_FRAMES].astype(np.float64))
        intensity = canvas[: len(poses)]
        areas = [*_limbs(poses, config, intensity[:, 0]), *_joints(poses, config, intensity[:, 1])]
        left, right = _lit_columns(areas)
        levels = grey_bytes(np.minimum(intensity[..., left:right], _LARGEST[left:right]))
        maps[begin : begin + _CHUNK_FRAMES] = cropped(levels, left, config, _resized)
    return maps


def normalised(poses: F64) -> F64:
    """As ``skeleton_map.normalise_poses``, with which it shares each operation."""
    points, confidence = poses[..., :2], poses[..., 2]
    height = points[..., 1].max(axis=-1) - points[..., 1].min(axis=-1)
    upright = height > 0
    scale = FIGURE_HEIGHT_PX / np.where(upright, height, 1.0)
    hips = (points[:, JOINT["left_hip"]] + points[:, JOINT["right_hip"]]) / 2
    points = (points - hips[:, None]) * scale[:, None, None] + CANVAS_PX // 2
    return np.concatenate([points, (confidence * upright[:, None])[..., None]], axis=-1)


def _joints(poses: F64, config: SkeletonMapConfig, canvas: F32) -> list[_Area]:
    """Intensity, 256 for confidence 1, written to canvas (N, 128, 128). Gives the areas outside which it is 0."""
    drawn = poses[:, JOINT_SETS[config.joints]]
    points, confidence = drawn[..., :2], drawn[..., 2]
    first, last = _window(points, points, config.sigma_joint)
    exponents = np.square(_offsets(points, _unit(config.sigma_joint))) + _outside(first, last) * np.float32(_FAR)
    profile = np.exp2(-np.minimum(exponents, np.float32(_NOTHING)))
    height = np.where(confidence < DRAWN_CONFIDENCE, 0.0, confidence).astype(np.float32) * np.float32(_FULL)
    profile[:, :, 0] *= height[..., None]
    gaussians = _Grids.of_products(profile)
    canvas[:] = 0
    areas = _areas(first, last, confidence)
    for joint, (y, x) in areas:
        _merge(canvas[:, y, x], gaussians.area(joint, y, x), config)
    return areas


def _limbs(poses: F64, config: SkeletonMapConfig, canvas: F32) -> list[_Area]:
    """The same of the distance to limbs."""
    pairs = np.array(limbs_of(config.joints))
    one, other = poses[:, pairs[:, 0]], poses[:, pairs[:, 1]]
    start, end = one[..., :2], other[..., :2]
    confidence = np.minimum(one[..., 2], other[..., 2])
    short = np.square(end - start).sum(axis=-1) < _MIN_LIMB_PX**2
    as_point = short & (confidence >= DRAWN_CONFIDENCE)
    end = np.where(short[..., None], start, end)
    confidence = np.where(as_point, one[..., 2], confidence)
    unit = _unit(config.sigma_limb)
    first, last = _window(np.minimum(start, end), np.maximum(start, end), config.sigma_limb)
    length = np.sqrt(np.square(end - start).sum(axis=-1))[..., None]
    direction = (end - start) / np.where(length > 0, length, 1.0)
    direction[..., 0] += length[..., 0] == 0  # a point may lie in any direction
    lengthwise = direction.astype(np.float32)
    normal = np.stack([-lengthwise[..., 1], lengthwise[..., 0]], axis=-1)
    offset = _offsets((start + end) / 2, unit)
    half_along = _Grids.of_sums(offset * (lengthwise / np.float32(2))[..., None])
    across = _Grids.of_sums(offset * normal[..., None] + _outside(first, last) * np.float32(_FAR))
    quarter = (length[..., 0] * (unit / 4)).astype(np.float32)
    peak = np.log2(np.maximum(confidence, DRAWN_CONFIDENCE) * _FULL).astype(np.float32)
    peak[confidence < DRAWN_CONFIDENCE] = -_FAR
    by_maximum = config.reduction == "max"
    areas = _areas(first, last, confidence)
    canvas[:] = 0
    lit = canvas[:, *_around(areas)]
    lit[:] = -_NOTHING if by_maximum else 0
    for limb, (y, x) in areas:
        # Distance beyond either end, along the limb: h + |h| is max(2 h, 0), in a third of the time.
        beyond = half_along.area(limb, y, x)
        np.abs(beyond, out=beyond)
        beyond -= quarter[:, limb, None, None]
        beyond += np.abs(beyond)
        beside = across.area(limb, y, x)
        exponent = np.subtract(peak[:, limb, None, None], np.square(beside, out=beside), out=beside)
        exponent -= np.square(beyond, out=beyond)
        patch = exponent if by_maximum else np.exp2(np.maximum(exponent, np.float32(-_NOTHING)))
        _merge(canvas[:, y, x], patch, config)
    if by_maximum:
        np.exp2(lit, out=lit)
    return areas


def _merge(target: F32, patch: F32, config: SkeletonMapConfig) -> None:
    if config.reduction == "max":
        np.maximum(target, patch, out=target)
    else:
        target += patch


def _unit(sigma: float) -> float:
    """Scale in which a Gaussian is 2^-(distance^2)."""
    return float(np.sqrt(0.5 / np.log(2)) / sigma)


def _window(lowest: F64, highest: F64, sigma: float) -> tuple[F64, F64]:
    return np.trunc(lowest - _WINDOW_SIGMAS * sigma), np.trunc(highest + _WINDOW_SIGMAS * sigma)


def _offsets(points: F64, unit: float) -> F32:
    """Distance of each pixel column and row from points (N, J, 2), times ``unit``: (N, J, 2, 128)."""
    whole = np.floor(points)
    fraction = (points - whole).astype(np.float32)
    return ((_AXIS - whole.astype(np.float32)[..., None]) - fraction[..., None]) * np.float32(unit)


def _outside(first: F64, last: F64) -> F32:
    """How far each column and row lies outside a window, 0 inside: (N, J, 2, 128)."""
    first, last = np.clip(first, -1, CANVAS_PX), np.clip(last, -1, CANVAS_PX)
    middle, reach = ((first + last) / 2).astype(np.float32), ((last - first) / 2).astype(np.float32)
    distance = np.abs(_AXIS - middle[..., None]) - reach[..., None]
    return distance + np.abs(distance)


def _areas(first: F64, last: F64, confidence: F64) -> list[_Area]:
    """Of each joint or limb that any frame draws: its index, and the rows and columns of its window in every frame."""
    hidden = ((confidence < DRAWN_CONFIDENCE) | (last < 0).any(axis=-1) | (first >= CANVAS_PX).any(axis=-1))[..., None]
    begin = np.where(hidden, CANVAS_PX, first).min(axis=0).clip(min=0).astype(int)
    end = (np.where(hidden, -1, last).max(axis=0) + 1).clip(max=CANVAS_PX).astype(int)
    return [
        (index, (slice(y0, y1), slice(x0, x1)))
        for index, ((x0, y0), (x1, y1)) in enumerate(zip(begin.tolist(), end.tolist(), strict=True))
        if x0 < x1 and y0 < y1
    ]


def _around(areas: list[_Area]) -> tuple[slice, slice]:
    """The rows and columns that hold all areas."""
    rows, columns = ([area[axis] for _, area in areas] for axis in (0, 1))
    y, x = (
        slice(min((of.start for of in some), default=0), max((of.stop for of in some), default=0))
        for some in (rows, columns)
    )
    return y, x


def _lit_columns(areas: list[_Area]) -> tuple[int, int]:
    """First column of all areas and the one after the last, at multiples of 16."""
    _, columns = _around(areas)
    return columns.start // 16 * 16, -(-columns.stop // 16) * 16


def _resized(images: Levels, boxes: Boxes, size: int) -> Levels:
    """Any box (M, 4) of images (M, 128, W), in float32: (M, size, size)."""
    top, n_rows, left, n_columns = np.moveaxis(boxes, -1, 0)
    enlarged = (np.minimum(n_rows, n_columns) < size).astype(np.int64)
    shortened = _weighted_rows(images.astype(np.float32), top, n_rows, enlarged, size)
    turned = _weighted_rows(shortened.transpose(0, 2, 1), left, n_columns, enlarged, size)
    return turned.transpose(0, 2, 1).astype(np.uint8)


def _weighted_rows(
    images: F32, start: NDArray[np.int64], length: NDArray[np.int64], enlarged: NDArray[np.int64], size: int
) -> F32:
    """Sums of a few weighted rows each: (M, rows, W) -> (M, size, W); rows that are not there are black."""
    index_table, weight_table = tap_tables(size)
    index = start[:, None, None] + index_table[enlarged, length]  # (M, size, taps)
    weight = weight_table[enlarged, length] * ((index >= 0) & (index < images.shape[1]))
    n_images, n_rows, width = images.shape
    index = np.clip(index, 0, n_rows - 1) + np.arange(n_images)[:, None, None] * n_rows
    rows = images.reshape(-1, width)
    total: F32 = rows.take(index[..., 0], axis=0)
    total *= weight[..., 0, None]
    for tap in range(1, index.shape[-1]):
        # Product and sum are rounded once, as processors do it for torch: flat areas would lose a level otherwise.
        part = rows.take(index[..., tap], axis=0).astype(np.float64)
        part *= weight[..., tap, None]
        part += total
        total = part.astype(np.float32)
    return total
