"""A video that a test makes, and what a perfect look at it would have found: who is where is known to the pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scoliogait.video.packed_outline import PackedOutline
from scoliogait.video.watch import Seen
from videos import write_video
from walker import draw_walker

SIZE_PX = (160, 120)
BACKGROUND = 200
# The middles of the hips of the walker and of another person, and how tall both are, eyes to ankles.
WALKER_AT, OTHER_AT, HEIGHT_PX = (110.0, 70.0), (40.0, 70.0), 90.0


@dataclass(frozen=True, eq=False)
class Recording:
    """path: of the video; seen: what was found in it; poses: (T, 17, 3), the walker."""

    path: Path
    seen: Seen
    poses: np.ndarray


def poses_at(place: tuple[float, float], n_frames: int) -> np.ndarray:
    """A walker of ``HEIGHT_PX`` from the front, the middle of their hips here."""
    poses = draw_walker(n_frames, height_px=HEIGHT_PX)
    middle = poses[0, [11, 12], :2].mean(axis=0)
    poses[..., :2] += np.array(place, dtype=np.float32) - middle
    return poses


def box_of(pose: np.ndarray) -> np.ndarray:
    """Around the joints, and a tenth of the height above them."""
    low, high = pose[:, :2].min(axis=0), pose[:, :2].max(axis=0)
    return np.array([low[0] - 4, low[1] - 0.1 * (high[1] - low[1]), high[0] + 4, high[1] + 3], dtype=np.float64)


def stripes(picture: np.ndarray, pose: np.ndarray) -> None:
    """A face that can be recognised: stripes of black and white, 2 px each, over the joints of the head."""
    left, top, right, bottom = face_of(pose)
    columns = np.arange(left, right) // 2 % 2
    picture[top:bottom, left:right] = (columns * 255).astype(np.uint8)[None, :, None]


def face_of(pose: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the striped face."""
    face = pose[:5, :2]
    (left, top), (right, bottom) = np.floor(face.min(axis=0)) - 3, np.ceil(face.max(axis=0)) + 3
    return int(left), int(top), int(right), int(bottom)


def record(path: Path, n_frames: int = 6, times_ms: Sequence[int] | None = None, person: str = "posed") -> Recording:
    """A walker and another person before a plain wall, both with striped faces.

    person: how the other one was found: ``posed``, ``jointless`` (their box alone), ``missed`` (not in the middle two
    pictures).
    """
    times = list(times_ms) if times_ms is not None else [100 * frame for frame in range(n_frames)]
    walker, other = poses_at(WALKER_AT, n_frames), poses_at(OTHER_AT, n_frames)
    pictures, everybody, jointless = [], [], []
    for frame in range(n_frames):
        picture = np.full((SIZE_PX[1], SIZE_PX[0], 3), BACKGROUND, dtype=np.uint8)
        for pose in (walker[frame], other[frame]):
            stripes(picture, pose)
        pictures.append(picture)
        is_missed = person == "missed" and frame in (n_frames // 2 - 1, n_frames // 2)
        everybody.append([walker[frame]] if person == "jointless" or is_missed else [other[frame], walker[frame]])
        jointless.append([box_of(other[frame])] if person == "jointless" else [])
    write_video(path, pictures, times, codec="ffv1", pixel_format="bgr0")
    return Recording(path, seen_of(everybody, np.array(times) / 1000, jointless), walker)


def seen_of(
    frames: Sequence[Sequence[np.ndarray]],
    times_s: np.ndarray,
    jointless: Sequence[Sequence[np.ndarray]] | None = None,
    size_px: tuple[int, int] = SIZE_PX,
) -> Seen:
    """People with these poses (17, 3) in each picture, and others of whom only boxes are known."""
    return Seen(
        size_px,
        times_s,
        poses=[np.array(people, dtype=np.float32).reshape(-1, 17, 3) for people in frames],
        sides_px=[np.zeros((len(people), 17, 2), dtype=np.float32) for people in frames],
        silhouettes=[np.zeros((len(people), 64, 64), dtype=np.uint8) for people in frames],
        boxes_px=[np.array([box_of(pose) for pose in people]).reshape(-1, 4) for people in frames],
        outlines=[tuple(_outline(pose) for pose in people) for people in frames],
        qualities=[np.full((len(people), 4), np.nan, dtype=np.float32) for people in frames],
        jointless_px=[np.array(boxes, dtype=np.float64).reshape(-1, 4) for boxes in jointless or [[]] * len(frames)],
        notes=(),
    )


def _outline(pose: np.ndarray) -> PackedOutline:
    """The trunk, as a rectangle in the square around the box."""
    left, top, right, bottom = box_of(pose)
    side = 1.3 * max(right - left, bottom - top)
    corner = np.array([(left + right - side) / 2, (top + bottom - side) / 2])
    shoulder_right, hip_left = (np.rint((pose[joint, :2] - corner) * 256 / side).astype(int) for joint in (6, 11))
    outline = np.zeros((256, 256), dtype=np.uint8)
    outline[shoulder_right[1] : hip_left[1], shoulder_right[0] : hip_left[0]] = 255
    return PackedOutline.of(outline, (float(corner[0]), float(corner[1]), float(side)))
