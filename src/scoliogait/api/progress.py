"""One way to follow the walks of a long call: how many are done, and of how many."""

from __future__ import annotations

from collections.abc import Callable

# Called with the number of walks that are done, and the number in all.
Progress = Callable[[int, int], None]


def counted(progress: Progress | None, n_walks: int) -> Callable[[int], None] | None:
    """The same for work that only says how many more walks are done; None stays None."""
    if progress is None:
        return None
    n_done = 0

    def more(n_more: int) -> None:
        nonlocal n_done
        n_done += n_more
        progress(n_done, n_walks)

    return more
