"""Models compared on the same walks, as ``scoliogait compare`` does: a verdict with its uncertainty."""

from __future__ import annotations

import glob
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.api.places import Place, path_of
from scoliogait.api.shown import Shown, Summary
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions, predictions_file, read_predictions
from scoliogait.optional_package import names_missing_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.evaluation.compare import Comparison, Difference
    from scoliogait.report.comparison import ComparedModel

Model = Place | Predictions

# Names of models stand beside a table and a picture; of a longer one the end is shown.
_LONGEST_NAME = 40


@dataclass(frozen=True, repr=False)
class ModelComparison(Shown):
    """Models beside the first of them. sides: name and predictions of each; comparisons: of each further one with it.

    path: the folder that was written, None where none was asked for.
    """

    sides: tuple[ComparedModel, ...]
    comparisons: tuple[Comparison, ...]
    path: Path | None = None

    @property
    def verdicts(self) -> Mapping[str, str]:
        """By name of each further model: ``better``, ``worse`` or ``not shown to differ``, by macro-F1."""
        return {side.name: one.verdict for side, one in zip(self.sides[1:], self.comparisons, strict=True)}

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict on each further model in a sentence, then McNemar's test in another."""
        from scoliogait.report.comparison import comparison_sentence

        pairs = zip(self.sides[1:], self.comparisons, strict=True)
        return tuple(
            text for side, one in pairs for text in (comparison_sentence(self.sides[0], side, one), _mcnemar_line(one))
        )

    @property
    def statements(self) -> tuple[str, ...]:
        """What a reader must know."""
        from scoliogait.report.comparison import comparison_statements

        return tuple(comparison_statements(self.sides, self.comparisons))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, as in ``compare.json``."""
        from scoliogait.report.comparison import comparison_content

        return comparison_content(self.sides, self.comparisons)

    def summary_words(self) -> Summary:
        from scoliogait.evaluation.headline import METRIC_WORDS

        return Summary(
            first=self._first,
            title=f"compared with {self.sides[0].name}",
            headings=("model", "figure", "first", "this", "change", "95 % interval", "p"),
            rows=tuple(
                ("" if row else side.name, METRIC_WORDS[metric], *difference_cells(difference))
                for side, one in zip(self.sides[1:], self.comparisons, strict=True)
                for row, (metric, difference) in enumerate(one.differences.items())
            ),
            notes=self.sentences,
            statements=tuple(text for text in self.statements if text not in self._first),
        )

    @property
    def _first(self) -> tuple[str, ...]:
        """What stands above everything: which models' test walks had a part in them, or may have had."""
        from scoliogait.report.comparison import leak_statements

        return tuple(leak_statements(self.sides))

    def plot(self) -> Figure:
        """Paired differences with their intervals, one panel a metric; right of 0 is better."""
        from scoliogait.report.comparison import differences_figure

        return differences_figure(self.sides, self.comparisons)


@names_missing_extra
def compare(
    first: Model | Sequence[Model],
    *others: Model | Sequence[Model],
    out: str | Path | None = None,
    resamples: int = 2000,
    seed: int = 0,
    allow_leak: bool = False,
) -> ModelComparison:
    """Compare models on the same walks: paired differences with intervals, McNemar's test, and a verdict in words.

    first, others: each a tested run, an evaluation folder or its ``predictions.parquet``, by path or as the object that
    ``train`` or ``evaluate`` returned. A list, a text with commas or a pattern stands for the seeds of one model. out:
    folder to write, ``compare.json`` and a picture. resamples, seed: of the bootstrap. allow_leak: go on where test
    walks trained or chose one of the models; the comparison says so.

    Raises DataError when test walks had a part in a model, when one has no predictions, when they are not of the same
    walks, or when ``out`` is something else than an older comparison.
    """
    from scoliogait.report.output_folders import refuse_other_folder

    if not others:
        raise DataError("compare: only one model is given; expected at least two")
    path = None if out is None else Path(out)
    if path is not None:
        refuse_other_folder(path)
    models = [_read(model) for model in (first, *others)]

    from scoliogait.evaluation.compare import compare_with_first
    from scoliogait.report.comparison import ComparedModel, write_comparison

    names = _distinct([_short(name) for name, _ in models])
    sides = tuple(ComparedModel(name, runs) for name, (_, runs) in zip(names, models, strict=True))
    if not allow_leak:
        _refuse_leak(sides)
    comparisons = compare_with_first(
        [side.runs for side in sides], resamples, seed, names=[side.name for side in sides]
    )
    if path is not None:
        write_comparison(path, sides, comparisons)
    return ModelComparison(sides, tuple(comparisons), path)


def _refuse_leak(sides: Sequence[ComparedModel]) -> None:
    for side in sides:
        seen = next((run.about.seen for run in side.runs if run.about.seen and run.about.seen.n_seen), None)
        if seen is not None:
            raise DataError(
                f"{side.name}: {seen.n_seen} of {seen.n_walks} test walks trained or chose it, so its figures are too "
                "good to be compared; evaluate it on walks that had no part in it, or give --allow-leak: the "
                "comparison will say so"
            )


def difference_cells(difference: Difference) -> tuple[str, ...]:
    """First and second figure, their difference, its interval, its p."""
    from scoliogait.report.comparison import p_words

    low, high = difference.interval
    span = "" if math.isnan(low) else f"{low:+.3f} to {high:+.3f}"
    p = p_words(difference.p_adjusted).removeprefix("p ").removeprefix("= ")
    return f"{difference.first:.3f}", f"{difference.second:.3f}", f"{difference.estimate:+.3f}", span, p


def _read(model: Model | Sequence[Model]) -> tuple[str, tuple[Predictions, ...]]:
    """Name and predictions of a model, one for each seed."""
    if isinstance(model, Sequence) and not isinstance(model, str):
        seeds = [_read(one) for one in model]
        return ",".join(name for name, _ in seeds), tuple(run for _, runs in seeds for run in runs)
    if isinstance(model, Predictions):
        return model.facts.get("model", "predictions"), (model,)
    if isinstance(model, str):
        paths = [path for part in model.split(",") for path in _matches(part.strip())]
        return model, tuple(read_predictions(path) for path in paths)
    path = Path(path_of(model))
    return str(path), (read_predictions(predictions_file(path)),)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, numbered where one stands for several models."""
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"


def _matches(part: str) -> Sequence[Path]:
    """Predictions files that a path or a pattern stands for, sorted. Raises DataError when there is none."""
    if not part:
        raise DataError("a model to compare is empty; expected evaluation folders or predictions files")
    # Path.glob takes no absolute pattern.
    found = sorted(glob.glob(part)) if glob.has_magic(part) and not Path(part).exists() else [part]  # noqa: PTH207
    if not found:
        raise DataError(f"{part}: matches nothing; expected evaluation folders or predictions files")
    return [predictions_file(Path(name)) for name in found]


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
