"""PoseMap: ScoNet on skeleton maps and the set network on the coordinates they were drawn from, fused late."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.models.blocks import ModelOutput, SeparateLinear, initialise
from scoliogait.models.config import PoseMapConfig
from scoliogait.models.pose_set import PoseSetFeatures, pack_poses
from scoliogait.models.resnet9 import ResNet9
from scoliogait.models.strip_network import StripNetwork, checked_config
from scoliogait.models.windows import Windows


class PoseMap(StripNetwork):
    """A part's embedding is a linear map of its strip of the walk's maps and of the walk's pose features.

    Only the pose features are blind to the walk's side; train with mirrored walks. Raises ModelError when a width is
    not a positive integer.
    """

    def __init__(
        self,
        in_channels: int = 2,
        channels: Sequence[int] = (64, 128, 256, 512),
        width: int = 128,
        embedding: int = 256,
        parts: int = 16,
        classes: int = 3,
    ) -> None:
        config = checked_config(
            PoseMapConfig,
            in_channels=in_channels,
            channels=channels,
            width=width,
            embedding=embedding,
            parts=parts,
            classes=classes,
        )
        super().__init__(config, ResNet9(config.in_channels, config.channels))
        self.pose_features = PoseSetFeatures(config.width)
        self.embed_poses = SeparateLinear(config.parts, self.pose_features.out_features, config.embedding)
        initialise(self)

    def forward(
        self,
        frames: Tensor,
        poses: Tensor,
        lengths: Tensor | Sequence[int] | None = None,
        windows: Windows | None = None,
    ) -> ModelOutput:
        """frames, lengths, windows: as ScoNet takes them; poses: as PoseSet takes them, of the same frames.

        Raises ModelError naming what does not fit.
        """
        packed, counts = pack_poses(poses, lengths)
        embeddings = self.embed_walks(frames, lengths, windows)  # n e p
        frames_per_walk = counts if lengths is not None else [frames.shape[1]] * len(frames)
        if frames_per_walk != counts:
            raise ModelError(
                f"model input: frames of shape {tuple(frames.shape)} and poses of shape {tuple(poses.shape)}; "
                "expected as many walks of as many frames in both"
            )
        with torch.autocast(packed.device.type, enabled=False):
            features = self.pose_features(packed, counts, windows).unsqueeze(-1)  # n c 1
            # The linear map of two joined vectors is the sum of the linear maps of each.
            embeddings = embeddings + self.embed_poses(features.expand(-1, -1, embeddings.shape[-1]))
        return self.classify(embeddings)
