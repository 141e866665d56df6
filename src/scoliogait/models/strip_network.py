"""What the networks on frames share: a backbone per frame, the maximum over a walk, strips, a head for each strip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.field_problem import field_problem
from scoliogait.models.blocks import (
    BNNeck,
    HorizontalPooling,
    ModelOutput,
    SeparateLinear,
    max_over_frames,
)
from scoliogait.models.config import DRFConfig, FusionConfig, ModelConfig, PoseMapConfig, ScoNetConfig
from scoliogait.models.convolution import weights_unchanged
from scoliogait.models.windows import Windows, checked_windows

# Frames that pass the backbone at once in evaluation. On a CPU small chunks stay in the cache (docs/studies/speed.md
# has the measurements); on an accelerator the chunk only bounds the memory.
EVALUATION_CHUNK_CPU = 8
EVALUATION_CHUNK_ACCELERATOR = 512

StripConfig = ScoNetConfig | DRFConfig | FusionConfig | PoseMapConfig
AnyConfig = TypeVar("AnyConfig", bound=ModelConfig)


def checked_config(kind: type[AnyConfig], **fields: Any) -> AnyConfig:
    """The config with these fields. Raises ModelError naming model and field when a width is not a positive integer."""
    try:
        return kind(**fields)
    except ValidationError as error:
        raise ModelError(f"{kind.__name__.removesuffix('Config')}: {field_problem(error)}") from error


class StripNetwork(nn.Module):
    """A backbone and the heads behind it. Subclasses say what happens between ``embed_walks`` and ``classify``.

    backbone: (B, C, H, W) -> (B, channels[3], H/4, W/4), never negative. even_ties: a matter of training alone, see
    ``max_over_frames``.
    """

    def __init__(self, config: StripConfig, backbone: nn.Module) -> None:
        super().__init__()
        self.config = config
        self.even_ties = False
        self.backbone = backbone
        self.strips = HorizontalPooling(config.parts)
        self.embed = SeparateLinear(config.parts, config.channels[-1], config.embedding)
        self.neck = BNNeck(config.parts, config.embedding, config.classes)

    def embed_walks(
        self, frames: Tensor, lengths: Tensor | Sequence[int] | None, windows: Windows | None = None
    ) -> Tensor:
        """Frames and windows, as ``forward`` takes them -> float32 (N, E, P), a row a window where there are windows.

        Raises ModelError naming what does not fit.

        Mixed precision stays in the backbone: from the strips on all is computed in float32 under autocast too.
        """
        packed, counts = self._packed(frames, lengths)
        pooled = self.walk_features(packed, counts, windows)  # n c h w
        strips = self.strips(pooled.float())  # n c p
        with torch.autocast(strips.device.type, enabled=False):
            embeddings: Tensor = self.embed(strips)  # n e p
        return embeddings

    def classify(self, embeddings: Tensor) -> ModelOutput:
        """float32 (N, E, P) -> the same embeddings, and their logits (N, K, P)."""
        with torch.autocast(embeddings.device.type, enabled=False):
            _, logits = self.neck(embeddings)  # n k p
        return ModelOutput(embeddings=embeddings, logits=logits)

    def walk_features(self, packed: Tensor, lengths: Sequence[int], windows: Windows | None = None) -> Tensor:
        """Packed frames (sum of lengths, C, H, W) -> (N, channels[3], H/4, W/4): maximum over each walk's frames.

        In training all frames pass at once, because batch norm needs the statistics of the batch. In evaluation frames
        do not see each other, so they pass in chunks and only running maxima are kept: one of each window, (W, ...),
        where there are windows. Raises ModelError for windows in training.
        """
        if self.training:
            if windows is not None:
                raise ModelError("model input: windows are for evaluation; in training a clip is a walk of its own")
            return max_over_frames(self.backbone(packed), lengths, self.even_ties)
        chunk = EVALUATION_CHUNK_CPU if packed.device.type == "cpu" else EVALUATION_CHUNK_ACCELERATOR
        walks = zip(packed.split(list(lengths)), checked_windows(windows, lengths), strict=True)
        with weights_unchanged():
            maxima = [maximum for walk, spans in walks for maximum in self._running_maxima(walk, spans, chunk)]
        return torch.stack(maxima)

    def _running_maxima(self, walk: Tensor, spans: Sequence[tuple[int, int]], chunk: int) -> list[Tensor]:
        """The maximum over the frames of each span; every frame of the walk passes the backbone once."""
        maxima: dict[int, Tensor] = {}
        for begin, frames in zip(range(0, len(walk), chunk), walk.split(chunk), strict=True):
            features = self.backbone(frames)
            for index, (start, stop) in enumerate(spans):
                inside = features[max(start - begin, 0) : max(stop - begin, 0)]
                if len(inside):
                    highest = inside.amax(dim=0)
                    maxima[index] = torch.maximum(maxima[index], highest) if index in maxima else highest
        return [maxima[index] for index in range(len(spans))]

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
        if frames.shape[1] != self.config.frame_channels:
            raise ModelError(
                f"model input: frames have {frames.shape[1]} channels, the model takes {self.config.frame_channels} "
                "(1 = silhouette, 2 = skeleton map, 3 = both)"
            )
        return frames, counts
