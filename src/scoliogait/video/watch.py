"""Everybody who is seen in a video, picture by picture: boxes now and then, joints and outlines in every picture.

The memory that this needs does not depend on the size of the pictures: of each person and picture the joints and a
silhouette of 64 x 64 px stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoliogait.progress import Progress, no_progress
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.video.decode import Picture, Video, open_video
from scoliogait.video.detect import Boxes, Detections, overlaps
from scoliogait.video.estimate import Estimate

# People are looked for this often, and in between their boxes move evenly; never more pictures than that wait.
LOOK_EVERY_S = 0.2
MOST_WAITING = 6
# The largest people of a picture; a crowd behind them is no walker.
MOST_PEOPLE = 6
# Boxes of two looks are one person's where they overlap by this share.
_SAME = 0.2
SILHOUETTE_PX = 64
NOBODY: Boxes = np.empty((0, 4))


@dataclass(eq=False)
class Seen:
    """What was seen. One entry a picture in ``times_s``, ``poses``, ``sides_px`` and ``silhouettes``.

    times_s: since the first picture. poses: float32 (P, 17, 3) = x px, y px, confidence of its P people. sides_px:
    float32 (P, 17, 2), half of the difference between the picture and its mirror image. silhouettes: uint8 (P, 64, 64),
    all zeros where a person has no outline. size_px: width, height. notes: what was odd about the file.
    """

    size_px: tuple[int, int]
    times_s: list[float] = field(default_factory=list)
    poses: list[NDArray[np.float32]] = field(default_factory=list)
    sides_px: list[NDArray[np.float32]] = field(default_factory=list)
    silhouettes: list[NDArray[np.uint8]] = field(default_factory=list)
    notes: tuple[str, ...] = ()


class FindsPeople(Protocol):
    """People of a picture (H, W, 3)."""

    def __call__(self, rgb: NDArray[np.uint8]) -> Detections: ...


class EstimatesPose(Protocol):
    """The person in a box (left, top, right, bottom in px) of a picture, None where it holds nobody."""

    def __call__(self, rgb: NDArray[np.uint8], box: NDArray[np.float64]) -> Estimate | None: ...


def watch(path: str | Path, detector: FindsPeople, estimator: EstimatesPose, progress: Progress = no_progress) -> Seen:
    """Everybody in a video; a damaged end gives what came before, and a note. Raises DataError as ``open_video``."""
    with open_video(path) as video:
        seen = Seen(video.size_px)
        for picture, boxes in _with_boxes(video, detector):
            estimates = [estimator(picture.rgb, box) for box in boxes]
            _add(seen, picture, [person for person in estimates if person is not None])
            progress(len(seen.times_s), max(video.n_stated or 0, len(seen.times_s)))
        seen.notes = tuple(video.notes)
    return seen


def _with_boxes(video: Video, detector: FindsPeople) -> Iterator[tuple[Picture, Boxes]]:
    """Each picture with the boxes of its people; those between two looks come when the second one is known."""
    waiting: list[Picture] = []
    last: tuple[float, Boxes] | None = None
    for picture in video:
        if last is not None and picture.time_s - last[0] < LOOK_EVERY_S and len(waiting) < MOST_WAITING:
            waiting.append(picture)
            continue
        boxes = _largest(detector(picture.rgb).sure(last[1] if last else NOBODY))
        for between in waiting:
            assert last is not None  # nothing waits before the first look
            yield between, boxes_between(last[1], boxes, (between.time_s - last[0]) / (picture.time_s - last[0]))
        waiting.clear()
        yield picture, boxes
        last = picture.time_s, boxes
    if waiting and last is not None:
        boxes = _largest(detector(waiting[-1].rgb).sure(last[1]))
        for between in waiting:
            share = (between.time_s - last[0]) / (waiting[-1].time_s - last[0])
            yield between, boxes_between(last[1], boxes, share)


def _largest(boxes: Boxes) -> Boxes:
    order = np.argsort(boxes[:, 1] - boxes[:, 3], kind="stable")
    return boxes[order[:MOST_PEOPLE]]


def boxes_between(first: Boxes, second: Boxes, share: float) -> Boxes:
    """Boxes at a share 0..1 of the time from a first to a second look; who is in one only stays for half of it."""
    from scipy.optimize import linear_sum_assignment

    shared = overlaps(first, second)
    a, b = linear_sum_assignment(-shared)
    same = shared[a, b] >= _SAME
    a, b = a[same], b[same]
    moved = first[a] + share * (second[b] - first[a])
    near, used = (first, a) if share < 0.5 else (second, b)
    return np.concatenate([moved, np.delete(near, used, axis=0)])


def _add(seen: Seen, picture: Picture, people: list[Estimate]) -> None:
    seen.times_s.append(picture.time_s)
    seen.poses.append(np.array([person.pose for person in people], np.float32).reshape(-1, 17, 3))
    seen.sides_px.append(np.array([person.side_px for person in people], np.float32).reshape(-1, 17, 2))
    outlines = [_silhouette(person.outline) for person in people]
    seen.silhouettes.append(np.array(outlines, np.uint8).reshape(-1, SILHOUETTE_PX, SILHOUETTE_PX))


def _silhouette(outline: NDArray[np.uint8]) -> NDArray[np.uint8]:
    aligned, kept = align_silhouettes(outline[None], SILHOUETTE_PX)
    return aligned[0] if len(kept) else np.zeros((SILHOUETTE_PX, SILHOUETTE_PX), dtype=np.uint8)
