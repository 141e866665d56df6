"""What ``scoliogait screen`` prints of its inputs: everything of a few, one line each of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from scoliogait.class_words import short_headline
from scoliogait.cli.console import Console
from scoliogait.cli.posture_text import print_posture, probability_table
from scoliogait.labels import CLASS_NAMES
from scoliogait.plain_text import escaped
from scoliogait.wording import first_few

if TYPE_CHECKING:
    from scoliogait.api.screen_many import ScreeningOutcome
    from scoliogait.io.find_walks import FoundWalks
    from scoliogait.screening import Screening

# More inputs than these are printed in one line each.
MOST_IN_FULL = 5
_OUTCOME_CELLS = len("highest: negative")


def print_found(found: FoundWalks, console: Console) -> None:
    """What was left out of the given paths, in a line each."""
    if found.repeated:
        names = first_few([str(path) for path in found.repeated], 3)
        console.print(Text(f"left out, as they repeat others or lead back: {names}", style="dim"), soft_wrap=True)
    if found.no_walks:
        n_files = sum(found.no_walks.values())
        kinds = ", ".join(f"{count} {ending or 'without an ending'}" for ending, count in found.no_walks.items())
        line = (
            f"passed over: {n_files} {'file that is no walk' if n_files == 1 else 'files that are no walks'} ({kinds})"
        )
        console.print(Text(line, style="dim"), soft_wrap=True)


def print_heading(console: Console) -> None:
    """Above the lines of many inputs."""
    chances = " ".join(f"{name:>8}" for name in CLASS_NAMES)
    console.print(Text(f"{'':{_OUTCOME_CELLS}} {chances}  walk", style="dim"))


def print_line(outcome: ScreeningOutcome, console: Console) -> None:
    """One line for one input of many, with the doubts of an inconclusive result."""
    screening = outcome.screening
    if screening is None:
        print_reason(outcome, console)
        return
    word = short_headline(screening.probabilities, screening.inconclusive, screening.training_walks)
    chances = " ".join(f"{screening.probabilities[name]:8.3f}" for name in CLASS_NAMES)
    line = Text.assemble((f"{word:{_OUTCOME_CELLS}}", "bold"), f" {chances}  {escaped(outcome.where)}")
    if screening.inconclusive:
        line.append(f"  ({' '.join(screening.reasons)})", style="yellow")
    console.print(line, soft_wrap=True)


def print_outcome(outcome: ScreeningOutcome, console: Console) -> None:
    """Everything that was found of one input, or why there is no result."""
    if outcome.screening is None:
        print_reason(outcome, console)
    else:
        _print_screening(outcome.screening, console)


def print_reason(outcome: ScreeningOutcome, console: Console) -> None:
    """Why there is no result, in one line."""
    console.print(Text.assemble((f"{outcome.outcome}: ", "bold red"), outcome.reason or ""), soft_wrap=True)


def _print_screening(screening: Screening, console: Console) -> None:
    from scoliogait.api.screen import interval_note, quality_line

    heading = Text.assemble((f"\n{screening.walk_id}: {screening.headline}", "bold"), f"  ({screening.source})")
    console.print(heading, soft_wrap=True)
    console.print(probability_table(screening.probabilities, screening.predicted, screening.probability_intervals))
    console.print(Text(interval_note(screening), style="dim"), soft_wrap=True)
    print_posture(screening.asymmetry, console)
    console.print(Text(f"quality: {quality_line(screening)}", style="dim"), soft_wrap=True)
    for reason in screening.reasons:
        console.print(Text(f"inconclusive: {reason}", style="yellow"), soft_wrap=True)
    for note in screening.notes:
        console.print(Text(note, style="dim"), soft_wrap=True)
