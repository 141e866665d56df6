"""PoseOutline: the set network and, added to its embedding, how unevenly the outline lies left and right. Ours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.blocks import BNNeck, ModelOutput, SeparateLinear, initialise
from scoliogait.models.config import PoseOutlineConfig
from scoliogait.models.pose_set import PoseSetFeatures, pack_poses
from scoliogait.models.strip_network import checked_config
from scoliogait.models.windows import Windows, per_window
from scoliogait.walk import N_OUTLINE_BANDS


class PoseOutline(nn.Module):
    """A part's embedding is a linear map of the walk's pose features and of its outline features; both are the same for
    a walk and its mirror image, and so is the answer.

    Its weights have the names that they have in PoseSet, which can start it. Raises ModelError when a width is not a
    positive integer.
    """

    def __init__(
        self, width: int = 128, outline_width: int = 32, embedding: int = 64, parts: int = 1, classes: int = 3
    ) -> None:
        super().__init__()
        self.config = checked_config(
            PoseOutlineConfig,
            width=width,
            outline_width=outline_width,
            embedding=embedding,
            parts=parts,
            classes=classes,
        )
        self.features = PoseSetFeatures(width)
        self.embed = SeparateLinear(parts, self.features.out_features, embedding)
        self.outline_features = OutlineFeatures(outline_width)
        self.embed_outline = SeparateLinear(parts, outline_width, embedding)
        self.neck = BNNeck(parts, embedding, classes)
        initialise(self)

    def forward(
        self,
        poses: Tensor,
        outline: Tensor | None = None,
        lengths: Tensor | Sequence[int] | None = None,
        windows: Windows | None = None,
    ) -> ModelOutput:
        """poses, lengths, windows: as PoseSet takes them. outline: float (N, 12) of whole walks, scaled as the contract
        says; that of a walk holds for each of its windows.

        Raises ModelError naming what does not fit. All of it is computed in float32 under autocast too.
        """
        packed, counts = pack_poses(poses, lengths)
        numbers = per_window(_checked_outline(outline, len(counts)), windows)
        with torch.autocast(packed.device.type, enabled=False):
            of_poses = self.features(packed, counts, windows)  # n c
            of_outline = self.outline_features(numbers.float())  # n o
            embeddings = self.embed(self._for_parts(of_poses)) + self.embed_outline(self._for_parts(of_outline))
            _, logits = self.neck(embeddings)  # n k p
        return ModelOutput(embeddings=embeddings, logits=logits)

    def _for_parts(self, features: Tensor) -> Tensor:
        return features.unsqueeze(-1).expand(-1, -1, self.config.parts)


class OutlineFeatures(nn.Module):
    """Outlines (N, 12) -> (N, width), the same for a walk and its mirror image.

    The numbers pass two layers as they are and with the other sign, which are those of the walk in a mirror, and the
    larger value of every feature goes on.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(N_OUTLINE_BANDS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())

    def forward(self, outline: Tensor) -> Tensor:
        return torch.maximum(self.layers(outline), self.layers(-outline))


def _checked_outline(outline: Tensor | None, n_walks: int) -> Tensor:
    expected = (n_walks, N_OUTLINE_BANDS)
    if outline is None:
        raise ModelError(
            f"model input: outline is missing; PoseOutline needs each walk's, float {expected}, besides its poses"
        )
    if tuple(outline.shape) != expected or not outline.is_floating_point():
        raise ModelError(
            f"model input: outline is {outline.dtype} of shape {tuple(outline.shape)}; expected float {expected}, one "
            "per walk"
        )
    if not torch.isfinite(outline).all():
        raise ModelError("model input: outline holds NaN or infinite values; expected scaled numbers")
    return outline
