"""ScoNet: a walk's frames in, one embedding and one set of class scores per horizontal part out.

Zhou et al., "Gait Patterns as Biomarkers: A Video-Based Approach for Classifying Scoliosis", MICCAI 2024. The same
network is ScoNet (cross-entropy only), ScoNet-MT (with the triplet loss) and, on skeleton maps, ScoNet-MT-ske.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from scoliogait.models.blocks import ModelOutput, initialise
from scoliogait.models.config import ScoNetConfig
from scoliogait.models.resnet9 import ResNet9
from scoliogait.models.strip_network import StripNetwork, checked_config
from scoliogait.models.windows import Windows


class ScoNet(StripNetwork):
    """ResNet9 per frame, maximum over a walk's frames, mean + maximum of horizontal strips, one linear map and one
    cosine classifier per strip.

    Raises ModelError when a width is not a positive integer.
    """

    def __init__(
        self,
        in_channels: int = 1,
        channels: Sequence[int] = (64, 128, 256, 512),
        embedding: int = 256,
        parts: int = 16,
        classes: int = 3,
    ) -> None:
        config = checked_config(
            ScoNetConfig,
            in_channels=in_channels,
            channels=channels,
            embedding=embedding,
            parts=parts,
            classes=classes,
        )
        super().__init__(config, ResNet9(config.in_channels, config.channels))
        initialise(self)

    def forward(
        self, frames: Tensor, lengths: Tensor | Sequence[int] | None = None, windows: Windows | None = None
    ) -> ModelOutput:
        """frames: float 0..1, (N, T, C, H, W); or packed (sum of lengths, C, H, W) with lengths (N,), frames per walk.
        windows: in evaluation, of each walk the (start, stop) of the frames that are pooled together; the output then
        has a row for each window, walk after walk.

        H must be a multiple of 4 · parts (64 px for 16 parts). Raises ModelError naming what does not fit.
        Embeddings and logits are computed in float32 under autocast too: mixed precision stays in the backbone.
        """
        return self.classify(self.embed_walks(frames, lengths, windows))
