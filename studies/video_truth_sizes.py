"""Where the sizes of errors of videos come from: rendered walkers of seeds on which nothing is reported.

How much of a planted difference the network shows, how far off the rest is, which errors follow for walkers planted as
all of them are, whether the mirror difference tells who is measured worse, how many truths intervals hold by the size
of the least errors and how many of other walkers they should hold, and what exact joints say of a roll seen from one
direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from scoliogait.measurement.mirror_difference import mirror_difference
from scoliogait.measurement.stride_statistics import two_sided_t
from scoliogait.skeleton import PAIR_NAMES
from studies.filmed_truth import UNITS, Array, Filmed, measure, placed_by_pass
from studies.rendered_walkers import RATE_HZ, ReadPass, rendered_walker

# Walkers of these seeds by number; those of odd numbers are captured.
FITTED = {301: range(18), 303: range(1, 24, 2)}
EXACT_SEED, N_EXACT, N_PLANTED = 411, 200, 1000
SCALES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4)
FREEDOMS = (np.inf, 12.0, 6.0, 5.0, 4.0, 3.0, 2.0)
_METRICS = ("height", "midline")


@dataclass(frozen=True, eq=False)
class _Seen:
    """Walkers whose both passes were measured. values, truths, rest (N, 8, 2): heights and midlines in 1/128.

    response (8, 2): slope of values on truths; rest: what is left of each value about it.
    """

    walkers: list[Filmed]
    values: Array
    truths: Array
    response: Array
    rest: Array

    @property
    def captured(self) -> NDArray[np.bool_]:
        return np.array([filmed.captured for filmed in self.walkers])


def _seen(fitted: Sequence[Filmed]) -> _Seen:
    known = [(filmed, found) for filmed in fitted if (found := measure(filmed.passes)) is not None]
    truths = np.array([filmed.walker.truth[:, :2] for filmed, _ in known])
    values = np.array([(found.values / UNITS)[:, :2] for _, found in known])
    response = np.sum(truths * values, axis=0) / np.sum(truths**2, axis=0)
    return _Seen([filmed for filmed, _ in known], values, truths, response, values - response * truths)


def planted(n_walkers: int) -> Array:
    """Truths (N, 8, 2) of walkers of the seed of exact joints, heights and midlines in 1/128; odd ones are captured."""
    return np.array([rendered_walker(EXACT_SEED, number).truth[:, :2] for number in range(n_walkers)])


def sizes(fitted: Sequence[Filmed], truths_of_all: Array) -> dict[str, dict[str, list[float]]]:
    """By pair, [height, midline] each, of both passes, root mean squares in 1/128 of the height.

    truths_of_all: as from ``planted``. "response": slope of values on truths; "rest": what is left about it. "error of
    all": the errors that follow for all those truths. "turning": half of the difference between the passes. "worse":
    Spearman's rank correlation of the size of the error, over walkers, with the mirror difference, and with the size
    of the truth.
    """
    seen = _seen(fitted)
    errors, captured, spread = seen.values - seen.truths, seen.captured, _rms(truths_of_all)
    rest = np.sqrt(np.sum(seen.rest**2, axis=0) / (len(seen.rest) - 1))
    squares = [[mirror_difference(p.poses, p.sides_px) ** 2 for p in filmed.passes] for filmed in seen.walkers]
    differences = np.sqrt(np.mean(squares, axis=1))
    there, back = np.moveaxis([placed_by_pass(filmed.passes) for filmed in seen.walkers], 1, 0)
    columns = {
        "truth": _rms(seen.truths),
        "truth of all": spread,
        "response": seen.response,
        "rest": rest,
        "error": _rms(errors),
        "error, published curves": _rms(errors[~captured]),
        "error, captured walks": _rms(errors[captured]),
        "error of all": np.hypot((1.0 - seen.response) * spread, rest),
        "turning": _rms((there - back) / 2),
        "mirror difference": _rms(differences),
        "worse by mirror difference": _ranks(np.abs(errors), differences),
        "worse by truth": _ranks(np.abs(errors), np.abs(seen.truths)),
    }
    return {
        pair: {name: column[row].tolist() for name, column in columns.items()} for row, pair in enumerate(PAIR_NAMES)
    }


def _ranks(one: Array, other: Array) -> Array:
    """Rank correlations (8, 2) over walkers (N, 8, 2)."""
    return np.array([[spearmanr(one[:, p, m], other[:, p, m]).statistic for m in (0, 1)] for p in range(8)])


def calibration(fitted: Sequence[Filmed], truths_of_all: Array) -> dict[str, list[dict[str, Any]]]:
    """Truths inside the intervals of both passes, by what the least errors are multiplied by.

    Each fitted walker stands for all that are moved alike: with their truths in place of the walker's own, the error is
    what the network leaves of them and the walker's rest. truths_of_all: as from ``planted``. Large truths are the
    third of each pair's that is furthest from 0.
    """
    seen = _seen(fitted)
    all_captured = np.arange(len(truths_of_all)) % 2 == 1
    large = np.abs(truths_of_all) >= np.quantile(np.abs(truths_of_all), 2 / 3, axis=0)
    rows: dict[str, list[dict[str, Any]]] = {metric: [] for metric in _METRICS}
    for scale in SCALES:
        half_widths = _half_widths(seen, scale)
        shares = {}
        for name, is_captured in (("published curves", False), ("captured walks", True)):
            alike = all_captured == is_captured
            held = _held(seen, half_widths, is_captured, truths_of_all[alike])
            shares[name] = held.mean(axis=(0, 1))
            shares[f"{name}, large truths"] = held.mean(axis=(0, 1), where=large[alike])
        for column, metric in enumerate(_METRICS):
            of_metric = {name: float(share[:, column].mean()) for name, share in shares.items()}
            rows[metric].append({"scale": scale} | of_metric)
    return rows


def expected(fitted: Sequence[Filmed], truths: Array) -> Array:
    """Shares (8, 2) of truths (N, 8, 2) of captured walks that the intervals of both passes should hold.

    By the fitted walkers who are captured, as in ``calibration``; heights and midlines, truths in 1/128 of the height.
    """
    seen = _seen(fitted)
    return np.asarray(_held(seen, _half_widths(seen, 1.0), True, truths).mean(axis=(0, 1)))


def _half_widths(seen: _Seen, scale: float) -> Array:
    found = [measure(filmed.passes, scale) for filmed in seen.walkers]
    return np.array([(one.half_widths / UNITS)[:, :2] for one in found if one is not None])


def _held(seen: _Seen, half_widths: Array, captured: bool, truths: Array) -> NDArray[np.bool_]:
    """Of each walker moved so, whether the interval would hold each of truths (N, 8, 2): (walkers, N, 8, 2)."""
    own = seen.captured == captured
    return np.abs((seen.response - 1.0) * truths + seen.rest[own, None]) <= half_widths[own, None]


def exact_rolls(n_walkers: int) -> dict[str, Any]:
    """Of single passes of exact joints: the roll's error in degrees, and truths inside by degrees of freedom."""
    off = []
    for number in range(n_walkers):
        walker = rendered_walker(EXACT_SEED, number)
        for way in (0, 1):
            filmed = walker.film(way == 0, RATE_HZ, seed=1000 * EXACT_SEED + 10 * number + way)
            poses = np.concatenate([filmed.pixels, np.ones((*filmed.pixels.shape[:2], 1))], axis=-1).astype(np.float32)
            sides = np.zeros((*poses.shape[:2], 2), np.float32)
            found = measure([ReadPass(poses, sides, filmed.pixels, RATE_HZ)], 0.0)
            if found is not None:
                off.append([found.roll_deg - walker.camera.roll_deg, found.roll_sd_deg])
    error, stated = np.abs(np.array(off)).T
    return {
        "passes": len(off),
        "error": float(_rms(error)),
        "stated": float(_rms(stated)),
        "inside": [[freedom, float(np.mean(error <= two_sided_t(freedom) * stated))] for freedom in FREEDOMS],
    }


def _rms(values: Array) -> Array:
    """Root mean square of the known values along the first axis."""
    return np.asarray(np.sqrt(np.nanmean(np.square(values), axis=0)))
