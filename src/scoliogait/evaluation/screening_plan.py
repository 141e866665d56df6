"""What a screening wants, checked before anything is computed: a prevalence, and a threshold from validation walks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import CLASS_NAMES, GROUPS, group_score, in_group
from scoliogait.evaluation.predictions import Predictions

# A wanted sensitivity of 0.9 of 10 walks is 9 walks, not 10, whatever the last bit of 0.9 * 10 says.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ScreeningPlan:
    """What a screening wants: the prevalence of abnormal and of positive people where it is held, and a threshold.

    prevalence: share (0..1) of the group to be found among the people screened; without it there are no predictive
    values. validation and sensitivity come together: the threshold that finds this share of the abnormal validation
    walks. Raises DataError when only one of them is given, and for values that cannot be (see ``choose_threshold``).
    """

    prevalence: float | None = None
    validation: Predictions | None = None
    sensitivity: float | None = None

    def __post_init__(self) -> None:
        if (self.validation is None) != (self.sensitivity is None):
            raise DataError(
                "a wanted sensitivity (--sensitivity) and predictions of validation walks (--validation) belong "
                "together; give both or none"
            )
        if self.prevalence is not None:
            check_prevalence(self.prevalence)
        if self.validation is not None and self.sensitivity is not None:
            choose_threshold(self.validation, self.sensitivity)


def choose_threshold(validation: Predictions, sensitivity: float, group: str = "abnormal") -> float:
    """Highest threshold on the group's probability at which at least ``sensitivity`` of its validation walks are found.

    A walk is called when its probability is at least the threshold. sensitivity: above 0, at most 1.

    Raises DataError when the predictions are of a test set, hold no walk of the group, or sensitivity is no share.
    """
    if not 0 < sensitivity <= 1:
        raise DataError(f"wanted sensitivity is {sensitivity}; expected a share above 0 and at most 1, such as 0.9")
    if validation.facts.get("subset") == "test":
        raise DataError("the threshold would be chosen on test walks; take those of validation walks (--validation)")
    known = validation.labelled()
    scores = np.sort(group_score(known.probabilities, group)[in_group(known.labels, group)])[::-1]
    if not len(scores):
        classes = " or ".join(CLASS_NAMES[index] for index in sorted(GROUPS[group]))
        raise DataError(f"no validation walk is {classes}: no threshold can be chosen for that sensitivity")
    return float(scores[math.ceil(sensitivity * len(scores) - _ROUNDING) - 1])


def check_prevalence(prevalence: float) -> None:
    """DataError unless it is a share between 0 and 1."""
    if not 0 < prevalence < 1:
        raise DataError(f"prevalence is {prevalence}; expected a share between 0 and 1, such as 0.03")
