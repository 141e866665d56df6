"""Frames that a network has seen are not passed through it again: contracts of an audit often draw equal maps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from torch import Tensor, nn

from scoliogait.models.blocks import ModelOutput
from scoliogait.models.drf import DRF
from scoliogait.models.sconet import ScoNet
from scoliogait.models.windows import Windows


class SharedPasses(nn.Module):
    """Scores as the network does, its embeddings kept by the content of the frames. For evaluation only.

    Kept are a few kB a walk, never frames. The PAV enters after the embeddings, so contracts that differ in its range
    alone share a pass too.
    """

    def __init__(self, network: ScoNet | DRF) -> None:
        super().__init__()
        self.network = network
        self._embeddings: dict[bytes, Tensor] = {}

    def forward(
        self,
        frames: Tensor,
        lengths: Sequence[int],
        windows: Windows,
        pav: Tensor | None = None,
    ) -> ModelOutput:
        """As ``ScoNet.forward`` and ``DRF.forward``, of packed frames (sum of lengths, C, H, W)."""
        key = _digest(frames, lengths, windows)
        if key not in self._embeddings:
            self._embeddings[key] = self.network.embed_walks(frames, lengths, windows)
        embeddings = self._embeddings[key]
        if isinstance(self.network, DRF):
            return self.network.classify_gated(embeddings, pav, windows)
        return self.network.classify(embeddings)


def _digest(frames: Tensor, lengths: Sequence[int], windows: Windows) -> bytes:
    layout = repr((tuple(frames.shape), list(lengths), [list(map(tuple, spans)) for spans in windows]))
    digest = hashlib.sha256(layout.encode())
    digest.update(frames.contiguous().cpu().numpy().data)
    return digest.digest()
