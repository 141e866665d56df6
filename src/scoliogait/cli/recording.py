"""``scoliogait screen --camera`` and ``--save``: a walk that is recorded now, and one that is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

import scoliogait as sg
from scoliogait.cli.console import Console
from scoliogait.cli.interrupts import first_interrupt_calls
from scoliogait.cli.printing import print_written
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing

if TYPE_CHECKING:
    from scoliogait.video.camera import Camera
    from scoliogait.walk import Walk

SECONDS = 15.0


def camera_of(
    number: int | None, seconds: float | None, paths: Sequence[Path], overlay: Path | None, session: bool
) -> Camera | None:
    """The camera that was asked for. Raises DataError where its options fit neither it nor each other."""
    if number is None:
        if seconds is not None:
            raise DataError("--seconds: is for a camera; give --camera 0 too")
        if not paths:
            raise DataError("screen: no walk is named; give a video, a walk file or a folder, or --camera 0")
        return None
    if paths:
        raise DataError(f"--camera {number}: records a walk now; leave out {paths[0]}, or screen it by itself")
    if session:
        raise DataError("--session: takes recorded passes; record each with --camera 0 --save PASS.npz")
    if overlay is not None:
        raise DataError(
            f"--overlay {overlay}: no picture of a camera is stored to draw it on; record a video, and screen that"
        )
    return sg.Camera(number, SECONDS if seconds is None else seconds)


@contextmanager
def recording(camera: Camera, console: Console) -> Iterator[Camera]:
    """The same camera, which says that it records; a first Ctrl-C in the block ends the recording, not the command."""

    def say() -> None:
        words = f"{camera} records for {camera.seconds:g} s; Ctrl-C ends it earlier. No picture is stored."
        console.print(Text(words, style="bold"), soft_wrap=True)

    with first_interrupt_calls(camera.stop):
        yield camera.with_start(say)


@dataclass(eq=False)
class SavedWalk:
    """Where to write the walk that was read, None where that is not asked for."""

    out: Path | None
    _is_written: bool = False

    def refuse(self, n_inputs: int, overwrite: bool) -> None:
        """DataError where it cannot be written, or where there is not one walk to write."""
        if self.out is None:
            return
        if self.out.suffix.lower() != ".npz":
            raise DataError(f"--save {self.out}: a walk is written as .npz; choose another ending")
        if n_inputs != 1:
            raise DataError(f"--save {self.out}: keeps one walk, and {n_inputs} are given; give one file")
        refuse_existing(self.out, overwrite, lambda path: path.suffix.lower() == ".npz" and path.is_file(), "a walk")

    @property
    def keep(self) -> Callable[[Walk], None]:
        """Takes the walk as soon as it was read, whatever comes of it."""
        return self._write

    def _write(self, walk: Walk) -> None:
        if self.out is not None:
            from scoliogait.io.native import write_walk

            write_walk(self.out, walk.with_changes(walk_id=self.out.stem))
            self._is_written = True

    def say(self, console: Console) -> None:
        """Where it lies, or that nothing is there to be kept."""
        if self._is_written and self.out is not None:
            print_written(console, self.out)
        elif self.out is not None:
            console.print(Text(f"{self.out} is not written: no walk was read", style="yellow"), soft_wrap=True)
