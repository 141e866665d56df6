"""Recordings for the benchmark of reading: the walks of the package, many times and in many places."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from scoliogait.io.layouts import LAYOUTS
from scoliogait.io.read import read_walk
from scoliogait.samples import sample_paths

Poses = NDArray[np.float32]

_CROWD_HEIGHT_PX = 60.0
_BODY_25 = LAYOUTS["BODY_25"]
_PICTURE = (256, 256)


def write_three_people(folder: Path, n_frames: int) -> Path:
    """A walker on a treadmill and two smaller people beside, one BODY_25 file a frame."""
    walks = _sample_poses()
    people = [
        _there_and_back(_scaled(walks[number % len(walks)], height_px), n_frames) + np.array([x, 0, 0], np.float32)
        for number, (height_px, x) in enumerate(((400.0, 900.0), (120.0, 200.0), (90.0, 1500.0)))
    ]
    for pose in people:
        pose[..., 1] += 600
    return _write_openpose(folder, np.stack(people, axis=1))


def write_crowd(folder: Path, n_people: int, n_frames: int, *, on_a_grid: bool) -> Path:
    """So many people who move a little, on a grid or at random places, as dense whatever their number."""
    rng = np.random.default_rng(n_people)
    columns = int(np.ceil(np.sqrt(1.5 * n_people)))
    number = np.arange(n_people)
    cells = np.stack([number % columns, number // columns], axis=1)
    places = cells if on_a_grid else rng.random((n_people, 2)) * (columns, n_people / columns)
    walks = [_scaled(poses, _CROWD_HEIGHT_PX) for poses in _sample_poses()]
    starts = rng.integers(0, min(map(len, walks)) - n_frames, n_people)
    crowd = np.stack([walks[i % len(walks)][starts[i] : starts[i] + n_frames] for i in number], axis=1)
    steps = rng.normal(0, 0.3, (n_people, 2)) * np.arange(n_frames)[:, None, None]
    crowd[..., :2] += (places * (60, 90) + (100, 100) + steps)[:, :, None]
    return _write_openpose(folder, crowd)


def write_archive(path: Path, n_silhouettes: int) -> Path:
    """A walk file with so many silhouettes of 256 x 256 px, 65,536 bytes each; they take no memory here."""
    mask = np.zeros(_PICTURE, np.uint8)
    mask[40:220, 100:150] = 255
    fields = {} if not n_silhouettes else {"silhouettes": np.broadcast_to(mask, (n_silhouettes, *_PICTURE))}
    np.savez_compressed(path, format="scoliogait-walk-1", origin="{}", poses=_sample_poses()[0], **fields)
    return path


# Before the people, one person, between two people, and after them; with no joint, and with 17 at 0, 0.
_ZEROS = ",".join("0" * 51)
_FORMS = {
    "OpenPose": (b'{"people":[', b'{"pose_keypoints_2d":[]}', b"]}"),
    "OpenPose, 25 joints": (b'{"people":[', b'{"pose_keypoints_2d":[%s]}' % ",".join("0" * 75).encode(), b"]}"),
    "COCO results": (b"[", b'{"image_id":1,"keypoints":[]}', b"]"),
    "COCO results, 17 joints": (b"[", b'{"image_id":1,"keypoints":[%s]}' % _ZEROS.encode(), b"]"),
    "AlphaPose": (b'{"1.jpg":{"version":"AlphaPose v0.3","people":[', b'{"pose_keypoints_2d":[]}', b"]}}"),
    "MMPose": (b'[{"frame_id":1,"instances":[', b'{"keypoints":[],"keypoint_scores":[]}', b"]}]"),
    "MMPose, a picture": (b"[", b'{"keypoints":[],"keypoint_scores":[]}', b"]"),
}
_IN_FOLDERS = ("OpenPose", "OpenPose, 25 joints", "MMPose, a picture")


def write_millions(folder: Path, n_people: int = 1_000_000) -> Iterable[tuple[str, Path]]:
    """A file or folder with a million people in one frame, in each JSON format: its name and its path."""
    for number, (name, (begin, person, end)) in enumerate(_FORMS.items()):
        path = folder / f"{number}"
        path.mkdir(parents=True)
        with (path / "000.json").open("wb") as stream:
            stream.write(begin)
            for _ in range(1_000):
                stream.write((person + b",") * (n_people // 1_000))
            stream.write(person + end)
        yield name, path if name in _IN_FOLDERS else path / "000.json"


def _sample_poses() -> list[Poses]:
    walks = [read_walk(path).poses for path in sample_paths()]
    return [poses for poses in walks if poses is not None]


def _scaled(poses: Poses, height_px: float) -> Poses:
    """The same walk at this height (its median), its middle at 0, 0."""
    seen = (poses[..., 2] > 0).all(axis=1)
    whole = poses[seen].copy()
    whole[..., :2] -= np.median(whole[..., :2], axis=(0, 1))
    whole[..., :2] *= height_px / np.median(np.ptp(whole[..., 1], axis=1))
    whole[..., 2] = np.clip(whole[..., 2], 0.1, 1)
    return whole


def _there_and_back(poses: Poses, n_frames: int) -> Poses:
    """So many frames of a walk that is played forwards and backwards in turn, so that nothing jumps."""
    cycle = np.concatenate([poses, poses[-2:0:-1]])
    return cycle[np.arange(n_frames) % len(cycle)]


def _write_openpose(folder: Path, people: NDArray[np.floating]) -> Path:
    """One file a frame of people (T, P, 17, 3), in the order of BODY_25 and with its joints that COCO-17 lacks at 0."""
    folder.mkdir(parents=True)
    known = [(joint, column) for joint, column in enumerate(_BODY_25.columns) if column is not None]
    joints, columns = (list(numbers) for numbers in zip(*known, strict=True))
    for frame, poses in enumerate(people):
        points = np.zeros((len(poses), len(_BODY_25.joints), 3))
        points[:, columns] = poses[:, joints]
        rows = np.round(points, 3).reshape(len(points), -1).tolist()
        content = {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": row} for row in rows]}
        (folder / f"walk_{frame:012d}_keypoints.json").write_bytes(orjson.dumps(content))
    return folder
