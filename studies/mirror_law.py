"""Are mirrored pictures measured as the mirror image? ``python -m studies.mirror_law VIDEO... [--out FOLDER]``.

Each video is read as it is, and once more with every picture mirrored in memory (not encoded again). People of the two
readings are paired by where they are seen, mirrored back. If nothing in the chain prefers a side, every tilt of the
second reading is the negative of the first. What is left comes of rounding, most of it where one joint hides the other.
Writes mirror_law.json and mirror_law.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.files import atomic_file, write_json
from scoliogait.io.choose_walker import choose_walker
from scoliogait.io.follow import follow
from scoliogait.io.hidden_people import cut_where_one_hides
from scoliogait.io.people import people_of_frames
from scoliogait.measurement.body_size import visible
from scoliogait.measurement.posture import measure_posture
from scoliogait.skeleton import JOINT, MIRROR
from scoliogait.video.decode import open_video
from scoliogait.video.detect import Detector
from scoliogait.video.estimate import Estimator
from scoliogait.video.pictures import Picture, Pictures
from scoliogait.video.watch import EstimatesPose, FindsPeople, Seen, watch_pictures

Poses = NDArray[np.float32]
Both = tuple[float, float]
PAIRS = ("shoulder", "hip")
# A person who is seen in fewer pictures has no tilt worth a comparison.
FEWEST_PICTURES = 15


@dataclass(frozen=True, eq=False)
class Mirrored:
    """The same pictures, mirrored from left to right."""

    video: Pictures

    @property
    def size_px(self) -> tuple[int, int]:
        return self.video.size_px

    @property
    def n_stated(self) -> int | None:
        return self.video.n_stated

    @property
    def stated_s(self) -> float | None:
        return self.video.stated_s

    @property
    def notes(self) -> list[str]:
        return self.video.notes

    def __iter__(self) -> Iterator[Picture]:
        for picture in self.video:
            yield Picture(picture.time_s, np.ascontiguousarray(picture.rgb[:, ::-1]))


@dataclass(frozen=True)
class Compared:
    """One person of one video. largest_px: the largest distance of a joint between the readings, mirrored back.

    median_deg, by pair of joints: tilt of the one reading and of the other, medians over the pictures. measured_deg: as
    ``measure_posture`` finds them, None where it finds none.
    """

    video: str
    person: int
    n_pictures: int
    n_pictures_mirrored: int
    largest_px: float
    median_deg: dict[str, Both]
    measured_deg: dict[str, Both | None]

    @property
    def worst_median_deg(self) -> float:
        """By how much a median is not the negative of the other."""
        return max(map(_left_over, self.median_deg.values()))

    @property
    def worst_measured_deg(self) -> float | None:
        """The same of what was measured, None where nothing was."""
        return max((_left_over(both) for both in self.measured_deg.values() if both is not None), default=None)


def _left_over(both: Both) -> float:
    return abs(both[0] + both[1])


def compare(path: Path, detector: FindsPeople, estimator: EstimatesPose) -> list[Compared]:
    """Everybody in a video who is seen in enough pictures, from left to right."""
    with open_video(path) as video:
        plain = watch_pictures(video, detector, estimator)
    with open_video(path) as video:
        twin = watch_pictures(Mirrored(video), detector, estimator)
    others = [back(poses, plain.size_px[0]) for poses in people_of(twin, path)]
    found = []
    for number, poses in enumerate(people_of(plain, path), start=1):
        if visible(poses).any(axis=1).sum() >= FEWEST_PICTURES and others:
            other = min(others, key=lambda one: _apart_px(poses, one))
            found.append(_compared(path.name, number, poses, other))
    return found


def people_of(seen: Seen, path: Path) -> list[Poses]:
    """Poses (T, 17, 3) of each person, from left to right; all zeros where they are not seen."""
    people = people_of_frames(seen.poses, str(path))
    if not len(people.frame):
        return []
    tracks = cut_where_one_hides(follow(people))
    poses, who = choose_walker(tracks, str(path), 1)
    return [poses, *(choose_walker(tracks, str(path), n)[0] for n in range(2, who.n_people + 1))]


def back(poses: Poses, width_px: int) -> Poses:
    """Poses of mirrored pictures where they are in the pictures themselves; what is not seen stays zero."""
    mirrored = poses[:, list(MIRROR)].copy()
    shown = mirrored[..., 2] > 0
    mirrored[..., 0] = np.where(shown, width_px - mirrored[..., 0], 0)
    return mirrored


def _compared(video: str, number: int, one: Poses, other: Poses) -> Compared:
    in_both = visible(one).any(axis=1) & visible(other).any(axis=1)
    measured = measure_posture(one), measure_posture(other)
    return Compared(
        video,
        number,
        n_pictures=int(visible(one).any(axis=1).sum()),
        n_pictures_mirrored=int(visible(other).any(axis=1).sum()),
        largest_px=float(np.abs(one[in_both, :, :2] - other[in_both, :, :2]).max(initial=0.0)),
        median_deg={pair: (_median_tilt(one, pair), -_median_tilt(other, pair)) for pair in PAIRS},
        measured_deg={pair: _both(*(posture[f"{pair}s"].tilt_deg for posture in measured)) for pair in PAIRS},
    )


def _both(one: Any, other: Any) -> Both | None:
    """Poses were laid back: the tilt of the mirrored pictures is the negative of what is measured then."""
    return None if one is None or other is None else (one.value, -other.value)


def _median_tilt(poses: Poses, pair: str) -> float:
    left, right = (poses[:, JOINT[f"{side}_{pair}"]] for side in ("left", "right"))
    shown = (left[:, 2] > 0) & (right[:, 2] > 0)
    across, down = (left - right)[shown, :2].astype(np.float64).T
    return float(np.degrees(np.median(np.arctan2(-down, np.abs(across)))))


def _apart_px(one: Poses, other: Poses) -> float:
    in_both = (one[..., 2] > 0) & (other[..., 2] > 0)
    return float(np.linalg.norm((one - other)[in_both][:, :2], axis=1).mean()) if in_both.any() else np.inf


def table(found: Sequence[Compared]) -> str:
    """One row a person."""
    lines = [
        "| video | person | pictures | mirrored | joints apart, px | shoulders | mirrored | hips | mirrored "
        "| left over | of medians |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        tilts = " | ".join(
            "–" if both is None else f"{tilt:+.3f}" for both in one.measured_deg.values() for tilt in both or (0.0, 0.0)
        )
        left_over = "–" if one.worst_measured_deg is None else f"{one.worst_measured_deg:.3f}"
        lines.append(
            f"| {one.video} | {one.person} | {one.n_pictures} | {one.n_pictures_mirrored} | {one.largest_px:.2f} "
            f"| {tilts} | {left_over} | {one.worst_median_deg:.3f} |"
        )
    return "\n".join([*lines, "", "Tilts in degrees. Left over: the sum of both, the larger of the two pairs."]) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("study-mirror-law"))
    asked = parser.parse_args(arguments)
    detector, estimator = Detector(), Estimator()
    found = [one for path in asked.videos for one in compare(path, detector, estimator)]
    asked.out.mkdir(parents=True, exist_ok=True)
    write_json(asked.out / "mirror_law.json", [vars(one) for one in found])
    with atomic_file(asked.out / "mirror_law.md") as temporary:
        temporary.write_text(table(found), encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
