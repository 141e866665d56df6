"""Where the probability of a repeat recording lies: from the spread over the windows of one recording.

The log-odds of a recording are taken to vary between repeats of it by s² (1 / n + CORRELATION): s² is the variance of
one window, n the number of windows, and the second part is what no longer recording removes, because it changes from
one recording to the next: camera, distance, the bias of every keypoint, the mood of the day. s² is that of the
recording's own windows, drawn towards the model's usual one as by PRIOR_WINDOWS windows more.

Both constants were chosen on simulated repeats of two models (docs/studies/windows.md), which also counts how often
the intervals hold; on real walkers nothing of it was measured.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.scores import LOGIT_SCALE, WindowLogits, probabilities

CORRELATION = 0.4
PRIOR_WINDOWS = 8.0
# Of the variance of one pass, the share that all passes of one session have in common: posture of the day and camera.
# What the passes at hand differ by is drawn towards the rest as by so many passes more. Chosen on simulated sessions
# (docs/studies/sessions.md).
SESSION_SHARE = 0.25
PRIOR_PASSES = 8.0
# Of a normal distribution: 95 of 100 lie between minus and plus this.
_Z = 1.959963984540054
# Probabilities nearer to 0 or 1 than this have no log-odds worth computing.
_SMALLEST = 1e-12


def window_spread(windows: WindowLogits, temperature: float = 1.0, logit_scale: float = LOGIT_SCALE) -> float | None:
    """Standard deviation of a window's log-odds within its walk, pooled over walks and classes.

    It belongs to the model, like the temperature: take validation walks. None where no walk has more than one window.
    """
    chances = probabilities(windows.logits.astype(np.float64), temperature, logit_scale)
    squares = sum(_squares(of_walk) for of_walk in np.split(chances, np.cumsum(windows.counts)[:-1]))
    freedom = float((windows.n_independent - 1).sum())
    return float(np.sqrt(np.mean(squares) / freedom)) if freedom > 0 else None


def repeat_interval(
    window_probabilities: NDArray[np.float64], n_independent: float, spread: float
) -> NDArray[np.float64]:
    """95 % interval of each class's probability in a repeat recording of the same length, float64 (3, 2): low, high.

    window_probabilities (n, 3): of the windows of one walk. n_independent: as in ``WindowLogits``, at most n. spread:
    the model's ``window_spread``.
    """
    own = _squares(window_probabilities)
    variance = (PRIOR_WINDOWS * spread**2 + own) / (PRIOR_WINDOWS + n_independent - 1)
    # Two recordings differ by the variance of both.
    half = _Z * np.sqrt(2 * variance * (1 / n_independent + CORRELATION))
    log_odds = _log_odds(window_probabilities.mean(axis=0))
    return _chances(np.stack([log_odds - half, log_odds + half], axis=-1))


def session_interval(means: NDArray[np.float64], intervals: NDArray[np.float64]) -> NDArray[np.float64]:
    """95 % interval of each class's mean probability in another session of as many passes, float64 (3, 2): low, high.

    means (k, 3): of each pass; intervals (k, 3, 2): of each, by ``repeat_interval``. Of one pass it is that pass's own.
    """
    n_passes = len(means)
    low, high = np.moveaxis(_log_odds(intervals), -1, 0)
    of_pass = np.mean(((high - low) / (2 * _Z)) ** 2 / 2, axis=0)
    log_odds = _log_odds(means)
    own = np.square(log_odds - log_odds.mean(axis=0)).sum(axis=0)
    between = (PRIOR_PASSES * (1 - SESSION_SHARE) * of_pass + own) / (PRIOR_PASSES + n_passes - 1)
    half = _Z * np.sqrt(2 * (SESSION_SHARE * of_pass + between / n_passes))
    middle = _log_odds(means.mean(axis=0))
    return _chances(np.stack([middle - half, middle + half], axis=-1))


def _log_odds(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(chances, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _chances(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _squares(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) -> (3,): sum of squared deviations from the mean, carried over to log-odds at that mean."""
    mean = chances.mean(axis=0)
    slope = np.clip(mean, _SMALLEST, 1 - _SMALLEST) * np.clip(1 - mean, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(((chances - mean) ** 2).sum(axis=0) / slope**2)
