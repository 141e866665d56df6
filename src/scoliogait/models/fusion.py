"""Fusion of silhouette and skeleton map: a ScoNet whose first layers see each source alone, after SkeletonGait++.

Fan et al., "SkeletonGait: Gait Recognition Using Skeleton Maps", AAAI 2024, for the fusion; Zhou et al., MICCAI 2024,
for all behind it. SkeletonGait++ itself has deeper stages with convolutions over time; here every frame stands alone,
as in ScoNet, so that frames may come in any order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.batch_norm import BatchNorm
from scoliogait.models.blocks import ModelOutput, initialise
from scoliogait.models.config import FusionConfig
from scoliogait.models.convolution import convolved
from scoliogait.models.resnet9 import FirstStages, in_fast_layout, later_stages
from scoliogait.models.strip_network import StripNetwork, checked_config
from scoliogait.models.windows import Windows

SOURCE_CHANNELS = (1, 2)  # silhouette; limb and joint map


class AttentionFusion(nn.Module):
    """Two feature maps (B, C, H, W) -> (B, C, H, W): their mean, weighted at every position of every channel."""

    def __init__(self, width: int, squeeze: int) -> None:
        super().__init__()
        hidden = width // squeeze
        self.reduce = nn.Conv2d(2 * width, hidden, 1, bias=False)
        self.reduce_norm = BatchNorm(hidden)
        self.look = nn.Conv2d(hidden, hidden, 3, padding=1, bias=False)
        self.look_norm = BatchNorm(hidden)
        self.score = nn.Conv2d(hidden, 2 * width, 1, bias=False)

    def forward(self, silhouette: Tensor, skeleton_map: Tensor) -> Tensor:
        weight = self.silhouette_weight(silhouette, skeleton_map)
        return skeleton_map + weight * (silhouette - skeleton_map)

    def silhouette_weight(self, silhouette: Tensor, skeleton_map: Tensor) -> Tensor:
        """(B, C, H, W), 0..1: the silhouette's weight; the skeleton map has the rest.

        It is the softmax over the two scores, written as the sigmoid of their difference.
        """
        x = torch.cat([silhouette, skeleton_map], dim=1)  # b 2c h w
        x = convolved(self.reduce, self.reduce_norm, x)
        x = convolved(self.look, self.look_norm, x)
        silhouette_score, skeleton_map_score = self.score(x).chunk(2, dim=1)  # b c h w each
        return torch.sigmoid(silhouette_score - skeleton_map_score)


class FusionBackbone(nn.Module):
    """(B, 3, H, W), silhouette, limb, joint -> (B, channels[3], ⌈H/4⌉, ⌈W/4⌉), frame by frame, never negative."""

    def __init__(self, channels: tuple[int, int, int, int], squeeze: int) -> None:
        super().__init__()
        self.channels = (*channels, channels[0] // squeeze)
        for_silhouette, for_skeleton_map = SOURCE_CHANNELS
        self.silhouette = FirstStages(for_silhouette, channels[0])
        self.skeleton_map = FirstStages(for_skeleton_map, channels[0])
        self.fusion = AttentionFusion(channels[0], squeeze)
        names = ("stage2", "stage3", "stage4")
        self.shared = nn.Sequential(OrderedDict(zip(names, later_stages(channels), strict=True)))

    def forward(self, frames: Tensor) -> Tensor:
        silhouette, skeleton_map = (
            in_fast_layout(source, self.training, self.channels) for source in frames.split(SOURCE_CHANNELS, dim=1)
        )
        x = self.fusion(self.silhouette(silhouette), self.skeleton_map(skeleton_map))  # b 64 h w
        features: Tensor = self.shared(x)  # b 512 h/4 w/4
        return features


class Fusion(StripNetwork):
    """Stem and stage 1 for each source, attention fusion, then stages 2 to 4, pooling and heads of ScoNet.

    squeeze: the attention's 3×3 convolution has ``channels[0] / squeeze`` channels. Raises ModelError when that is no
    whole number, or a width is not a positive integer.
    """

    def __init__(
        self,
        channels: Sequence[int] = (64, 128, 256, 512),
        squeeze: int = 16,
        embedding: int = 256,
        parts: int = 16,
        classes: int = 3,
    ) -> None:
        config = checked_config(
            FusionConfig, channels=channels, squeeze=squeeze, embedding=embedding, parts=parts, classes=classes
        )
        if config.channels[0] % config.squeeze:
            raise ModelError(
                f"Fusion: squeeze: {config.squeeze} does not divide the first of channels, {config.channels[0]}; "
                "choose a divisor of it"
            )
        super().__init__(config, FusionBackbone(config.channels, config.squeeze))
        initialise(self)

    def forward(
        self, frames: Tensor, lengths: Tensor | Sequence[int] | None = None, windows: Windows | None = None
    ) -> ModelOutput:
        """frames: float 0..1, (N, T, 3, H, W), channels silhouette, limb, joint; or packed (sum of lengths, 3, H, W)
        with lengths (N,), frames per walk.

        Windows, sizes, errors and precision are those of ScoNet.
        """
        return self.classify(self.embed_walks(frames, lengths, windows))
