"""Folders of JSON files, one a frame, as OpenPose, AlphaPose and MMPose write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.io.frame_files import FrameFiles, frame_files
from scoliogait.io.json_text import json_head
from scoliogait.io.system_files import data_files
from scoliogait.limits import MAX_FRAMES
from scoliogait.wording import first_few

# OpenPose's own names end in this.
OPENPOSE_SUFFIX = "_keypoints.json"


def json_files(folder: Path) -> list[Path]:
    """Those that OpenPose names, else all that are not hidden, in the order of their names."""
    files = sorted(data_files(folder, "*.json"))
    return [path for path in files if is_named_by_openpose(path)] or files


def is_named_by_openpose(path: Path) -> bool:
    """Whether a file is named as OpenPose names its own, in any case."""
    return path.name.lower().endswith(OPENPOSE_SUFFIX)


def json_frame_files(folder: Path) -> FrameFiles:
    """The files of a folder in frame order; DataError when there is none, and as ``frame_files`` raises it."""
    paths = json_files(folder)
    if not paths:
        raise DataError(f"{folder}: holds no .json file; expected the output of OpenPose --write_json")
    files = frame_files(folder, paths, OPENPOSE_SUFFIX if is_named_by_openpose(paths[0]) else ".json")
    if files.n_frames > MAX_FRAMES:
        raise DataError(f"{folder}: has {files.n_frames:,} frames; at most {MAX_FRAMES:,} are read, give a part of it")
    return replace(files, notes=(*files.notes, *_about_others(folder, paths)))


def _about_others(folder: Path, read: Sequence[Path]) -> tuple[str, ...]:
    """Files under other names that hold people too: copies, and frames that were renamed."""
    others = [path for path in set(data_files(folder, "*.json")).difference(read) if b'"people"' in json_head(path)]
    if not others:
        return ()
    several, names = len(others) > 1, first_few(sorted(path.name for path in others), 3)
    if len(others) > len(read):
        raise DataError(
            f"{folder}: holds {len(others)} JSON file{'s' if several else ''} with people that are not named "
            f"*{OPENPOSE_SUFFIX}, as {len(read)} {'are' if len(read) > 1 else 'is'}: {names}; give all frames of a "
            "recording names of one form, and keep others elsewhere"
        )
    return (
        f"{len(others)} more JSON file{'s' if several else ''} with people, not named *{OPENPOSE_SUFFIX}, "
        f"{'were' if several else 'was'} not read: {names}.",
    )
