"""Does a model rank people within a site, or does it tell the sites apart? A result divided by a column.

The area under the ROC curve is a share of pairs of a sick and a healthy walk. Each pair lies within one stratum or
between two, so pooled area = f x within + (1 - f) x between, with f the share of pairs within. A column that has
nothing to do with the classes leaves all three alike. Where sick and healthy people come from different strata,
whatever tells the strata apart counts as skill between them and not within.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from scoliogait.evaluation.column import Column
from scoliogait.evaluation.column_area import column_areas
from scoliogait.evaluation.curves import logit_interval, ranked_pairs, ranking_summary, roc_area_interval
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import FloatArray, group_score, in_group, ratio
from scoliogait.evaluation.operating_point import called_figures
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import (
    MIN_PEOPLE,
    NO_INTERVAL,
    NO_WIDTH,
    Interval,
    Resampled,
    Statistic,
    check_level,
    group_numbers,
    resample,
    standard_error,
)
from scoliogait.evaluation.strata_verdict import judge
from scoliogait.labels import CLASS_NAMES

# The groups whose ranking is divided.
STRATIFIED_GROUPS = ("abnormal", "positive")


def stratified_summary(
    known: Predictions, column: Column, n_resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> dict[str, Any]:
    """A result by a column, as JSON values; people are drawn as a whole for every interval.

    known: walks of known class whose value is known, in the order of the column. ``column_alone``: see
    ``column_areas``. ``groups``: for ``abnormal`` and ``positive`` the areas ``pooled``, ``within`` (pairs of one
    stratum), ``between`` (pairs of two), ``lost`` (pooled less within), ``share_of_pairs_within``, ``sentence`` with
    what follows and ``verdict``: its word when some of the pooled area lies between strata, else None. ``strata``: for
    each its walks, people and classes, and the model's area, sensitivity and specificity inside it.
    """
    check_level(level)
    people = group_numbers(known.subject_ids, len(known))
    groups = {group: divided_area(known, column, group, n_resamples, seed, level) for group in STRATIFIED_GROUPS}
    return {
        "column": column.name,
        "kind": column.kind,
        "n_walks": len(known),
        "n_people": int(people.max()) + 1,
        "column_alone": column_areas(column, known.labels, people, n_resamples, seed, level),
        "groups": groups,
        "strata": [_stratum(known, column, code, n_resamples, seed, level) for code in range(len(column.strata))],
    }


def class_counts(labels: NDArray[np.int64]) -> dict[str, int]:
    """How many walks are of each class."""
    return {name: int((labels == label).sum()) for label, name in enumerate(CLASS_NAMES)}


def _stratum(
    known: Predictions, column: Column, code: int, n_resamples: int, seed: int, level: float
) -> Mapping[str, Any]:
    own = known.in_order([known.walk_ids[row] for row in np.flatnonzero(column.codes == code)])
    people = group_numbers(own.subject_ids, len(own))
    figures = {}
    for group in STRATIFIED_GROUPS:
        called = called_figures(own, group, level=level)
        area = ranking_summary(own, group, n_resamples, seed, level)["roc_auc"]
        figures[group] = {"roc_auc": area} | {name: called[name] for name in ("sensitivity", "specificity")}
    counts = {"n_walks": len(own), "n_people": int(people.max()) + 1, "classes": class_counts(own.labels)}
    return {"name": column.strata[code]} | counts | {"groups": figures}


def divided_area(
    known: Predictions, column: Column, group: str, n_resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> dict[str, Any]:
    """The ROC area of one group divided by a column: one of the ``groups`` of ``stratified_summary``."""
    people = group_numbers(known.subject_ids, len(known))
    truth, score = in_group(known.labels, group), group_score(known.probabilities, group)
    n_people = int(people.max()) + 1
    names = ("pooled", "within", "between", "lost")
    if not truth.any() or truth.all() or n_people < MIN_PEOPLE:
        nothing: dict[str, Any] = {name: {"value": None, "interval": None} for name in names}
        sentence = f"no walk, or every walk, is {group}, or there is one person: nothing can be ranked"
        return nothing | {"share_of_pairs_within": None, "verdict": None, "sentence": sentence}
    resampled = resample(divided_area_statistic(score, truth, people, column.codes), n_people, n_resamples, seed)
    columns = [Resampled(resampled.value[k], resampled.draws[:, k], resampled.left_out[:, k]) for k in range(4)]
    sides = (len(set(people[truth].tolist())), len(set(people[~truth].tolist())))
    n_within = _people_within(truth, people, column.codes)
    sizes = {"pooled": sides, "within": (n_within, n_within), "between": sides}
    result: dict[str, Any] = {
        name: {"value": number(one.value), "interval": _area_interval(one, sizes[name], level)}
        for name, one in zip(names[:3], columns[:3], strict=True)
    }
    result["lost"] = {"value": number(columns[3].value), "interval": pair(_lost_interval(columns[3], n_within, level))}
    result["share_of_pairs_within"] = _share_within(truth, column.codes)
    return result | judge(column.name, group, result)


def _area_interval(one: Resampled, sizes: tuple[int, int], level: float) -> list[float] | None:
    if not np.isfinite(one.value):
        return None
    defined = Resampled(one.value, one.draws[np.isfinite(one.draws)], one.left_out)
    exact = float(one.value) in (0.0, 1.0) and min(sizes) > 0
    return pair(roc_area_interval(defined, sizes, level) if exact else logit_interval(defined, sizes, level))


def divided_area_statistic(
    score: FloatArray, truth: NDArray[np.bool_], people: NDArray[np.int64], codes: NDArray[np.int64]
) -> Statistic:
    """Pooled, within, between and lost (rows, 4) as a function of the people's weights."""
    whole = ranked_pairs(score, truth, people)
    parts = []
    for code in np.unique(codes):
        rows = codes == code
        if truth[rows].any() and not truth[rows].all():
            parts.append(ranked_pairs(score[rows], truth[rows], people[rows]))

    def areas(weights: FloatArray) -> FloatArray:
        right, pairs = whole(weights)
        inside = np.zeros((2, len(weights)))
        for part in parts:
            inside += np.stack(part(weights))
        pooled, within = ratio(right, pairs), ratio(inside[0], inside[1])
        between = ratio(right - inside[0], pairs - inside[1])
        return np.stack([pooled, within, between, pooled - within], axis=-1)

    return areas


def _share_within(truth: NDArray[np.bool_], codes: NDArray[np.int64]) -> float:
    inside = sum(int(truth[codes == code].sum()) * int((~truth[codes == code]).sum()) for code in np.unique(codes))
    return inside / (int(truth.sum()) * int((~truth).sum()))


def _people_within(truth: NDArray[np.bool_], people: NDArray[np.int64], codes: NDArray[np.int64]) -> int:
    """People that an area within strata rests on: of each stratum those of its smaller side."""
    sides = ([set(people[(codes == code) & side].tolist()) for side in (truth, ~truth)] for code in np.unique(codes))
    return sum(min(map(len, both)) for both in sides)


def _lost_interval(lost: Resampled, n_people: int, level: float) -> Interval:
    """Student's t with the bootstrap's standard error; the people that the area within rests on, less one, are its
    degrees of freedom."""
    error = standard_error(lost.draws)
    if n_people < MIN_PEOPLE or not error > NO_WIDTH:
        return NO_INTERVAL
    half = float(t.ppf((1 + level) / 2, n_people - 1)) * error
    return float(lost.value) - half, float(lost.value) + half
