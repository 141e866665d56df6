"""Published statistics of Scoliosis1K beside those of a simulated cohort, quantity by quantity.

The published values were measured on the real data (see the documentation of the simulated cohort for their source).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.partition import OWN_PARTITION, Partition, read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.resampling import group_numbers
from scoliogait.labels import CLASS_NAMES, ScreeningClass
from scoliogait.simulation.ceiling import balanced_accuracy_from_truth
from scoliogait.simulation.truth import TRUTH_FILE, read_truth
from scoliogait.survey import analysis

# The grey level (of 255) that a map pixel must exceed to count as lit. The publication does not state its own; this one
# gives the published height of the support.
SUPPORT_THRESHOLD = 13
_MIN_PEOPLE = 5


@dataclass(frozen=True)
class PublishedComparison:
    """One quantity: its published value as text, ours, and the range that ours must lie in."""

    quantity: str
    published: str
    simulated: float
    low: float
    high: float
    digits: int = 3

    @property
    def met(self) -> bool:
        """Whether ours lies in the allowed range, its ends included."""
        return bool(self.low <= self.simulated <= self.high)

    def cells(self) -> tuple[str, str, str, str, str]:
        """Texts of the row: quantity, published, simulated, allowed, verdict."""
        d = self.digits
        allowed = f"{self.low:.{d}f} to {self.high:.{d}f}" if np.isfinite(self.high) else f"above {self.low:.{d}f}"
        return self.quantity, self.published, f"{self.simulated:.{d}f}", allowed, "met" if self.met else "MISSED"


def published_comparisons(store: WalkStore, partition: Partition) -> list[PublishedComparison]:
    """Compare every walk of a simulated store, and a probe from its training to its test walks, with the publication.

    Every walk needs poses. Raises DataError for a walk without, ids that the store lacks, or fewer than ten people of a
    class, five on either side: then the comparison says nothing.
    """
    _check_size(store, partition)
    return [*_confidence(store), *_maps(store), *_asymmetry(store, partition)]


def _check_size(store: WalkStore, partition: Partition) -> None:
    for side, ids in (("training", partition.train), ("test", partition.test)):
        indices = store.indices_of(ids)
        numbers = group_numbers([store.subject_ids[i] for i in indices], len(indices))
        for class_, name in enumerate(CLASS_NAMES):
            n_people = len(set(numbers[store.labels[indices] == class_].tolist()))
            if n_people < _MIN_PEOPLE:
                raise DataError(
                    f"the cohort has {n_people} {'person' if n_people == 1 else 'people'} of class {name} among its "
                    f"{side} walks; comparing with the published statistics needs {_MIN_PEOPLE}; simulate more walks"
                )


def _confidence(store: WalkStore) -> list[PublishedComparison]:
    confidence = analysis.mean_confidences(store)
    return [
        _within(f"mean joint confidence, {name}", 0.90, float(confidence[store.labels == label].mean()), 3, share=0.02)
        for label, name in enumerate(CLASS_NAMES)
        if (store.labels == label).any()
    ]


def _maps(store: WalkStore) -> list[PublishedComparison]:
    walks = analysis.spread_evenly(np.arange(len(store)))
    support = analysis.map_support(store, walks, SUPPORT_THRESHOLD)
    level = f"grey level above {SUPPORT_THRESHOLD}"
    return [
        _within(f"map support width, px ({level})", 32.1, support.width, 1),
        _within(f"map support height, px ({level})", 61.5, support.height, 1),
        _within("active fraction of the map", 0.363, support.active_fraction, 3),
        _within("jitter of the support's centre x, px", 0.86, support.jitter_centre_x),
        _within("jitter of the support's centre y, px", 0.52, support.jitter_centre_y),
        _within("jitter of the support's width, px", 2.15, support.jitter_width),
        _within("jitter of the support's height, px", 0.51, support.jitter_height),
    ]


def _within(
    quantity: str, published: float, simulated: float, digits: int = 2, share: float = 0.15
) -> PublishedComparison:
    return PublishedComparison(
        quantity, f"{published:.{digits}f}", simulated, published * (1 - share), published * (1 + share), digits
    )


def _asymmetry(store: WalkStore, partition: Partition) -> list[PublishedComparison]:
    raw = analysis.walk_asymmetries(store)
    train, test = store.indices_of(partition.train), store.indices_of(partition.test)
    means = analysis.class_means(analysis.min_max(raw, raw), store.labels, list(ScreeningClass))
    recall = 100 * _probe_recall(analysis.min_max(raw, raw[train]), store.labels, train, test)
    negative, neutral, positive = (float(mean) for mean in means)
    return [
        PublishedComparison("mean normalised PAV, negative", "0.307", negative, 0.257, 0.357),
        PublishedComparison("mean normalised PAV, neutral", "0.355", neutral, 0.305, 0.405),
        PublishedComparison("mean normalised PAV, positive", "0.364", positive, 0.314, 0.414),
        PublishedComparison("PAV gap from negative to neutral", "0.048", neutral - negative, 0.034, 0.062),
        PublishedComparison("PAV gap from neutral to positive", "0.009", positive - neutral, 0.001, 0.023),
        PublishedComparison("linear probe on the PAV, macro recall, %", "48.2", recall, 42, 55, 1),
    ]


def _probe_recall(
    values: NDArray[np.float64], labels: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64]
) -> float:
    return analysis.linear_probe(values[train], labels[train], values[test], labels[test])["macro_recall"]


def check_cohort(folder: Path) -> list[PublishedComparison]:
    """Compare a cohort folder (store, partition, ground truth) with the published statistics."""
    rows = published_comparisons(WalkStore.open(folder), read_partition(folder / OWN_PARTITION))
    ceiling = 100 * balanced_accuracy_from_truth(read_truth(folder / TRUTH_FILE))
    quantity = "strong classifier on the true parameters, balanced accuracy, %"
    rows.append(PublishedComparison(quantity, "–", ceiling, 85, 92, 1))
    return rows


def markdown_table(rows: Sequence[PublishedComparison]) -> str:
    """The comparison for the documentation."""
    lines = ["| quantity | published | simulated | allowed | verdict |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row.cells())} |" for row in rows]
    return "\n".join(lines) + "\n"
