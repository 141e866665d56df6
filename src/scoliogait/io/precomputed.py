"""Poses that another program has found in a video, put together with that video: its times, its size, its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.coco17_people import coco17_people
from scoliogait.io.walk_of_people import Recording, in_order_of_names
from scoliogait.progress import Progress, no_progress
from scoliogait.video.camera import Camera
from scoliogait.video.watch import Seen, watch_poses
from scoliogait.walk import DOUBT

Poses = NDArray[np.float32]

# A stated rate that differs from that of the pictures by more than this share may be that of another video.
_SAME_RATE = 0.05
_SIDE_UNKNOWN = (
    "Which side the pose network of the other program prefers is not known, so the intervals of the asymmetries leave "
    "it out: they may be too narrow."
)
# Joints lie outside of the picture where feet leave it; of so many the poses may be those of another picture.
_MOST_OUTSIDE = 0.2


@dataclass(frozen=True)
class Precomputed:
    """Everybody in a file of poses with several people that ``read_walk`` reads. layout: as ``read_walk`` takes it."""

    poses: Path
    layout: str | None = None
    name = "precomputed"

    @property
    def identity(self) -> str:
        facts = self.poses.stat()
        return f"{self.name} {self.layout} {self.poses.resolve()} {facts.st_size} {facts.st_mtime_ns}"

    def look(self, source: Path | Camera, progress: Progress = no_progress) -> tuple[Seen, Mapping[str, str]]:
        """The poses of the file at the times of the pictures of a video, without outlines; and what they come from.

        Raises DataError where the file holds another number of frames than the video has pictures, or states another
        size of them, and as reading the file and ``open_video`` do.
        """
        if isinstance(source, Camera):
            raise DataError(f"{self.poses}: holds the poses of a video, and {source} records another one; leave it out")
        # The table of formats names the reader of videos, which takes this.
        from scoliogait.io.read import format_of

        known = format_of(self.poses)
        if known.recording is None:
            raise DataError(
                f"{self.poses}: {known.looks_like} does not hold everybody in the pictures of a video; give poses of "
                "OpenPose, MMPose, AlphaPose, rtmlib, DeepLabCut, SLEAP or a table of landmarks"
            )
        recording = known.recording(self.poses)
        frames, layout = in_order_of_names(recording, str(self.poses), self.layout)
        poses, notes = coco17_people(frames, str(self.poses), layout)
        seen = watch_poses(source, poses, str(self.poses), progress)
        _check_size(recording.frame_size_px, seen.size_px, self.poses, source)
        doubts = (*_about_rate(recording, seen.times_s, self.poses), *_about_places(poses, seen.size_px, self.poses))
        return replace(seen, notes=(*seen.notes, *recording.notes, *notes, _SIDE_UNKNOWN, *doubts)), {
            "backend": self.name,
            "poses_from": f"{self.poses.name} ({known.name}), as another program found them",
            "poses_sha256": _digest(poses),
        }


def _check_size(stated: tuple[int, int] | None, size_px: tuple[int, int], poses: Path, video: Path) -> None:
    if stated not in (None, size_px):
        (wide, high), (width, height) = stated, size_px
        raise DataError(
            f"{poses}: its poses are of pictures of {wide} x {high} px, and those of {video} have {width} x {height} "
            "as displayed; give poses of this very video"
        )


def _about_rate(recording: Recording, times_s: NDArray[np.float64], path: Path) -> list[str]:
    stated, lasts_s = recording.frame_rate_hz, float(times_s[-1])
    if stated is None or not lasts_s:
        return []
    rate_hz = (len(times_s) - 1) / lasts_s
    if abs(stated / rate_hz - 1) <= _SAME_RATE:
        return []
    return [f"{DOUBT}{path.name} states {stated:g} frames a second, and the video has {rate_hz:.3g}; its times count."]


def _about_places(poses: Sequence[Poses], size_px: tuple[int, int], path: Path) -> list[str]:
    joints = np.concatenate([np.empty((0, 3), np.float32), *(people.reshape(-1, 3) for people in poses)])
    places = joints[joints[:, 2] > 0, :2]
    outside = (places < 0) | (places > size_px)
    share = float(outside.any(axis=1).mean()) if len(places) else 0.0
    if share <= _MOST_OUTSIDE:
        return []
    return [f"{DOUBT}{share:.0%} of the joints of {path.name} lie outside of the pictures: are they of this video?"]


def _digest(poses: Sequence[Poses]) -> str:
    """Of the values and of how many people there are in each frame."""
    digest = hashlib.sha256(np.array([len(people) for people in poses], dtype="<i8").tobytes())
    for people in poses:
        digest.update(people.astype("<f4").tobytes())
    return digest.hexdigest()
