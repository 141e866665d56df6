"""What screening would deliver of the walks of an evaluation: how many get an answer, and how good the answers are.

The figures of ``summary`` force a class on every walk. A screening refuses some recordings and calls others
inconclusive; who is answered, and how often rightly, is what the people who use it will see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.answer_threshold import AnswerThreshold, chosen_on, value_of
from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import wilson_of_people
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import in_group
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import group_numbers, sum_per_person
from scoliogait.evaluation.risk_coverage import risk_coverage_summary
from scoliogait.labels import CLASS_NAMES, UNKNOWN_LABEL
from scoliogait.result_states import INCONCLUSIVE, NOT_USABLE, SCREENED, OfWalk
from scoliogait.wording import kind_of_reason

OUTCOMES: tuple[OfWalk, ...] = (SCREENED, INCONCLUSIVE, NOT_USABLE)


@dataclass(frozen=True)
class DeliveredWalk:
    """What screening makes of one walk. probabilities: of the three classes, None of one that is not usable.

    reasons: why it is inconclusive or not usable, one sentence each.
    """

    walk_id: str
    outcome: OfWalk
    probabilities: tuple[float, float, float] | None
    reasons: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        chances = None if self.probabilities is None else dict(zip(CLASS_NAMES, self.probabilities, strict=True))
        return {
            "walk_id": self.walk_id,
            "outcome": self.outcome,
            "predicted": None if chances is None else max(chances, key=chances.__getitem__),
            "probabilities": chances,
            "reasons": list(self.reasons),
        }


def summarise_delivered(
    predictions: Predictions,
    walks: Sequence[DeliveredWalk],
    threshold: AnswerThreshold | None,
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Any]:
    """Shares of the outcomes, figures among the answered, reasons, and risk against coverage, as plain JSON values.

    walks: one for each walk of the predictions, in their order. threshold: that of the model, by which the walks
    were called; None where its validation chose none. Walks of unknown class are left out. Shares have Wilson intervals
    over people, risks the bootstrap's. Raises DataError for other walks than those of the predictions.
    """
    if tuple(walk.walk_id for walk in walks) != predictions.walk_ids:
        raise DataError("what was delivered is of other walks than the predictions; expected the same in their order")
    known = predictions.labelled()
    kept = [walk for walk, label in zip(walks, predictions.labels, strict=True) if label != UNKNOWN_LABEL]
    shares = _Shares(group_numbers(known.subject_ids, len(known)), level)
    outcomes = {name: np.array([walk.outcome == name for walk in kept]) for name in OUTCOMES}
    scored = np.flatnonzero(~outcomes[NOT_USABLE])
    chances = np.array([kept[row].probabilities for row in scored], dtype=np.float64).reshape(-1, len(CLASS_NAMES))
    called = np.full(len(kept), UNKNOWN_LABEL)
    called[scored] = chances.argmax(axis=1)
    answered = outcomes[SCREENED]
    return {
        "threshold": {"value": value_of(threshold), "chosen_on": chosen_on(threshold)},
        "selection": predictions.about.model.selection.value,
        "outcomes": {name: shares.of(which) for name, which in outcomes.items()},
        "answered_of_class": {
            name: shares.of(answered, known.labels == label) for label, name in enumerate(CLASS_NAMES)
        },
        "among_answered": _figures(known.labels, called, answered, shares),
        "among_all": _figures(known.labels, np.where(answered, called, UNKNOWN_LABEL), np.ones_like(answered), shares),
        "reasons": {name: _counted(kept, name) for name in (INCONCLUSIVE, NOT_USABLE)},
        "risk_coverage": None
        if not len(scored)
        else {"confidence": "highest probability", "n": len(scored)}
        | risk_coverage_summary(
            chances.max(axis=1),
            called[scored] != known.labels[scored],
            np.unique(shares.people[scored], return_inverse=True)[1],
            n_resamples,
            seed,
            level,
        ),
    }


@dataclass(frozen=True)
class _Shares:
    """Shares with intervals over people. people: number of each walk's person, (N,)."""

    people: NDArray[np.int64]
    level: float

    def of(self, which: NDArray[np.bool_], among: NDArray[np.bool_] | None = None) -> dict[str, Any]:
        base = np.ones_like(which) if among is None else among
        n_people = int(self.people.max()) + 1
        right, total = (sum_per_person(rows, self.people, n_people) for rows in (which & base, base))
        n_right, n = int(right.sum()), int(total.sum())
        interval = pair(wilson_of_people(right, total, self.level))
        return {"value": number(n_right / n if n else np.nan), "interval": interval, "n_right": n_right, "n": n}


def _figures(
    labels: NDArray[np.int64], called: NDArray[np.int64], base: NDArray[np.bool_], shares: _Shares
) -> dict[str, Any]:
    """Accuracy, and sensitivity and specificity to abnormal; a walk without a call (-1) is called nothing."""
    abnormal, called_abnormal = in_group(labels, "abnormal"), (called > 0)
    return {
        "accuracy": shares.of(called == labels, base),
        "sensitivity_abnormal": shares.of(called_abnormal, base & abnormal),
        "specificity_abnormal": shares.of(called == 0, base & ~abnormal),
    }


def _counted(walks: Sequence[DeliveredWalk], outcome: OfWalk) -> dict[str, int]:
    """How many walks have each kind of reason, the most frequent first; a walk may have several."""
    kinds = Counter(
        kind for walk in walks if walk.outcome == outcome for kind in set(map(kind_of_reason, walk.reasons))
    )
    return dict(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])))
