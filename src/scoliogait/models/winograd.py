"""3x3 convolutions with half of the multiplications, for wide layers in float32 on a CPU.

Four rows of outputs of a 3x3 convolution take twelve products of a row of inputs with a row of the kernel. The same
four rows can be had from six products, of sums of rows with sums of kernel rows (Lavin and Gray, "Fast Algorithms for
Convolutional Neural Networks", CVPR 2016, F(4, 3), here along the rows alone). Each product is an ordinary 1x3
convolution, so it runs at the rate of the library's convolutions. Both directions at once would take a quarter of the
multiplications, but as matrix products, which on some processors run at half the rate of convolutions, and with sums
that cost more. Results differ from the direct sum by rounding: about 1e-6 of the largest output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

# Rows of outputs that belong together; they depend on two rows more of inputs.
_OUT = 4
PADDING = (0, 1)
_KERNEL_ROWS = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)
# Narrower layers are as fast directly, and so are fewer frames than the sums of the kernels cost.
_LEAST_CHANNELS = 128
_LEAST_FRAMES = 24


def convolve(layer: nn.Module, x: Tensor) -> Tensor:
    """What the layer gives for frames x (B, C, H, W): by fewer multiplications where that is faster."""
    if not (isinstance(layer, nn.Conv2d) and _pays(layer, x)):
        direct: Tensor = layer(x)
        return direct
    layout = torch.contiguous_format if x.is_contiguous() else torch.channels_last
    frames = x.contiguous(memory_format=torch.channels_last)
    return row_convolution(frames, layer.weight, layer.bias).contiguous(memory_format=layout)


class RowConvolution(nn.Module):
    """A wide 3x3 convolution and the batch norm behind it, in evaluation, for exporters: for any number of frames."""

    def __init__(self, layer: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        self.folded = torch.nn.utils.fuse_conv_bn_eval(layer.eval(), norm.eval())

    def forward(self, x: Tensor) -> Tensor:
        return row_convolution(x, self.folded.weight, self.folded.bias)


def is_wide(layer: nn.Conv2d) -> bool:
    """Whether the layer is one that fewer multiplications make faster."""
    return (
        layer.kernel_size == (3, 3)
        and layer.stride == layer.padding == layer.dilation == (1, 1)
        and layer.groups == 1
        and layer.padding_mode == "zeros"
        and min(layer.in_channels, layer.out_channels) >= _LEAST_CHANNELS
    )


def _pays(layer: nn.Conv2d, x: Tensor) -> bool:
    return (
        x.device.type == "cpu"
        and x.dtype == layer.weight.dtype == torch.float32
        and is_wide(layer)
        # Before frames are counted: exporters would keep their number.
        and not (torch.is_autocast_enabled("cpu") or torch.compiler.is_compiling() or torch.jit.is_tracing())
        and len(x) >= _LEAST_FRAMES
    )


def row_convolution(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x (B, C, H, W) with weight (K, C, 3, 3), stride 1, one black pixel around: (B, K, H, W)."""
    kernels = kernels_of_rows(weight)
    return by_rows(x, lambda place, rows: F.conv2d(rows, kernels[place], bias_of(place, bias), padding=PADDING))


def by_rows(x: Tensor, product: Callable[[int, Tensor], Tensor]) -> Tensor:
    """Frames x (B, C, H, W) -> (B, K, H, W). product: convolves rows of inputs, (B, C, n, W), with kernel ``place``."""
    height = x.shape[2]
    products = [product(place, rows) for place, rows in enumerate(_SumsOfRows.of(x))]
    whole = _RowsOfOutputs.of(*products).flatten(2, 3)
    return whole if height % _OUT == 0 else whole[:, :, :height]


def bias_of(place: int, bias: Tensor | None) -> Tensor | None:
    """The second product stands once in every row of outputs, and so does what is added to it."""
    return bias if place == 1 else None


def kernels_of_rows(weight: Tensor) -> tuple[Tensor, ...]:
    """(K, C, 3, 3) -> six times (K, C, 1, 3)."""
    sums = torch.einsum("pr,kcrs->pkcs", weight.new_tensor(_KERNEL_ROWS), weight)
    return tuple(kernel.unsqueeze(2) for kernel in sums)


def shape_of_rows(shape: Sequence[int]) -> list[int]:
    """Of frames (B, C, H, W) -> that of the rows which meet a kernel."""
    batch, channels, height, width = shape
    return [batch, channels, -(-height // _OUT), width]


class _SumsOfRows(torch.autograd.Function):
    """``_sums_of_rows`` for training.

    The gradient is written down because autograd's own fills and adds up a whole picture for each of the six rows.
    """

    @classmethod
    def of(cls, x: Tensor) -> tuple[Tensor, ...]:
        trained = torch.is_grad_enabled() and x.requires_grad and not torch.compiler.is_compiling()
        sums: tuple[Tensor, ...] = cls.apply(x) if trained else _sums_of_rows(x)
        return sums

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, ...]:
        ctx.height = x.shape[2]
        return _sums_of_rows(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        first, one, minus_one, two, minus_two, last = gradients
        near, far, near_odd, far_odd = one + minus_one, two + minus_two, one - minus_one, two - minus_two
        batch, channels, n, width = first.shape
        layout = torch.contiguous_format if first.is_contiguous() else torch.channels_last
        whole = torch.empty(batch, channels, _OUT * (n + 1), width, dtype=first.dtype, memory_format=layout)
        row = whole.unflatten(2, (-1, _OUT)).unbind(3)
        torch.mul(first, 4, out=row[0][:, :, :n])
        torch.sub(last, near_odd, out=row[1][:, :, :n]).mul_(4).sub_(far_odd, alpha=2)
        torch.add(far, near, alpha=4, out=row[2][:, :, :n]).add_(first, alpha=5).neg_()
        torch.add(near_odd, far_odd, alpha=2, out=row[3][:, :, :n]).sub_(last, alpha=5)
        for rest in row:
            rest[:, :, n].zero_()
        row[0][:, :, 1:].add_(first).add_(near).add_(far)
        row[1][:, :, 1:].add_(last)
        return whole[:, :, 1 : ctx.height + 1]  # without the black rows around


def _sums_of_rows(x: Tensor) -> tuple[Tensor, ...]:
    """(B, C, H, W) -> six times (B, C, ⌈H/4⌉, W), each of six rows of which the first lies above the four outputs."""
    n = -(-x.shape[2] // _OUT)
    padded = F.pad(x, (0, 0, 1, _OUT * n + 1 - x.shape[2]))
    row = [padded[:, :, first : first + _OUT * (n - 1) + 1 : _OUT] for first in range(_OUT + 2)]
    even, odd = row[4] - 4 * row[2], row[3] - 4 * row[1]
    outer, inner = row[4] - row[2], 2 * (row[3] - row[1])
    return (
        4 * (row[0] - row[2]) + outer,
        even + odd,
        even - odd,
        outer + inner,
        outer - inner,
        row[5] - row[3] - 2 * inner,
    )


class _RowsOfOutputs(torch.autograd.Function):
    """``_rows_of_outputs`` for training: six products (B, K, n, W) -> the four rows of outputs (B, K, n, 4, W)."""

    @classmethod
    def of(cls, *products: Tensor) -> Tensor:
        trained = torch.is_grad_enabled() and products[0].requires_grad and not torch.compiler.is_compiling()
        rows: Tensor = cls.apply(*products) if trained else torch.stack(_rows_of_outputs(list(products)), dim=3)
        return rows

    @staticmethod
    def forward(ctx: Any, *products: Tensor) -> Tensor:
        return torch.stack(_rows_of_outputs(list(products)), dim=3)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:
        row = gradients[0].unbind(3)
        even, odd = row[0] + row[2], row[1] + row[3]
        far_even, far_odd = torch.add(row[0], row[2], alpha=4), torch.add(row[1], row[3], alpha=4)
        return (
            row[0],
            even + odd,
            even - odd,
            torch.add(far_even, far_odd, alpha=2),
            torch.sub(far_even, far_odd, alpha=2),
            row[3],
        )


def _rows_of_outputs(products: list[Tensor]) -> list[Tensor]:
    """Six products -> the four rows of outputs."""
    first, one, minus_one, two, minus_two, last = products
    near, far = one + minus_one, two + minus_two
    near_odd, far_odd = one - minus_one, two - minus_two
    return [first + near + far, near_odd + 2 * far_odd, near + 4 * far, near_odd + 8 * far_odd + last]
