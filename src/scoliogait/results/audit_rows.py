"""The rows of an audit, and which of them the walks speak for: by macro recall, with an interval of the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from scoliogait.evaluation.metrics import confusion_matrix, metrics_of_tables, predicted_classes
from scoliogait.labels import CLASS_NAMES, LabelOrder
from scoliogait.representation.contract import InputContract

DIAGNOSIS = "diagnosis"
_Z95 = 1.96


@dataclass(frozen=True)
class AuditRow:
    """One class order on one representation. Figures are fractions 0..1, macro averages over all three classes.

    n_called: how many classes are called at all. One means that the input makes no difference to the model.
    stated: whether this is the contract, in the class order, that the model states, as far as it states them.
    """

    representation: str
    contract: str
    label_order: tuple[str, ...]
    n_walks: int
    n_called: int
    accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    stated: bool = False
    kind: str = DIAGNOSIS


@dataclass(frozen=True, eq=False)
class Tried:
    """A row, and for each walk whether it was called right, bool (N,)."""

    row: AuditRow
    right: NDArray[np.bool_]


def tried(
    name: str,
    contract: InputContract,
    order: LabelOrder,
    logits: NDArray[np.float64],
    labels: NDArray[np.int64],
    stated: bool,
) -> Tried:
    """What logits (N, 3) in the order of the file are worth when they are read in ``order``."""
    called = predicted_classes(logits[:, order.columns_in_our_order()])
    figures = metrics_of_tables(confusion_matrix(labels, called))
    row = AuditRow(
        representation=name,
        contract=contract.describe(),
        label_order=order.names,
        n_walks=len(labels),
        n_called=len(set(called.tolist())),
        accuracy=float(figures["accuracy"]),
        macro_precision=float(figures["macro_precision_three_class"]),
        macro_recall=float(figures["macro_recall_three_class"]),
        macro_f1=float(figures["macro_f1_three_class"]),
        stated=stated,
    )
    return Tried(row, called == labels)


def decision(every: Sequence[Tried], labels: NDArray[np.int64]) -> tuple[str, ...]:
    """Two lines, of the input and of the class order: what macro recall says of the stated contract, and by how much.

    Without a stated contract the highest row takes its place. Its rivals are the highest row of another representation
    that is not right on the very same walks, and the highest of another class order on its own. One line where all rows
    call one class only.
    """
    if all(one.row.n_called == 1 for one in every):
        return (
            f"Every input tried makes the model call all {len(labels)} walks the same class, so nothing is decided.",
        )
    own = [one for one in every if one.row.stated]
    chosen = _highest(own or every)
    row = chosen.row
    same_input = [one for one in every if one.row.representation == row.representation and one is not chosen]
    others = [one for one in every if one.row.representation != row.representation]
    alike = [one.row.representation for one in others if _is_right_alike(one, chosen)]
    others = [one for one in others if one.row.representation not in alike]
    name = row.representation if own else f"{row.representation}, the highest row,"
    if alike:
        name += f" (and {', '.join(alike)}, right on the same walks)"
    order = ", ".join(row.label_order)
    return (
        f"Input: {name} {_against(chosen, others, labels, lambda one: one.row.representation)}",
        f"Class order: {order} {_against(chosen, same_input, labels, lambda one: ', '.join(one.row.label_order))}",
    )


def _against(chosen: Tried, others: Sequence[Tried], labels: NDArray[np.int64], name: Callable[[Tried], str]) -> str:
    recall = f"has macro recall {100 * chosen.row.macro_recall:.1f} %"
    if chosen.row.n_called == 1:
        recall = f"calls all {len(labels)} walks the same class and {recall}"
    if not others:
        return f"{recall}; there is no other to compare it with."
    rival = _highest(others)
    low, high = _interval(chosen, rival, labels)
    interval = f"95 % interval {100 * low:+.1f} to {100 * high:+.1f}"
    verdict = "it is the best tried" if low > 0 else "it is not the best tried" if high < 0 else "nothing is decided"
    return (
        f"{recall}, the highest other ({name(rival)}) {100 * rival.row.macro_recall:.1f} %: a difference of "
        f"{50 * (low + high):+.1f} points over {len(labels)} walks ({interval}), "
        f"so {verdict}."
    )


def _is_right_alike(one: Tried, other: Tried) -> bool:
    return one.row.label_order == other.row.label_order and np.array_equal(one.right, other.right)


def _highest(of: Sequence[Tried]) -> Tried:
    """By macro recall, then accuracy; the first of equals."""
    return max(of, key=lambda one: (one.row.macro_recall, one.row.accuracy))


def _interval(first: Tried, second: Tried, labels: NDArray[np.int64]) -> tuple[float, float]:
    """95 % interval of the difference of macro recalls, paired by walk, normal, the walks of each class independent."""
    apart = first.right.astype(np.float64) - second.right
    of_class = [apart[labels == label] for label in range(len(CLASS_NAMES)) if (labels == label).any()]
    difference = first.row.macro_recall - second.row.macro_recall
    # Of a single walk nothing is known of the spread; differences lie in -1..1.
    variances = [values.var(ddof=1) / len(values) if len(values) > 1 else 1.0 for values in of_class]
    error = sqrt(sum(variances)) / len(CLASS_NAMES)
    return difference - _Z95 * error, difference + _Z95 * error
