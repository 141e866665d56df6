"""A video that was looked at once: what an overlay is drawn from, without a second look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.progress import Progress, no_progress
from scoliogait.video.numbers import NumberedPerson
from scoliogait.video.overlay_file import PNG, check_ending
from scoliogait.video.watch import Seen


@dataclass(frozen=True, eq=False)
class WatchedVideo:
    """path: of the video. seen: everybody in it. poses: float32 (T, 17, 3), the walker in each of its T pictures.

    The poses are those of the pictures, all zeros in one without the walker; those of the walk that was read are at an
    even rate. None where nobody could be chosen for the walker. people: everybody with the number that lines name.
    """

    path: Path
    seen: Seen
    poses: NDArray[np.float32] | None
    people: tuple[NumberedPerson, ...] = ()

    def write_overlay(
        self,
        out: str | Path,
        notes: Sequence[str] | None = None,
        show_faces: bool = False,
        progress: Progress = no_progress,
    ) -> None:
        """Write what was seen as a video (.webm, .mp4) or a contact sheet (.png); see the functions of these names.

        Where there are several people each has their number; without a walker a sheet shows whole pictures. notes:
        sentences to show below; None takes those of the video. Raises DataError as they do.
        """
        from scoliogait.video.contact_sheet import write_contact_sheet
        from scoliogait.video.overlay import write_overlay
        from scoliogait.video.people_sheet import write_people_sheet

        out = Path(out)
        check_ending(out)
        several = self.people if len(self.people) > 1 else ()
        if out.suffix.lower() != PNG:
            write_overlay(self.path, out, self.seen, self.poses, notes, show_faces, progress, several)
        elif self.poses is None:
            write_people_sheet(self.path, out, self.seen, self.people, notes, show_faces, progress)
        else:
            write_contact_sheet(self.path, out, self.seen, self.poses, notes, show_faces, progress, several)


# Takes what was seen in a video while its walk is read.
KeepSeen = Callable[[WatchedVideo], None]
