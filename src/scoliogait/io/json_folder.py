"""Folders of JSON files, one a frame, as OpenPose, AlphaPose and MMPose write them."""

from __future__ import annotations

from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.io.frame_files import FrameFiles, frame_files
from scoliogait.io.system_files import data_files
from scoliogait.limits import MAX_FRAMES

# OpenPose's own names end in this.
OPENPOSE_SUFFIX = "_keypoints.json"


def json_files(folder: Path) -> list[Path]:
    """Those that OpenPose names, else all that are not hidden, in the order of their names."""
    files = sorted(data_files(folder, "*.json"))
    return [path for path in files if path.name.endswith(OPENPOSE_SUFFIX)] or files


def json_frame_files(folder: Path) -> FrameFiles:
    """The files of a folder in frame order; DataError when there is none, and as ``frame_files`` raises it."""
    paths = json_files(folder)
    if not paths:
        raise DataError(f"{folder}: holds no .json file; expected the output of OpenPose --write_json")
    files = frame_files(folder, paths, OPENPOSE_SUFFIX if paths[0].name.endswith(OPENPOSE_SUFFIX) else ".json")
    if files.n_frames > MAX_FRAMES:
        raise DataError(f"{folder}: has {files.n_frames:,} frames; at most {MAX_FRAMES:,} are read, give a part of it")
    return files
