"""Second half of a skeleton map: crop the 128-px grey canvas to the figure and shrink it by area averaging.

Averaging follows OpenCV's INTER_AREA. The map is cut to whole levels afterwards, so where the mean of four pixels is
exactly a level, the last bit decides: the whole canvas is therefore halved in the original's own operations (grey / 255
in float64), which costs a tenth of the time and settles 2 to 4 % of the pixels. Other crops are weighted in float32,
with weights from small tables indexed by the length of the crop: a batch needs no loop, the device no synchronisation.
On a CPU canvases are bytes (``map_bytes``), and what is not halved is resized by ``resize_images``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import embedding_bag

from scoliogait.representation.map_bytes import Boxes, Levels
from scoliogait.representation.map_raster import GREY_LEVELS, Columns
from scoliogait.representation.map_taps import tap_tables
from scoliogait.representation.pose import CANVAS_PX
from scoliogait.representation.settings import Alignment, Geometry

_MIDDLE_PX = CANVAS_PX // 2


def figure_rows(levels: Tensor) -> Tensor:
    """First and last row that is not black: grey (..., 128, 128) -> int64 (..., 2); 0, 0 for a black image."""
    lit = levels.amax(dim=-1) > 0
    first = lit.to(torch.uint8).argmax(dim=-1)
    last = CANVAS_PX - 1 - lit.flip(-1).to(torch.uint8).argmax(dim=-1)
    return torch.stack([first, torch.where(lit.any(dim=-1), last, first)], dim=-1)


def crop_boxes(levels: Tensor, alignment: Alignment, geometry: Geometry) -> Tensor:
    """Crop of each channel: int64 (N, 2, 4) = first row, rows, first column, columns. levels: grey (N, 2, 128, 128).

    "square": the rows of the figure, and the columns from 64 - rows // 2 to 64 + rows // 2, both included (OpenGait;
    arms held wider than that are cut off, and an even height is squeezed by one column). "aspect" (ours): the smallest
    even square around the middle column that holds the figure; black rows are added above and below, nothing is
    stretched or cut. "shared" takes one box for both channels, "none" the whole canvas.
    """
    if alignment == "none":
        whole = torch.zeros((len(levels), 2, 4), dtype=torch.int64, device=levels.device)
        whole[..., 1::2] = CANVAS_PX
        return whole
    if alignment == "shared":
        levels = levels.amax(dim=1, keepdim=True).expand(-1, 2, -1, -1)
    rows = figure_rows(levels)
    top, height = rows[..., 0], rows[..., 1] - rows[..., 0] + 1
    if geometry == "square":
        half = height // 2
        width = (2 * half + 1).clamp(max=CANVAS_PX)
        return torch.stack([top, height, _MIDDLE_PX - half, width], dim=-1)
    half = torch.maximum((height + 1) // 2, _reach(levels))
    return torch.stack([top - (2 * half - height) // 2, 2 * half, _MIDDLE_PX - half, 2 * half], dim=-1)


def _reach(levels: Tensor) -> Tensor:
    """Columns needed on each side of the middle to hold every lit column: int64 (N, 2)."""
    lit = levels.amax(dim=-2) > 0
    column = torch.arange(CANVAS_PX, device=levels.device)
    needed = torch.maximum(_MIDDLE_PX - column, column - _MIDDLE_PX + 1)
    return (lit * needed).amax(dim=-1)


def resize_boxes(levels: Tensor, boxes: Tensor, size: int, lit: Columns, scratch: Tensor) -> Tensor:
    """Resize the boxes (N, 2, 4) of grey levels (N, 2, 128, 128) to uint8 (N, 2, size, size), cut to whole levels.

    Parts of a box outside the canvas are black. lit: columns outside which all levels are 0. scratch: contiguous
    float32 of at least as many elements as levels; its content is lost.
    """
    shape = len(levels), 2, size, size
    part = _resize_part(levels.view(-1, CANVAS_PX), boxes.flatten(0, 1), size, scratch).view(shape)
    if 2 * size != CANVAS_PX:
        return part
    whole = (boxes[..., ::2] == 0).all(dim=-1) & (boxes[..., 1::2] == CANVAS_PX).all(dim=-1)
    half = _halve(levels.view(-1, CANVAS_PX, CANVAS_PX), lit, scratch).view(shape)
    return torch.where(whole[..., None, None], half, part)


def resize_images(levels: Levels, boxes: Boxes, size: int) -> Levels:
    """On a CPU: any box (M, 4) of grey bytes (M, 128, W), cut to whole levels: (M, size, size).

    Parts of a box outside the image are black.
    """
    top, n_rows, left, n_columns = torch.from_numpy(boxes).unbind(-1)
    enlarged = _is_enlarged(n_rows, n_columns, size)
    shortened = _bags_of_rows(levels.astype(np.float32), top, n_rows, enlarged, size)
    return (
        _bags_of_rows(shortened.transpose(0, 2, 1), left, n_columns, enlarged, size).transpose(0, 2, 1).astype(np.uint8)
    )


def _exact_dtype(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64  # MPS has no float64


def _halve(images: Tensor, lit: Columns, scratch: Tensor) -> Tensor:
    """Mean of 2 x 2 pixels: (M, 128, 128) -> uint8 (M, 64, 64)."""
    # The 24 levels whose 255th part is not this product are those that no map has (``map_raster.grey_levels``).
    share = 1 / (GREY_LEVELS - 1)
    halved = images.new_zeros((len(images), CANVAS_PX // 2, CANVAS_PX // 2), dtype=torch.uint8)
    target = halved[:, :, lit.begin // 2 : lit.end // 2]
    memory = scratch.view(-1).view(_exact_dtype(images.device))
    total, part = (memory[half * target.numel() :][: target.numel()].view_as(target) for half in (0, 1))
    even_rows, odd_rows = images[:, ::2, lit.begin : lit.end], images[:, 1::2, lit.begin : lit.end]
    total.copy_(even_rows[..., ::2]).mul_(share)
    for neighbour in (even_rows[..., 1::2], odd_rows[..., ::2], odd_rows[..., 1::2]):
        total.add_(part.copy_(neighbour).mul_(share))
    target.copy_(total.mul_(0.25).mul_(255))
    return halved


def _resize_part(rows: Tensor, boxes: Tensor, size: int, scratch: Tensor) -> Tensor:
    """Any box (M, 4), in float32, where an exact whole level is rare: uint8 (M, size, size). rows: (M x 128, 128)."""
    top, n_rows, left, n_columns = boxes.unbind(-1)
    enlarged = _is_enlarged(n_rows, n_columns, size)
    shortened = _weighted_rows(rows, top, n_rows, enlarged, size, scratch)
    columns = shortened.transpose(1, 2).reshape(-1, size)
    return _weighted_rows(columns, left, n_columns, enlarged, size, scratch).transpose(1, 2).to(torch.uint8)


def _is_enlarged(n_rows: Tensor, n_columns: Tensor, size: int) -> Tensor:
    # OpenCV averages areas only where neither direction is enlarged.
    return (torch.minimum(n_rows, n_columns) < size).long()


def _weighted_rows(rows: Tensor, start: Tensor, length: Tensor, enlarged: Tensor, size: int, scratch: Tensor) -> Tensor:
    """Sums of a few weighted rows each, from M images of 128 rows lying one below the other: (M, size, W)."""
    index, weight = _taps(start, length, enlarged, size, CANVAS_PX)
    total = rows.new_zeros((len(start), size, rows.shape[-1]))
    source = scratch.view(-1)[: total.numel()].view(-1, rows.shape[-1])
    for tap in range(index.shape[-1]):
        torch.index_select(rows, 0, index[..., tap].flatten(), out=source)
        total.addcmul_(source.view_as(total), weight[..., tap, None])
    return total


def _bags_of_rows(
    images: NDArray[np.float32], start: Tensor, length: Tensor, enlarged: Tensor, size: int
) -> NDArray[np.float32]:
    """``_weighted_rows`` in one pass on a CPU, as an embedding adds up bags of rows: (M, rows, W) -> (M, size, W)."""
    n_images, n_rows, width = images.shape
    index, weight = (taps.flatten(0, 1) for taps in _taps(start, length, enlarged, size, n_rows))
    # NumPy puts rows that lie across in order in a third of torch's time.
    rows = torch.from_numpy(np.ascontiguousarray(images)).view(-1, width)
    sums: NDArray[np.float32] = embedding_bag(index, rows, mode="sum", per_sample_weights=weight).numpy()
    return sums.reshape(n_images, size, width)


def _taps(start: Tensor, length: Tensor, enlarged: Tensor, size: int, n_rows: int) -> tuple[Tensor, Tensor]:
    """Which rows of M images of ``n_rows`` rows, lying one below the other, make each target row, and their weights.

    Both (M, size, taps); rows that are not there have weight 0.
    """
    index_table, weight_table = _tables(size, start.device)
    index = start[:, None, None] + index_table[enlarged, length]
    weight = weight_table[enlarged, length] * ((index >= 0) & (index < n_rows))
    first = torch.arange(len(start), device=start.device) * n_rows
    return index.clamp_(0, n_rows - 1).add_(first[:, None, None]), weight


@lru_cache(maxsize=16)
def _tables(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """``map_taps.tap_tables`` on a device."""
    index, weight = map(torch.from_numpy, tap_tables(size))
    return index.to(device), weight.to(device)
