"""Second half of a skeleton map: crop the 128-px grey canvas to the figure and shrink it by area averaging.

Averaging follows OpenCV's INTER_AREA, whose two cases are both needed: true area averaging where the crop is at least
as large as the map, and its two-tap "area mode" interpolation where a small crop is enlarged. Weights come from small
tables indexed by the length of the crop, so that a batch needs no loop and the device no synchronisation.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor
from typing import Literal

import torch
from torch import Tensor

from scoliogait.representation.pose import CANVAS_PX

Alignment = Literal["per-channel", "shared", "none"]
Geometry = Literal["square", "aspect"]

# OpenCV leaves out a source pixel that a cell covers by less than this.
_SLIVER = 1e-3


def figure_rows(levels: Tensor) -> Tensor:
    """First and last row that is not black: uint8 (..., 128, 128) -> int64 (..., 2); 0, 0 for a black image."""
    lit = _any_along_columns(levels)
    first = lit.to(torch.uint8).argmax(dim=-1)
    last = CANVAS_PX - 1 - lit.flip(-1).to(torch.uint8).argmax(dim=-1)
    return torch.stack([first, torch.where(lit.any(dim=-1), last, first)], dim=-1)


def _any_along_columns(levels: Tensor) -> Tensor:
    # Eight pixels are tested at once.
    return (levels.contiguous().view(torch.int64) != 0).any(dim=-1)


def crop_boxes(levels: Tensor, alignment: Alignment, geometry: Geometry) -> Tensor:
    """Crop of each channel: int64 (N, 2, 4) = first row, rows, first column, columns. levels: uint8 (N, 2, 128, 128).

    "square": the rows of the figure, and the columns from 64 - rows // 2 to 64 + rows // 2, both included (OpenGait;
    arms held wider than that are cut off, and an even height is squeezed by one column). "aspect" (ours): the smallest
    even square around the middle column that holds the figure; black rows are added above and below, nothing is
    stretched or cut. "shared" takes one box for both channels, "none" the whole canvas.
    """
    if alignment == "none":
        whole = torch.tensor([0, CANVAS_PX, 0, CANVAS_PX], device=levels.device)
        return whole.expand(len(levels), 2, 4)
    rows = figure_rows(levels)
    reach = _reach(levels) if geometry == "aspect" else None
    if alignment == "shared":
        rows = _shared_rows(rows, _any_along_columns(levels).any(dim=-1))
        reach = reach if reach is None else reach.amax(dim=1, keepdim=True).expand(-1, 2)
    top, height = rows[..., 0], rows[..., 1] - rows[..., 0] + 1
    if reach is None:
        half = height // 2
        width = (2 * half + 1).clamp(max=CANVAS_PX)
        return torch.stack([top, height, CANVAS_PX // 2 - half, width], dim=-1)
    half = torch.maximum((height + 1) // 2, reach)
    return torch.stack([top - (2 * half - height) // 2, 2 * half, CANVAS_PX // 2 - half, 2 * half], dim=-1)


def _reach(levels: Tensor) -> Tensor:
    """Largest distance of a lit column from the middle, as columns needed on each side: int64 (N, 2)."""
    lit = levels.amax(dim=-2) != 0
    column = torch.arange(CANVAS_PX, device=levels.device)
    needed = torch.maximum(CANVAS_PX // 2 - column, column - CANVAS_PX // 2 + 1)
    return (lit * needed).amax(dim=-1)


def _shared_rows(rows: Tensor, drawn: Tensor) -> Tensor:
    # A black channel must not pull the union up to row 0.
    first = torch.where(drawn, rows[..., 0], CANVAS_PX).amin(dim=1, keepdim=True)
    last = torch.where(drawn, rows[..., 1], -1).amax(dim=1, keepdim=True)
    nothing = ~drawn.any(dim=1, keepdim=True)
    union = torch.stack([first.masked_fill(nothing, 0), last.masked_fill(nothing, 0)], dim=-1)
    return union.expand(-1, 2, -1)


def resize_boxes(levels: Tensor, boxes: Tensor, size: int) -> Tensor:
    """Resize the boxes (N, 2, 4) of uint8 levels (N, 2, 128, 128) to uint8 (N, 2, size, size), cut to whole levels.

    Parts of a box outside the canvas are black; so is a box without columns.
    """
    images = levels.flatten(0, 1).to(torch.float32)
    top, n_rows, left, n_columns = boxes.flatten(0, 1).unbind(-1)
    averaged = _average_rows(images, top, n_rows, n_columns, size)
    averaged = _average_rows(averaged.transpose(1, 2), left, n_columns, n_rows, size).transpose(1, 2)
    return averaged.to(torch.uint8).unflatten(0, levels.shape[:2])


def _average_rows(images: Tensor, start: Tensor, length: Tensor, other_length: Tensor, size: int) -> Tensor:
    """Weighted sums of a few rows each: (M, 128, W) -> (M, size, W)."""
    index_table, weight_table = _tables(size, images.device)
    # OpenCV averages areas only where neither direction is enlarged.
    enlarged = (torch.minimum(length, other_length) < size).long()
    index = start[:, None, None] + index_table[enlarged, length]  # (M, size, K)
    weight = weight_table[enlarged, length] * ((index >= 0) & (index < CANVAS_PX))
    index = index.clamp(0, CANVAS_PX - 1)
    frame = torch.arange(len(images), device=images.device)[:, None]
    total = images[frame, index[..., 0]] * weight[..., 0, None]
    for tap in range(1, index.shape[-1]):
        total.addcmul_(images[frame, index[..., tap]], weight[..., tap, None])
    return total


@lru_cache(maxsize=16)
def _tables(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Source offsets int64 and weights float32, both (2, 129, size, K): [enlarged?, length of the box]."""
    n_taps = max(2, ceil(CANVAS_PX / size) + 1)
    index = torch.zeros((2, CANVAS_PX + 1, size, n_taps), dtype=torch.int64)
    weight = torch.zeros((2, CANVAS_PX + 1, size, n_taps), dtype=torch.float32)
    for length in range(1, CANVAS_PX + 1):
        for target in range(size):
            for enlarged, taps in ((0, _area_taps(target, length, size)), (1, _enlarging_taps(target, length, size))):
                for tap, (source, share) in enumerate(taps[:n_taps]):
                    index[enlarged, length, target, tap] = source
                    weight[enlarged, length, target, tap] = share
    return index.to(device), weight.to(device)


def _area_taps(target: int, length: int, size: int) -> list[tuple[int, float]]:
    """Source pixels that the cell of a target pixel covers, with their share of it."""
    if length < size:
        return []
    scale = length / size
    begin, end = target * scale, (target + 1) * scale
    cell = min(scale, length - begin)
    taps = []
    for source in range(floor(begin), min(ceil(end), length)):
        covered = min(end, source + 1) - max(begin, source)
        if covered > _SLIVER:
            taps.append((source, covered / cell))
    return taps


def _enlarging_taps(target: int, length: int, size: int) -> list[tuple[int, float]]:
    """The two source pixels of a target pixel in OpenCV's area mode for enlarging."""
    scale = length / size
    source = floor(target * scale)
    share = (target + 1) - (source + 1) / scale
    share = share - floor(share) if share > 0 else 0.0
    if source >= length - 1:
        return [(length - 1, 1.0)]
    return [(source, 1.0 - share), (source + 1, share)]
