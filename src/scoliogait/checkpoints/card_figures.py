"""The figures that a model's files hold, as its card shows them: by subset, with value and interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def summaries(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(subset, its summary) of a ``metrics.json``; one that stands alone comes first, under an empty name.

    A summary holds ``metrics``, figure -> number or value and interval, and where it was written as one facts, counts
    and more (``evaluation.summary``).
    """
    figures = metrics.get("metrics", metrics)
    if any(is_figure(entry) for entry in figures.values()):
        yield "", metrics if "metrics" in metrics else {"metrics": metrics}
    for subset, summary in metrics.items():
        if isinstance(summary, Mapping) and isinstance(summary.get("metrics"), Mapping):
            yield subset, summary


def figures_of(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Figure -> its entry; what is no figure is left out."""
    return {name: entry for name, entry in summary["metrics"].items() if is_figure(entry)}


def is_figure(entry: Any) -> bool:
    """Whether it is a number, or a value with its interval."""
    if isinstance(entry, Mapping):
        return "value" in entry
    return isinstance(entry, int | float) and not isinstance(entry, bool)


def value_and_interval(entry: Any) -> tuple[Any, Any]:
    """The number, None where it is undefined, and its two bounds, None where there are none."""
    return (entry["value"], entry.get("interval")) if isinstance(entry, Mapping) else (entry, None)


def row(name: str, entry: Any) -> tuple[str, str, str]:
    """Name, value and interval as the card's tables have them."""
    value, interval = value_and_interval(entry)
    span = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "not given"
    return name, number_text(value), span


def number_text(value: Any) -> str:
    """With three decimals; a count as it is; ``undefined`` for None."""
    if value is None:
        return "undefined"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
