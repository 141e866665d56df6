"""ResNet9: the frame-wise backbone of ScoNet. A 3×3 stem and four residual blocks; 64×44 px in, 16×11 features out."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STAGE_STRIDES = (1, 2, 2, 1)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with batch norm, added to the input (through a 1×1 convolution where the shape changes)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            projection = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.shortcut = nn.Sequential(OrderedDict(conv=projection, norm=nn.BatchNorm2d(out_channels)))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        return F.relu(y + self.shortcut(x), inplace=True)


class ResNet9(nn.Module):
    """(B, C, H, W) -> (B, channels[3], ⌈H/4⌉, ⌈W/4⌉), frame by frame, never negative. There is no max pooling.

    It computes in the channels-last layout, which convolutions prefer (four times as fast for training in bfloat16 on
    a CPU), except for training in float32 on a CPU: batch norm sums a whole batch without correction there, which moves
    the logits by 1e-3, and torch 2.13's backward pass of the 1×1 shortcuts crashes below 16 input channels.
    """

    def __init__(self, in_channels: int, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(in_channels, channels[0], 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(channels[0])
        self.stage1 = ResidualBlock(channels[0], channels[0], STAGE_STRIDES[0])
        self.stage2 = ResidualBlock(channels[0], channels[1], STAGE_STRIDES[1])
        self.stage3 = ResidualBlock(channels[1], channels[2], STAGE_STRIDES[2])
        self.stage4 = ResidualBlock(channels[2], channels[3], STAGE_STRIDES[3])

    def forward(self, frames: Tensor) -> Tensor:
        float32_on_cpu = frames.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
        if not (self.training and float32_on_cpu):
            # Not contiguous(): with one channel that leaves the strides, and so the layout of all that follows.
            frames = torch.empty_like(frames, memory_format=torch.channels_last).copy_(frames)
        x = F.relu(self.stem_norm(self.stem(frames)), inplace=True)  # b 64 h w
        x = self.stage1(x)  # b 64 h w
        x = self.stage2(x)  # b 128 h/2 w/2
        x = self.stage3(x)  # b 256 h/4 w/4
        return self.stage4(x)  # b 512 h/4 w/4
