"""Everybody whom a pose estimator found in a recording, before anyone asks who is who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.limits import MAX_PEOPLE_PER_FRAME
from scoliogait.skeleton import N_JOINTS

Poses = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class People:
    """Detections of a recording, sorted by frame; one row is one person (or a part of one) in one frame.

    poses: float32 (N, 17, 3) = x px, y px, confidence, in COCO-17 order; confidence 0 means missing.
    frame: int64 (N,), not decreasing, 0 <= frame < n_frames. The order inside a frame carries no meaning.
    n_frames: frames of the recording, empty ones included.
    """

    poses: Poses
    frame: Indices
    n_frames: int

    def __len__(self) -> int:
        return len(self.frame)

    def only(self, rows: NDArray[np.bool_] | Indices) -> People:
        """These detections alone."""
        return People(self.poses[rows], self.frame[rows], self.n_frames)


def people_of_frames(frames: Sequence[Poses], where: str) -> People:
    """People from one array (P, 17, 3) a frame; rows without a visible joint are left out.

    The rows of a frame are put into an order of their own, so that the order of the detector changes nothing. ``where``
    names the recording in messages. Raises DataError when a frame holds more than ``MAX_PEOPLE_PER_FRAME`` people.
    """
    counts = np.array([len(poses) for poses in frames], dtype=np.int64)
    if len(counts) and counts.max() > MAX_PEOPLE_PER_FRAME:
        raise DataError(
            f"{where}: frame {int(counts.argmax())} holds {counts.max()} people; at most {MAX_PEOPLE_PER_FRAME} can be "
            "followed. Run the pose estimator again, or with a higher threshold"
        )
    empty = np.empty((0, N_JOINTS, 3), dtype=np.float32)
    everybody = np.concatenate([empty, *(poses for poses in frames if len(poses))]).astype(np.float32, copy=False)
    people = People(everybody, np.repeat(np.arange(len(counts)), counts), len(counts))
    people = people.only(np.flatnonzero((people.poses[..., 2] > 0).any(axis=1)))
    return people.only(_order(people))


def _order(people: People) -> Indices:
    """By frame, then from left to right and top to bottom: an order that shifting and scaling keep."""
    seen = people.poses[..., 2] > 0
    n_seen = seen.sum(axis=1)
    x, y = (np.where(seen, people.poses[..., axis], 0).sum(axis=1, dtype=np.float64) / n_seen for axis in (0, 1))
    return np.lexsort((n_seen, y, x, people.frame))
