"""The parts between a frame-wise backbone and the class scores of a walk.

Shapes: n walk, t frame, c channel, h and w feature rows and columns, p horizontal part, e embedding, k class.
All are re-implementations from the description in the papers (GaitSet, GaitPart, OpenGait's baseline), with the
same numbers as OpenGait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scoliogait.errors import ModelError


@dataclass(frozen=True)
class ModelOutput:
    """embeddings: float32 (N, E, P), before the neck: what the triplet loss compares.

    logits: float32 (N, K, P), cosines in -1..1 between the neck's features and the class directions of each part.
    """

    embeddings: Tensor
    logits: Tensor


def max_over_frames(features: Tensor, lengths: Sequence[int], even_ties: bool = False) -> Tensor:
    """Packed frame features (sum of lengths, C, h, w) -> (N, C, h, w): each walk's maximum over its own frames.

    Where frames share a maximum its gradient goes to the first of them, or with ``even_ties`` to all, evenly.
    """
    if len(set(lengths)) == 1:
        walks = features.unflatten(0, (len(lengths), lengths[0]))
        return walks.amax(dim=1) if even_ties else walks.max(dim=1).values
    each = features.split(list(lengths))
    return torch.stack([walk.amax(dim=0) if even_ties else walk.max(dim=0).values for walk in each])


class HorizontalPooling(nn.Module):
    """(N, C, h, w) -> (N, C, P): the rows in P equal strips, mean plus maximum of each strip."""

    def __init__(self, parts: int) -> None:
        super().__init__()
        self.parts = parts

    def forward(self, features: Tensor) -> Tensor:
        rows = features.shape[-2]
        if rows % self.parts:
            raise ModelError(
                f"model input: frames give {rows} feature rows, which {self.parts} parts cannot share equally; "
                f"use frames whose height is a multiple of {4 * self.parts} px"
            )
        strips = features.unflatten(2, (self.parts, -1)).flatten(3)  # n c p (h/p*w)
        return strips.mean(dim=-1) + strips.max(dim=-1).values


class SeparateLinear(nn.Module):
    """(N, C, P) -> (N, E, P): a linear map without bias for each part. ``weight`` is (P, C, E)."""

    def __init__(self, parts: int, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(parts, in_features, out_features))

    def forward(self, features: Tensor) -> Tensor:
        return torch.bmm(features.permute(2, 0, 1), self.weight).permute(1, 2, 0)  # p n c @ p c e -> n e p


class BNNeck(nn.Module):
    """(N, E, P) -> features (N, E, P) of length 1, and logits (N, K, P): their cosines with a part's class directions.

    Batch norm runs over the E·P values of a walk, flattened channel-major (index = channel · P + part).
    ``weight`` is (P, E, K); only its directions matter.
    """

    def __init__(self, parts: int, embedding: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(embedding * parts)
        self.weight = nn.Parameter(torch.empty(parts, embedding, classes))

    def forward(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        normalised = self.norm(embeddings.flatten(1)).unflatten(1, embeddings.shape[1:])  # n e p
        features = F.normalize(normalised, dim=1)
        directions = F.normalize(self.weight, dim=1)
        logits = torch.bmm(features.permute(2, 0, 1), directions).permute(1, 2, 0)  # p n e @ p e k -> n k p
        return features, logits


def initialise(module: nn.Module, generator: torch.Generator | None = None) -> None:
    """Start values as in the original: Xavier-uniform convolutions and linear maps, batch norm weights N(1, 0.02),
    biases 0.

    The separate maps are drawn as one three-dimensional tensor, so Xavier takes (C·E) and (P·E) for its fans and the
    bound is far below that of separate linear layers (0.00666, not 0.0884, for 16×512×256). The published recipes were
    tuned with it, so it stays.
    """
    for child in module.modules():
        if isinstance(child, nn.Conv1d | nn.Conv2d | nn.Linear | SeparateLinear | BNNeck):
            nn.init.xavier_uniform_(child.weight, generator=generator)
            bias = getattr(child, "bias", None)
            if bias is not None:
                nn.init.zeros_(bias)
        elif isinstance(child, nn.modules.batchnorm._BatchNorm):
            child.reset_running_stats()
            nn.init.normal_(child.weight, 1.0, 0.02, generator=generator)
            nn.init.zeros_(child.bias)
