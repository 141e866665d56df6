"""Dividing a cohort into training and test walks, by person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass

if TYPE_CHECKING:
    from scoliogait.simulation.cohort import WalkPlan

# Share of each class's walks (negative, neutral, positive) that the released partitions train on; the name states the
# ratio of positive to neutral to negative training walks. "half" and "most" are ours: half, or nine
# tenths, of every class.
TRAIN_SHARES: dict[str, tuple[float, float, float]] = {
    "112": (373 / 800, 186 / 200, 186 / 493),
    "114": (497 / 800, 124 / 200, 124 / 493),
    "118": (596 / 800, 74 / 200, 74 / 493),
    "1116": (663 / 800, 41 / 200, 41 / 493),
    "half": (0.5, 0.5, 0.5),
    "most": (0.9, 0.9, 0.9),
}
_SPLIT_STREAM = 3


def train_shares(ratio: str) -> tuple[float, float, float]:
    """Share of the negative, neutral and positive walks that train. Raises DataError for an unknown ratio."""
    if ratio not in TRAIN_SHARES:
        raise DataError(f"ratio {ratio!r} is not known; expected one of {', '.join(TRAIN_SHARES)}")
    return TRAIN_SHARES[ratio]


def split_by_subject(plans: Sequence[WalkPlan], ratio: str, seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Walk ids for training and for testing; no subject is in both. The same seed gives the same split.

    Class counts follow the released partition of that ratio, scaled, up to the walks of one subject. Raises DataError
    for an unknown ratio.
    """
    shares = train_shares(ratio)
    rng = np.random.default_rng([seed, _SPLIT_STREAM])
    chosen: set[int] = set()
    for label in ScreeningClass:
        walks_of: dict[int, int] = {}
        for plan in plans:
            if plan.label is label:
                walks_of[plan.subject] = walks_of.get(plan.subject, 0) + 1
        chosen |= _fill(rng, walks_of, shares[label] * sum(walks_of.values()))
    train = tuple(plan.walk_id for plan in plans if plan.subject in chosen)
    test = tuple(plan.walk_id for plan in plans if plan.subject not in chosen)
    return train, test


def _fill(rng: np.random.Generator, walks_of: dict[int, int], wanted: float) -> set[int]:
    """Subjects whose walks add up to about the wanted number; one subject at least stays out if there are two."""
    subjects = list(walks_of)
    chosen: set[int] = set()
    taken = 0
    for place in rng.permutation(len(subjects)):
        subject = subjects[int(place)]
        if taken + walks_of[subject] <= wanted + 0.5 and len(chosen) < max(1, len(subjects) - 1):
            chosen.add(subject)
            taken += walks_of[subject]
    return chosen
