"""The mean probabilities of several passes, with an interval for further passes of the same person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from scipy.special import expit, logit, stdtrit

# Standard deviation of the log-odds between passes of one person, and what it weighs against the passes at hand, in
# degrees of freedom. The demo model has half of it on simulated people (docs/studies/repeatability.md); real days and
# clothes differ more.
PASS_SPREAD = 0.3
SPREAD_FREEDOM = 4.0
# Probabilities nearer to 0 or 1 have no log-odds worth computing.
_SMALLEST = 1e-6


def mean_probabilities(
    passes: Sequence[Mapping[str, float]],
) -> tuple[Mapping[str, float], Mapping[str, tuple[float, float]]]:
    """Mean over passes, at least one, and its 95 % interval, by class name.

    The interval is one of log-odds about those of the mean: the variance between passes, drawn towards the usual one,
    over the number of passes, by the t quantile. It says how far the mean would move with other passes of this person
    on such a day, not how often the model is right.
    """
    names = list(passes[0])
    chances = np.clip([[chances[name] for name in names] for chances in passes], _SMALLEST, 1 - _SMALLEST)
    means = chances.mean(axis=0)
    squares = np.square(logit(chances) - logit(chances).mean(axis=0)).sum(axis=0)
    freedom = SPREAD_FREEDOM + len(passes) - 1
    spread = np.sqrt((SPREAD_FREEDOM * PASS_SPREAD**2 + squares) / freedom)
    half = stdtrit(freedom, 0.975) * spread / np.sqrt(len(passes))
    low, high = expit(logit(means) - half), expit(logit(means) + half)
    intervals = {name: (float(low[row]), float(high[row])) for row, name in enumerate(names)}
    return (
        MappingProxyType(dict(zip(names, means.tolist(), strict=True))),
        MappingProxyType(intervals),
    )
