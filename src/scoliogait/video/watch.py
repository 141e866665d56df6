"""Everybody who is seen in a video, picture by picture: boxes now and then, joints and outlines in every picture.

The memory that this needs does not depend on the size of the pictures: of each person and picture the joints, the box,
the packed outline and a silhouette of 64 x 64 px stay.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.progress import Progress, no_progress
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.video.beside import ahead, shared_out, usable_threads
from scoliogait.video.camera import Camera
from scoliogait.video.decode import open_video
from scoliogait.video.detect import Boxes, Detections, matched, overlaps
from scoliogait.video.estimate import Estimate, Estimator
from scoliogait.video.packed_outline import PackedOutline, PackedOutlines
from scoliogait.video.pictures import Picture, Pictures
from scoliogait.video.quality import N_VALUES, NOT_LOOKED, look_closely
from scoliogait.video.rows import Rows
from scoliogait.video.so_far import SoFar

# People are looked for this often, and in between their boxes move evenly; never more pictures than that wait.
LOOK_EVERY_S = 0.2
MOST_WAITING = 6
# The largest people of a picture; a crowd behind them is no walker.
MOST_PEOPLE = 6
# Boxes of two looks are one person's where they overlap by this share.
_SAME = 0.2
SILHOUETTE_PX = 64
_SILHOUETTE = SILHOUETTE_PX, SILHOUETTE_PX
_Person = tuple[NDArray[np.uint8], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen. One entry a picture in every list.

    times_s: float64 (T,), since the first picture. poses: float32 (P, 17, 3) = x px, y px, confidence of its P people.
    sides_px: float32 (P, 17, 2), half of the difference between the picture and its mirror image. silhouettes: uint8
    (P, 64, 64), all zeros where a person has no outline. boxes_px: float64 (P, 4), left, top, right, bottom. outlines:
    P of them. qualities: float32 (P, 4) as from ``look_closely``, NaN in pictures between the looks. jointless_px:
    boxes (Q, 4) of further people, whose joints were not found or not looked for. size_px: width, height. notes: what
    was odd about the file.
    """

    size_px: tuple[int, int]
    times_s: NDArray[np.float64]
    poses: list[NDArray[np.float32]]
    sides_px: list[NDArray[np.float32]]
    silhouettes: list[NDArray[np.uint8]]
    boxes_px: list[Boxes]
    outlines: Sequence[tuple[PackedOutline, ...]]
    qualities: list[NDArray[np.float32]]
    jointless_px: list[Boxes]
    notes: tuple[str, ...]

    def nearest_to(self, frame: int, pose: NDArray[np.float32]) -> tuple[int, float]:
        """Which person of a picture is nearest to a pose (17, 3) that shows a joint, and the mean distance in px.

        Whom the detector framed twice has one pose put together from two: the nearest is theirs. -1, inf where the
        picture shows nobody.
        """
        known = pose[:, 2] > 0
        away_px = np.linalg.norm(self.poses[frame][:, known, :2] - pose[known, :2], axis=-1).mean(axis=1)
        row = int(away_px.argmin()) if len(away_px) else -1
        return row, float(away_px[row]) if len(away_px) else np.inf


class FindsPeople(Protocol):
    """People of a picture (H, W, 3)."""

    def __call__(self, rgb: NDArray[np.uint8]) -> Detections: ...


class EstimatesPose(Protocol):
    """The person in a box (left, top, right, bottom in px) of a picture, None where it holds nobody."""

    def __call__(self, rgb: NDArray[np.uint8], box: NDArray[np.float64]) -> Estimate | None: ...


def watch(
    source: str | Path | Camera,
    detector: FindsPeople,
    estimator: EstimatesPose,
    progress: Progress = no_progress,
    threads: int | None = None,
) -> Seen:
    """Everybody in a video or before a camera; a damaged end gives what came before, and a note.

    threads: 1 does one thing after the other; 2 or more look for people beside, and run the package's own ``Estimator``
    so many times at once; None takes the cores that there are. What is seen does not depend on it. Raises DataError as
    ``open_video``.
    """
    with open_video(source) as video:
        return watch_pictures(video, detector, estimator, progress, threads)


def watch_pictures(
    video: Pictures,
    detector: FindsPeople,
    estimator: EstimatesPose,
    progress: Progress = no_progress,
    threads: int | None = None,
) -> Seen:
    """The same of pictures that come from anywhere."""
    gathered, so_far = _Gathered(), SoFar()
    threads = usable_threads() if threads is None else threads

    def estimate_one(person: _Person) -> Estimate | None:
        return estimator(*person)

    # Others may be unable to run twice at once.
    at_once = threads if isinstance(estimator, Estimator) else 1
    with shared_out(estimate_one, at_once) as estimated, closing(_looked_at(video, detector)) as one_by_one:
        held: list[NDArray[np.float64]] = []
        with closing(ahead(one_by_one, MOST_WAITING + 1) if threads > 1 else one_by_one) as looked:
            for group in _with_boxes(looked, held):
                for picture, large, estimates, small in _with_estimates(group, estimated):
                    held[:] = [box for box, found in zip(large, estimates, strict=True) if found is not None]
                    gathered.add(picture.time_s, large, estimates, small)
                    gathered.look_closely(picture, estimates)
                    so_far.add(picture.time_s, [found.pose for found in estimates if found is not None], held)
                    progress(so_far.n_pictures, so_far.n_expected(video.n_stated, video.stated_s), so_far.words())
    return gathered.seen(video.size_px, tuple(video.notes))


def watch_poses(
    path: str | Path, poses: Sequence[NDArray[np.float32]], where: str, progress: Progress = no_progress
) -> Seen:
    """What another program has seen in each picture of a video: poses (P, 17, 3) of its people, and no outlines.

    Boxes are those around the joints; of a crowd only the largest people are taken, as ``watch`` does. Raises DataError
    that names ``where`` the poses come from and both counts where there are not as many entries as pictures, and as
    ``open_video`` does.
    """
    gathered = _Gathered()
    with open_video(path) as video:
        for picture in video:
            number = len(gathered.times_s)
            people = poses[number] if number < len(poses) else np.empty((0, 17, 3), np.float32)
            shown = people[(people[..., 2] > 0).any(axis=1)]
            boxes = _stacked([_around(pose) for pose in shown])
            order = _from_large(boxes)
            large, small = order[:MOST_PEOPLE], order[MOST_PEOPLE:]
            estimates = [Estimate.of_joints(pose) for pose in shown[large]]
            gathered.add(picture.time_s, boxes[large], estimates, boxes[small])
            gathered.look_closely(picture, estimates)
            progress(len(gathered.times_s), len(poses))
        if len(gathered.times_s) != len(poses):
            raise DataError(
                f"{where}: holds poses of {len(poses)} frames, and {path} has {len(gathered.times_s)} pictures; give "
                "poses of this very video, with an entry for each of its pictures"
            )
        return gathered.seen(video.size_px, tuple(video.notes))


def _around(pose: NDArray[np.float32]) -> NDArray[np.float64]:
    place = pose[pose[:, 2] > 0, :2].astype(np.float64)
    return np.concatenate([place.min(axis=0), place.max(axis=0)])


class _Gathered:
    """What was seen so far."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self._counts: list[int] = []
        self._jointless_counts: list[int] = []
        self._poses = Rows((17, 3), np.float32)
        self._sides_px = Rows((17, 2), np.float32)
        self._silhouettes = Rows(_SILHOUETTE, np.uint8)
        self._boxes_px = Rows((4,), np.float64)
        self._jointless_px = Rows((4,), np.float64)
        self._outlines = PackedOutlines()
        self._qualities = Rows((N_VALUES,), np.float32)
        self._looked_s = -np.inf

    def add(self, time_s: float, boxes: Boxes, estimates: Sequence[Estimate | None], small: Boxes) -> None:
        """One picture: what was estimated in each of the ``boxes``; ``small`` are those that were not looked at."""
        people = [(box, found) for box, found in zip(boxes, estimates, strict=True) if found is not None]
        jointless = [*(box for box, found in zip(boxes, estimates, strict=True) if found is None), *small]
        self.times_s.append(time_s)
        self._counts.append(len(people))
        self._jointless_counts.append(len(jointless))
        for box, found in people:
            self._poses.add(found.pose)
            self._sides_px.add(found.side_px)
            self._silhouettes.add(_silhouette(found.outline))
            self._boxes_px.add(box)
        for box in jointless:
            self._jointless_px.add(box)
        self._outlines.add(PackedOutline.of(found.outline, found.square_px) for _, found in people)

    def look_closely(self, picture: Picture, estimates: Sequence[Estimate | None]) -> None:
        """How well the picture that was added last shows its people, as often as people are looked for."""
        looks = picture.time_s - self._looked_s >= LOOK_EVERY_S
        if looks:
            self._looked_s = picture.time_s
        for found in estimates:
            if found is not None:
                closely = look_closely(picture.rgb, found.outline, found.square_px) if looks else NOT_LOOKED
                self._qualities.add(closely)

    def seen(self, size_px: tuple[int, int], notes: tuple[str, ...]) -> Seen:
        return Seen(
            size_px,
            np.array(self.times_s),
            poses=self._poses.split(self._counts),
            sides_px=self._sides_px.split(self._counts),
            silhouettes=self._silhouettes.split(self._counts),
            boxes_px=self._boxes_px.split(self._counts),
            outlines=self._outlines,
            qualities=self._qualities.split(self._counts),
            jointless_px=self._jointless_px.split(self._jointless_counts),
            notes=notes,
        )


def _looked_at(video: Pictures, detector: FindsPeople) -> Generator[tuple[Picture, Detections | None]]:
    """Each picture with the people who were found in it, None where nobody looked; the last one is looked at."""
    looked_s, n_since = -np.inf, 0
    held_back: Picture | None = None
    for picture in video:
        if held_back is not None:
            yield held_back, None
            held_back = None
        if picture.time_s - looked_s < LOOK_EVERY_S and n_since < MOST_WAITING:
            held_back, n_since = picture, n_since + 1
        else:
            yield picture, detector(picture.rgb)
            looked_s, n_since = picture.time_s, 0
    if held_back is not None:
        yield held_back, detector(held_back.rgb)


def _with_boxes(
    looked: Iterable[tuple[Picture, Detections | None]], held: Sequence[NDArray[np.float64]]
) -> Iterator[list[tuple[Picture, Boxes]]]:
    """Pictures with the boxes of their people: at each look those since the look before, and the picture itself.

    held: the boxes of the picture that was given last which held a person, as the taker says.
    """
    waiting: list[Picture] = []
    last: tuple[float, Boxes] | None = None
    for picture, found in looked:
        if found is None:
            waiting.append(picture)
            continue
        boxes = found.sure(_stacked(held))
        group: list[tuple[Picture, Boxes]] = []
        for between in waiting:
            assert last is not None  # nothing waits before the first look
            share = (between.time_s - last[0]) / (picture.time_s - last[0])
            group.append((between, boxes_between(last[1], boxes, share)))
        yield [*group, (picture, boxes)]
        waiting.clear()
        last = picture.time_s, boxes


def _with_estimates(
    group: list[tuple[Picture, Boxes]], estimated: Callable[[Iterable[_Person]], Iterable[Estimate | None]]
) -> Iterator[tuple[Picture, Boxes, list[Estimate | None], Boxes]]:
    """Each picture, the boxes of its largest people, what was estimated in them, and all other boxes."""
    parted = [(picture, *_by_size(boxes)) for picture, boxes in group]
    people = [(picture.rgb, box) for picture, large, _ in parted for box in large]
    estimates = iter(estimated(people))
    for picture, large, small in parted:
        yield picture, large, list(islice(estimates, len(large))), small


def _stacked(boxes: Sequence[NDArray[np.float64]]) -> Boxes:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _by_size(boxes: Boxes) -> tuple[Boxes, Boxes]:
    """The largest people, as many as may be walkers, and all others."""
    order = _from_large(boxes)
    return boxes[order[:MOST_PEOPLE]], boxes[order[MOST_PEOPLE:]]


def _from_large(boxes: Boxes) -> NDArray[np.intp]:
    return np.argsort(boxes[:, 1] - boxes[:, 3], kind="stable")


def boxes_between(first: Boxes, second: Boxes, share: float) -> Boxes:
    """Boxes at a share 0..1 of the time from a first to a second look; who is in one only stays for half of it."""
    a, b = matched(overlaps(first, second), _SAME)
    moved = first[a] + share * (second[b] - first[a])
    near, used = (first, a) if share < 0.5 else (second, b)
    return np.concatenate([moved, np.delete(near, used, axis=0)])


def _silhouette(outline: NDArray[np.uint8]) -> NDArray[np.uint8]:
    aligned, kept = align_silhouettes(outline[None], SILHOUETTE_PX)
    return aligned[0] if len(kept) else np.zeros(_SILHOUETTE, dtype=np.uint8)
