"""The walk of the one who walks in a video: the same follower and the same choice as for files of poses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.bodies import sizes_px, visible
from scoliogait.io.choose_walker import choose_walker
from scoliogait.io.even_rate import evenly_timed
from scoliogait.io.follow import follow
from scoliogait.io.hidden_people import cut_where_one_hides
from scoliogait.io.people import Poses, people_of_frames
from scoliogait.io.tree_path import place_in_tree
from scoliogait.progress import Progress, no_progress
from scoliogait.video.detect import Detector
from scoliogait.video.estimate import Estimator
from scoliogait.video.networks import Engine
from scoliogait.video.watch import Seen, watch
from scoliogait.video.watched_video import KeepSeen, WatchedVideo
from scoliogait.walk import Walk

# A shorter video holds no stride, whatever it shows.
SHORTEST_S = 1.0
# Below this the joints of a walker are guesses; see ``video/weights/NOTICE.md`` for what the networks are.
SMALLEST_WALKER_PX = 120
# From eyes to ankles, which is what ``sizes_px`` measures, as a share of the stature.
_EYES_TO_ANKLES = 0.9


def read_video(
    path: Path,
    walk_id: str | None = None,
    person: int | None = None,
    engine: Engine | None = None,
    keep_seen: KeepSeen | None = None,
    progress: Progress = no_progress,
) -> Walk:
    """Poses and silhouettes (64 x 64, aligned) of the walker of a video, at an even rate.

    person: 1 for the one farthest to the left; None takes the one who walks. engine: as for ``load_network``. Id, class
    and view come from the place of the file in an OpenGait tree. keep_seen: takes what was seen as soon as the walker
    is known, also of one who is refused as too small.
    progress: called after each picture. Raises DataError as ``watch`` and ``choose_walker`` do, for a
    video of less than a second and for a walker of less than 120 px.
    """
    seen = watch(path, Detector(engine), Estimator(engine), progress)
    times = seen.times_s
    check_length(times, path)
    tracks = cut_where_one_hides(follow(people_of_frames(seen.poses, str(path))))
    poses, who = choose_walker(tracks, str(path), person)
    if keep_seen is not None:
        keep_seen(WatchedVideo(path, seen, poses))
    check_height(poses, path)
    silhouettes = np.concatenate([_of_walker(seen, frame, poses[frame]) for frame in range(len(times))])
    even, rate_hz = evenly_timed(poses, times, path)
    uneven = f"The pictures come at an uneven rate; the joints were put on an even one of {rate_hz:.3g} Hz."
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
        origin={"poses_from": "NanoDet-g 416 and BlazePose full, each on the picture and on its mirror image"},
        people=who,
        notes=seen.notes if even is poses else (*seen.notes, uneven),
    )


def check_length(times_s: NDArray[np.float64], path: Path) -> None:
    """DataError for pictures (T,) that cover less than a second."""
    if len(times_s) < 2:
        raise DataError(f"{path}: holds 1 picture; a walk needs some seconds of them")
    lasts_s = float(times_s[-1]) * len(times_s) / (len(times_s) - 1)
    if lasts_s < SHORTEST_S:
        raise DataError(
            f"{path}: lasts {lasts_s:.2f} s ({len(times_s)} pictures), which is no stride; film some seconds of walking"
        )


def check_height(poses: Poses, path: Path) -> None:
    """DataError where the walker (T, 17, 3), as far as they are seen, is too small for joints to be found."""
    height_px = float(np.nanmedian(sizes_px(poses[visible(poses).any(axis=1)]))) / _EYES_TO_ANKLES
    if not height_px >= SMALLEST_WALKER_PX:
        raise DataError(
            f"{path}: the walker is about {height_px:.0f} px tall; at least {SMALLEST_WALKER_PX} are needed, "
            "200 are better; film from nearer, upright, or with more pixels"
        )


def _of_walker(seen: Seen, frame: int, pose: Poses) -> NDArray[np.uint8]:
    """The walker's silhouette in a picture, (1, 64, 64), or none (0, 64, 64)."""
    silhouettes = seen.silhouettes[frame]
    if not visible(pose).any():
        return silhouettes[:0]
    nearest, _ = seen.nearest_to(frame, pose)
    return silhouettes[nearest : nearest + 1] if silhouettes[nearest].any() else silhouettes[:0]
