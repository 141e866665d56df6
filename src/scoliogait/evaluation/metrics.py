"""Figures of a three-class screening test, from scores and true classes.

Everything here is computed from a 3 x 3 table of counts (rows truth, columns prediction), so that a stored table, one
evaluation and ten thousand bootstrap tables all pass through the same lines.

Names: "abnormal" is neutral or positive. ``sensitivity_abnormal`` is the share of abnormal walks called neutral or
positive, ``specificity_abnormal`` the share of negative walks called negative; ``sensitivity_positive`` and
``specificity_positive`` take positive alone as the group to be found. The published "sensitivity" and "specificity" of
the ScoNet paper belong to the negative class; no figure here does that.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.labels import CLASS_NAMES, ScreeningClass

N_CLASSES = len(CLASS_NAMES)
_NEGATIVE = int(ScreeningClass.NEGATIVE)
_POSITIVE = int(ScreeningClass.POSITIVE)
_ABNORMAL = [int(c) for c in ScreeningClass if c.abnormal]
_NOT_POSITIVE = [int(c) for c in ScreeningClass if c is not ScreeningClass.POSITIVE]

# What a screening test may be asked to find. "abnormal" is the group of this package unless another is named.
GROUPS: dict[str, tuple[int, ...]] = {"abnormal": tuple(_ABNORMAL)} | {
    name: (index,) for index, name in reversed(list(enumerate(CLASS_NAMES)))
}

FloatArray = NDArray[np.float64]

# name -> (cells that count as right, cells that count at all), each a boolean 3 x 3 mask of the table of counts
Proportion = tuple[NDArray[np.bool_], NDArray[np.bool_]]


class VanishedClassWarning(UserWarning):
    """A class is neither in the truth nor among the predictions, so that the published macro averages leave it out."""


def screening_metrics(scores: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """All figures of a set of walks, as fractions 0..1, and the counts behind them.

    scores: (N, 3) mean logits or probabilities, columns in the order of ``ScreeningClass``; the highest wins, ties go
    to the lowest class id. labels: (N,) class ids 0..2.

    ``accuracy``, ``macro_precision``, ``macro_recall``, ``macro_f1`` are OpenGait's (``evaluate_scoliosis``): averages
    over the classes present in the truth or among the predictions, a division by zero counting 0. The
    ``macro_*_three_class`` figures always average over three classes. ``precision_<class>``, ``recall_<class>`` and
    ``f1_<class>`` follow the same zero rule. Sensitivities and specificities are NaN where no walk of their group
    exists. ``n_walks``, ``n_true_<class>`` and ``n_predicted_<class>`` are counts.

    Raises DataError for empty input, another shape, NaN or infinite scores and labels outside 0..2. Warns with
    VanishedClassWarning when a class is in neither truth nor prediction.
    """
    table = confusion_matrix(labels, predicted_classes(scores))
    vanished = [name for name, total in zip(CLASS_NAMES, table.sum(0) + table.sum(1), strict=True) if total == 0]
    if vanished:
        warnings.warn(
            f"no walk is {' or '.join(vanished)} or predicted so: the macro averages cover "
            f"{N_CLASSES - len(vanished)} of {N_CLASSES} classes; see the macro_*_three_class figures",
            VanishedClassWarning,
            stacklevel=2,
        )
    return {name: float(value) for name, value in metrics_of_tables(table).items()} | counts_of_table(table)


def predicted_classes(scores: ArrayLike) -> NDArray[np.int64]:
    """Class with the highest score of each walk, (N,); equal scores go to the lowest id. Raises DataError as above."""
    return np.asarray(check_scores(scores).argmax(axis=1), dtype=np.int64)


def confusion_matrix(labels: ArrayLike, predicted: ArrayLike) -> NDArray[np.int64]:
    """Counts (3, 3), rows truth, columns prediction. Raises DataError for empty input or ids outside 0..2."""
    truth, calls = check_labels(labels, "labels"), check_labels(predicted, "predicted")
    if len(truth) != len(calls):
        raise DataError(f"labels hold {len(truth)} walks, predictions {len(calls)}; expected as many of each")
    cells = np.bincount(truth * N_CLASSES + calls, minlength=N_CLASSES * N_CLASSES)
    return cells.reshape(N_CLASSES, N_CLASSES).astype(np.int64)


def check_scores(scores: ArrayLike) -> NDArray[np.floating]:
    """The scores as a finite floating (N, 3) array in the precision given. Raises DataError."""
    array = np.asarray(scores)
    if array.dtype.kind not in "fiu":
        raise DataError(f"scores have dtype {array.dtype}; expected real numbers")
    if array.ndim != 2 or array.shape[1] != N_CLASSES:
        raise DataError(f"scores have shape {array.shape}; expected (walks, {N_CLASSES}), one column per class")
    if len(array) == 0:
        raise DataError("scores hold no walk; there is nothing to evaluate")
    array = array if array.dtype.kind == "f" else array.astype(np.float64)
    if not np.isfinite(array).all():
        walk = int(np.argwhere(~np.isfinite(array))[0, 0])
        raise DataError(
            f"scores hold NaN or infinite values, first in row {walk}; predict that walk again or leave it out"
        )
    return array


def check_labels(labels: ArrayLike, name: str) -> NDArray[np.int64]:
    """Class ids as int64 (N,). Raises DataError for no walk, fractions, and ids outside 0..2."""
    array = np.asarray(labels)
    if array.ndim != 1:
        raise DataError(f"{name} have shape {array.shape}; expected (walks,)")
    if len(array) == 0:
        raise DataError(f"{name} hold no walk; there is nothing to evaluate")
    if array.dtype.kind not in "iu":
        raise DataError(f"{name} have dtype {array.dtype}; expected whole class ids 0..{N_CLASSES - 1}")
    wrong = (array < 0) | (array >= N_CLASSES)
    if wrong.any():
        raise DataError(
            f"{name} hold class id {array[wrong][0]} in row {int(np.flatnonzero(wrong)[0])}; "
            f"expected 0..{N_CLASSES - 1}; leave walks of unknown class out"
        )
    return array.astype(np.int64)


def group_score(class_probabilities: FloatArray, group: str) -> FloatArray:
    """Probability (N,) that a walk belongs to a group of ``GROUPS``, from the (N, 3) class probabilities."""
    return class_probabilities[:, list(GROUPS[group])].sum(axis=1)


def in_group(labels: NDArray[np.int64], group: str) -> NDArray[np.bool_]:
    """Which walks (N,) truly belong to a group of ``GROUPS``."""
    return np.isin(labels, GROUPS[group])


def _cells(rows: list[int], columns: list[int]) -> NDArray[np.bool_]:
    mask = np.zeros((N_CLASSES, N_CLASSES), dtype=bool)
    mask[np.ix_(rows, columns)] = True
    return mask


def _proportions() -> dict[str, Proportion]:
    everything = list(range(N_CLASSES))
    proportions: dict[str, Proportion] = {
        "accuracy": (np.eye(N_CLASSES, dtype=bool), _cells(everything, everything)),
        "sensitivity_abnormal": (_cells(_ABNORMAL, _ABNORMAL), _cells(_ABNORMAL, everything)),
        "specificity_abnormal": (_cells([_NEGATIVE], [_NEGATIVE]), _cells([_NEGATIVE], everything)),
        "sensitivity_positive": (_cells([_POSITIVE], [_POSITIVE]), _cells([_POSITIVE], everything)),
        "specificity_positive": (_cells(_NOT_POSITIVE, _NOT_POSITIVE), _cells(_NOT_POSITIVE, everything)),
    }
    for index, name in enumerate(CLASS_NAMES):
        proportions[f"recall_{name}"] = (_cells([index], [index]), _cells([index], everything))
        proportions[f"precision_{name}"] = (_cells([index], [index]), _cells(everything, [index]))
    return proportions


PROPORTIONS: dict[str, Proportion] = _proportions()
_ZERO_WHEN_UNDEFINED = {f"{kind}_{name}" for kind in ("recall", "precision") for name in CLASS_NAMES}


def proportion_counts(table: ArrayLike, name: str) -> tuple[FloatArray, FloatArray]:
    """Walks counted as right, and walks counted at all, of a proportion in ``PROPORTIONS``; (..., 3, 3) -> (...)."""
    counts = np.asarray(table, dtype=np.float64)
    right, all_of_them = PROPORTIONS[name]
    return (counts * right).sum((-2, -1)), (counts * all_of_them).sum((-2, -1))


def metrics_of_tables(tables: ArrayLike) -> dict[str, FloatArray]:
    """Every figure of one or many tables of counts: (..., 3, 3) -> name -> (...), see ``screening_metrics``."""
    counts = np.asarray(tables, dtype=np.float64)
    figures: dict[str, FloatArray] = {}
    for name in PROPORTIONS:
        right, total = proportion_counts(counts, name)
        figures[name] = ratio(right, total, 0.0 if name in _ZERO_WHEN_UNDEFINED else np.nan)
    diagonal = np.diagonal(counts, axis1=-2, axis2=-1)
    occurrences = counts.sum(-1) + counts.sum(-2)
    f1 = ratio(2 * diagonal, occurrences, 0.0)
    for index, name in enumerate(CLASS_NAMES):
        figures[f"f1_{name}"] = f1[..., index]
    present = occurrences > 0
    for kind in ("precision", "recall", "f1"):
        per_class = np.stack([figures[f"{kind}_{name}"] for name in CLASS_NAMES], axis=-1)
        figures[f"macro_{kind}"] = ratio((per_class * present).sum(-1), present.sum(-1).astype(np.float64), np.nan)
        figures[f"macro_{kind}_three_class"] = per_class.mean(-1)
    return {name: figures[name] for name in METRIC_NAMES}


METRIC_NAMES: tuple[str, ...] = (
    "accuracy",
    *(f"macro_{kind}" for kind in ("precision", "recall", "f1")),
    *(f"macro_{kind}_three_class" for kind in ("precision", "recall", "f1")),
    "sensitivity_abnormal",
    "specificity_abnormal",
    "sensitivity_positive",
    "specificity_positive",
    *(f"{kind}_{name}" for name in CLASS_NAMES for kind in ("precision", "recall", "f1")),
)


def counts_of_table(table: NDArray[np.int64]) -> dict[str, int]:
    """``n_walks``, ``n_true_<class>`` and ``n_predicted_<class>`` of one table."""
    counts = {"n_walks": int(table.sum())}
    counts |= {f"n_true_{name}": int(total) for name, total in zip(CLASS_NAMES, table.sum(1), strict=True)}
    return counts | {f"n_predicted_{name}": int(total) for name, total in zip(CLASS_NAMES, table.sum(0), strict=True)}


def ratio(numerator: FloatArray, denominator: FloatArray, undefined: float = np.nan) -> FloatArray:
    """numerator / denominator, broadcast; ``undefined`` where the denominator is not above 0."""
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), undefined)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result
