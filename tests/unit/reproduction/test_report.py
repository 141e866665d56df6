"""The table of a reproduction in words: figures against hand-computed ones, places, the class-ratio study, marks."""

from pathlib import Path

import numpy as np
import pytest

from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.seeds import SeedFigure
from scoliogait.reproduction.published import PUBLISHED_FIGURES
from scoliogait.reproduction.report import (
    RATIO_WARNING,
    Report,
    as_printed,
    in_percent,
    markdown,
    relation,
    text_tables,
    write_reproduction,
)
from scoliogait.reproduction.rows import RowResult, row_result

LABELS = np.array([0] * 4 + [1] * 2 + [2] * 14)
DRF = PUBLISHED_FIGURES["drf-118-paper"]


def run(seed: int, simulated: bool) -> Predictions:
    """20 walks; seed 0 calls all positive, seed 1 is right about all negative ones besides."""
    calls = np.where((LABELS == 0) & (seed == 1), 0, 2)
    return Predictions(
        tuple(f"w{row}" for row in range(20)),
        (None,) * 20,
        LABELS,
        np.eye(3)[calls],
        np.eye(3)[calls],
        {"partition": "118", "selection": "validation", "simulated": "yes" if simulated else "no"},
    )


def row(name: str, simulated: bool = False, common_test: bool = False) -> RowResult:
    runs = [(seed, run(seed, simulated)) for seed in (0, 1)]
    return row_result(name, "DRF", "118", common_test, runs, [] if common_test else [DRF], smoke=False)


def test_a_row_against_hand_computed_figures() -> None:
    """Accuracy 14/20 and 18/20; F1 0, 0, 28/34 and 1, 0, 28/30; mean 80.0, spread 0.2 / sqrt 2."""
    result = row("drf-118")
    assert result.figures["accuracy"].values == (0.7, 0.9)
    f1 = [28 / 34 / 3, (1 + 28 / 30) / 3]
    assert result.figures["macro_f1"].values == pytest.approx(f1)
    assert in_percent(result.figures["accuracy"]).startswith("80.0 ± 14.1 (")
    assert result.majority_share == 0.7
    assert result.n_class_walks == (4, 2, 14)


def test_figures_in_words() -> None:
    assert in_percent(SeedFigure((0.821,), 0.821, None, (0.78, 0.8615))) == "82.1 (78.0–86.2)"
    assert in_percent(SeedFigure((1.0,), 1.0, None, (float("nan"), float("nan")))) == "100.0 (no interval)"
    assert as_printed(PUBLISHED_FIGURES["body-only-adamw-27k-112-notes"], "macro_precision") == "90.30"
    assert as_printed(PUBLISHED_FIGURES["sconet-mt-118-paper"], "accuracy") == "82.0"
    assert as_printed(PUBLISHED_FIGURES["sconet-mt-118-paper"], "macro_f1") == ""


def test_where_a_published_figure_lies_in_words() -> None:
    assert relation(row("drf-118").beside[0], ("accuracy",)) == "accuracy inside ours"
    assert relation(row("drf-118", simulated=True).beside[0], ("accuracy",)) == "not comparable: simulated walks"


def report_of(rows: list[RowResult], simulated: bool = False) -> Report:
    return Report(rows, [("drf-112 seed 0", "no room")], 2, smoke=False, simulated=simulated)


def test_the_class_ratio_study_stands_both_ways_beside_each_other() -> None:
    tables = {t.title: t for t in text_tables(report_of([row("drf-118"), row("drf-118-common", common_test=True)]))}
    study = next(table for title, table in tables.items() if title.startswith("Class-ratio study of DRF"))
    assert study.note == RATIO_WARNING
    [line] = study.rows
    assert line[:3] == ("1:1:8", "20 (4/2/14)", "70.0")
    assert line[1:5] == line[5:9]
    assert [cells[0] for cells in tables["Accuracy and macro-F1"].rows] == ["drf-118"]
    assert tables["Jobs that failed"].rows == (("drf-112 seed 0", "no room"),)


def test_every_table_is_rectangular() -> None:
    for table in text_tables(report_of([row("drf-118"), row("drf-118-common", common_test=True)])):
        assert {len(cells) for cells in table.rows} == {len(table.headings)}


def test_simulated_walks_are_said_to_be_simulated_everywhere(tmp_path: Path) -> None:
    write_reproduction(tmp_path, report_of([row("drf-118", simulated=True)], simulated=True))
    for name in ("table.md", "report.html"):
        text = (tmp_path / name).read_text()
        assert "Published figures beside ours (simulated)" in text
        assert "not comparable: simulated walks" in text
        assert "2 jobs are still to be done" in text
    assert '"simulated"' in (tmp_path / "table.json").read_text()


def test_the_page_with_the_smoke_table_is_up_to_date() -> None:
    """Its figures are of one machine; what the program says of the published ones is the same everywhere."""
    page = (Path(__file__).parents[3] / "docs" / "studies" / "reproducibility-smoke.md").read_text(encoding="utf-8")
    report = Report([], [], 0, smoke=True, simulated=True)
    said = markdown(report, text_tables(report)).splitlines()
    assert len(said) > 15
    assert set(said) <= set(page.splitlines())
    assert RATIO_WARNING in page
