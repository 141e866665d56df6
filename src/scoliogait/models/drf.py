"""DRF: ScoNet on skeleton maps, its embeddings weighted by the walk's postural asymmetry (PAV).

Zhou et al., "Pose as Clinical Prior: Learning Dual Representations for Scoliosis Screening", MICCAI 2025. The
paper does not give the layers of its PAV-guided attention; they are those of the public implementation (UMGRL).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.blocks import ModelOutput, initialise
from scoliogait.models.config import DRFConfig
from scoliogait.models.resnet9 import ResNet9
from scoliogait.models.strip_network import StripNetwork, checked_config
from scoliogait.models.windows import Windows, per_window
from scoliogait.walk import N_PAIRS_BY_METRICS


class PAVGuidedAttention(nn.Module):
    """PAV (N, 8, 3) -> gates in 0..1: one per embedding channel (N, E, 1) and one per part (N, 1, P).

    The part gate stretches the list of the eight pairs over the parts from top to bottom. Pairs are not where parts
    are (eyes and ears cover the upper quarter), so a part's gate must not be read as that body region's weight.
    """

    def __init__(self, embedding: int, parts: int) -> None:
        super().__init__()
        pairs, metrics = N_PAIRS_BY_METRICS
        self.parts = parts
        self.channel = nn.Linear(pairs * metrics, embedding)
        self.spatial = nn.Conv1d(metrics, 1, kernel_size=1)

    def forward(self, pav: Tensor) -> tuple[Tensor, Tensor]:
        channel_gate = torch.sigmoid(self.channel(pav.flatten(1))).unsqueeze(2)  # n e 1
        # The original stretches what the convolution gives. A convolution of width 1 and a linear interpolation may
        # change places, and stretching the input needs no backward pass, which on GPUs is not deterministic.
        stretched = F.interpolate(pav.transpose(1, 2), size=self.parts, mode="linear")  # n 3 p
        return channel_gate, torch.sigmoid(self.spatial(stretched))


class DRF(StripNetwork):
    """ScoNet-MT-ske with PAV-guided attention between the separate linear maps and the neck.

    Raises ModelError when a width is not a positive integer.
    """

    def __init__(
        self,
        in_channels: int = 2,
        channels: Sequence[int] = (64, 128, 256, 512),
        embedding: int = 256,
        parts: int = 16,
        classes: int = 3,
    ) -> None:
        config = checked_config(
            DRFConfig,
            in_channels=in_channels,
            channels=channels,
            embedding=embedding,
            parts=parts,
            classes=classes,
        )
        super().__init__(config, ResNet9(config.in_channels, config.channels))
        self.attention = PAVGuidedAttention(config.embedding, config.parts)
        initialise(self)

    def forward(
        self,
        frames: Tensor,
        lengths: Tensor | Sequence[int] | None = None,
        pav: Tensor | None = None,
        windows: Windows | None = None,
    ) -> ModelOutput:
        """frames, lengths, windows: as ScoNet takes them. pav: float (N, 8, 3) of whole walks, normalised to 0..1 as
        the contract says; that of a walk holds for each of its windows.

        The embeddings are the gated ones: the triplet loss compares them. Raises ModelError naming what does not fit.
        """
        return self.classify_gated(self.embed_walks(frames, lengths, windows), pav, windows)

    def classify_gated(self, embeddings: Tensor, pav: Tensor | None, windows: Windows | None = None) -> ModelOutput:
        """What follows ``embed_walks``: embeddings (N, E, P), one a window where there are windows; pav (N, 8, 3)."""
        checked_pav = _checked_pav(pav, len(embeddings) if windows is None else len(windows))
        channel_gate, part_gate = self.gates(per_window(checked_pav, windows))
        return self.classify(embeddings * channel_gate * part_gate)

    def gates(self, pav: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 8, 3) -> channel gate float32 (N, E, 1) and part gate float32 (N, 1, P), both in 0..1."""
        with torch.autocast(pav.device.type, enabled=False):
            channel_gate, part_gate = self.attention(pav.float())
        return channel_gate, part_gate


def _checked_pav(pav: Tensor | None, n_walks: int) -> Tensor:
    expected = (n_walks, *N_PAIRS_BY_METRICS)
    if pav is None:
        raise ModelError(
            f"model input: pav is missing; DRF needs each walk's PAV, float {expected}, besides its frames"
        )
    if tuple(pav.shape) != expected or not pav.is_floating_point():
        raise ModelError(
            f"model input: pav is {pav.dtype} of shape {tuple(pav.shape)}; expected float {expected}, one per walk"
        )
    if not torch.isfinite(pav).all():
        raise ModelError("model input: pav holds NaN or infinite values; expected numbers normalised to 0..1")
    return pav
