"""Statistics of a set of walks that have published counterparts: confidence, asymmetry per class, map support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from scoliogait.data.store import WalkStore
from scoliogait.evaluation.headline import PRINTED_METRICS
from scoliogait.evaluation.intervals import bootstrap_intervals
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.resampling import group_numbers
from scoliogait.labels import CLASS_NAMES
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.representation.kinds import cut_width_px
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.skeleton_map import render_skeleton_maps

_FOLDS, _MIN_FOLDS = 5, 2
_EVERY_WALK_MAPS = SkeletonMapConfig(alignment="shared")


@dataclass(frozen=True)
class MapSupport:
    """The lit part of 64-px skeleton maps, averaged over walks; lengths in map pixels.

    active_fraction: share of all pixels that are lit in the limb or the joint map. jitter_*: standard deviation over
    the frames of a walk of the bounding box's centre and size. clipped_share: share of the grey mass of both channels
    in the columns that the published models cut away.
    """

    width: float
    height: float
    active_fraction: float
    jitter_centre_x: float
    jitter_centre_y: float
    jitter_width: float
    jitter_height: float
    clipped_share: float


@dataclass(frozen=True)
class ProbeResult:
    """Figures of a cross-validated probe, 0..1, with their 95 % intervals over people.

    figures: name -> (value, low, high). n_folds, n_walks, n_people: what it was measured on.
    """

    figures: Mapping[str, tuple[float, float, float]]
    n_folds: int
    n_walks: int
    n_people: int


def walk_asymmetries(store: WalkStore) -> NDArray[np.float64]:
    """Unnormalised PAV of every walk: (walks, 24), pairs by metrics."""
    return np.stack([postural_asymmetry(store.frames("poses", i)).ravel() for i in range(len(store))]).astype(
        np.float64
    )


def mean_confidences(store: WalkStore) -> NDArray[np.float64]:
    """Mean joint confidence of every walk, 0..1."""
    return np.array([store.frames("poses", i)[..., 2].mean() for i in range(len(store))])


def min_max(values: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column scaled so that the reference's range becomes 0..1; a column that is constant there becomes 0.

    Constant up to rounding counts: the hips' midline entry is 0 by construction.
    """
    low, high = reference.min(axis=0), reference.max(axis=0)
    varies = high - low > 1e-4
    return np.where(varies, (values - low) / np.where(varies, high - low, 1.0), 0.0)


def class_means(values: NDArray[np.float64], labels: ArrayLike, classes: Sequence[int]) -> NDArray[np.float64]:
    """Mean of all entries of the rows of each class; NaN for a class without a row."""
    labels = np.asarray(labels)
    return np.array([values[labels == c].mean() if (labels == c).any() else np.nan for c in classes])


def linear_probe(
    train: NDArray[np.float64], train_labels: ArrayLike, test: NDArray[np.float64], test_labels: ArrayLike
) -> dict[str, float]:
    """Class-balanced linear softmax classifier on rows: accuracy, macro precision, recall and F1 on the test rows."""
    predicted = _probe().fit(train, np.asarray(train_labels)).predict(test)
    truth = np.asarray(test_labels)
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "macro_precision": float(precision_score(truth, predicted, average="macro", zero_division=0)),
        "macro_recall": float(recall_score(truth, predicted, average="macro", zero_division=0)),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
    }


def cross_validated_probe(
    values: NDArray[np.float64], labels: ArrayLike, people: Sequence[str | None], seed: int = 0
) -> ProbeResult | None:
    """``linear_probe`` on walks of people it was not fitted on: five folds, fewer where a class has fewer people.

    values (walks, entries), labels (walks,), people: None where unknown. Every walk is predicted once.
    None where a class has walks of fewer than two people, so that it cannot be both learnt and tested.
    """
    classes, numbers = np.asarray(labels), group_numbers(people, len(values))
    fewest = min(len(set(numbers[classes == c])) for c in range(len(CLASS_NAMES)))
    if fewest < _MIN_FOLDS:
        return None
    folds = StratifiedGroupKFold(min(_FOLDS, fewest), shuffle=True, random_state=seed)
    scores = np.zeros((len(values), len(CLASS_NAMES)))
    for train, test in folds.split(values, classes, numbers):
        probe = _probe().fit(values[train], classes[train])
        scores[test] = np.eye(len(CLASS_NAMES))[probe.predict(values[test])]
    metrics, intervals = screening_metrics(scores, classes), bootstrap_intervals(scores, classes, people, seed=seed)
    figures = {name: (metrics[name], *intervals[name]) for name in PRINTED_METRICS}
    return ProbeResult(figures, folds.n_splits, len(values), len(set(numbers.tolist())))


def _probe() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=5000))


def spread_evenly(indices: NDArray[np.int64], n_wanted: int = 60) -> list[int]:
    """At most ``n_wanted`` of the indices, from the first to the last; 60 walks are enough for the size of maps."""
    places = np.unique(np.linspace(0, len(indices) - 1, n_wanted).astype(int))
    return [int(index) for index in indices[places]]


def map_support(store: WalkStore, walks: Sequence[int], threshold: int) -> MapSupport:
    """Support of the 64-px maps of some walks, both channels together; lit means a grey level above ``threshold``."""
    per_walk = [_support_of_walk(store.frames("poses", i), threshold) for i in walks]
    return MapSupport(*(float(value) for value in np.mean(per_walk, axis=0)))


def _support_of_walk(poses: NDArray[np.float32], threshold: int) -> NDArray[np.float64]:
    maps = render_skeleton_maps(poses, _EVERY_WALK_MAPS).numpy()
    cut = cut_width_px(maps.shape[-1])
    kept = maps[..., cut:-cut].sum(dtype=np.float64) / max(maps.sum(dtype=np.float64), 1.0)
    levels = maps.max(axis=1)
    lit: NDArray[np.bool_] = levels > threshold
    left, width = _extent(levels.max(axis=1) > threshold)
    top, height = _extent(levels.max(axis=2) > threshold)
    centre_x, centre_y = left + 0.5 * width, top + 0.5 * height
    jitter = [side.std() for side in (centre_x, centre_y, width, height)]
    return np.array([width.mean(), height.mean(), lit.mean(), *jitter, 1 - kept])


def _extent(lit: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First lit place and length from the first to the last of each row; 0 and 0 where nothing is lit."""
    first = np.argmax(lit, axis=1)
    last = lit.shape[1] - np.argmax(lit[:, ::-1], axis=1)
    empty = ~lit.any(axis=1)
    return np.where(empty, 0, first).astype(np.float64), np.where(empty, 0, last - first).astype(np.float64)
