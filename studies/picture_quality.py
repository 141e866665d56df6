"""How bad may pictures be? ``python -m studies.picture_quality --video FILE 0 9 --out FOLDER``.

People are found in some pictures of each video as they are. Then the pictures are made worse in steps, and joints are
estimated again in the same boxes: how far do they move, and what is measured of the picture? Writes picture-quality.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from scoliogait.files import atomic_file
from scoliogait.skeleton import JOINT, TRUNK_AND_LEG_JOINTS
from scoliogait.video.decode import open_video
from scoliogait.video.detect import SURE_SCORE, Boxes, Detector, overlaps
from scoliogait.video.estimate import Estimate, Estimator
from scoliogait.video.quality import look_closely

# So many pictures of each video, evenly over its time; smaller people than this are left out.
N_PICTURES = 16
SMALLEST_PX = 100.0
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Step:
    """What is done to a picture (H, W, 3), of which the largest person is ``length_px`` long."""

    kind: str
    size: float
    worse: Callable[[Picture, float], Picture]

    @property
    def name(self) -> str:
        return f"{self.kind} {self.size:g}" if self.kind else "as it is"


def _gaussian(percent: float, picture: Picture, length_px: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), percent / 100 * length_px), dtype=np.uint8)


def _dragged(percent: float, down: bool, picture: Picture, length_px: float) -> Picture:
    n = max(1, round(percent / 100 * length_px))
    return np.asarray(cv2.blur(picture, (1, n) if down else (n, 1)), dtype=np.uint8)


def _gamma(power: float, picture: Picture, _: float) -> Picture:
    return np.round(255 * (picture / 255.0) ** power).astype(np.uint8)


def _contrast(share: float, picture: Picture, _: float) -> Picture:
    return np.round(128 + (picture - 128.0) * share).astype(np.uint8)


def _grain(sigma: float, picture: Picture, _: float) -> Picture:
    noise = np.random.default_rng(7).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _dark_and_grainy(share: float, picture: Picture, _: float) -> Picture:
    return _grain(4.0, (picture * share).astype(np.uint8), 0.0)


def _smaller(wanted_px: float, picture: Picture, length_px: float) -> Picture:
    share = min(1.0, wanted_px / length_px)
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


_KINDS: tuple[tuple[str, Callable[..., Picture], tuple[float, ...]], ...] = (
    ("blur of focus %", _gaussian, (0.5, 1.0, 1.5, 2.0)),
    ("blur across %", lambda size, *rest: _dragged(size, False, *rest), (2.0, 4.0, 6.0, 10.0)),
    ("blur along %", lambda size, *rest: _dragged(size, True, *rest), (2.0, 4.0, 6.0, 10.0)),
    ("gamma", _gamma, (2.0, 3.0, 5.0)),
    ("contrast times", _contrast, (0.4, 0.2, 0.1)),
    ("grain of", _grain, (10.0, 20.0, 40.0)),
    ("grain of 4, light times", _dark_and_grainy, (0.5, 0.25, 0.12)),
    ("person of px", _smaller, (160.0, 120.0, 90.0, 70.0)),
)
STEPS = (
    Step("", 0.0, lambda picture, _: picture),
    *(Step(kind, size, partial(worse, size)) for kind, worse, sizes in _KINDS for size in sizes),
)


@dataclass(frozen=True, eq=False)
class Scene:
    """Some pictures with the boxes (P, 4) of their people, found in them as they are."""

    pictures: list[tuple[Picture, Boxes]]


def read_scene(path: Path, detector: Detector, first_s: float, last_s: float, n_pictures: int = N_PICTURES) -> Scene:
    with open_video(path) as video:
        pictures = [picture.rgb for picture in video if first_s <= picture.time_s <= last_s]
    chosen = [pictures[n] for n in np.unique(np.linspace(0, len(pictures) - 1, n_pictures).round().astype(int))]
    return Scene([(rgb, _large(_sure(detector, rgb))) for rgb in chosen])


def _sure(detector: Detector, rgb: Picture) -> Boxes:
    found = detector(rgb)
    return found.boxes[found.scores >= SURE_SCORE]


def _large(boxes: Boxes) -> Boxes:
    return boxes[boxes[:, 3] - boxes[:, 1] >= SMALLEST_PX]


def measure(scene: Scene, step: Step, detector: Detector, estimator: Estimator) -> list[str]:
    """What became of one scene in one step, in the order of ``HEADING``."""
    n_people = n_found = 0
    moved: list[tuple[float, float, float]] = []
    confidence: list[float] = []
    looks: list[NDArray[np.float32]] = []
    for rgb, boxes in scene.pictures:
        if not len(boxes):
            continue
        n_people += len(boxes)
        picture = step.worse(rgb, float((boxes[:, 3] - boxes[:, 1]).max()))
        again = _sure(detector, picture)
        n_found += int((overlaps(boxes, again).max(axis=1) >= 0.5).sum()) if len(again) else 0
        for box in boxes:
            before, after = estimator(rgb, box), estimator(picture, box)
            if before is not None and after is not None:
                moved.append(_moved(before, after, float(box[3] - box[1])))
                confidence.append(float(after.pose[list(TRUNK_AND_LEG_JOINTS), 2].mean()))
                looks.append(look_closely(picture, after.outline, after.square_px))
    if not moved:
        return [f"{n_found}/{n_people}", f"0/{n_people}", *["-"] * 8]
    joints, shoulders, hips = np.median(np.array(moved), axis=0)
    blur, brightness, contrast, noise = np.nanmedian(np.array(looks), axis=0)
    numbers = (f"{joints:.1f}", f"{shoulders:.1f}", f"{hips:.1f}", f"{np.median(confidence):.2f}", f"{blur:.2f}")
    rest = (f"{brightness:.0f}", f"{contrast:.1f}", f"{100 * noise:.0f}")
    return [f"{n_found}/{n_people}", f"{len(moved)}/{n_people}", *numbers, *rest]


def _moved(before: Estimate, after: Estimate, height_px: float) -> tuple[float, float, float]:
    """Median way of trunk and legs in percent of the height, and the turn of shoulders and hips in degrees."""
    joints = list(TRUNK_AND_LEG_JOINTS)
    way = np.linalg.norm(after.pose[joints, :2] - before.pose[joints, :2], axis=1)
    turned = (abs(_tilt_deg(after, part) - _tilt_deg(before, part)) for part in ("shoulder", "hip"))
    return 100 * float(np.median(way)) / height_px, *turned  # type: ignore[return-value]


def _tilt_deg(estimate: Estimate, part: str) -> float:
    x, y = (estimate.pose[JOINT[f"left_{part}"]] - estimate.pose[JOINT[f"right_{part}"]])[:2]
    return float(np.degrees(np.arctan(-y / x))) if x else 90.0


HEADING = (
    *("found", "estimated", "joints %", "shoulders °", "hips °"),
    *("confidence", "blur %", "brightness", "contrast", "grain %"),
)


def page(rows: Iterable[tuple[Step, Sequence[Sequence[str]]]]) -> str:
    """A table with a row a step, the scenes beside each other in every cell."""
    lines = [f"| step | {' | '.join(HEADING)} |", "|---" * (len(HEADING) + 1) + "|"]
    for step, of_scenes in rows:
        lines.append(f"| {step.name} | {' | '.join(' · '.join(cells) for cells in zip(*of_scenes, strict=True))} |")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--video", nargs=3, action="append", required=True, metavar=("FILE", "FIRST_S", "LAST_S"), dest="videos"
    )
    parser.add_argument("--pictures", type=int, default=N_PICTURES)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    detector, estimator = Detector(), Estimator()
    scenes = [
        read_scene(Path(path), detector, float(first_s), float(last_s), given.pictures)
        for path, first_s, last_s in given.videos
    ]
    given.out.mkdir(parents=True, exist_ok=True)
    rows = ((step, [measure(scene, step, detector, estimator) for scene in scenes]) for step in STEPS)
    with atomic_file(given.out / "picture-quality.md") as temporary:
        temporary.write_text(page(rows), encoding="utf-8")
    print(given.out / "picture-quality.md")


if __name__ == "__main__":
    main()
