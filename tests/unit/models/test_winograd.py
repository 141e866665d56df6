"""Convolutions by fewer multiplications against torch's own: values, gradients, layouts, and where they are used."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from scoliogait.models.winograd import convolve, row_convolution


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 11), (16, 11), (18, 7)])
def test_values_and_gradients_are_those_of_the_direct_sum(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 5, *size, dtype=torch.float64, generator=generator, requires_grad=True)
    weight = torch.randn(7, 5, 3, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    ours, direct = row_convolution(x, weight), F.conv2d(x, weight, padding=1)
    torch.testing.assert_close(ours, direct, rtol=0, atol=1e-12)
    grad = torch.randn(direct.shape, dtype=torch.float64, generator=generator)
    for of_ours, of_direct in zip(
        torch.autograd.grad(ours, (x, weight), grad), torch.autograd.grad(direct, (x, weight), grad), strict=True
    ):
        torch.testing.assert_close(of_ours, of_direct, rtol=0, atol=1e-11)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_float32_is_close_and_the_layout_stays(layout: torch.memory_format) -> None:
    x, layer = _frames(24, layout), _layer(128, 160)
    with torch.no_grad():
        ours, direct = convolve(layer, x), layer(x)
    assert ours.is_contiguous(memory_format=layout)
    assert not torch.equal(ours, direct)  # it was used
    assert (ours - direct).abs().max() < 2e-5 * direct.abs().max()


@pytest.mark.parametrize(
    ("layer", "n_frames", "dtype"),
    [
        (nn.Conv2d(64, 128, 3, padding=1, bias=False), 24, torch.float32),
        (nn.Conv2d(128, 128, 3, 2, padding=1, bias=False), 24, torch.float32),
        (nn.Conv2d(128, 128, 1, bias=False), 24, torch.float32),
        (nn.Conv2d(128, 128, 3, padding=1, bias=False), 23, torch.float32),
        (nn.Conv2d(128, 128, 3, padding=1, bias=False), 24, torch.bfloat16),
        (nn.Conv2d(128, 128, 3, padding=1, dilation=2, bias=False), 24, torch.float32),
        (nn.Conv2d(256, 256, 3, padding=1, groups=2, bias=False), 24, torch.float32),
        (nn.Conv2d(128, 128, 3, padding=1, padding_mode="circular", bias=False), 24, torch.float32),
    ],
    ids=["narrow", "stride", "one pixel", "few frames", "bfloat16", "dilation", "groups", "padding"],
)
def test_elsewhere_the_layer_itself_is_called(layer: nn.Conv2d, n_frames: int, dtype: torch.dtype) -> None:
    x = torch.rand(n_frames, layer.in_channels, 8, 6)
    with torch.no_grad(), torch.autocast("cpu", dtype, enabled=dtype == torch.bfloat16):
        assert torch.equal(convolve(layer, x), layer(x))


def test_a_bias_is_added() -> None:
    x, layer = _frames(24, torch.channels_last), nn.Conv2d(128, 128, 3, padding=1)
    with torch.no_grad():
        ours, direct = convolve(layer, x), layer(x)
    assert not torch.equal(ours, direct)  # by rows
    torch.testing.assert_close(ours, direct, rtol=0, atol=2e-5 * float(direct.abs().max()))


def test_an_export_takes_the_layer_itself() -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = _layer(128, 128)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return convolve(self.layer, x)

    exported = torch.export.export(Wide(), (_frames(24, torch.contiguous_format),))
    assert "conv2d" in str(exported.graph)


def _layer(n_in: int, n_out: int) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)


def _frames(n: int, layout: torch.memory_format) -> torch.Tensor:
    x = torch.rand(n, 128, 8, 6, generator=torch.Generator().manual_seed(1))
    return x.contiguous(memory_format=layout)
