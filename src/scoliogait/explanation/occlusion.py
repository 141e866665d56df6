"""Occlusion by pairs: how far a model's scores move when one pair of joints is evened out, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.errors import ModelError
from scoliogait.explanation.pair_asymmetry import Poses, steady_asymmetry, without_asymmetry
from scoliogait.models.device import device_of
from scoliogait.models.windows import mean_logits
from scoliogait.representation.contract import InputContract
from scoliogait.representation.windows import Window
from scoliogait.skeleton import JOINT_SETS, PAIR_NAMES, PAIRS
from scoliogait.walk import Walk

Array = NDArray[np.float64]
# removed: the walk without this pair's asymmetry. alone: the evened walk with no other. both: the mean of the two.
Way = Literal["removed", "alone", "both"]
WAYS: tuple[Way, ...] = ("removed", "alone", "both")
# Chosen on seed 1 of studies/explained.py.
CHOSEN_WAY: Way = "both"


@dataclass(frozen=True, eq=False)
class PairImportance:
    """How far each pair moves the scores of each window of a walk.

    pairs: rows of ``PAIR_NAMES`` that the model is fed. windows: (start, stop) frames. by_window: (W, P), how far the
    three class scores move (Euclidean, log units after calibration; each moved by the mean of the three).
    """

    pairs: tuple[int, ...]
    windows: tuple[Window, ...]
    by_window: Array

    @property
    def by_pair(self) -> dict[str, float]:
        """Mean over the windows, by the pair's name."""
        means = self.by_window.mean(axis=0).tolist()
        return {PAIR_NAMES[pair]: mean for pair, mean in zip(self.pairs, means, strict=True)}

    @property
    def ranked(self) -> list[str]:
        """Names of the pairs, the most important one first."""
        found = self.by_pair
        return sorted(found, key=lambda name: -found[name])


def why_not_explained(contract: InputContract) -> str | None:
    """Why pairs of joints cannot be evened out for a model of this contract; None where they can."""
    if contract.needed_modalities == ("poses",) and contract.pav is None:
        return None
    return "it is fed more or other than poses, and evening out a pair of joints would not reach all that it sees"


def seen_pairs(contract: InputContract) -> tuple[int, ...]:
    """Rows of ``PAIR_NAMES`` whose joints a model of this contract is fed."""
    section = contract.coordinates or contract.skeleton_map
    fed = set(range(17)) if section is None else set(JOINT_SETS[section.joints])
    return tuple(row for row, pair in enumerate(PAIRS) if fed.issuperset(pair))


def pair_importance(bundle: Bundle, walk: Walk, way: Way = CHOSEN_WAY) -> PairImportance:
    """Importance of each pair in each window of a walk. Raises DataError as ``model_input`` does, ModelError where
    ``why_not_explained`` names a reason."""
    return importance_by_way(bundle, walk)[way]


def importance_by_way(bundle: Bundle, walk: Walk) -> dict[Way, PairImportance]:
    """The same for every way of evening out."""
    reason = why_not_explained(bundle.contract)
    if reason is not None:
        raise ModelError(f"{bundle.path}: this model cannot be explained by pairs of joints: {reason}")
    poses = bundle.contract.source_frames(walk, bundle.contract.max_frames)["poses"]
    pairs, asymmetry = seen_pairs(bundle.contract), steady_asymmetry(poses)

    def scores(evened: Sequence[int]) -> Array:
        return _window_scores(bundle, without_asymmetry(poses, asymmetry, evened))

    whole, even = scores(()), scores(pairs)
    removed = np.stack([whole - scores((pair,)) for pair in pairs], axis=1)
    alone = np.stack([scores([other for other in pairs if other != pair]) - even for pair in pairs], axis=1)
    windows = tuple(bundle.contract.windows(len(poses)))
    moves: dict[Way, Array] = {"removed": removed, "alone": alone, "both": 0.5 * (removed + alone)}
    return {way: PairImportance(pairs, windows, np.linalg.norm(moved, axis=-1)) for way, moved in moves.items()}


def _window_scores(bundle: Bundle, poses: Poses) -> Array:
    """Calibrated class scores (W, 3) less their mean."""
    inputs = bundle.contract.render({"poses": torch.from_numpy(poses).to(device_of(bundle.module))})
    windows = bundle.contract.windows(len(poses))
    with torch.no_grad():
        logits = mean_logits(bundle.module, inputs, [len(poses)], [windows]).cpu().numpy().astype(np.float64)
    scaled = logits * (bundle.logit_scale / bundle.temperature)
    return np.asarray(scaled - scaled.mean(axis=-1, keepdims=True))
