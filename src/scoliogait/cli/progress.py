"""The progress bar of commands that go through walks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scoliogait.cli.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(frozen=True)
class WalksBar:
    """A bar on the screen that takes progress in either form."""

    _bar: Progress
    _task: TaskID

    def advance(self, n_walks: int = 1) -> None:
        """So many more walks are done."""
        self._bar.advance(self._task, n_walks)

    def reach(self, n_done: int, n_walks: int) -> None:
        """So many of all walks are done."""
        self._bar.update(self._task, completed=n_done, total=n_walks)


@contextmanager
def progress_bar(what: str, n_walks: int | None = None, console: Console | None = None) -> Iterator[WalksBar]:
    """A bar that goes away at the end. console: where it is drawn; None: on standard error.

    Nothing is drawn where no one looks, as in a pipe.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from scoliogait.cli.rate_column import RateColumn

    text, left = TextColumn("{task.description}"), TimeRemainingColumn()
    columns = (text, BarColumn(), MofNCompleteColumn(), RateColumn(), left)
    drawn_on = console or Console(stderr=True)
    with Progress(*columns, console=drawn_on, transient=True, disable=not drawn_on.is_terminal) as bar:
        yield WalksBar(bar, bar.add_task(what, total=n_walks))
