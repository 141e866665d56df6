"""The walk of the one who walks in a video: the same follower and the same choice as for files of poses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.choose_walker import choose_walker
from scoliogait.io.follow import follow
from scoliogait.io.hidden_people import cut_where_one_hides
from scoliogait.io.people import people_of_frames
from scoliogait.video.networks import Engine
from scoliogait.video.watch import Seen, watch
from scoliogait.walk import Walk

# Pictures that lie farther from an even beat than this share of it are put on one.
_UNEVEN = 0.25
# Joints are not made up over a longer time without a picture, in beats.
_LONGEST_GAP = 3.0


def read_video(path: Path, walk_id: str | None = None, person: int | None = None, engine: Engine | None = None) -> Walk:
    """Poses and silhouettes (64 x 64, aligned) of the walker of a video, at an even rate.

    person: 1 for the one farthest to the left; None takes the one who walks. Raises DataError as ``watch`` and
    ``choose_walker`` do, and for a video of one picture.
    """
    seen = watch(path, engine)
    times = np.array(seen.times_s)
    if len(times) < 2:
        raise DataError(f"{path}: holds 1 picture; a walk needs some seconds of them")
    people = people_of_frames(seen.poses, str(path))
    poses, who = choose_walker(cut_where_one_hides(follow(people)), str(path), person)
    silhouettes = np.concatenate([_of_walker(seen, frame, poses[frame]) for frame in range(len(times))])
    beat = float(np.median(np.diff(times)))
    notes = list(seen.notes)
    if np.abs(np.diff(times) / beat - 1).max() > _UNEVEN:
        notes.append(f"The pictures come at an uneven rate; the joints were put on an even one of {1 / beat:.3g} Hz.")
        poses = on_an_even_beat(poses, times, beat)
    return Walk(
        walk_id=walk_id or path.stem,
        poses=poses,
        silhouettes=silhouettes if len(silhouettes) else None,
        silhouettes_aligned=True,
        frame_rate_hz=(len(times) - 1) / float(times[-1]) if len(poses) == len(times) else 1 / beat,
        frame_size_px=seen.size_px,
        source=str(path),
        people=who,
        notes=tuple(notes),
    )


def _of_walker(seen: Seen, frame: int, pose: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The walker's silhouette in a picture, (1, 64, 64), or none (0, 64, 64)."""
    silhouettes = seen.silhouettes[frame]
    theirs = (seen.poses[frame] == pose).all(axis=(1, 2)) & silhouettes.any(axis=(1, 2))
    return silhouettes[theirs][:1]


def on_an_even_beat(poses: NDArray[np.float32], times_s: NDArray[np.float64], beat_s: float) -> NDArray[np.float32]:
    """Poses (T, 17, 3) at times 0, beat, 2 beats, ...: joints move evenly between the pictures that show them.

    A joint is missing where its nearest pictures on both sides lie farther apart than three beats.
    """
    beats = np.arange(int(times_s[-1] / beat_s + 1e-6) + 1) * beat_s
    even = np.zeros((len(beats), *poses.shape[1:]), dtype=np.float32)
    for joint in range(poses.shape[1]):
        shown = np.flatnonzero(poses[:, joint, 2] > 0)
        if not len(shown):
            continue
        at = times_s[shown]
        after = np.searchsorted(at, beats - 1e-9).clip(0, len(at) - 1)
        before = np.where(np.abs(at[after] - beats) < 1e-9, after, after - 1).clip(0)
        inside = (beats >= at[0] - 1e-9) & (beats <= at[-1] + 1e-9)
        near = inside & (at[after] - at[before] <= _LONGEST_GAP * beat_s)
        for value in range(3):
            even[near, joint, value] = np.interp(beats[near], at, poses[shown, joint, value])
    return even
