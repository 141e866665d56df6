"""How work that takes long says how far it is."""

from __future__ import annotations

from collections.abc import Callable

# Called with how many walks are done, and how many there are in all.
Progress = Callable[[int, int], None]
# Called with how many more are done.
Advance = Callable[[int], None]


def no_progress(done: int, total: int) -> None:
    """Says nothing."""


def counted(progress: Progress | None, total: int) -> Advance | None:
    """The same for work that only says how many more walks are done; None stays None."""
    if progress is None:
        return None
    n_done = 0

    def more(n_more: int) -> None:
        nonlocal n_done
        n_done += n_more
        progress(n_done, total)

    return more
