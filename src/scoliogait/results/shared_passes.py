"""Frames that a network has seen are not passed through it again: contracts of an audit often draw equal maps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from scoliogait.models.blocks import ModelOutput
from scoliogait.models.drf import DRF
from scoliogait.models.sconet import ScoNet
from scoliogait.models.windows import Windows

MOST_KEPT_BYTES = 256 << 20


class SharedPasses(nn.Module):
    """Scores as the network does, and keeps each walk's embeddings by the content of its frames. For evaluation only.

    Kept are a few kB a window, never frames, and nothing more beyond ``most_kept_bytes``. The PAV enters after the
    embeddings, so contracts that differ in its range alone share a pass too.
    """

    def __init__(self, network: ScoNet | DRF, most_kept_bytes: int = MOST_KEPT_BYTES) -> None:
        super().__init__()
        self.network = network
        self.most_kept_bytes = most_kept_bytes
        self.kept_bytes = 0
        self._embeddings: dict[bytes, Tensor] = {}

    def forward(
        self, frames: Tensor, lengths: Sequence[int], windows: Windows, pav: Tensor | None = None
    ) -> ModelOutput:
        """As ``ScoNet.forward`` and ``DRF.forward``, of packed frames (sum of lengths, C, H, W)."""
        walks = zip(frames.split(list(lengths)), windows, strict=True)
        embeddings = torch.cat([self._embedded(walk, spans) for walk, spans in walks])
        if isinstance(self.network, DRF):
            return self.network.classify_gated(embeddings, pav, windows)
        return self.network.classify(embeddings)

    def _embedded(self, walk: Tensor, spans: Sequence[tuple[int, int]]) -> Tensor:
        key = _digest(walk, spans)
        if key in self._embeddings:
            return self._embeddings[key]
        embeddings: Tensor = self.network.embed_walks(walk, [len(walk)], [spans])
        if self.kept_bytes + embeddings.nbytes <= self.most_kept_bytes:
            self._embeddings[key] = embeddings
            self.kept_bytes += embeddings.nbytes
        return embeddings


def _digest(walk: Tensor, spans: Sequence[tuple[int, int]]) -> bytes:
    layout = repr((tuple(walk.shape), list(map(tuple, spans))))
    digest = hashlib.blake2b(layout.encode(), digest_size=16)
    digest.update(walk.contiguous().cpu().numpy().tobytes())
    return digest.digest()
