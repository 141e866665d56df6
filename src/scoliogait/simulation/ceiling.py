"""How well the true posture and gait parameters separate the classes: the ceiling of any method that sees pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scoliogait.labels import parse_class
from scoliogait.simulation.traits import SIDED_NAMES, TRAIT_NAMES

Rows = Sequence[dict[str, Any]]
_FOLDS = 5


def trait_matrix(rows: Rows) -> NDArray[np.float64]:
    """Traits (walks, traits) of a ground-truth table, columns as TRAIT_NAMES. The Cobb angle is not among them."""
    return np.array([[row[name] for name in TRAIT_NAMES] for row in rows], dtype=np.float64)


def balanced_accuracy_from_truth(rows: Rows, seed: int = 0) -> float:
    """Balanced accuracy (0..1) of a strong classifier on the noise-free traits, cross-validated by subject.

    Neither the Cobb angle nor anything that follows from it without noise is a feature. A first stage learns on which
    side the curve is; sided traits are then seen from there. The second stage averages regularised discriminant
    analysis and logistic regression, with the classes weighted equally.
    """
    traits = trait_matrix(rows)
    labels = np.array([int(parse_class(row["class"], "ground truth")) for row in rows])
    sides = np.array([1 if row["side"] == "left" else 0 for row in rows])
    cobb = np.array([row["cobb_deg"] for row in rows])
    people = np.array([row["subject_id"] for row in rows])
    predicted = np.empty_like(labels)
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(traits, labels, people):
        seen_train, seen_test = _seen_from_the_curve(traits, sides, cobb, train, test)
        predicted[test] = _strong_classifier().fit(seen_train, labels[train]).predict(seen_test)
    return float(balanced_accuracy_score(labels, predicted))


def _seen_from_the_curve(
    traits: NDArray[np.float64],
    sides: NDArray[np.int64],
    cobb: NDArray[np.float64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sided = np.isin(TRAIT_NAMES, SIDED_NAMES)
    finder = make_pipeline(StandardScaler(with_mean=False), LogisticRegression(C=0.1, fit_intercept=False))
    # The side of a curve of a few degrees means little: weigh the examples by their angle.
    weights = {"logisticregression__sample_weight": cobb[train]}
    finder.fit(traits[train][:, sided], sides[train], **weights)
    score = finder.decision_function(traits[:, sided])
    seen = traits.copy()
    seen[:, sided] *= np.where(score >= 0, 1.0, -1.0)[:, None]
    seen = np.column_stack([seen, np.abs(score)])
    return seen[train], seen[test]


def _strong_classifier() -> VotingClassifier:
    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[1 / 3] * 3)
    logistic = LogisticRegression(C=0.1, class_weight="balanced", max_iter=2000)
    members = [("discriminant", discriminant), ("logistic", logistic)]
    return VotingClassifier([(name, make_pipeline(StandardScaler(), m)) for name, m in members], voting="soft")
