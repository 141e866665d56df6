"""The two training losses: batch-all triplet loss on the embeddings, cross-entropy on the cosine logits.

Both are computed in float32 whatever comes in, and both treat each horizontal part as a sample of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.scores import LOGIT_SCALE


@dataclass(frozen=True)
class TripletTerms:
    """The triplet loss and what it is made of; each is (P,), one value per part.

    loss_per_part: mean of the terms above zero, 0 where there are none. active_triplets: how many there are.
    mean_distance: over all pairs, the pairs of a walk with itself included (as the original logs it).
    hard_loss_per_part: the largest term, 0 where there is no triplet.
    Only loss_per_part carries a gradient.
    """

    loss_per_part: Tensor
    active_triplets: Tensor
    mean_distance: Tensor
    hard_loss_per_part: Tensor


def batch_all_triplet_loss(embeddings: Tensor, labels: Tensor, margin: float = 0.2) -> Tensor:
    """Scalar: the mean over parts of ``batch_all_triplet_terms``; zero, with zero gradient, without any triplet."""
    return batch_all_triplet_terms(embeddings, labels, margin).loss_per_part.mean()


def batch_all_triplet_terms(embeddings: Tensor, labels: Tensor, margin: float = 0.2) -> TripletTerms:
    """Triplets of every anchor a with every positive p and negative n: relu(d(a, p) − d(a, n) + margin), Euclidean d.

    embeddings (N, E, P), any float dtype; labels (N,), any integers (walk ids, or classes). As in OpenGait's
    TripletLoss all ordered pairs count and the anchor itself is one of its positives; the mean runs over the terms
    above zero.
    Departures: unequal label counts are handled by masks (the original's reshape mixes anchors or raises), a batch
    without negatives gives zero (the original raises), and distances are exact, so that of a walk to itself is 0 (the
    original's is rounding noise). Under several processes, pass the gathered batch.

    Raises ModelError when the shapes do not fit.
    """
    if embeddings.ndim != 3 or labels.shape != embeddings.shape[:1]:
        raise ModelError(
            f"triplet loss: embeddings {tuple(embeddings.shape)} and labels {tuple(labels.shape)}; "
            "expected (N, E, P) and (N,)"
        )
    distance = part_distances(embeddings)  # p n n
    same = labels.unsqueeze(0) == labels.unsqueeze(1)  # n n
    is_triplet = same.unsqueeze(2) & ~same.unsqueeze(1)  # anchor, positive, negative
    terms = F.relu(distance.unsqueeze(3) - distance.unsqueeze(2) + margin) * is_triplet  # p a p' n'
    active = (terms > 0).sum(dim=(1, 2, 3))
    return TripletTerms(
        loss_per_part=terms.sum(dim=(1, 2, 3)) / active.clamp(min=1),
        active_triplets=active,
        mean_distance=distance.detach().mean(dim=(1, 2)),
        hard_loss_per_part=terms.detach().amax(dim=(1, 2, 3)),
    )


def part_distances(embeddings: Tensor) -> Tensor:
    """(N, E, P) -> float32 (P, N, N), by differences: squares and products would lose small distances."""
    with torch.autocast(embeddings.device.type, enabled=False):
        points = embeddings.float().permute(2, 0, 1).contiguous()  # p n e
        return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


def part_cross_entropy(
    logits: Tensor,
    labels: Tensor,
    scale: float = LOGIT_SCALE,
    label_smoothing: float = 0.1,
    class_weights: Tensor | Sequence[float] | None = None,
) -> Tensor:
    """Scalar: cross-entropy of softmax(scale · logits), each part of each walk a sample.

    logits (N, K, P), cosines in -1..1; labels (N,) class ids. ``scale`` sharpens the softmax, since cosines alone
    cannot (16 as published; evaluation needs it too before a logit becomes a probability). With ``class_weights`` (K,)
    the mean is weighted by the weight of the true class, as in torch.nn.functional.cross_entropy.

    Raises ModelError when the shapes do not fit.
    """
    if logits.ndim != 3 or labels.shape != logits.shape[:1]:
        raise ModelError(
            f"cross-entropy: logits {tuple(logits.shape)} and labels {tuple(labels.shape)}; expected (N, K, P) and (N,)"
        )
    weights = None if class_weights is None else torch.as_tensor(class_weights, dtype=torch.float32).to(logits.device)
    if weights is not None and weights.shape != logits.shape[1:2]:
        raise ModelError(
            f"cross-entropy: {weights.numel()} class weights for {logits.shape[1]} classes; expected one each"
        )
    targets = labels.unsqueeze(1).expand(-1, logits.shape[2])  # n p
    return F.cross_entropy(scale * logits.float(), targets, weight=weights, label_smoothing=label_smoothing)
