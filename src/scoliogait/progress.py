"""How work that takes long says how far it is."""

from __future__ import annotations

from collections.abc import Callable

# done, total
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Says nothing."""
