"""Tables of a result that more than one command prints: probabilities with a bar, signed asymmetries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from scoliogait.cli.console import Console

if TYPE_CHECKING:
    from scoliogait.measurement.posture import Posture

_BAR_CELLS = 24


def probability_table(
    probabilities: Mapping[str, float],
    predicted: str,
    intervals: Mapping[str, tuple[float, float]] | None = None,
) -> Table:
    """One row a class; with the interval of each probability where there are some."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    for name, probability in probabilities.items():
        bar = "█" * round(_BAR_CELLS * probability)
        style = "bold" if name == predicted else ""
        ends = [] if intervals is None else [Text("({:.2f}–{:.2f})".format(*intervals[name]), "dim")]
        table.add_row(Text(name, style), Text(f"{probability:.3f}", style), *ends, Text(bar, "cyan"))
    return table


def print_posture(posture: Posture, console: Console) -> None:
    """The table of signed asymmetries and what concerns the whole person below it; nothing where none was measured."""
    from scoliogait.api.posture_words import whole_posture_lines

    if not posture:
        return
    console.print(_asymmetry_table(posture))
    for line in whole_posture_lines(posture):
        console.print(Text(f" {line}"), soft_wrap=True)


def _asymmetry_table(posture: Posture) -> Table:
    from scoliogait.api.posture_words import asymmetry_note, measured_words

    table = Table(box=None, padding=(0, 1), title=asymmetry_note(posture), title_justify="left", title_style="dim")
    table.add_column("pair")
    for heading in ("height difference %", "tilt deg", "midline offset %"):
        table.add_column(heading, justify="right")
    for pair, own in posture.items():
        measured = (own.height_difference_percent, own.tilt_deg, own.midline_offset_percent)
        table.add_row(pair, *(measured_words(value) for value in measured))
    return table
