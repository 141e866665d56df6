"""A comparison of models as a folder: the numbers, one plain sentence each, and the differences as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from scoliogait.evaluation.compare import BETTER, NOT_SHOWN, WORSE, Comparison, Difference
from scoliogait.evaluation.headline import DECIDING, HEADLINE, METRIC_WORDS
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.summary import NOT_A_MEDICAL_DEVICE, WALKS_TAKEN_AS_PEOPLE
from scoliogait.files import atomic_folder, write_json
from scoliogait.provenance import SIMULATED_WALKS, TEST_GUIDED_FIGURES, Selection
from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SOFT_INK, new_figure, plain_axes, save_figure
from scoliogait.report.output_folders import DIFFERENCES, NUMBERS, refuse_other_folder
from scoliogait.side_colours import MIDDLE_COLOUR, RIGHT_COLOUR

_COLOURS = {BETTER: ACCENT_COLOUR, WORSE: RIGHT_COLOUR, NOT_SHOWN: MIDDLE_COLOUR}
THESE_TRAININGS = "One training of each model: the verdict is about these trained models, not about the ways to train."
SAME_WALKS_AS_PEOPLE = (
    "McNemar's p_exact and p_mid take walks as independent; people walked more than once: read p_people."
)


@dataclass(frozen=True)
class ComparedModel:
    """A model under comparison: its name, and its predictions, one for each seed."""

    name: str
    runs: tuple[Predictions, ...]


def comparison_sentence(first: ComparedModel, second: ComparedModel, comparison: Comparison) -> str:
    """The verdict on the second model in one sentence, with the size of the difference and how sure it is."""
    deciding = comparison.differences[DECIDING]
    verdict = {
        BETTER: f"{second.name} is better than {first.name}",
        WORSE: f"{second.name} is worse than {first.name}",
        NOT_SHOWN: f"{second.name} is not shown to differ from {first.name}",
    }[comparison.verdict]
    seeds = "" if comparison.n_seeds == (1, 1) else f", {comparison.n_seeds[0]} and {comparison.n_seeds[1]} seeds"
    return (
        f"{verdict}: {METRIC_WORDS[DECIDING]} {deciding.second:.3f} against {deciding.first:.3f}, "
        f"difference {difference_words(deciding, comparison.level)}, on the same {comparison.n_walks} walks of "
        f"{comparison.n_people} people{seeds}."
    )


def difference_words(difference: Difference, level: float) -> str:
    """Such as ``+0.041 (95 % interval +0.012 to +0.070, p = 0.006)``."""
    low, high = difference.interval
    span = f"{level:.0%} interval {low:+.3f} to {high:+.3f}" if math.isfinite(low) else "no interval"
    return f"{difference.estimate:+.3f} ({span}, {p_words(difference.p_adjusted)})"


def p_words(p: float) -> str:
    """``p = 0.012``, ``p < 0.001`` or ``no p``."""
    if math.isnan(p):
        return "no p"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def comparison_statements(sides: Sequence[ComparedModel], comparisons: Sequence[Comparison]) -> list[str]:
    """What a reader of the comparison must know."""
    runs = [predictions for side in sides for predictions in side.runs]
    statements = [*leak_statements(sides), NOT_A_MEDICAL_DEVICE]
    if any(predictions.simulated for predictions in runs):
        statements.append(SIMULATED_WALKS)
    if any(predictions.about.model.selection is Selection.TEST_GUIDED for predictions in runs):
        statements.append(TEST_GUIDED_FIGURES)
    if any(None in predictions.labelled().subject_ids for predictions in runs):
        statements.append(WALKS_TAKEN_AS_PEOPLE)
    if all(len(side.runs) == 1 for side in sides):
        statements.append(THESE_TRAININGS)
    if any(comparison.mcnemar is not None and comparison.mcnemar.p_people is not None for comparison in comparisons):
        statements.append(SAME_WALKS_AS_PEOPLE)
    return statements


def leak_statements(sides: Sequence[ComparedModel]) -> list[str]:
    """Of which models test walks had a part in them, or may have had: a line each, once for all seeds that say it."""
    lines = (
        f"{side.name}: {text}"
        for side in sides
        for facts in (run.about for run in side.runs)
        for text in facts.seen_statements
        if facts.seen is None or facts.seen.n_seen or not facts.seen.complete
    )
    return list(dict.fromkeys(lines))


def write_comparison(path: str | Path, sides: Sequence[ComparedModel], comparisons: Sequence[Comparison]) -> None:
    """Write ``compare.json`` and ``differences.png`` atomically. Raises DataError when it cannot be written.

    comparisons: of each further side with the first, in order. An existing comparison is replaced.
    """
    folder = Path(path)
    refuse_other_folder(folder)
    with atomic_folder(folder) as temporary:
        write_json(temporary / NUMBERS, comparison_content(sides, comparisons))
        save_figure(differences_figure(sides, comparisons), temporary / DIFFERENCES)


def comparison_content(sides: Sequence[ComparedModel], comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Content of ``compare.json``; see docs/evaluation.md."""
    first = sides[0]
    correction = "Holm over the models compared with the first" if len(comparisons) > 1 else "none needed"
    return {
        "statements": comparison_statements(sides, comparisons),
        "deciding_metric": DECIDING,
        "method": {
            "interval": f"{comparisons[0].level:.0%} Student t, paired bootstrap over people, seeds a random effect",
            "correction": correction,
        },
        "models": [
            {"name": side.name, "runs": [dict(predictions.facts) for predictions in side.runs]} for side in sides
        ],
        "comparisons": [
            {"first": first.name, "second": side.name, "sentence": comparison_sentence(first, side, comparison)}
            | comparison.as_json()
            for side, comparison in zip(sides[1:], comparisons, strict=True)
        ],
    }


def differences_figure(sides: Sequence[ComparedModel], comparisons: Sequence[Comparison]) -> Figure:
    """Paired differences with their intervals, one panel a metric, one line a model; right of 0 is better."""
    figure = new_figure(9.0, 1.5 + 0.5 * len(comparisons))
    panels = figure.subplots(1, len(HEADLINE), sharey=True, squeeze=False)[0]
    names = [side.name for side in sides[1:]]
    for metric, axes in zip(HEADLINE, panels, strict=True):
        for row, comparison in enumerate(comparisons):
            difference, colour = comparison.differences[metric], _COLOURS[comparison.verdict]
            axes.plot(difference.interval, [row, row], color=colour, linewidth=2.5, solid_capstyle="round")
            axes.plot([difference.estimate], [row], marker="o", markersize=7, color=colour)
            axes.annotate(
                f"{difference.estimate:+.3f}",
                (difference.estimate, row),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                color=INK,
            )
        axes.axvline(0, color=SOFT_INK, linewidth=1, linestyle="--", zorder=0)
        plain_axes(axes, "", f"difference in {METRIC_WORDS[metric]}")
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.margins(x=0.15)
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
    one = comparisons[0]
    note = ", simulated" if any(run.simulated for side in sides for run in side.runs) else ""
    figure.suptitle(
        f"Against {sides[0].name}: {one.n_walks} walks of {one.n_people} people{note}; bars: {one.level:.0%} intervals",
        fontsize=11,
        color=INK,
        fontweight="bold",
    )
    figure.supxlabel("← worse      better →", fontsize=9.5, color=SOFT_INK)
    return figure
