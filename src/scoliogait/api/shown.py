"""How a result shows itself: as text in a terminal, as a table in a notebook, as a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Summary:
    """The words of a result: one heading, a small table, lines below it, and what must be said along with it.

    first: what must be read before the figures.
    """

    title: str
    rows: tuple[tuple[str, ...], ...] = ()
    headings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    first: tuple[str, ...] = ()

    def text(self) -> str:
        """Plain text with aligned columns."""
        table = [self.headings, *self.rows] if self.headings else list(self.rows)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join(
            [*self.first, self.title, *(f"  {line}".rstrip() for line in lines), *self.notes, *self.statements]
        )

    def html(self) -> str:
        """The same as a piece of a page; everything in it is escaped."""
        from scoliogait.report.page import filled

        return filled(
            "shown.html",
            title=self.title,
            headings=self.headings,
            rows=self.rows,
            notes=self.notes,
            statements=self.statements,
            first=self.first,
        )


class Shown(ABC):
    """A result that people look at."""

    @abstractmethod
    def summary_words(self) -> Summary:
        """What ``str`` and a notebook show."""

    @abstractmethod
    def plot(self) -> Figure:
        """The result as a matplotlib Figure with a canvas of its own: no window opens, no state is kept."""

    def __str__(self) -> str:
        return self.summary_words().text()

    def __repr__(self) -> str:
        words = self.summary_words()
        return f"<{type(self).__name__}: {'; '.join([words.title, *words.first])}>"

    def _repr_html_(self) -> str:
        return self.summary_words().html()


def with_span(entry: Mapping[str, Any]) -> str:
    """``value`` and ``interval`` of a figure, as ``0.812 (0.701 to 0.889)``."""
    span = span_words(entry["interval"])
    return f"{value_words(entry['value'])} ({span})" if span else value_words(entry["value"])


def value_words(value: float | None) -> str:
    """A figure with three digits; None is undefined."""
    return "undefined" if value is None else f"{value:.3f}"


def span_words(interval: list[float] | None) -> str:
    """The two bounds of an interval; nothing where there is none."""
    return "" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
