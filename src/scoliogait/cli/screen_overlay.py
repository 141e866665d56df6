"""``scoliogait screen --overlay``: what was seen in a video, drawn into it, for people who look before they trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_written
from scoliogait.cli.progress import progress_bar
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing
from scoliogait.video.container import SUFFIXES, is_video
from scoliogait.video.overlay_file import KIND, check_ending, check_other_file, is_overlay

if TYPE_CHECKING:
    from scoliogait.api.screen_many import ScreeningOutcome
    from scoliogait.video.watched_video import KeepSeen, WatchedVideo

LOOK_FIRST = (
    "The heads of people whom the detector did not find are not hidden: look at the overlay before it is passed on."
)


@dataclass(frozen=True)
class OverlayFile:
    """Where to write the overlay, None where none is asked for; what was seen and what came of it are kept for it."""

    out: Path | None
    show_faces: bool
    _seen: list[WatchedVideo] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)

    def refuse(self, paths: Sequence[Path], session: bool, overwrite: bool) -> None:
        """DataError where it cannot be written, or where there is not one video to write it of."""
        if self.out is None:
            if self.show_faces:
                raise DataError("--show-faces: is for the overlay; give --overlay FILE too")
            return
        check_ending(self.out)
        if not session and len(paths) == 1 and not is_video(paths[0]):
            _check_there(paths[0])
        if session or len(paths) != 1 or not is_video(paths[0]):
            raise DataError(f"--overlay {self.out}: is drawn of one video; give one video file, without --session")
        check_other_file(paths[0], self.out)
        refuse_existing(self.out, overwrite, is_overlay, KIND)

    @property
    def keep_seen(self) -> KeepSeen | None:
        """For ``read_walk``; None where no overlay is asked for, so that nothing is kept."""
        return None if self.out is None else self._seen.append

    def add(self, outcome: ScreeningOutcome) -> None:
        """What came of the video stands below its pictures."""
        found = outcome.screening
        if found is not None:
            self._notes[:] = [*(f"Inconclusive: {reason}" for reason in found.reasons), *found.notes]
        elif outcome.reason is not None:
            self._notes[:] = [f"{outcome.outcome.capitalize()}: {outcome.reason.removeprefix(f'{outcome.path}: ')}."]

    def write(self, console: Console) -> None:
        """Write it and say where, or why there is none."""
        if self.out is None:
            return
        if not self._seen:
            console.print(Text("no overlay is written: no people were seen in the video", style="yellow"))
            return
        with progress_bar("overlay", console=console if console.is_terminal else None) as bar:
            self._seen[0].write_overlay(self.out, self._notes, self.show_faces, bar.reach)
        if not self.show_faces:
            console.print(Text(LOOK_FIRST, style="yellow"), soft_wrap=True)
        print_written(console, self.out)


def _check_there(path: Path) -> None:
    """DataError where a file is missing, or what it is says more than that it is no video."""
    from scoliogait.io.read import format_of

    if not path.exists():
        raise DataError(f"{path}: does not exist; check the path")
    if path.is_file() or path.suffix.lower() in SUFFIXES:
        format_of(path)
