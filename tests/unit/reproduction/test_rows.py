"""Published figures beside ours: what is entered, where it lies, and when it may not be compared."""

import pytest

from released_ids import class_of_id
from scoliogait.data.partition import read_partition
from scoliogait.evaluation.headline import PRINTED_METRICS
from scoliogait.evaluation.metrics import metrics_of_tables
from scoliogait.evaluation.seeds import SeedFigure
from scoliogait.reproduction.published import PUBLISHED_FIGURES
from scoliogait.reproduction.rows import beside

DRF = PUBLISHED_FIGURES["drf-118-paper"]


def ours(low: float, high: float) -> dict[str, SeedFigure]:
    figure = SeedFigure(((low + high) / 2,), (low + high) / 2, None, (low, high))
    return dict.fromkeys(PRINTED_METRICS, figure)


def test_where_the_published_figure_lies() -> None:
    """86.0 / 84.1 / 79.2 / 80.8 against 0.80 to 0.85."""
    places = beside(DRF, ours(0.80, 0.85), smoke=False, simulated=False).places
    assert places == {
        "accuracy": "above",
        "macro_precision": "inside",
        "macro_recall": "below",
        "macro_f1": "inside",
    }


def test_bounds_belong_to_the_interval_and_no_interval_places_nothing() -> None:
    assert beside(DRF, ours(0.86, 0.9), smoke=False, simulated=False).places["accuracy"] == "inside"
    assert beside(DRF, ours(float("nan"), float("nan")), smoke=False, simulated=False).places == {}


@pytest.mark.parametrize(
    ("key", "smoke", "simulated", "reason"),
    [
        ("drf-118-paper", True, True, "smoke run"),
        ("drf-118-paper", False, True, "simulated walks"),
        ("author-drf-on-112", False, False, "370 of these 748 test walks are training walks of 118"),
    ],
)
def test_what_is_not_comparable_is_not_placed(key: str, smoke: bool, simulated: bool, reason: str) -> None:
    entry = beside(PUBLISHED_FIGURES[key], ours(0.0, 1.0), smoke=smoke, simulated=simulated)
    assert entry.not_comparable == reason
    assert entry.places == {}


def test_one_entry_is_what_calling_every_walk_negative_gives() -> None:
    """Derived from the released partition, so that a slip in the table would show."""
    labels = [class_of_id(id_) for id_ in read_partition("118").test]
    table = [[labels.count(truth) if call == 0 else 0 for call in range(3)] for truth in range(3)]
    figures = metrics_of_tables(table)
    entry = PUBLISHED_FIGURES["author-drf-sum"]
    for name in PRINTED_METRICS:
        three = name if name == "accuracy" else f"{name}_three_class"
        assert entry.figure(name) == pytest.approx(100 * float(figures[three]), abs=0.006)


def test_the_overlap_that_is_told_is_that_of_the_partitions() -> None:
    n_both = len(set(read_partition("112").test) & set(read_partition("118").train))
    assert PUBLISHED_FIGURES["author-drf-on-112"].not_comparable.startswith(f"{n_both} of these")


def test_figures_are_percentages() -> None:
    for entry in PUBLISHED_FIGURES.values():
        printed = [value for metric in PRINTED_METRICS if (value := entry.figure(metric)) is not None]
        assert all(1 < value < 100 for value in printed), entry.key
