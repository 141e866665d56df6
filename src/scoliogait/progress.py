"""How work that takes long says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Called with how many walks or pictures are done, and how many there are in all: 0 where nobody knows.

    words: what is looked at just now, and what is known of it so far, where there is something to say.
    """

    def __call__(self, done: int, total: int, words: str = "", /) -> None: ...


# Called with how many more are done.
Advance = Callable[[int], None]


def no_progress(done: int, total: int, words: str = "") -> None:
    """Says nothing."""


def about(what: str, progress: Progress) -> Progress:
    """The same, with what it is about before the words."""
    return lambda done, total, words="": progress(done, total, f"{what}: {words}")


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
