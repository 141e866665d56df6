"""The column of a progress bar that says how fast it goes."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text


class RateColumn(ProgressColumn):
    """Such as ``12.4 per s``; empty until something is known."""

    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:.1f} per s", style="progress.data.speed")
