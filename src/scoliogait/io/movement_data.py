"""Walks as data sets of ``movement`` and back: xarray.Dataset with ``position`` and ``confidence`` (extra ``formats``).

``movement`` itself is not needed: what it loads is taken as it is, and what is given to it passes its checks. So every
format that it reads can be screened: ``walk_from_movement(load_poses.from_file(...))``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from scoliogait.errors import DataError
from scoliogait.io.person_rows import is_present
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.optional_package import needs_extra
from scoliogait.skeleton import JOINT_NAMES
from scoliogait.walk import Walk

# Names of the axes in movement up to 0.15, and in the singular after it.
_KEYPOINTS, _INDIVIDUALS = ("keypoints", "keypoint"), ("individuals", "individual")
_SECONDS = "seconds"


def walk_from_movement(
    dataset: Any, walk_id: str | None = None, person: int | None = None, source: str | Path | None = None
) -> Walk:
    """The walk of the walker in a 2-D poses data set (see ``walk_of_people``); joints by the names of its keypoints.

    Individuals are not trusted to stay who they are, but followed. ``source``: where it comes from; else the data
    set's ``source_file``. Raises DataError for bounding boxes, 3-D positions, and as ``walk_of_people`` does.
    """
    path = Path(source or dataset.attrs.get("source_file") or "movement")
    keypoints, individuals = (
        next((name for name in names if name in dataset.dims), names[0]) for names in (_KEYPOINTS, _INDIVIDUALS)
    )
    wanted = {"time", "space", keypoints, individuals}
    if "position" not in dataset or set(dataset["position"].dims) != wanted:
        found = tuple(dataset["position"].dims) if "position" in dataset else tuple(dataset.data_vars)
        raise DataError(f"{path}: the data set has {found}; expected position over time, space, keypoints, individuals")
    position = dataset["position"].transpose("time", individuals, keypoints, "space")
    if [str(axis) for axis in position.coords["space"].values] != ["x", "y"]:
        raise DataError(f"{path}: the data set is 3-D; give the file that it was read from, or a TRC file")
    xy = position.values.astype(np.float32)
    if "confidence" in dataset:
        confidence = dataset["confidence"].transpose("time", individuals, keypoints).values
    else:
        confidence = np.full(xy.shape[:-1], np.nan)
    notes = _certain_without_confidence(confidence := confidence.astype(np.float32))
    points = np.concatenate([xy, confidence[..., None]], axis=-1)
    in_seconds = dataset.attrs.get("time_unit") == _SECONDS and dataset.attrs.get("fps")
    recording = Recording(
        [people[present] for people, present in zip(points, is_present(points), strict=True)],
        [str(name) for name in position.coords[keypoints].values],
        float(dataset.attrs["fps"]) if in_seconds else None,
        notes=notes,
    )
    return walk_of_people(recording, path, walk_id, person)


def _certain_without_confidence(confidence: np.ndarray) -> tuple[str, ...]:
    """movement writes NaN for every confidence where its file has none: set them to 1, in place, and say so."""
    if not np.isnan(confidence).all():
        return ()
    confidence[...] = 1.0
    return ("The data set holds no confidences; every joint that has a place was taken as certain.",)


def walk_to_movement(walk: Walk) -> Any:
    """A data set of one individual, as movement's ``load_poses`` returns them: a missing joint is NaN.

    Time is in seconds where the frame rate is known, else in frames. Raises DataError when the walk holds no poses, or
    xarray is not installed.
    """
    try:
        import xarray
    except ImportError as error:
        raise needs_extra(walk.source, "xarray", "formats") from error
    if walk.poses is None:
        raise DataError(f"{walk.source}: walk {walk.walk_id!r} holds no poses, so there is nothing to give to movement")
    seen = walk.poses[..., 2] > 0
    position = np.where(seen[..., None], walk.poses[..., :2], np.nan).transpose(0, 2, 1)[..., None]
    confidence = np.where(seen, walk.poses[..., 2], np.nan)[..., None]
    rate_hz = walk.frame_rate_hz
    frames = np.arange(len(walk.poses))
    axes = ("time", "space", _KEYPOINTS[0], _INDIVIDUALS[0])
    return xarray.Dataset(
        {"position": (axes, position), "confidence": ((axes[0], *axes[2:]), confidence)},
        {
            "time": frames / rate_hz if rate_hz else frames,
            "space": ["x", "y"],
            _KEYPOINTS[0]: list(JOINT_NAMES),
            _INDIVIDUALS[0]: [walk.walk_id],
        },
        {
            "source_software": "scoliogait",
            "source_file": walk.source,
            "ds_type": "poses",
            "fps": rate_hz,
            "time_unit": _SECONDS if rate_hz else "frames",
        },
    )
