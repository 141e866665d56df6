"""The networks as exporters can take them: one window in, no loop over frames, tensors out.

In a bundle frames pass in chunks, and exporters unroll that loop for the length of their example: frames beyond it are
then ignored without a word. Here all frames given pass at once, and the running maximum goes in and out (``ports.py``).
"""

from __future__ import annotations

from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.drf import DRF
from scoliogait.models.fusion import Fusion
from scoliogait.models.pose_map import PoseMap
from scoliogait.models.pose_outline import PoseOutline
from scoliogait.models.pose_set import PoseSet, PoseSetFeatures, pool_walk
from scoliogait.models.resnet9 import ResidualBlock
from scoliogait.models.sconet import ScoNet
from scoliogait.models.strip_network import StripNetwork
from scoliogait.models.winograd import RowConvolution, is_wide


def window_graph(module: nn.Module) -> nn.Module:
    """The module's numbers as a graph of one window; its inputs have the names and order of ``ports.input_shapes``.

    Raises ModelError for an architecture that has no such graph.
    """
    for kind, graph in _GRAPHS.items():
        if isinstance(module, kind):
            return graph(module).eval()
    raise ModelError(f"a {type(module).__name__} cannot be exported; there is {', '.join(k.__name__ for k in _GRAPHS)}")


def with_fewer_products(module: nn.Module) -> nn.Module:
    """A copy whose wide convolutions take fewer multiplications (``models/winograd.py``); as it is where none is wide.

    For float32 alone: their sums need more digits than lower precisions have.
    """
    copy = deepcopy(module)
    for block in copy.modules():
        if isinstance(block, ResidualBlock):
            for convolution, norm in (("conv1", "norm1"), ("conv2", "norm2")):
                layer = getattr(block, convolution)
                if is_wide(layer):
                    setattr(block, convolution, RowConvolution(layer, getattr(block, norm)))
                    setattr(block, norm, nn.Identity())
    return copy


class _OfPictures(nn.Module):
    def __init__(self, network: StripNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor, maxima_before: Tensor) -> tuple[Tensor, Tensor]:
        maxima = self.maxima(frames, maxima_before)
        return self.logits(self.embedded(maxima)), maxima

    def maxima(self, frames: Tensor, before: Tensor) -> Tensor:
        return torch.maximum(before, self.network.backbone(frames).amax(dim=0, keepdim=True))

    def embedded(self, maxima: Tensor) -> Tensor:
        embeddings: Tensor = self.network.embed(self.network.strips(maxima))
        return embeddings

    def logits(self, embeddings: Tensor) -> Tensor:
        return self.network.classify(embeddings).logits.mean(dim=-1)


class _OfPicturesAndPav(_OfPictures):
    def forward(self, frames: Tensor, maxima_before: Tensor, pav: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        maxima = self.maxima(frames, maxima_before)
        channel_gate, part_gate = cast(DRF, self.network).attention(pav)
        return self.logits(self.embedded(maxima) * channel_gate * part_gate), maxima


class _OfPicturesAndPoses(_OfPictures):
    def forward(self, frames: Tensor, maxima_before: Tensor, poses: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        network = cast(PoseMap, self.network)
        maxima = self.maxima(frames, maxima_before)
        features = _of_poses(network.pose_features, poses, network.config.parts)
        return self.logits(self.embedded(maxima) + network.embed_poses(features)), maxima


class _OfPoses(nn.Module):
    def __init__(self, network: PoseSet) -> None:
        super().__init__()
        self.network = network

    def forward(self, poses: Tensor) -> Tensor:
        network = self.network
        _, logits = network.neck(network.embed(_of_poses(network.features, poses, network.config.parts)))
        return logits.mean(dim=-1)


class _OfPosesAndOutline(nn.Module):
    def __init__(self, network: PoseOutline) -> None:
        super().__init__()
        self.network = network

    def forward(self, poses: Tensor, outline: Tensor) -> Tensor:
        network, parts = self.network, self.network.config.parts
        of_outline = network.outline_features(outline).unsqueeze(-1).expand(-1, -1, parts)
        embeddings = network.embed(_of_poses(network.features, poses, parts)) + network.embed_outline(of_outline)
        _, logits = network.neck(embeddings)
        return logits.mean(dim=-1)


def _of_poses(features: PoseSetFeatures, poses: Tensor, parts: int) -> Tensor:
    """(T, 17, 3) -> (1, C, parts)."""
    walk, twin = (pool_walk(*half) for half in features.of_frames(poses))
    return torch.maximum(walk, twin)[None, :, None].expand(-1, -1, parts)


_GRAPHS: dict[type[nn.Module], type[nn.Module]] = {
    ScoNet: _OfPictures,
    Fusion: _OfPictures,
    DRF: _OfPicturesAndPav,
    PoseMap: _OfPicturesAndPoses,
    PoseSet: _OfPoses,
    PoseOutline: _OfPosesAndOutline,
}
