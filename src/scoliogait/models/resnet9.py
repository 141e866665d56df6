"""ResNet9: the frame-wise backbone of ScoNet. A 3×3 stem and four residual blocks; 64×44 px in, 16×11 features out.

Its parts serve the fusion model too.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from scoliogait.models.batch_norm import BatchNorm
from scoliogait.models.convolution import convolved

STAGE_STRIDES = (1, 2, 2, 1)


class Projection(nn.Module):
    """A 1×1 convolution with batch norm: (B, in, H, W) -> (B, out, ⌈H/stride⌉, ⌈W/stride⌉)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
        self.norm = BatchNorm(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return convolved(self.conv, self.norm, x, relu=False)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with batch norm, added to the input (through a 1×1 convolution where the shape changes)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.norm1 = BatchNorm(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norm2 = BatchNorm(out_channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = Projection(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = convolved(self.conv1, self.norm1, x)
        return convolved(self.conv2, self.norm2, y, added=self.shortcut(x))


class FirstStages(nn.Module):
    """The stem and stage 1: (B, C, H, W) -> (B, width, H, W), never negative."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(in_channels, width, 3, padding=1, bias=False)
        self.stem_norm = BatchNorm(width)
        self.stage1 = ResidualBlock(width, width, STAGE_STRIDES[0])

    def forward(self, frames: Tensor) -> Tensor:
        x: Tensor = self.stage1(convolved(self.stem, self.stem_norm, frames))
        return x


def later_stages(channels: tuple[int, int, int, int]) -> tuple[ResidualBlock, ResidualBlock, ResidualBlock]:
    """Stages 2, 3 and 4; together (B, channels[0], H, W) -> (B, channels[3], ⌈H/4⌉, ⌈W/4⌉)."""
    return (
        ResidualBlock(channels[0], channels[1], STAGE_STRIDES[1]),
        ResidualBlock(channels[1], channels[2], STAGE_STRIDES[2]),
        ResidualBlock(channels[2], channels[3], STAGE_STRIDES[3]),
    )


def in_fast_layout(frames: Tensor, training: bool, channels: Iterable[int]) -> Tensor:
    """The frames in the memory layout in which a backbone computes, whose layers have so many channels.

    Channels-last, which convolutions prefer, except for training in float32 on a CPU where channels do not fill blocks
    of 16: torch 2.13's backward pass of the 1×1 shortcuts writes past its memory there on some processors.
    """
    float32_on_cpu = frames.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
    if training and float32_on_cpu and any(n % 16 for n in channels):
        return frames
    # Not contiguous(): with one channel that leaves the strides, and so the layout of all that follows.
    return torch.empty_like(frames, memory_format=torch.channels_last).copy_(frames)


class ResNet9(FirstStages):
    """(B, C, H, W) -> (B, channels[3], ⌈H/4⌉, ⌈W/4⌉), frame by frame, never negative. There is no max pooling."""

    def __init__(self, in_channels: int, channels: tuple[int, int, int, int]) -> None:
        super().__init__(in_channels, channels[0])
        self.channels = channels
        self.stage2, self.stage3, self.stage4 = later_stages(channels)

    def forward(self, frames: Tensor) -> Tensor:
        x = super().forward(in_fast_layout(frames, self.training, self.channels))  # b 64 h w
        x = self.stage2(x)  # b 128 h/2 w/2
        x = self.stage3(x)  # b 256 h/4 w/4
        return self.stage4(x)  # b 512 h/4 w/4
