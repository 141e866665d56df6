"""SLEAP's files: projects and predictions (``.slp``), and the analysis export (``.h5``).

Tracks are not used: a file that was not tracked holds people in any order, and a tracked one may exchange them, so
everybody in each frame is followed here as in every other format.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.frame_ids import frames_of_ids
from scoliogait.io.hdf5_nodes import array_of, texts_of
from scoliogait.io.person_rows import by_frame, is_present
from scoliogait.io.walk_of_people import Recording

Points = NDArray[np.float32]

_PREDICTED = 1


def analysis_recording(file: Any, path: Path) -> Recording:
    """The recording of an analysis export: ``tracks`` (people, 2, nodes, T), ``point_scores`` (people, nodes, T)."""
    tracks, names = array_of(file, "tracks"), texts_of(file, "node_names")
    scores = array_of(file, "point_scores") if "point_scores" in file else np.ones_like(tracks[:, 0])
    if tracks.ndim != 4 or tracks.shape[1:3] != (2, len(names)) or scores.shape != tracks[:, 0].shape:
        raise DataError(f"{path}: tracks have shape {tracks.shape}, point_scores {scores.shape}; export it again")
    points = np.concatenate([tracks.transpose(3, 0, 2, 1), scores.transpose(2, 0, 1)[..., None]], axis=3)
    people = points.astype(np.float32)
    return Recording([shown[present] for shown, present in zip(people, is_present(people), strict=True)], names)


def project_recording(file: Any, path: Path) -> Recording:
    """The recording of a ``.slp`` file: every instance of every frame, predicted ones that were corrected left out."""
    names = _node_names(file)
    frames, instances = array_of(file, "frames"), array_of(file, "instances")
    if len(np.unique(frames["video"])) > 1:
        raise DataError(f"{path}: holds {len(np.unique(frames['video']))} videos; export one file a video")
    corrected = instances["from_predicted"]
    kept = instances[~np.isin(instances["instance_id"], corrected[corrected >= 0])]
    if not len(kept):
        raise DataError(f"{path}: no frame shows a person; label or predict frames first")
    user, predicted = (_points(file, name) for name in ("points", "pred_points"))
    people = np.stack([_person(row, user, predicted, len(names)) for row in kept])
    place = {int(number): row for row, number in enumerate(frames["frame_id"])}
    shown = frames["frame_idx"][[place[int(number)] for number in kept["frame_id"]]]
    # Frames beyond those with people are not part of the file, so the first one with people is frame 0.
    frame, notes = frames_of_ids([int(number) for number in shown], "frame_idx", str(path))
    return Recording(by_frame(people, frame, int(frame.max()) + 1, str(path)), names, notes=notes)


def _node_names(file: Any) -> list[str]:
    text = file["metadata"].attrs["json"]
    metadata = json.loads(text.decode("utf-8") if isinstance(text, bytes) else str(text))
    nodes = [node["name"] for node in metadata["nodes"]]
    return [str(nodes[node["id"]]) for node in metadata["skeletons"][0]["nodes"]]


def _points(file: Any, name: str) -> Points:
    """x, y, confidence (N, 3) of each point; NaN where it is not visible."""
    stored = array_of(file, name)
    score = stored["score"] if "score" in (stored.dtype.names or ()) else np.ones(len(stored))
    points = np.stack([stored["x"], stored["y"], score], axis=1).astype(np.float32)
    points[~stored["visible"].astype(bool)] = np.nan
    return points


def _person(row: Any, user: Points, predicted: Points, n_nodes: int) -> Points:
    points = predicted if row["instance_type"] == _PREDICTED else user
    start, end = int(row["point_id_start"]), int(row["point_id_end"])
    if not 0 <= start <= end <= len(points) or end - start != n_nodes:
        raise ValueError(f"instance {row['instance_id']} has points {start} to {end} of {len(points)}")
    return points[start:end]
