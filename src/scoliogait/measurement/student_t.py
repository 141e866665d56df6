"""The quantile of Student's t, in numpy: scipy's takes longer to import than a walk to screen.

For up to a thousand degrees of freedom the distribution is integrated and the quantile found by Newton's steps; above,
it is the series about the normal quantile (Abramowitz and Stegun, 26.7.5), whose next term is below 1e-14 there.
"""

from __future__ import annotations

from math import lgamma, log, pi
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SERIES_FROM = 1000.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_MOST_STEPS = 60


def t_quantile(freedom: ArrayLike, probability: float) -> NDArray[np.float64]:
    """What a t value is below with ``probability`` (0.5 to 0.99), for each number of degrees of freedom.

    freedom: any shape, 1 or more; inf is the normal quantile, NaN gives NaN. Relative error below 1e-11. Raises
    ValueError for fewer degrees of freedom than 1 and another probability.
    """
    given = np.asarray(freedom, dtype=np.float64)
    if not 0.5 <= probability <= 0.99 or (given < 1).any():
        raise ValueError(
            f"t quantile of {probability} for {given.min():g} degrees of freedom; expected 0.5 to 0.99 and 1 or more"
        )
    normal = NormalDist().inv_cdf(probability)
    large = given >= _SERIES_FROM
    quantiles = np.full(given.shape, np.nan)
    quantiles[large] = _by_series(given[large], normal)
    for place in np.argwhere(given < _SERIES_FROM):
        quantiles[tuple(place)] = _by_integration(float(given[tuple(place)]), probability - 0.5, normal)
    return quantiles


def _by_series(freedom: NDArray[np.float64], z: float) -> NDArray[np.float64]:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    powers = freedom[:, np.newaxis] ** np.arange(1, 1 + len(terms))
    return z + (np.array(terms) / powers).sum(axis=1)


def _by_integration(freedom: float, above_half: float, start: float) -> float:
    """With t = sqrt(freedom) tan(angle) the density is a power of the cosine: smooth, whatever the freedom."""
    scale = np.exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - log(pi) / 2)
    angle = np.arctan(start / np.sqrt(freedom))
    for _ in range(_MOST_STEPS):
        nodes = angle * (_NODES + 1) / 2
        share = scale * angle / 2 * (_WEIGHTS @ np.cos(nodes) ** (freedom - 1))
        step = (above_half - share) / (scale * np.cos(angle) ** (freedom - 1))
        angle = min(angle + step, (angle + pi / 2) / 2)
        if abs(step) < 1e-14:
            break
    return float(np.sqrt(freedom) * np.tan(angle))
