"""PoseSet: a walk as an unordered set of poses. Blind to the order of frames and to the walk's side by construction.

After Deep Sets (Zaheer et al., 2017) and GaitSet (Chao et al., 2019), on coordinates instead of pictures; the mirrored
twin is ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from scoliogait.errors import ModelError
from scoliogait.models.blocks import BNNeck, ModelOutput, SeparateLinear, initialise
from scoliogait.models.collectives import n_processes, process_rank
from scoliogait.models.config import PoseSetConfig
from scoliogait.models.strip_network import checked_config
from scoliogait.models.windows import Windows, checked_windows
from scoliogait.skeleton import MIRROR, N_JOINTS

# Of each joint: its place (x, y), and its place minus that of its partner in the mirror image (x, y).
_VALUES_PER_FRAME = 4 * N_JOINTS
# Keeps the slope of the square root finite where a feature is the same in all frames.
_VARIANCE_FLOOR = 1e-6
_DROPPED = 0.5


class PoseSet(nn.Module):
    """One small network per frame, pooled over frames; one linear map and one cosine classifier per part.

    parts: heads on the same features; a pose has no strips. Raises ModelError when a width is not a positive integer.
    """

    def __init__(self, width: int = 128, embedding: int = 64, parts: int = 1, classes: int = 3) -> None:
        super().__init__()
        self.config = checked_config(PoseSetConfig, width=width, embedding=embedding, parts=parts, classes=classes)
        self.features = PoseSetFeatures(width)
        self.embed = SeparateLinear(parts, self.features.out_features, embedding)
        self.neck = BNNeck(parts, embedding, classes)
        initialise(self)

    def forward(
        self, poses: Tensor, lengths: Tensor | Sequence[int] | None = None, windows: Windows | None = None
    ) -> ModelOutput:
        """poses: what ``representation.coordinates`` gives, (N, T, 17, 3); or packed (sum of lengths, 17, 3) with
        lengths (N,), frames per walk. windows: as ScoNet takes them.

        Raises ModelError naming what does not fit. All of it is computed in float32 under autocast too: the signal is
        half a percent of the body height, and the network is small.
        """
        packed, counts = pack_poses(poses, lengths)
        with torch.autocast(packed.device.type, enabled=False):
            features = self.features(packed, counts, windows)  # n c
            embeddings = self.embed(features.unsqueeze(-1).expand(-1, -1, self.config.parts))  # n e p
            _, logits = self.neck(embeddings)  # n k p
        return ModelOutput(embeddings=embeddings, logits=logits)


class PoseSetFeatures(nn.Module):
    """Packed poses (sum of lengths, 17, 3) -> (N, 3 · width), the same for a walk and its mirror image.

    Every frame passes the network twice, as it is and mirrored, and each of the two walks is pooled on its own:
    maximum, mean and standard deviation over frames. Of the two, the larger value of every feature goes on. So noise
    is averaged over a walk before its side is forgotten, and not frame by frame.

    Values of joints are weighted by confidence, and frames in mean and standard deviation by their mean confidence.
    A joint of confidence 0 counts as standing in its average place. In training half of each walk's features
    are dropped: small cohorts are learned by heart otherwise (docs/pose-set.md). Which ones follows from the number of
    steps taken and the walk's place in the batch, so that a resumed run, and one on several processes, drop what one
    uninterrupted process would.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.out_features = 3 * width
        self.norm = nn.BatchNorm1d(_VALUES_PER_FRAME)
        self.frame = nn.Sequential(
            nn.Linear(_VALUES_PER_FRAME, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
        )

    def forward(self, packed: Tensor, lengths: Sequence[int], windows: Windows | None = None) -> Tensor:
        walk, twin = (pool_frames(*half, lengths, windows) for half in self.of_frames(packed.float()))
        larger = torch.maximum(walk, twin)
        return larger * self._kept(len(larger)).to(larger.device) if self.training else larger

    def of_frames(self, poses: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Poses (B, 17, 3) -> features (B, C) of frames and their weights (B,), of the walk and of its mirror image."""
        both = self.frame(self.standardised(torch.cat([poses, _mirror(poses)])))
        weights = poses[..., 2].mean(dim=-1)
        n_frames = poses.shape[0]  # neither len() nor chunk(): exporters keep the number of frames open only so
        return (both[:n_frames], weights), (both[n_frames:], weights)

    def _kept(self, n_walks: int) -> Tensor:
        """(N, C): 0 for what this step drops of each walk, and for the rest what keeps the expected value."""
        assert self.norm.num_batches_tracked is not None
        generator = torch.Generator().manual_seed(int(self.norm.num_batches_tracked))
        drawn = torch.rand(n_processes() * n_walks, self.out_features, generator=generator)
        own = drawn[process_rank() * n_walks :][:n_walks]
        return (own >= _DROPPED) / (1 - _DROPPED)

    def standardised(self, poses: Tensor) -> Tensor:
        """Poses (B, 17, 3) -> (B, 68): places and their differences to the mirrored pose, each of mean 0 and standard
        deviation 1 over the training frames, times confidence."""
        mirrored = _mirror(poses)
        values = torch.cat([poses[..., :2], poses[..., :2] - mirrored[..., :2]], dim=-1)
        both_seen = torch.minimum(poses[..., 2], mirrored[..., 2])
        confidence = torch.stack([poses[..., 2], poses[..., 2], both_seen, both_seen], dim=-1).flatten(1)
        # The running mean in place of an unseen joint leaves the mean alone.
        assert self.norm.running_mean is not None
        filled = torch.where(confidence > 0, values.flatten(1), self.norm.running_mean)
        return self.norm(filled) * confidence


def pool_frames(features: Tensor, weights: Tensor, lengths: Sequence[int], windows: Windows | None = None) -> Tensor:
    """Non-negative frame features (sum of lengths, C), weights (sum of lengths,) -> (N, 3·C): maximum, weighted mean,
    weighted standard deviation over each walk's own frames, or over each window of them. A frame of weight 0 has no
    influence.
    """
    if windows is not None:
        starts = [sum(lengths[:index]) for index in range(len(lengths))]
        spans = [
            slice(begin + start, begin + stop)
            for begin, of_walk in zip(starts, checked_windows(windows, lengths), strict=True)
            for start, stop in of_walk
        ]
        return torch.stack([pool_walk(features[span], weights[span]) for span in spans])
    if len(set(lengths)) == 1:
        shape = (len(lengths), lengths[0])
        return pool_walk(features.unflatten(0, shape), weights.unflatten(0, shape))
    walks = zip(features.split(list(lengths)), weights.split(list(lengths)), strict=True)
    return torch.stack([pool_walk(*walk) for walk in walks])


def pool_walk(features: Tensor, weights: Tensor) -> Tensor:
    """Features (..., T, C) and weights (..., T) of the frames of one walk -> (..., 3·C), as ``pool_frames`` says."""
    counting = features * (weights > 0).unsqueeze(-1)
    share = (weights / weights.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(weights.dtype).tiny)).unsqueeze(-1)
    mean = (share * counting).sum(dim=-2)
    variance = (share * (counting - mean.unsqueeze(-2)).square()).sum(dim=-2)
    return torch.cat([counting.amax(dim=-2), mean, (variance + _VARIANCE_FLOOR).sqrt()], dim=-1)


def _mirror(poses: Tensor) -> Tensor:
    return poses[..., MIRROR, :] * poses.new_tensor([-1.0, 1.0, 1.0])


def pack_poses(poses: Tensor, lengths: Tensor | Sequence[int] | None) -> tuple[Tensor, list[int]]:
    """Check the input of a pose network; give (sum of lengths, 17, 3) and the frames per walk."""
    shape = tuple(poses.shape)
    joints = f"{N_JOINTS} joints, x y confidence"
    if not poses.is_floating_point():
        raise ModelError(f"model input: poses are {poses.dtype}; expected float coordinates (InputContract.render)")
    if lengths is None:
        if poses.ndim != 4 or 0 in shape or shape[2:] != (N_JOINTS, 3):
            raise ModelError(f"model input: poses have shape {shape}; expected (walks, frames, {joints})")
        return poses.flatten(0, 1), [shape[1]] * shape[0]
    if poses.ndim != 3 or shape[1:] != (N_JOINTS, 3):
        raise ModelError(f"model input: packed poses have shape {shape}; expected (frames, {joints})")
    counts = [int(n) for n in lengths]
    if not counts or min(counts) < 1 or sum(counts) != shape[0]:
        raise ModelError(
            f"model input: lengths {counts[:8]} sum to {sum(counts)} for {shape[0]} packed poses; "
            "expected one count of at least 1 per walk, together all frames"
        )
    return poses, counts
