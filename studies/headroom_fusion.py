"""Late fusion of the set network with features of a walk, blind to its side, scored on people it has not seen.

Signed features are turned before they are compared: a direction is learned along which walks with a curve scatter most
against those without (curves to both sides are one class, so their mean is near zero and their scatter is not), and a
walk on its negative side is mirrored. A walk and its mirror image so become the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.preprocessing import StandardScaler

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Of the scatter of walks without a curve, the part that is replaced by that of unrelated features.
_SHRINKAGE = 0.3
# Candidates of the inverse penalty; chosen on people of the training folds.
_PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
_INNER_FOLDS = 3
# Makes the penalty on what the network says negligible.
_NETWORK_SCALE = 10.0


@dataclass(frozen=True, eq=False)
class Walks:
    """Walks of one cohort: labels (n,) class ids, people (n,) numbers, fold (n,) of the cross-validation."""

    labels: Numbers
    people: Numbers
    fold: Numbers

    def task(self, name: str) -> tuple[Mask, Mask]:
        """(walks that count, those to rank high), (n,) each, of "abnormal" (all walks) or "positive" (no negatives)."""
        if name == "abnormal":
            return np.ones(len(self.labels), dtype=bool), self.labels > 0
        return self.labels > 0, self.labels == 2


@dataclass(frozen=True, eq=False)
class Columns:
    """Features of walks: signed (n, s), even (n, e); hint (n, h): signed too, helps to find the side and no more."""

    signed: Array
    even: Array
    hint: Array


def out_of_fold(walks: Walks, task: str, network: Array | None, columns: Columns) -> Array:
    """Log-odds (n,) of each walk by a logistic regression on the other folds; NaN for walks that do not count.

    network (n, 2): log-odds by the set network that has not seen the walk's person, or None for features alone.
    """
    counts, truth = walks.task(task)
    scores = np.full(len(truth), np.nan)
    for number in np.unique(walks.fold):
        train, held = counts & (walks.fold != number), counts & (walks.fold == number)
        inputs = _inputs(walks, walks.fold != number, network, columns)
        inner = list(GroupKFold(_INNER_FOLDS).split(inputs[train], truth[train], walks.people[train]))
        logistic = LogisticRegression(class_weight="balanced", max_iter=3000)
        model = GridSearchCV(logistic, {"C": _PENALTIES}, scoring="roc_auc", cv=inner)
        scores[held] = model.fit(inputs[train], truth[train]).decision_function(inputs[held])
    return scores


def _inputs(walks: Walks, train: Mask, network: Array | None, columns: Columns) -> Array:
    parts = [columns.even]
    if columns.signed.shape[1]:
        parts += _turned(columns, train, walks.labels > 0)
    features = np.hstack(parts)
    if features.shape[1]:
        features = StandardScaler().fit(features[train]).transform(features)
    if network is None:
        return np.asarray(features)
    return np.hstack([features, _NETWORK_SCALE * StandardScaler().fit(network[train]).transform(network)])


def _turned(columns: Columns, train: Mask, curved: Mask) -> list[Array]:
    """Signed features as seen from the side of the curve, and how far out on that side a walk is."""
    signed = np.hstack([columns.signed, columns.hint])
    scaled = signed / np.maximum(np.sqrt((signed[train] ** 2).mean(axis=0)), 1e-9)
    place = scaled @ side_direction(scaled[train & curved], scaled[train & ~curved])
    seen = scaled[:, : columns.signed.shape[1]] * np.where(place >= 0, 1.0, -1.0)[:, None]
    return [seen, np.abs(place)[:, None]]


def side_direction(curved: Array, straight: Array) -> Array:
    """The direction (s,) along which signed features (walks, s) of the curved scatter most for what the straight do."""
    scatter = [walks.T @ walks / len(walks) for walks in (curved, straight)]
    even = np.eye(scatter[1].shape[0]) * np.trace(scatter[1]) / len(scatter[1])
    _, directions = eigh(scatter[0], (1 - _SHRINKAGE) * scatter[1] + _SHRINKAGE * even)
    return np.asarray(directions[:, -1])
