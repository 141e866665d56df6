"""Rendered walkers who are moved by captured walks: how many truths both passes hold, and how many they should hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scoliogait.evaluation.intervals import wilson_of_people
from scoliogait.skeleton import PAIR_NAMES
from studies.filmed_truth import UNITS, Array, Filmed, Found, measure
from studies.video_truth_sizes import expected


def captured_coverage(by_seed: Mapping[int, Sequence[Filmed]]) -> dict[str, list[dict[str, Any]]]:
    """Truths of captured walks inside the intervals of both passes, [3] by metric: by seed, and by the truth's size.

    Large truths are the third of each pair's that is furthest from 0.
    """
    seeds, sizes_of, held = [], [], []
    for seed, walkers in by_seed.items():
        for filmed, found in _measured(walkers):
            held.append(held_by(found, filmed.walker.truth))
            sizes_of.append(np.abs(filmed.walker.truth))
            seeds.append(seed)
    of_all, large = np.array(held), sizes_of >= np.quantile(sizes_of, 2 / 3, axis=0)
    rows = {f"seed {seed}": of_all[np.array(seeds) == seed] for seed in by_seed}
    of_seeds = ", ".join(map(str, by_seed))
    rows[f"{of_seeds}: large truths"] = np.where(large, of_all, np.nan)
    rows[f"{of_seeds}: other truths"] = np.where(large, np.nan, of_all)
    return {name: with_interval(row) for name, row in rows.items()}


def captured_pairs(
    walkers: Sequence[Filmed], fitted: Sequence[Filmed], truths_of_all: Array
) -> dict[str, dict[str, Any]]:
    """By pair, of the heights of captured walks after both passes: what the sizes let expect, and what came.

    truths_of_all: as from ``planted``. "of all": the share of those that the fitted walkers hold. "of theirs": the same
    of the truths of these walkers. "held": with its interval over walkers. "held of all": the share of
    ``truths_of_all`` that these walkers hold, by their own response and rest.
    """
    known = _measured(walkers)
    truths, of_captured = np.array([filmed.walker.truth[:, :2] for filmed, _ in known]), truths_of_all[1::2]
    held = np.array([held_by(found, filmed.walker.truth) for filmed, found in known])
    shares = {
        "of all": expected(fitted, of_captured),
        "of theirs": expected(fitted, truths),
        "held of all": expected(walkers, of_captured),
    }
    return {
        pair: {name: float(share[row, 0]) for name, share in shares.items()}
        | {"held": with_interval(held[:, row : row + 1, :1])[0]}
        for row, pair in enumerate(PAIR_NAMES)
    }


def _measured(walkers: Sequence[Filmed]) -> list[tuple[Filmed, Found]]:
    return [(one, found) for one in walkers if one.captured and (found := measure(one.passes)) is not None]


def held_by(found: Found, truth: Array) -> Array:
    """1 or 0 (8, 3) whether the truth of a walker lies inside each interval; NaN where there is none."""
    held = np.abs(found.values - truth * UNITS) <= found.half_widths
    return np.where(np.isfinite(found.half_widths), held, np.nan)


def with_interval(held: Array) -> list[dict[str, Any]]:
    """Of (people, pairs, k) of 1, 0 and NaN: by each of k the share, its interval over people, and how many."""
    rows = []
    for column in np.moveaxis(held, -1, 0):
        inside_of, total = np.nansum(column, axis=1), np.isfinite(column).sum(axis=1).astype(np.float64)
        low, high = wilson_of_people(inside_of, total, 0.95)
        rows.append({"share": float(inside_of.sum() / total.sum()), "interval": [low, high], "n": int(total.sum())})
    return rows
