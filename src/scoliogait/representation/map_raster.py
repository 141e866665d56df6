"""First half of a skeleton map: Gaussians of joints and limbs on a 128-px canvas, merged, as grey levels.

Everything is batched over frames; the loop runs over the (at most 17) joints or limbs. On the CPU a joint is drawn only
in the rectangle that holds its windows in all frames of the batch, which is small because poses are centred and scaled;
on a GPU always on the whole canvas, so that nothing waits for the device.
"""

from __future__ import annotations

from functools import lru_cache
from math import log, sqrt
from typing import NamedTuple

import torch
from torch import Tensor

from scoliogait.representation.pose import CANVAS_PX, DRAWN_CONFIDENCE
from scoliogait.representation.settings import Reduction

Limbs = tuple[tuple[int, int], ...]


class Gaussian(NamedTuple):
    """How a channel is drawn: sigma in canvas pixels, and how overlapping Gaussians are merged."""

    sigma: float
    reduction: Reduction

    @property
    def unit(self) -> float:
        """Scale in which a Gaussian is 2^-(distance^2); powers of two are three times as fast as powers of e."""
        return sqrt(0.5 / log(2)) / self.sigma


class Columns(NamedTuple):
    """Columns [begin, end) of the canvas."""

    begin: int
    end: int

    def with_all(self, other: Columns) -> Columns:
        """The smallest range that holds both; an empty range holds nothing."""
        filled = [columns for columns in (self, other) if columns.begin < columns.end]
        return Columns(min((c.begin for c in filled), default=0), max((c.end for c in filled), default=0))


GREY_LEVELS = 256
# A limb shorter than 1 px is drawn as its first joint (OpenGait).
_MIN_LIMB_PX = 1.0
_WINDOW_SIGMAS = 3
# Exponent given to pixels outside a window, and exponent from which a Gaussian counts as nothing: 2^-44 is far below a
# grey level, and beyond it exp2() gets slow.
_FAR = 1e9
_NOTHING = 44.0
# Rows of an area are a multiple of this long: torch then works in vectors alone. A rest is slow, and of a power of two
# torch computes it by another function, whose last bit may differ: a frame's map would depend on its batch.
_LANES = 32


def draw_joints(poses: Tensor, joints: tuple[int, ...], style: Gaussian, canvas: Tensor, scratch: Tensor) -> Columns:
    """Gaussians around joints, from float64 poses (N, 17, 3) in canvas pixels, written to ``canvas``.

    canvas: float32 (N, 128, 128), becomes intensity >= 0 in grey levels (256 is confidence 1); its old content is lost.
    scratch: float32, contiguous, at least 2 x N x 128 x 128 elements, content lost. Returns the columns [begin, end)
    outside which the canvas is 0.

    Height: the joint's confidence. Nothing (below 1e-12) outside the window [int(x - 3 sigma), int(x + 3 sigma)] and
    likewise in y.
    """
    drawn = poses.index_select(1, _indices(joints, poses.device))
    points, confidence = drawn[..., :2], drawn[..., 2]
    first, last = _window(points, points, style.sigma)
    # A Gaussian of the distance is the product of one profile per axis.
    profile = _offsets(points, style.unit).square_().add_(_outside(first, last), alpha=_FAR)
    profile = profile.clamp_(max=_NOTHING).neg_().exp2_()
    profile[:, :, 0] *= _drawn_height(confidence).float().mul_(GREY_LEVELS)[..., None]
    columns = profile[:, :, 0].transpose(0, 1).unsqueeze(2).unbind(0)
    rows = profile[:, :, 1].transpose(0, 1).unsqueeze(3).unbind(0)
    areas = _areas(first, last, confidence)
    canvas.zero_()
    for joint, area in areas:
        patch, target = area.patch(scratch, len(poses)), area.of(canvas)
        torch.mul(area.rows_of(rows[joint]), area.columns_of(columns[joint]), out=patch)
        if style.reduction == "max":
            torch.maximum(target, patch, out=target)
        else:
            target.add_(patch)
    return _columns_of(areas)


def draw_limbs(poses: Tensor, limbs: Limbs, style: Gaussian, canvas: Tensor, scratch: Tensor) -> Columns:
    """Gaussians of the distance to limbs; parameters and result as in ``draw_joints``.

    Height: the smaller confidence of the two ends. Nothing (below 1e-12) outside the window that spans both ends and
    3 sigma more.
    """
    start, end, confidence = _segments(poses, limbs)
    first, last = _window(torch.minimum(start, end), torch.maximum(start, end), style.sigma)
    along, across, half = _limb_axes(start, end, style.unit)
    across.add_(_outside(first, last), alpha=_FAR)
    along_x, along_y = _per_limb(along)
    across_x, across_y = _per_limb(across)
    # The Gaussians are merged as exponents, log2(height) - distance^2: the largest belongs to the highest Gaussian.
    peak = torch.log2(confidence.clamp(min=DRAWN_CONFIDENCE) * GREY_LEVELS).float()
    peaks = peak.masked_fill_(confidence < DRAWN_CONFIDENCE, -_FAR).t()[..., None, None].unbind(0)
    halves = half.t()[..., None, None].unbind(0)
    areas = _areas(first, last, confidence)
    lit = _columns_of(areas)
    canvas[:, :, : lit.begin] = 0
    canvas[:, :, lit.end :] = 0
    canvas[:, :, lit.begin : lit.end] = -_NOTHING if style.reduction == "max" else 0
    second = scratch.view(-1)[scratch.numel() // 2 :]
    for limb, area in areas:
        beyond, patch, target = area.patch(scratch, len(poses)), area.patch(second, len(poses)), area.of(canvas)
        # Distance beyond either end, along the limb, and beside it.
        torch.add(area.columns_of(along_x[limb]), area.rows_of(along_y[limb]), out=beyond)
        beyond.abs_().sub_(halves[limb]).relu_()
        torch.add(area.columns_of(across_x[limb]), area.rows_of(across_y[limb]), out=patch)
        torch.addcmul(peaks[limb], patch, patch, value=-1, out=patch).addcmul_(beyond, beyond, value=-1)
        if style.reduction == "max":
            torch.maximum(target, patch, out=target)
        else:
            target.add_(patch.clamp_(min=-_NOTHING).exp2_())
    if style.reduction == "max":
        canvas[:, :, lit.begin : lit.end].exp2_()
    return lit


def _per_limb(axes: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """(N, L, 2, 128) -> the x parts (N, 1, 128) and the y parts (N, 128, 1) of each limb."""
    by_limb = axes.transpose(0, 1)
    return by_limb[:, :, 0].unsqueeze(2).unbind(0), by_limb[:, :, 1].unsqueeze(3).unbind(0)


def _segments(poses: Tensor, limbs: Limbs) -> tuple[Tensor, Tensor, Tensor]:
    """Ends (N, L, 2) and height (N, L) of the limbs; a short limb becomes its first joint."""
    first = poses.index_select(1, _indices(tuple(first for first, _ in limbs), poses.device))
    second = poses.index_select(1, _indices(tuple(second for _, second in limbs), poses.device))
    start, end = first[..., :2], second[..., :2]
    confidence = torch.minimum(first[..., 2], second[..., 2])
    short = (end - start).square().sum(dim=-1) < _MIN_LIMB_PX**2
    as_point = short & (confidence >= DRAWN_CONFIDENCE)
    return start, torch.where(short[..., None], start, end), torch.where(as_point, first[..., 2], confidence)


def _limb_axes(start: Tensor, end: Tensor, unit: float) -> tuple[Tensor, Tensor, Tensor]:
    """Coordinates along and across each limb, measured from its middle, as sums of an x part and a y part.

    Returns float32 along and across (N, L, 2, 128), whose coordinate at pixel (x, y) is [0, x] + [1, y], and half the
    length of the limb (N, L); all times ``unit``.
    """
    length = (end - start).norm(dim=-1, keepdim=True)
    direction = (end - start) / torch.where(length > 0, length, 1.0)
    direction[..., 0] += length[..., 0] == 0  # a point may lie in any direction
    direction = direction.float()
    normal = torch.stack([-direction[..., 1], direction[..., 0]], dim=-1)
    offset = _offsets((start + end) / 2, unit)
    return offset * direction[..., None], offset * normal[..., None], (length[..., 0] * (unit / 2)).float()


@lru_cache(maxsize=64)
def _indices(joints: tuple[int, ...], device: torch.device) -> Tensor:
    # Kept on the device: copying them there each time would make a GPU wait.
    return torch.tensor(joints, device=device)


def _drawn_height(confidence: Tensor) -> Tensor:
    return torch.where(confidence < DRAWN_CONFIDENCE, 0.0, confidence)


def _window(lowest: Tensor, highest: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    # int() in the original cuts towards zero, so an end between -1 and 0 still lights pixel 0.
    return (lowest - _WINDOW_SIGMAS * sigma).trunc(), (highest + _WINDOW_SIGMAS * sigma).trunc()


def _offsets(points: Tensor, unit: float) -> Tensor:
    """Distance of each pixel column and row from points (N, J, 2), times ``unit``: float32 (N, J, 2, 128)."""
    axis = torch.arange(CANVAS_PX, dtype=torch.float32, device=points.device)
    # Whole pixels apart from fractions, both keep their full precision in float32.
    whole = points.floor()
    fraction = (points - whole).float()
    return (axis - whole.float()[..., None]).sub_(fraction[..., None]).mul_(unit)


def _outside(first: Tensor, last: Tensor) -> Tensor:
    """Pixels by which each column and row lies outside a window, 0 inside: float32 (N, J, 2, 128)."""
    # Clamped, the middle is a whole or half pixel near the canvas and exact in float32.
    first, last = first.clamp(-1, CANVAS_PX), last.clamp(-1, CANVAS_PX)
    axis = torch.arange(CANVAS_PX, dtype=torch.float32, device=first.device)
    middle, reach = ((first + last) / 2).float(), ((last - first) / 2).float()
    return (axis - middle[..., None]).abs_().sub_(reach[..., None]).relu_()


class _Area(NamedTuple):
    """A rectangle of the canvas: first row, rows, first column, columns."""

    top: int
    n_rows: int
    left: int
    n_columns: int

    def of(self, canvas: Tensor) -> Tensor:
        frame, row, column = canvas.stride()
        offset = canvas.storage_offset() + self.top * row + self.left * column
        return canvas.as_strided((len(canvas), self.n_rows, self.n_columns), (frame, row, column), offset)

    def rows_of(self, column: Tensor) -> Tensor:
        return column.narrow(1, self.top, self.n_rows)

    def columns_of(self, row: Tensor) -> Tensor:
        return row.narrow(2, self.left, self.n_columns)

    def patch(self, scratch: Tensor, n_frames: int) -> Tensor:
        """The first elements of the scratch memory as a contiguous (N, rows, columns)."""
        shape = n_frames, self.n_rows, self.n_columns
        return scratch.as_strided(shape, (self.n_rows * self.n_columns, self.n_columns, 1))


def _areas(first: Tensor, last: Tensor, confidence: Tensor) -> list[tuple[int, _Area]]:
    """Per joint or limb that any frame draws: its index and the area that holds its window in every frame."""
    if first.device.type != "cpu":
        return [(index, _Area(0, CANVAS_PX, 0, CANVAS_PX)) for index in range(first.shape[1])]
    hidden = (confidence < DRAWN_CONFIDENCE) | (last < 0).any(dim=-1) | (first >= CANVAS_PX).any(dim=-1)
    begin = first.masked_fill(hidden[..., None], CANVAS_PX).amin(dim=0).clamp(min=0).int().tolist()
    end = last.masked_fill(hidden[..., None], -1).amax(dim=0).add(1).clamp(max=CANVAS_PX).int().tolist()
    areas = []
    for index, ((x0, y0), (x1, y1)) in enumerate(zip(begin, end, strict=True)):
        if x0 < x1 and y0 < y1:
            n_columns = min(-(-(x1 - x0) // _LANES) * _LANES, CANVAS_PX)
            areas.append((index, _Area(y0, y1 - y0, min(x0, CANVAS_PX - n_columns), n_columns)))
    return areas


def _columns_of(areas: list[tuple[int, _Area]]) -> Columns:
    """The columns that hold all areas, from and to a multiple of 32."""
    if not areas:
        return Columns(0, 0)
    begin = min(area.left for _, area in areas)
    end = max(area.left + area.n_columns for _, area in areas)
    return Columns(begin // _LANES * _LANES, -(-end // _LANES) * _LANES)


def grey_levels(intensity: Tensor, scratch: Tensor) -> Tensor:
    """8-bit grey of an intensity in grey levels: rounded down, at most 255, where 24 levels come out one lower.

    intensity: float32 >= 0 of any shape, 256 for full -> whole numbers 0..255 as float32, in place. scratch: contiguous
    float32 of at least as many elements, content lost. The 24 levels are those of matplotlib's grey ramp, whose entry
    i / 255 times 255, cut to a whole number, is i - 1: 33, 37, ... 61, and these times 2 and 4. They are the whole
    numbers whose binary fraction after the leading one ends in 01 at the fifth place, which one look at the float's
    bits shows.
    """
    level = intensity.floor_().clamp_(max=GREY_LEVELS - 1)
    lower = scratch.view(-1)[: level.numel()].view(torch.int32).view_as(level)
    torch.bitwise_and(level.view(torch.int32), 0xFFFFF, out=lower).eq_(0x40000)
    # 0x3F800000 is the float 1.0: cheaper than a conversion.
    return level.sub_(lower.mul_(0x3F800000).view(torch.float32))
