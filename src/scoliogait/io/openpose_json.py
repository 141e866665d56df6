"""Folders of OpenPose output: one ``*_keypoints.json`` a frame, in the BODY_25 or COCO-18 layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.files import read_json
from scoliogait.io.tree_path import place_in_tree
from scoliogait.skeleton import JOINT_NAMES, N_JOINTS
from scoliogait.walk import Walk

_SIDE = {"L": "left", "R": "right"}


def _columns(layout: str) -> tuple[int, ...]:
    """For each COCO-17 joint the row in the foreign layout, written as a list of short names."""
    names = [f"{_SIDE[n[0]]}_{n[1:].lower()}" if n[0] in _SIDE else n for n in layout.split()]
    return tuple(names.index(joint) for joint in JOINT_NAMES)


_COCO_18 = _columns(
    "nose neck RShoulder RElbow RWrist LShoulder LElbow LWrist RHip RKnee RAnkle LHip LKnee LAnkle REye LEye REar LEar"
)
_BODY_25 = _columns(
    "nose neck RShoulder RElbow RWrist LShoulder LElbow LWrist mid_hip RHip RKnee RAnkle LHip LKnee LAnkle "
    "REye LEye REar LEar LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel"
)
_LAYOUTS: dict[int, tuple[int, ...]] = {18: _COCO_18, 25: _BODY_25}

# A person may move this share of the body height from one frame to the next, and a little more for each frame unseen.
_STEP_HEIGHTS = 0.5
_STEP_HEIGHTS_PER_GAP_FRAME = 0.05
_LONGEST_STEP_HEIGHTS = 1.5


def read_openpose_folder(folder: str | Path, walk_id: str | None = None) -> Walk:
    """Read a folder of OpenPose files as the walk of its main person.

    People are followed from frame to frame; the one with the largest sum of confidence times body height is kept, so a
    bystander who is small or seen briefly is left out. A frame without this person is all zeros. Confidences above 1,
    which OpenPose writes now and then, are set to 1. Raises DataError naming the file that is not OpenPose output or
    holds normalised coordinates, or the folder when no frame shows a person.
    """
    folder = Path(folder)
    paths = sorted(folder.glob("*_keypoints.json"), key=lambda p: p.name)
    if not paths:
        raise DataError(f"{folder}: holds no *_keypoints.json file; expected the output of OpenPose --write_json")
    people = [_people(path) for path in paths]
    place = place_in_tree(folder)
    return Walk(
        walk_id=walk_id or (place.id if place else folder.name),
        poses=_main_person(people, folder),
        label=place.label if place else None,
        view=place.view if place else None,
        source=str(folder),
    )


def _people(path: Path) -> list[NDArray[np.float32]]:
    """COCO-17 poses (17, 3) of everybody in one file who has a visible joint."""
    content = read_json(path)
    try:
        rows = [person["pose_keypoints_2d"] for person in content["people"]]
    except (TypeError, KeyError) as error:
        raise DataError(
            f"{path}: has no field {error}; expected OpenPose output with people[].pose_keypoints_2d"
        ) from error
    poses = [_to_coco(row, path) for row in rows]
    return [pose for pose in poses if (pose[:, 2] > 0).any()]


def _to_coco(row: Any, path: Path) -> NDArray[np.float32]:
    try:
        values = np.asarray(row, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: pose_keypoints_2d is not a list of numbers ({error}); run OpenPose again") from error
    n_keypoints = values.size // 3
    if values.ndim != 1 or values.size % 3 or n_keypoints not in _LAYOUTS:
        raise DataError(
            f"{path}: pose_keypoints_2d has {values.size} values; expected 75 (BODY_25) or 54 (COCO), "
            "x, y, confidence each"
        )
    if not np.isfinite(values).all():
        raise DataError(f"{path}: pose_keypoints_2d holds NaN or infinite values; run OpenPose again")
    pose = values.reshape(n_keypoints, 3)[list(_LAYOUTS[n_keypoints])]
    if (pose[:, 2] > 0).any() and np.abs(pose[:, :2]).max() <= 2:
        raise DataError(f"{path}: coordinates are not pixels; run OpenPose with --keypoint_scale 0")
    pose[:, 2] = np.minimum(pose[:, 2], 1)
    return pose


class _Track:
    """One person over time: the pose of each frame where they were seen."""

    def __init__(self, frame: int, pose: NDArray[np.float32]) -> None:
        self.poses = {frame: pose}

    def distance_heights(self, frame: int, pose: NDArray[np.float32]) -> float:
        """Distance to the last pose in body heights, over what is allowed: below 1 it may be the same person."""
        last_frame, last = next(reversed(self.poses.items()))
        seen = (pose[:, 2] > 0) & (last[:, 2] > 0)
        if not seen.any():
            return np.inf
        distance_px = np.linalg.norm(pose[seen, :2] - last[seen, :2], axis=1).mean()
        allowed = _STEP_HEIGHTS + _STEP_HEIGHTS_PER_GAP_FRAME * (frame - last_frame - 1)
        return float(distance_px / (max(_height_px(last), 1.0) * min(allowed, _LONGEST_STEP_HEIGHTS)))

    @property
    def weight(self) -> float:
        return sum(float(pose[:, 2].mean()) * _height_px(pose) for pose in self.poses.values())


def _height_px(pose: NDArray[np.float32]) -> float:
    y_px = pose[pose[:, 2] > 0, 1]
    return float(np.ptp(y_px))


def _main_person(people: list[list[NDArray[np.float32]]], folder: Path) -> NDArray[np.float32]:
    tracks: list[_Track] = []
    for frame, poses in enumerate(people):
        unmatched = dict(enumerate(poses))
        cost = np.array([[track.distance_heights(frame, pose) for pose in poses] for track in tracks])
        if cost.size:
            from scipy.optimize import linear_sum_assignment

            rows, columns = linear_sum_assignment(np.minimum(cost, 1e6))
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                if cost[row, column] < 1:
                    tracks[row].poses[frame] = unmatched.pop(column)
        tracks += [_Track(frame, pose) for pose in unmatched.values()]
    if not tracks:
        raise DataError(f"{folder}: no frame shows a person; record again, or check the OpenPose run")
    main = max(tracks, key=lambda track: track.weight)
    walk = np.zeros((len(people), N_JOINTS, 3), dtype=np.float32)
    for frame, pose in main.poses.items():
        walk[frame] = pose
    return walk
