"""``scoliogait compare``: predictions of several models on the same walks in; a verdict with its uncertainty out."""

from __future__ import annotations

import glob
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scoliogait.cli.options import BootstrapSeed, Resamples
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.evaluation.compare import Comparison, Difference
    from scoliogait.evaluation.predictions import Predictions
    from scoliogait.report.comparison import Side

# Names of models stand beside a table and a picture; of a longer one the end is shown.
_LONGEST_NAME = 40


def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Two or more models: each a tested run, an evaluation folder or its predictions.parquet; seeds of "
            "one model joined with commas, or a pattern in quotes. The others are compared with the first."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder to write: compare.json and a picture.")] = None,
    resamples: Resamples = 2000,
    seed: BootstrapSeed = 0,
) -> None:
    """Compare models on the same walks: paired differences with intervals, McNemar's test, and a verdict in words.

    Example: scoliogait compare 'runs/sconet-*/test' 'runs/drf-*/test' --out comparison
    """
    from scoliogait.report.output_folders import refuse_other_folder

    if len(models) < 2:
        raise DataError(f"compare: only {models[0]} is named; expected at least two models")
    if out is not None:
        refuse_other_folder(out)
    read = {text: _read_runs(text) for text in models}

    from scoliogait.evaluation.compare import compare_with_first
    from scoliogait.report.comparison import Side, comparison_sentence, comparison_statements, write_comparison

    sides = [Side(_short(text), read[text]) for text in models]
    comparisons = compare_with_first(
        [side.runs for side in sides], resamples, seed, names=[side.name for side in sides]
    )
    console = Console(highlight=False)
    console.print(_table(sides, comparisons))
    for side, comparison in zip(sides[1:], comparisons, strict=True):
        console.print(Text(comparison_sentence(sides[0], side, comparison), style="bold"), soft_wrap=True)
        console.print(Text(_mcnemar_line(comparison)), soft_wrap=True)
    for statement in comparison_statements(sides, comparisons):
        console.print(Text(statement, style="yellow"))
    if out is not None:
        write_comparison(out, sides, comparisons)
        console.print(Text(f"written: {out}", style="dim"), soft_wrap=True)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"…{text[1 - _LONGEST_NAME :]}"


def _read_runs(text: str) -> tuple[Predictions, ...]:
    from scoliogait.evaluation.predictions import read_predictions

    paths = [path for part in text.split(",") for path in _matches(part.strip())]
    return tuple(read_predictions(path) for path in paths)


def _matches(part: str) -> Sequence[Path]:
    """Predictions files that a path or a pattern stands for, sorted. Raises DataError when there is none."""
    if not part:
        raise DataError("a model to compare is empty; expected evaluation folders or predictions files")
    # Path.glob takes no absolute pattern.
    found = sorted(glob.glob(part)) if glob.has_magic(part) and not Path(part).exists() else [part]  # noqa: PTH207
    if not found:
        raise DataError(f"{part}: matches nothing; expected evaluation folders or predictions files")
    return [_predictions_of(Path(name)) for name in found]


def _predictions_of(path: Path) -> Path:
    """Of an evaluation folder, of the test in a run, or the file itself."""
    from scoliogait.evaluation.predictions import PREDICTIONS_FILE, TEST_FOLDER

    if not path.is_dir():
        return path
    own, tested = path / PREDICTIONS_FILE, path / TEST_FOLDER / PREDICTIONS_FILE
    if own.is_file() or tested.is_file():
        return own if own.is_file() else tested
    raise DataError(f"{path}: holds no {PREDICTIONS_FILE} and no test of a run; `scoliogait evaluate` makes them")


def _table(sides: Sequence[Side], comparisons: Sequence[Comparison]) -> Table:
    from scoliogait.report.comparison import METRIC_WORDS

    table = Table(title=f"compared with {sides[0].name}", title_justify="left", title_style="bold")
    table.add_column("model", overflow="fold")
    table.add_column("figure", no_wrap=True)
    for heading in ("first", "this", "change", "95 % interval", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for side, comparison in zip(sides[1:], comparisons, strict=True):
        for row, (metric, difference) in enumerate(comparison.differences.items()):
            table.add_row(Text("" if row else side.name), METRIC_WORDS[metric], *_cells(difference))
        table.add_section()
    return table


def _cells(difference: Difference) -> list[str]:
    from scoliogait.report.comparison import p_words

    low, high = difference.interval
    span = "" if math.isnan(low) else f"{low:+.3f} to {high:+.3f}"
    p = p_words(difference.p_adjusted).removeprefix("p ").removeprefix("= ")
    return [f"{difference.first:.3f}", f"{difference.second:.3f}", f"{difference.estimate:+.3f}", span, p]


def _mcnemar_line(comparison: Comparison) -> str:
    """Walks that only one side calls right; the p that counts people where they walked more than once."""
    from scoliogait.report.comparison import p_words

    test = comparison.mcnemar
    if test is None:
        return "McNemar's test: only for one run of each."
    p, unit = (test.p_mid, "mid-p") if test.p_people is None else (test.p_people, "by people")
    effect = "" if test.cohen_g is None else f", Cohen's g {test.cohen_g:+.2f}"
    return (
        f"McNemar's test: {test.only_second} walks only this one calls right, {test.only_first} only the first; "
        f"{p_words(p)} ({unit}){effect}."
    )
