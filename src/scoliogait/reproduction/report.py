"""The table of a reproduction: ours beside the published figures, as Markdown, JSON, a page and a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from scoliogait.evaluation.headline import METRIC_WORDS, PRINTED_METRICS, SHOWN_METRICS
from scoliogait.evaluation.seeds import SeedFigure
from scoliogait.evaluation.summary import NOT_A_MEDICAL_DEVICE, WALKS_TAKEN_AS_PEOPLE
from scoliogait.files import atomic_file, write_json
from scoliogait.provenance import SIMULATED_WALKS, Selection
from scoliogait.report.figures import GRID, INK, SOFT_INK, new_figure, plain_axes
from scoliogait.report.page import write_page
from scoliogait.report.page_pictures import page_figure
from scoliogait.reproduction.published import PUBLISHED_FIGURES, PublishedFigure
from scoliogait.reproduction.rows import SIMULATED, SMOKE, Beside, RowResult, row_json
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR

TABLE, NUMBERS, PAGE = "table.md", "table.json", "report.html"

METHOD = (
    "Ours: mean over seeds ± standard deviation between them, in brackets the 95 % interval of that mean (people and "
    "seeds both vary; with one seed only people). Each model was chosen on validation walks carved from the training "
    "ids, and its test set was opened once. All in percent."
)
PUBLISHED_NOTE = (
    "A published figure carries no interval and comes from one training. One chosen on test walks (test-guided) is too "
    "good, so that a figure of ours below it shows nothing; where nothing is stated, that may be so too."
)
RATIO_WARNING = (
    "The released splits differ in more than their ratio: each has its own test walks with its own share of every "
    "class, and 112 tests neutral on 14 walks. Accuracy follows that share, so a line on the left must not be compared "
    "with the line below it. On the right nothing but the ratio of the training walks changes: one test set, and as "
    "many training walks for every ratio. Nor can left be compared with right: other walks train."
)
_SPLIT_WORDS = {"112": "1:1:2", "114": "1:1:4", "118": "1:1:8", "1116": "1:1:16"}


@dataclass(frozen=True)
class TextTable:
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Report:
    """What is reported: finished rows, jobs that failed (name and reason), jobs that are still to be done."""

    rows: Sequence[RowResult]
    failures: Sequence[tuple[str, str]]
    n_waiting: int
    smoke: bool
    simulated: bool

    @property
    def marks(self) -> list[str]:
        """Short words that every output must carry."""
        return [mark for mark, holds in (("smoke", self.smoke), ("simulated", self.simulated)) if holds]

    @property
    def title(self) -> str:
        return "Published figures beside ours" + (f" ({', '.join(self.marks)})" if self.marks else "")

    @property
    def statements(self) -> list[str]:
        said = [NOT_A_MEDICAL_DEVICE]
        said += [f"{SMOKE[0].upper()}{SMOKE[1:]}."] if self.smoke else []
        said += [SIMULATED_WALKS, f"{SIMULATED[0].upper()}{SIMULATED[1:]}."] if self.simulated else []
        said += [WALKS_TAKEN_AS_PEOPLE] if any(not row.people_known for row in self.rows) else []
        said += [f"{self.n_waiting} jobs are still to be done; the same command goes on."] if self.n_waiting else []
        return [*said, METHOD, PUBLISHED_NOTE]


def write_reproduction(folder: Path, report: Report) -> None:
    """Write ``table.md``, ``table.json`` and ``report.html``, each atomically. Raises DataError when it cannot."""
    tables = text_tables(report)
    with atomic_file(folder / TABLE) as temporary:
        temporary.write_text(markdown(report, tables), encoding="utf-8")
    write_json(
        folder / NUMBERS,
        {
            "marks": report.marks,
            "statements": report.statements,
            "rows": [row_json(row) for row in report.rows],
            "failures": [{"job": name, "reason": reason} for name, reason in report.failures],
            "n_jobs_waiting": report.n_waiting,
        },
    )
    drawn = [row for row in report.rows if not row.common_test]
    picture = page_figure(rows_figure(drawn, report.title)) if drawn else None
    write_page(
        folder / PAGE,
        "reproduction.html",
        title=report.title,
        marks=report.marks,
        statements=report.statements,
        picture=picture,
        tables=tables,
    )


def text_tables(report: Report) -> list[TextTable]:
    """All tables of the report, cells as text; those without a line are left out."""
    tables = [
        _beside_table("Accuracy and macro-F1", report.rows, SHOWN_METRICS),
        _beside_table("Macro precision and macro recall", report.rows, ("macro_precision", "macro_recall")),
        *_ratio_tables(report.rows),
        _without_row(),
        TextTable("Jobs that failed", ("job", "why"), tuple(report.failures)),
    ]
    return [table for table in tables if table.rows]


def markdown(report: Report, tables: Sequence[TextTable]) -> str:
    lines = [f"# {report.title}", "", *(f"- {statement}" for statement in report.statements), ""]
    for table in tables:
        lines += [f"## {table.title}", ""] + ([table.note, ""] if table.note else [])
        lines += [_markdown_line(table.headings), _markdown_line(["---"] * len(table.headings))]
        lines += [*(_markdown_line(row) for row in table.rows), ""]
    return "\n".join(lines)


def in_percent(figure: SeedFigure) -> str:
    """``82.1 ± 1.3 (78.0–86.2)``: mean, spread between seeds where there are several, interval where there is one."""
    low, high = figure.interval
    spread = "" if figure.spread is None else f" ± {100 * figure.spread:.1f}"
    interval = " (no interval)" if math.isnan(low) else f" ({100 * low:.1f}–{100 * high:.1f})"
    return f"{100 * figure.mean:.1f}{spread}{interval}"


def relation(entry: Beside, metrics: Sequence[str]) -> str:
    """In words, where a published result lies relative to our intervals."""
    if entry.not_comparable:
        return f"not comparable: {entry.not_comparable}"
    placed = [f"{METRIC_WORDS[m]} {entry.places[m]} ours" for m in metrics if m in entry.places]
    return ", ".join(placed) if placed else "no figure to place"


def _beside_table(title: str, rows: Sequence[RowResult], metrics: Sequence[str]) -> TextTable:
    lines: list[tuple[str, ...]] = []
    for row in rows:
        if row.common_test:
            continue
        own = (row.name, row.model, _SPLIT_WORDS[row.split], _counted(row), str(len(row.seeds)))
        left = (*own, *(in_percent(row.figures[metric]) for metric in metrics))
        printed = [entry for entry in row.beside if any(entry.figure.figure(m) is not None for m in metrics)]
        right = [_published_cells(entry, metrics) for entry in printed] or [("", "", "none found", "")]
        lines += [(*(left if place == 0 else ("",) * len(left)), *cells) for place, cells in enumerate(right)]
    headings = ("row", "model", "trained on", "test walks", "seeds", *(f"{METRIC_WORDS[m]}, ours" for m in metrics))
    published = tuple(f"{METRIC_WORDS[m]}, published" for m in metrics)
    return TextTable(title, (*headings, *published, "published lies", "published by"), tuple(lines))


def _published_cells(entry: Beside, metrics: Sequence[str]) -> tuple[str, ...]:
    printed = (as_printed(entry.figure, metric) for metric in metrics)
    return (*printed, relation(entry, metrics), _source(entry.figure))


def as_printed(figure: PublishedFigure, metric: str) -> str:
    """``82.0``, with as many digits as its source prints; empty where it does not print the figure."""
    n_digits = max(
        len(str(value).partition(".")[2]) for m in PRINTED_METRICS if (value := figure.figure(m)) is not None
    )
    value = figure.figure(metric)
    return "" if value is None else f"{value:.{n_digits}f}"


def _source(figure: PublishedFigure) -> str:
    remark = f"; {figure.remark}" if figure.remark else ""
    return f"{figure.what}: {figure.source}; selection {figure.selection}{remark}"


def _counted(row: RowResult) -> str:
    people = f" of {row.n_people} people" if row.people_known else ""
    return f"{row.n_walks}{people}"


def _ratio_tables(rows: Sequence[RowResult]) -> list[TextTable]:
    """One table a model of the class-ratio study: the released way on the left, one test set on the right."""
    tables = []
    for model in dict.fromkeys(row.model for row in rows if row.common_test):
        of_model = {(row.split, row.common_test): row for row in rows if row.model == model}
        lines = [
            (words, *_ratio_cells(of_model.get((split, False))), *_ratio_cells(of_model.get((split, True))))
            for split, words in _SPLIT_WORDS.items()
            if (split, False) in of_model or (split, True) in of_model
        ]
        cells = ("test walks (negative/neutral/positive)", "majority class", "accuracy", "macro-F1")
        sides = [f"{cell}, {side}" for side in ("own test set", "common test set") for cell in cells]
        title = f"Class-ratio study of {model}: each split's own test set, and one for all"
        tables.append(TextTable(title, ("trained on", *sides), tuple(lines), RATIO_WARNING))
    return tables


def _ratio_cells(row: RowResult | None) -> tuple[str, ...]:
    if row is None:
        return ("", "", "", "")
    counts = "/".join(map(str, row.n_class_walks))
    shown = [in_percent(row.figures[metric]) for metric in SHOWN_METRICS]
    return (f"{row.n_walks} ({counts})", f"{100 * row.majority_share:.1f}", *shown)


def _without_row() -> TextTable:
    lines = [
        (
            figure.what,
            _SPLIT_WORDS[figure.split],
            *(as_printed(figure, m) for m in PRINTED_METRICS),
            figure.not_comparable,
        )
        for figure in PUBLISHED_FIGURES.values()
        if figure.not_comparable
    ]
    headings = (
        "what",
        "tested on the split",
        *(METRIC_WORDS[m] for m in PRINTED_METRICS),
        "why there is no row of ours",
    )
    return TextTable("Published figures without a row", headings, tuple(lines))


def _markdown_line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rows_figure(rows: Sequence[RowResult], title: str) -> Figure:
    """Our means with their intervals and the published figures, a line a row, a panel a metric; in percent."""
    figure = new_figure(10.0, 1.9 + 0.34 * len(rows))
    panels = figure.subplots(1, 2, sharey=True)
    for metric, axes in zip(SHOWN_METRICS, panels, strict=True):
        for place, row in enumerate(rows):
            _draw_row(axes, place, row, metric)
        plain_axes(axes, METRIC_WORDS[metric], "percent")
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.set_xlim(0, 100)
    panels[0].set_yticks(range(len(rows)), [row.name for row in rows])
    panels[0].set_ylim(len(rows) - 0.4, -0.6)
    handles = [
        panels[0].plot([], [], "o-", color=LEFT_COLOUR, label="ours, 95 % interval")[0],
        panels[0].plot([], [], "D", color=RIGHT_COLOUR, linestyle="none", label="published")[0],
        panels[0].plot([], [], "^", color=RIGHT_COLOUR, linestyle="none", label="published, test-guided")[0],
        panels[0].plot([], [], "D", **_hollow(), label="published, not comparable")[0],
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    return figure


def _draw_row(axes: Any, place: int, row: RowResult, metric: str) -> None:
    ours = row.figures[metric]
    if not math.isnan(ours.interval[0]):
        axes.plot([100 * bound for bound in ours.interval], [place, place], color=LEFT_COLOUR, linewidth=2)
    axes.plot(100 * ours.mean, place, "o", color=LEFT_COLOUR, markersize=5)
    for entry in row.beside:
        value = entry.figure.figure(metric)
        if value is None:
            continue
        marker = "^" if entry.figure.selection is Selection.TEST_GUIDED else "D"
        look = _hollow() if entry.not_comparable else {"color": RIGHT_COLOUR, "linestyle": "none"}
        axes.plot(value, place, marker, markersize=6, **look)


def _hollow() -> dict[str, Any]:
    return {"markerfacecolor": "none", "markeredgecolor": SOFT_INK, "linestyle": "none"}
