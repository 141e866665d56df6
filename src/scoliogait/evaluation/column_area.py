"""How well a column alone ranks the walks, without looking at anybody walking.

Numbers and dates rank the walks themselves, in the direction that separates better (chosen on these walks, which is
slightly in their favour). A category ranks a walk by the share of the group among other people's walks of the same
category: people are divided into five folds, the shares come from four of them, and only walks of the fifth are
compared with each other. Within a fold all walks of a category are tied, so a column that says nothing has an expected
area of 0.5. (Leaving out one walk at a time has not: its own class lowers the share that it is given.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.evaluation.column import Column
from scoliogait.evaluation.curves import logit_interval, roc_area_interval, roc_area_statistic
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import CLASS_NAMES, GROUPS, N_CLASSES, FloatArray, in_group, ratio
from scoliogait.evaluation.resampling import MIN_PEOPLE, NO_INTERVAL, Resampled, Statistic, check_level, resample

_N_FOLDS = 5


def column_areas(
    column: Column,
    labels: NDArray[np.int64],
    people: NDArray[np.int64],
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Any]:
    """ROC area of the column alone, for ``abnormal`` and for each class against the rest, as JSON values.

    labels: class ids (walks,), all known. people: number of the person of each walk, as ``group_numbers`` gives it.
    Each group has ``value`` and ``interval`` (people drawn with replacement), None where undefined, and for numbers
    ``rises``: whether high values speak for the group. ``macro`` is the mean over the classes that have walks.
    """
    check_level(level)
    n_people = int(people.max()) + 1
    defined = [group for group in GROUPS if 0 < in_group(labels, group).sum() < len(labels)]
    nothing = {"value": None, "interval": None}
    if not defined or n_people < MIN_PEOPLE:
        return {group: nothing for group in (*GROUPS, "macro")}
    rises = {group: _rises(column, in_group(labels, group), people) for group in defined}
    statistic = _statistic(column, labels, people, defined, rises)
    resampled = resample(statistic, n_people, n_resamples, seed)
    areas: dict[str, Any] = {}
    for place, group in enumerate(defined):
        truth = in_group(labels, group)
        sizes = (len(set(people[truth].tolist())), len(set(people[~truth].tolist())))
        one = Resampled(resampled.value[place], resampled.draws[:, place], resampled.left_out[:, place])
        interval = roc_area_interval(one, sizes, level) if np.isfinite(one.value) else NO_INTERVAL
        areas[group] = {"value": number(one.value), "interval": pair(interval)}
        if column.numbers is not None:
            areas[group]["rises"] = rises[group]
    return {group: areas.get(group, nothing) for group in GROUPS} | {
        "macro": _macro(resampled, defined, labels, people, level)
    }


def _macro(
    resampled: Resampled, defined: list[str], labels: NDArray[np.int64], people: NDArray[np.int64], level: float
) -> dict[str, Any]:
    places = [place for place, group in enumerate(defined) if group in CLASS_NAMES]
    means = [np.asarray(values)[..., places].mean(axis=-1) for values in (resampled.value, resampled.draws)]
    smallest = min(len(set(people[labels == label].tolist())) for label in np.unique(labels))
    one = Resampled(means[0], means[1], resampled.left_out[:, 0])
    interval = logit_interval(one, (smallest, smallest), level) if np.isfinite(means[0]) else NO_INTERVAL
    return {"value": number(means[0]), "interval": pair(interval)}


def _statistic(
    column: Column, labels: NDArray[np.int64], people: NDArray[np.int64], groups: list[str], rises: dict[str, bool]
) -> Statistic:
    if column.numbers is None:
        return _category_statistic(column, labels, people, groups)
    each = [
        roc_area_statistic(column.numbers if rises[group] else -column.numbers, in_group(labels, group), people)
        for group in groups
    ]
    return lambda weights: np.stack([area(weights) for area in each], axis=-1)


def _rises(column: Column, truth: NDArray[np.bool_], people: NDArray[np.int64]) -> bool:
    if column.numbers is None:
        return True
    everyone = np.ones((1, int(people.max()) + 1))
    return bool(roc_area_statistic(column.numbers, truth, people)(everyone)[0] >= 0.5)


def _category_statistic(
    column: Column, labels: NDArray[np.int64], people: NDArray[np.int64], groups: list[str]
) -> Statistic:
    """Areas (rows, groups) as a function of the people's weights; see the head of the file."""
    n_strata = len(column.strata)
    counts = np.zeros((int(people.max()) + 1, n_strata, N_CLASSES))
    np.add.at(counts, (people, column.codes, labels), 1)
    folds = _folds(len(counts))
    members = [np.array(GROUPS[group]) for group in groups]

    def areas(weights: FloatArray) -> FloatArray:
        flat = counts.reshape(len(counts), -1)
        held = np.stack([weights[:, folds == k] @ flat[folds == k] for k in range(_N_FOLDS)], axis=1)
        held = held.reshape(len(weights), _N_FOLDS, n_strata, N_CLASSES)
        others = held.sum(axis=1, keepdims=True) - held
        return np.stack([_held_out_area(held, others, classes) for classes in members], axis=-1)

    return areas


def _held_out_area(held: FloatArray, others: FloatArray, classes: NDArray[np.int64]) -> FloatArray:
    """(rows, folds, strata, classes) -> (rows,): walks of a fold ranked by the shares among the other folds."""
    inside, total = others[..., classes].sum(-1), others.sum(-1)
    overall = ratio(inside.sum(-1, keepdims=True), total.sum(-1, keepdims=True), 0.5)
    share = np.where(total > 0, ratio(inside, total, 0.5), overall)
    cases = held[..., classes].sum(-1)
    controls = held.sum(-1) - cases
    above = share[..., :, None] - share[..., None, :]
    wins = (cases[..., :, None] * controls[..., None, :] * ((above > 0) + 0.5 * (above == 0))).sum((-1, -2, -3))
    return ratio(wins, (cases.sum(-1) * controls.sum(-1)).sum(-1))


def _folds(n_people: int) -> NDArray[np.int64]:
    """Fold of each person, drawn once without a look at class or category: dealing these out evenly would tell a fold's
    own classes."""
    return np.random.default_rng(0).permutation(n_people) % _N_FOLDS
