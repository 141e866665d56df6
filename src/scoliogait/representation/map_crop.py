"""Second half of a skeleton map: crop the 128-px grey canvas to the figure and shrink it by area averaging.

Averaging follows OpenCV's INTER_AREA. The map is cut to whole levels afterwards, so where the mean of four pixels is
exactly a level, the last bit decides: the whole canvas is therefore halved in the original's own operations (grey / 255
in float64), which costs a tenth of the time and settles 2 to 4 % of the pixels. Other crops are weighted in float32,
with weights from small tables indexed by the length of the crop: a batch needs no loop, the device no synchronisation.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from scoliogait.representation.map_raster import Columns
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
    images, shape = levels.view(-1, CANVAS_PX, CANVAS_PX), (len(levels), 2, size, size)
    part = resize_part(images, boxes.flatten(0, 1), size, scratch).view(shape)
    if 2 * size != CANVAS_PX:
        return part
    whole = (boxes[..., ::2] == 0).all(dim=-1) & (boxes[..., 1::2] == CANVAS_PX).all(dim=-1)
    return torch.where(whole[..., None, None], _halve(images, lit, scratch).view(shape), part)


def _exact_dtype(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64  # MPS has no float64


def _halve(images: Tensor, lit: Columns, scratch: Tensor) -> Tensor:
    """Mean of 2 x 2 pixels: (M, 128, 128) -> uint8 (M, 64, 64)."""
    halved = images.new_zeros((len(images), CANVAS_PX // 2, CANVAS_PX // 2), dtype=torch.uint8)
    target = halved[:, :, lit.begin // 2 : lit.end // 2]
    memory = scratch.view(-1).view(_exact_dtype(images.device))
    total, part = (memory[half * target.numel() :][: target.numel()].view_as(target) for half in (0, 1))
    even_rows, odd_rows = images[:, ::2, lit.begin : lit.end], images[:, 1::2, lit.begin : lit.end]
    total.copy_(even_rows[..., ::2]).div_(255)
    for neighbour in (even_rows[..., 1::2], odd_rows[..., ::2], odd_rows[..., 1::2]):
        total.add_(part.copy_(neighbour).div_(255))
    target.copy_(total.mul_(0.25).mul_(255))
    return halved


def resize_part(images: Tensor, boxes: Tensor, size: int, scratch: Tensor) -> Tensor:
    """Any box (M, 4) of images (M, 128, W), in float32, where an exact whole level is rare: uint8 (M, size, size).

    scratch: contiguous float32 of at least as many elements as images; its content is lost.
    """
    top, n_rows, left, n_columns = boxes.unbind(-1)
    # OpenCV averages areas only where neither direction is enlarged.
    enlarged = (torch.minimum(n_rows, n_columns) < size).long()
    shortened = _weighted_rows(images, top, n_rows, enlarged, size, scratch)
    turned = shortened.transpose(1, 2).contiguous()
    return _weighted_rows(turned, left, n_columns, enlarged, size, scratch).transpose(1, 2).to(torch.uint8)


def _weighted_rows(
    images: Tensor, start: Tensor, length: Tensor, enlarged: Tensor, size: int, scratch: Tensor
) -> Tensor:
    """Sums of a few weighted rows each: (M, rows, W) -> (M, size, W); rows that are not there are black."""
    index_table, weight_table = _tables(size, images.device)
    index = start[:, None, None] + index_table[enlarged, length]  # (M, size, taps)
    n_rows = images.shape[1]
    weight = weight_table[enlarged, length] * ((index >= 0) & (index < n_rows))
    image = torch.arange(len(images), device=images.device)
    index = index.clamp_(0, n_rows - 1).add_((image * n_rows)[:, None, None])
    rows = images.flatten(0, 1)
    total = images.new_empty((len(images), size, images.shape[-1]))
    source = scratch.view(-1)[: total.numel()].view_as(total)
    for tap in range(index.shape[-1]):
        torch.index_select(rows, 0, index[..., tap].flatten(), out=source.flatten(0, 1))
        if tap == 0:
            torch.mul(source, weight[..., tap, None], out=total)
        else:
            total.addcmul_(source, weight[..., tap, None])
    return total


@lru_cache(maxsize=16)
def _tables(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """``map_taps.tap_tables`` on a device."""
    index, weight = map(torch.from_numpy, tap_tables(size))
    return index.to(device), weight.to(device)
