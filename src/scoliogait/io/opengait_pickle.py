"""OpenGait's per-walk pickles: silhouettes, poses, exported skeleton maps, and the PAV of such an export.

The format does not say what an array is; shape and type do:

==================  =========================  =========================================
array               dtype                      what it is
==================  =========================  =========================================
(T, H, W)           uint8, uint16 or bool      silhouettes, 0 background to 255 person
(T, 17, 3)          float or signed integer    poses: x px, y px, confidence
(T, 2, S, S)        uint8                      exported skeleton maps (limb, joint)
(T, 8, 3)           float                      the walk's PAV, repeated for every frame
==================  =========================  =========================================
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.coco17_poses import coco17_poses
from scoliogait.io.restricted_pickle import load_arrays
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.io.system_files import data_files
from scoliogait.io.tree_path import place_in_tree
from scoliogait.long_frames import one_after_another
from scoliogait.skeleton import N_JOINTS
from scoliogait.walk import N_PAIRS_BY_METRICS, Walk

PAV_STATS_FILE = "pav_stats.pkl"
# Sizes that OpenGait's alignment writes; anything else is taken as not aligned yet.
_ALIGNED_SIZES_PX = (64, 128)


def load_array_pickle(path: str | Path) -> NDArray[Any]:
    """The one array of a pickle (numpy 1 or 2, any protocol), read without executing anything.

    Raises DataError naming the file when it is damaged, refused (see ``load_arrays``) or holds something else than one
    array.
    """
    value = load_arrays(path)
    if not isinstance(value, np.ndarray):
        raise DataError(f"{path}: holds a {type(value).__name__}; expected one numpy array, as OpenGait writes it")
    return one_after_another(value)


def array_pickle_bytes(content: NDArray[Any] | dict[str, Any]) -> bytes:
    """An array, or a dict with arrays in it, as a pickle for every numpy and every Python 3."""
    # Protocol 3 names numpy's module in clear text, once, before the first array's bytes (later uses point back to it).
    # numpy 1 knows only the old name, numpy 2 knows both.
    data = pickle.dumps(content, protocol=3)
    return data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n", 1)


def read_opengait_pickle(path: str | Path, walk_id: str | None = None, layout: str | None = None) -> Walk:
    """Read one pickle as a walk; id, class and view come from the path where it is ``<id>/<class>/<view>/<file>``.

    Poses are COCO-17 unless ``layout`` names another order of 17 joints. Raises DataError naming the file when it is
    damaged or its array is none of the four kinds above.
    """
    path = Path(path)
    return _walk_from_pickles(
        [path], place_folder=path.parent, source=path, walk_id=walk_id or path.stem, layout=layout
    )


def read_opengait_folder(folder: str | Path, walk_id: str | None = None, layout: str | None = None) -> Walk:
    """Read all pickles of one walk, ``<id>/<class>/<view>/*.pkl``, into one walk (for example maps and their PAV)."""
    folder = Path(folder)
    return _walk_from_pickles(
        pickles_of(folder), place_folder=folder, source=folder, walk_id=walk_id or folder.name, layout=layout
    )


def pickles_of(folder: Path) -> list[Path]:
    """The pickles of a walk folder in name order; statistics files are no part of a walk."""
    return sorted(p for p in data_files(folder, "*.pkl") if p.name != PAV_STATS_FILE)


def _walk_from_pickles(
    paths: Sequence[Path], *, place_folder: Path, source: Path, walk_id: str, layout: str | None
) -> Walk:
    fields: dict[str, Any] = {}
    source = paths[0] if len(paths) == 1 else source
    for path in paths:
        kind, array = _kind_and_array(path)
        if kind in fields:
            raise DataError(f"{path}: a second pickle with {kind} in the folder of one walk; leave one of them")
        notes: tuple[str, ...] = ()
        if kind == "silhouettes":
            array, notes = read_silhouettes(array, str(path))
        if kind == "poses":
            array, notes = coco17_poses(array, str(path), layout)
        fields["notes"] = (*fields.get("notes", ()), *notes)
        fields[kind] = array
    if set(fields) == {"asymmetry", "notes"}:
        raise DataError(
            f"{source}: holds only a PAV; give the folder that holds the walk's maps, poses or silhouettes too"
        )
    if "silhouettes" in fields:
        height, width = fields["silhouettes"].shape[1:]
        fields["silhouettes_aligned"] = height == width and height in _ALIGNED_SIZES_PX
    place = place_in_tree(place_folder)
    if place is None:
        return Walk(walk_id=walk_id, source=str(source), **fields)
    return Walk(walk_id=place.id, label=place.label, view=place.view, source=str(source), **fields)


def _kind_and_array(path: Path) -> tuple[str, NDArray[Any]]:
    array = load_array_pickle(path)
    real = array.dtype.kind in "fi"
    if array.dtype.kind == "f" and array.ndim == 3 and array.shape[1:] == N_PAIRS_BY_METRICS:
        return "asymmetry", _one_pav(array, path)
    if real and array.ndim == 3 and array.shape[1:] == (N_JOINTS, 3):
        return "poses", array
    if array.dtype in (np.uint8, np.uint16, np.bool_) and array.ndim == 3:
        return "silhouettes", array
    if array.dtype == np.uint8 and array.ndim == 4 and array.shape[1] == 2 and array.shape[2] == array.shape[3]:
        return "skeleton_maps", array
    raise DataError(
        f"{path}: holds an array of shape {array.shape}, dtype {array.dtype}; expected silhouettes (T, H, W) uint8, "
        "poses (T, 17, 3) float, maps (T, 2, S, S) uint8 or a PAV (T, 8, 3) float. Export it in one of these forms"
    )


def _one_pav(array: NDArray[Any], path: Path) -> NDArray[Any]:
    if len(array) == 0 or not (array == array[0]).all():
        raise DataError(f"{path}: the PAV differs between frames or is NaN; expected one PAV repeated for every frame")
    return array[0]
