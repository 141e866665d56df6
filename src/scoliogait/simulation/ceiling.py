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
from scoliogait.simulation.traits import SIDED_NAMES, TRAIT_NAMES, TRAITS

Rows = Sequence[dict[str, Any]]
Traits = NDArray[np.float64]
_FOLDS = 5


def names_of(*families: str) -> tuple[str, ...]:
    """Names of the traits of these families, in the order of TRAITS."""
    return tuple(trait.name for trait in TRAITS if trait.family in families)


def trait_matrix(rows: Rows, names: Sequence[str] = TRAIT_NAMES) -> Traits:
    """Traits (walks, names) of a ground-truth table. The Cobb angle is not among them."""
    return np.array([[row[name] for name in names] for row in rows], dtype=np.float64)


def balanced_accuracy_from_truth(rows: Rows, seed: int = 0) -> float:
    """Balanced accuracy (0..1) of ``chances_from_truth`` on all traits."""
    return float(balanced_accuracy_score(labels_of(rows), chances_from_truth(rows, seed=seed).argmax(axis=1)))


def labels_of(rows: Rows) -> NDArray[np.int64]:
    """Class ids (walks,) of a ground-truth table."""
    return np.array([int(parse_class(row["class"], "ground truth")) for row in rows], dtype=np.int64)


def chances_from_truth(rows: Rows, names: Sequence[str] = TRAIT_NAMES, seed: int = 0) -> Traits:
    """Probabilities (walks, 3) by a strong classifier on the noise-free traits ``names``, cross-validated by subject.

    Neither the Cobb angle nor anything that follows from it without noise is a feature. A first stage learns from the
    sided traits on which side the curve is; they are then seen from there. The second stage averages regularised
    discriminant analysis and logistic regression, with the classes weighted equally.
    """
    traits, labels = trait_matrix(rows, names), labels_of(rows)
    sides = np.array([1 if row["side"] == "left" else 0 for row in rows])
    cobb = np.array([row["cobb_deg"] for row in rows])
    people = np.array([row["subject_id"] for row in rows])
    sided = np.isin(names, SIDED_NAMES)
    chances = np.empty((len(labels), 3))
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(traits, labels, people):
        seen = _seen_from_the_curve(traits, sided, sides, cobb, train) if sided.any() else traits
        chances[test] = _strong_classifier().fit(seen[train], labels[train]).predict_proba(seen[test])
    return chances


def _seen_from_the_curve(
    traits: Traits,
    sided: NDArray[np.bool_],
    sides: NDArray[np.int64],
    cobb: NDArray[np.float64],
    train: NDArray[np.int64],
) -> Traits:
    finder = make_pipeline(StandardScaler(with_mean=False), LogisticRegression(C=0.1, fit_intercept=False))
    # The side of a curve of a few degrees means little: weigh the examples by their angle.
    weights = {"logisticregression__sample_weight": cobb[train]}
    finder.fit(traits[train][:, sided], sides[train], **weights)
    score = finder.decision_function(traits[:, sided])
    seen = traits.copy()
    seen[:, sided] *= np.where(score >= 0, 1.0, -1.0)[:, None]
    return np.column_stack([seen, np.abs(score)])


def _strong_classifier() -> VotingClassifier:
    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[1 / 3] * 3)
    logistic = LogisticRegression(C=0.1, class_weight="balanced", max_iter=2000)
    members = [("discriminant", discriminant), ("logistic", logistic)]
    return VotingClassifier([(name, make_pipeline(StandardScaler(), m)) for name, m in members], voting="soft")
