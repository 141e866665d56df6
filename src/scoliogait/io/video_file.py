"""The walk of the one who walks in a video: the same follower and the same choice as for files of poses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError, NotUsableError
from scoliogait.io.backend_names import BUILTIN, PRECOMPUTED, Backend
from scoliogait.io.backends import Builtin
from scoliogait.io.choose_walker import choose_walker, numbered_people
from scoliogait.io.even_rate import evenly_timed
from scoliogait.io.follow import follow
from scoliogait.io.hidden_people import cut_where_one_hides
from scoliogait.io.people import Poses, people_of_frames
from scoliogait.io.tree_path import place_in_tree
from scoliogait.io.video_gate import check_height, check_length, notes_of_pictures
from scoliogait.long_frames import kept
from scoliogait.measurement.body_size import visible
from scoliogait.progress import Progress, no_progress
from scoliogait.video.camera import Camera
from scoliogait.video.walker_sides import walker_mirror_difference
from scoliogait.video.watch import SILHOUETTE_PX, Seen
from scoliogait.video.watched_video import KeepSeen, WatchedVideo
from scoliogait.walk import DOUBT, Walk, doubt_sentence


def read_video(
    source: Path | Camera,
    walk_id: str | None = None,
    person: int | None = None,
    keep_seen: KeepSeen | None = None,
    progress: Progress = no_progress,
    backend: Backend | None = None,
) -> Walk:
    """Poses and silhouettes (64 x 64, aligned) of the walker of a video or before a camera, at an even rate.

    person: 1 for the one farthest to the left; None takes the one who walks. Id, class and view come from the place of
    the file in an OpenGait tree. keep_seen: takes what was seen as soon as the walker is known, also of one who is
    refused as too small; where nobody can be chosen for the walker, everybody with their numbers. progress: is called
    after each picture. backend: what finds people and joints; None takes the networks of the package. Raises DataError
    as ``Backend.look`` and ``choose_walker`` do, NotUsableError for a video of less than a second and for a walker of
    less than 120 px.
    """
    looks = backend or Builtin()
    seen, poses_from = looks.look(source, progress)
    path = Path(str(source))
    times = seen.times_s
    with _what_the_file_lacks(seen):
        check_length(times, path)
        tracks = cut_where_one_hides(follow(people_of_frames(seen.poses, str(path))))
        people = numbered_people(tracks) if keep_seen is not None else ()
        try:
            poses, who = choose_walker(tracks, str(path), person)
        except DataError as error:
            if keep_seen is not None and people:
                keep_seen(WatchedVideo(path, seen, None, people))
            raise _where_to_look(error, source, kept=keep_seen is not None) from error
        if keep_seen is not None:
            keep_seen(WatchedVideo(path, seen, poses, people))
        check_height(poses, path)
    of_walker = (_of_walker(seen, frame, poses[frame]) for frame in range(len(times)))
    silhouettes = kept(of_walker, (len(times), SILHOUETTE_PX, SILHOUETTE_PX), np.uint8)
    even, rate_hz = evenly_timed(poses, times, path)
    uneven = f"The pictures come at an uneven rate; the joints were put on an even one of {rate_hz:.3g} Hz."
    pictures = notes_of_pictures(seen, poses, our_confidences=looks.name == BUILTIN)
    place = place_in_tree(path.parent)
    return Walk(
        walk_id=walk_id or (place.id if place else path.stem),
        poses=even,
        silhouettes=silhouettes if len(silhouettes) else None,
        silhouettes_aligned=True,
        label=place.label if place else None,
        view=place.view if place else None,
        frame_rate_hz=rate_hz,
        frame_size_px=seen.size_px,
        source=str(path),
        origin=poses_from,
        people=who,
        notes=(*seen.notes, *(() if even is poses else (uneven,)), *pictures),
        mirror_difference=None if looks.name == PRECOMPUTED else walker_mirror_difference(seen, poses),
    )


@contextmanager
def _what_the_file_lacks(seen: Seen) -> Iterator[None]:
    """A refusal also says what is wrong with the file: who films better does not mend one that breaks off."""
    try:
        yield
    except NotUsableError as error:
        said = (doubt_sentence(note).rstrip(".") for note in seen.notes if note.startswith(DOUBT))
        raise NotUsableError(". ".join((str(error), *said))) from error


def _where_to_look(error: DataError, source: Path | Camera, *, kept: bool) -> DataError:
    """The same refusal; where it lists people by number, it says which picture shows the numbers."""
    if isinstance(source, Camera) or "person 1:" not in str(error):
        return error
    look = "the overlay shows" if kept else "'scoliogait screen VIDEO --overlay seen.png' shows"
    return type(error)(f"{error}; {look} everybody with their number")


def _of_walker(seen: Seen, frame: int, pose: Poses) -> NDArray[np.uint8]:
    """The walker's silhouette in a picture, (1, 64, 64), or none (0, 64, 64)."""
    silhouettes = seen.silhouettes[frame]
    if not visible(pose).any():
        return silhouettes[:0]
    nearest, _ = seen.nearest_to(frame, pose)
    return silhouettes[nearest : nearest + 1] if silhouettes[nearest].any() else silhouettes[:0]
