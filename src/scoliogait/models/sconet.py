"""ScoNet: a walk's frames in, one embedding and one set of class scores per horizontal part out.

Zhou et al., "Gait Patterns as Biomarkers: A Video-Based Approach for Classifying Scoliosis", MICCAI 2024. The same
network is ScoNet (cross-entropy only), ScoNet-MT (with the triplet loss) and, on skeleton maps, ScoNet-MT-ske.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.blocks import (
    BNNeck,
    HorizontalPooling,
    ModelOutput,
    SeparateLinear,
    initialise,
    max_over_frames,
)
from scoliogait.models.config import ModelConfig
from scoliogait.models.resnet9 import ResNet9

# Frames that pass the backbone at once in evaluation. On a CPU small chunks stay in the cache (docs/models.md has the
# measurements); on an accelerator the chunk only bounds the memory.
EVALUATION_CHUNK_CPU = 8
EVALUATION_CHUNK_ACCELERATOR = 512


class ScoNet(nn.Module):
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
        super().__init__()
        try:
            self.config = ModelConfig(
                in_channels=in_channels,
                channels=tuple(channels),  # type: ignore[arg-type]  # pydantic checks that there are four
                embedding=embedding,
                parts=parts,
                classes=classes,
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise ModelError(f"ScoNet: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        self.backbone = ResNet9(in_channels, self.config.channels)
        self.strips = HorizontalPooling(parts)
        self.embed = SeparateLinear(parts, self.config.channels[-1], embedding)
        self.neck = BNNeck(parts, embedding, classes)
        initialise(self)

    def forward(self, frames: Tensor, lengths: Tensor | Sequence[int] | None = None) -> ModelOutput:
        """frames: float 0..1, (N, T, C, H, W); or packed (sum of lengths, C, H, W) with lengths (N,), frames per walk.

        H must be a multiple of 4 · parts (64 px for 16 parts). Raises ModelError naming what does not fit.
        Embeddings and logits are computed in float32 under autocast too: mixed precision stays in the backbone.
        """
        packed, counts = self._packed(frames, lengths)
        pooled = self.walk_features(packed, counts)  # n c h w
        strips = self.strips(pooled.float())  # n c p
        with torch.autocast(strips.device.type, enabled=False):
            embeddings = self.embed(strips)  # n e p
            _, logits = self.neck(embeddings)  # n k p
        return ModelOutput(embeddings=embeddings, logits=logits)

    def walk_features(self, packed: Tensor, lengths: Sequence[int]) -> Tensor:
        """Packed frames (sum of lengths, C, H, W) -> (N, channels[3], H/4, W/4): maximum over each walk's frames.

        In training all frames pass at once, because batch norm needs the statistics of the batch. In evaluation frames
        do not see each other, so they pass in chunks and only a running maximum is kept.
        """
        if self.training:
            return max_over_frames(self.backbone(packed), lengths)
        chunk = EVALUATION_CHUNK_CPU if packed.device.type == "cpu" else EVALUATION_CHUNK_ACCELERATOR
        return torch.stack([self._running_maximum(walk, chunk) for walk in packed.split(list(lengths))])

    def _running_maximum(self, walk: Tensor, chunk: int) -> Tensor:
        maxima = (self.backbone(frames).amax(dim=0) for frames in walk.split(chunk))
        running = next(maxima)
        for maximum in maxima:
            running = torch.maximum(running, maximum)
        return running

    def _packed(self, frames: Tensor, lengths: Tensor | Sequence[int] | None) -> tuple[Tensor, list[int]]:
        """Check the input; give (sum of lengths, C, H, W) and the frames per walk."""
        shape = tuple(frames.shape)
        if not frames.is_floating_point():
            raise ModelError(
                f"model input: frames are {frames.dtype}; expected float 0..1 (InputContract.render does it)"
            )
        if lengths is None:
            if frames.ndim != 5 or 0 in shape:
                raise ModelError(
                    f"model input: frames have shape {shape}; expected (walks, frames, channels, rows, columns)"
                )
            counts = [shape[1]] * shape[0]
            frames = frames.flatten(0, 1)
        else:
            counts = [int(n) for n in lengths]
            if frames.ndim != 4:
                raise ModelError(
                    f"model input: packed frames have shape {shape}; expected (frames, channels, rows, columns)"
                )
            if not counts or min(counts) < 1 or sum(counts) != shape[0]:
                raise ModelError(
                    f"model input: lengths {counts[:8]} sum to {sum(counts)} for {shape[0]} packed frames; "
                    "expected one count of at least 1 per walk, together all frames"
                )
        if frames.shape[1] != self.config.in_channels:
            raise ModelError(
                f"model input: frames have {frames.shape[1]} channels, the model takes {self.config.in_channels} "
                "(1 = silhouette, 2 = skeleton map)"
            )
        return frames, counts
