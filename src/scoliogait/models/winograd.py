"""3x3 convolutions with fewer multiplications, for wide layers in float32 on a CPU.

Four by four outputs of a 3x3 convolution can be had from 36 products instead of 144: tiles of 6x6 inputs and the
kernels are transformed by fixed matrices, multiplied channel by channel, and transformed back (Lavin and Gray, "Fast
Algorithms for Convolutional Neural Networks", CVPR 2016, F(4x4, 3x3)). The transforms cost as much as is saved where
layers are narrow. Results differ from the direct sum by rounding: about 1e-6 of the largest output.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

# Outputs of a tile in each direction, and the inputs that they depend on.
_OUT, _IN = 4, 6
_INPUT_ROWS = (
    (4.0, 0.0, -5.0, 0.0, 1.0, 0.0),
    (0.0, -4.0, -4.0, 1.0, 1.0, 0.0),
    (0.0, 4.0, -4.0, -1.0, 1.0, 0.0),
    (0.0, -2.0, -1.0, 2.0, 1.0, 0.0),
    (0.0, 2.0, -1.0, -2.0, 1.0, 0.0),
    (0.0, 4.0, 0.0, -5.0, 0.0, 1.0),
)
_KERNEL_ROWS = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)
_OUTPUT_ROWS = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    (0.0, 1.0, -1.0, 2.0, -2.0, 0.0),
    (0.0, 1.0, 1.0, 4.0, 4.0, 0.0),
    (0.0, 1.0, -1.0, 8.0, -8.0, 1.0),
)
# Narrower layers are as fast directly, and so are fewer frames than the transform of the kernels costs.
_LEAST_CHANNELS = 128
LEAST_FRAMES = 24

_kept_kernels: ContextVar[dict[int, Tensor] | None] = ContextVar("kept_kernels", default=None)


@contextmanager
def kernels_kept() -> Iterator[None]:
    """Inside, where no weight may change, the kernels of a layer are transformed once, and few frames pay too."""
    token = _kept_kernels.set({})
    try:
        yield
    finally:
        _kept_kernels.reset(token)


def convolve(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """What the layer gives for frames x (B, C, H, W): by fewer multiplications where that is faster."""
    return winograd_convolution(x, layer.weight) if _pays(layer, x) else layer(x)


def _pays(layer: nn.Conv2d, x: Tensor) -> bool:
    return (
        x.device.type == "cpu"
        and x.dtype == layer.weight.dtype == torch.float32
        and layer.kernel_size == (3, 3)
        and layer.stride == layer.padding == (1, 1)
        and min(layer.in_channels, layer.out_channels) >= _LEAST_CHANNELS
        # Before frames are counted: exporters would keep their number.
        and not (torch.is_autocast_enabled("cpu") or torch.compiler.is_compiling() or torch.jit.is_tracing())
        and (len(x) >= LEAST_FRAMES or _kept_kernels.get() is not None)
    )


def winograd_convolution(x: Tensor, weight: Tensor) -> Tensor:
    """x (B, C, H, W) with weight (K, C, 3, 3), stride 1, one black pixel around: (B, K, H, W), channels last."""
    result: Tensor = _Winograd.apply(x, weight)
    return result


class _Winograd(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        tiles = _input_tiles(x)
        ctx.save_for_backward(tiles if ctx.needs_input_grad[1] else None, weight)
        whole = _output(torch.bmm(tiles, _kernels(weight)), x.shape)
        layout = torch.contiguous_format if x.is_contiguous() else torch.channels_last
        return whole.contiguous(memory_format=layout)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        tiles, weight = ctx.saved_tensors
        of_x = of_weight = None
        if ctx.needs_input_grad[0]:
            # Turned about, with the channels exchanged, the same convolution leads back.
            of_x = winograd_convolution(grad, weight.flip(2, 3).transpose(0, 1))
        if ctx.needs_input_grad[1]:
            of_kernels = torch.bmm(tiles.transpose(1, 2), _output_tiles(grad))  # 36 c k
            back = _matrix("kernel", grad.dtype).t() @ of_kernels.flatten(1)  # 9 ck
            of_weight = back.view(3, 3, *of_kernels.shape[1:]).permute(3, 2, 0, 1)
        return of_x, of_weight


@lru_cache(maxsize=8)
def _matrix(which: str, dtype: torch.dtype) -> Tensor:
    """Of the transform of a tile in both directions at once: (36, 36), (36, 9) or (16, 36)."""
    rows = {"input": _INPUT_ROWS, "kernel": _KERNEL_ROWS, "output": _OUTPUT_ROWS}[which]
    one_way = torch.tensor(rows, dtype=torch.float64)
    return torch.kron(one_way, one_way).to(dtype)


def _kernels(weight: Tensor) -> Tensor:
    """(K, C, 3, 3) -> (36, C, K)."""
    kept = _kept_kernels.get()
    if kept is not None and weight.data_ptr() in kept:
        return kept[weight.data_ptr()]
    by_place = weight.permute(2, 3, 1, 0).reshape(9, -1)
    kernels = (_matrix("kernel", weight.dtype) @ by_place).view(_IN * _IN, weight.shape[1], weight.shape[0])
    if kept is not None:
        kept[weight.data_ptr()] = kernels
    return kernels


def _input_tiles(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (36, B * tiles, C): 6x6 pixels each, every four pixels, transformed."""
    n_rows, n_columns = _n_tiles(x.shape)
    right, below = _OUT * n_columns + 1 - x.shape[3], _OUT * n_rows + 1 - x.shape[2]
    padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, 1, right, 1, below))
    tiles = padded.unfold(1, _IN, _OUT).unfold(2, _IN, _OUT)  # b rows columns c 6 6
    by_place = tiles.permute(4, 5, 0, 1, 2, 3).reshape(_IN * _IN, -1)
    return (_matrix("input", x.dtype) @ by_place).view(_IN * _IN, -1, x.shape[1])


def _output(tiles: Tensor, shape: torch.Size) -> Tensor:
    """(36, B * tiles, K) -> (B, K, H, W): transformed back to 4x4 pixels each, and laid side by side."""
    n_rows, n_columns = _n_tiles(shape)
    pixels = _matrix("output", tiles.dtype) @ tiles.flatten(1)
    pixels = pixels.view(_OUT, _OUT, shape[0], n_rows, n_columns, -1).permute(2, 3, 0, 4, 1, 5)
    whole = pixels.reshape(shape[0], n_rows * _OUT, n_columns * _OUT, -1)
    return whole[:, : shape[2], : shape[3]].permute(0, 3, 1, 2)


def _output_tiles(grad: Tensor) -> Tensor:
    """The way back of ``_output``: (B, K, H, W) -> (36, B * tiles, K)."""
    n_rows, n_columns = _n_tiles(grad.shape)
    right, below = _OUT * n_columns - grad.shape[3], _OUT * n_rows - grad.shape[2]
    padded = F.pad(grad.permute(0, 2, 3, 1), (0, 0, 0, right, 0, below))
    tiles = padded.view(len(grad), n_rows, _OUT, n_columns, _OUT, -1).permute(2, 4, 0, 1, 3, 5)
    return (_matrix("output", grad.dtype).t() @ tiles.reshape(_OUT * _OUT, -1)).view(_IN * _IN, -1, grad.shape[1])


def _n_tiles(shape: torch.Size) -> tuple[int, int]:
    return -(-shape[2] // _OUT), -(-shape[3] // _OUT)
