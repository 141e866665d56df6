"""The progress bar of commands that go through walks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scoliogait.cli.console import Console
from scoliogait.plain_text import escaped

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(eq=False)
class WalksBar:
    """A bar on the screen that takes progress in either form, and below it one of the pictures of a video."""

    _bar: Progress
    _task: TaskID
    _pictures: TaskID | None = None

    def advance(self, n_walks: int = 1) -> None:
        """So many more walks are done."""
        self._bar.advance(self._task, n_walks)

    def reach(self, n_done: int, n_walks: int, words: str = "") -> None:
        """So many of all walks are done; words: what comes now."""
        self._bar.update(self._task, completed=n_done, total=n_walks, words=escaped(words))

    def look(self, n_done: int, n_pictures: int, words: str = "") -> None:
        """So many pictures of a video are done, in all 0 where nobody knows; the first one begins another video."""
        if n_done == 1:
            self.end_look()
            self._pictures = self._bar.add_task("  pictures", total=None, words="")
        if self._pictures is not None:
            self._bar.update(self._pictures, completed=n_done, total=n_pictures or None, words=escaped(words))

    def end_look(self) -> None:
        """The video is done."""
        if self._pictures is not None:
            self._bar.remove_task(self._pictures)
            self._pictures = None


@contextmanager
def progress_bar(what: str, n_walks: int | None = None, console: Console | None = None) -> Iterator[WalksBar]:
    """A bar that goes away at the end. console: where it is drawn; None: on standard error.

    Nothing is drawn where no one looks, as in a pipe.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from scoliogait.cli.rate_column import RateColumn

    text, left = TextColumn("{task.description}"), TimeRemainingColumn()
    words = TextColumn("{task.fields[words]}", markup=False)  # names of files are no markup
    columns = (text, BarColumn(bar_width=20), MofNCompleteColumn(), RateColumn(), left, words)
    drawn_on = console or Console(stderr=True)
    with Progress(*columns, console=drawn_on, transient=True, disable=not drawn_on.is_terminal) as bar:
        yield WalksBar(bar, bar.add_task(what, total=n_walks, words=""))
