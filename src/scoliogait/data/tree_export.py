"""Writes a store as trees that OpenGait can train from.

``export_tree`` writes what a contract describes: silhouettes as ``<view>.pkl``, or skeleton maps as ``0_heatmap.pkl``
with the walk's PAV beside them as ``1_pav.pkl``. ``export_poses`` writes the poses as they are. Beside the walks lie
``export.json``, which says what was exported how, ``walks.json`` with what is known of each walk, the partition, and
``pav_stats.pkl``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.scoliosis1k import FACTS_FILE, TREE_KIND, tree_facts
from scoliogait.data.store import WalkStore
from scoliogait.data.tree_walks import StatedWalk, place_of, write_stated
from scoliogait.errors import DataError
from scoliogait.files import atomic_folder, refuse_existing, write_json
from scoliogait.io.opengait_pickle import PAV_STATS_FILE, array_pickle_bytes
from scoliogait.labels import ScreeningClass
from scoliogait.progress import Progress, no_progress
from scoliogait.representation.asymmetry import PavStatistics, postural_asymmetry
from scoliogait.representation.contract import InputContract
from scoliogait.walk import Walk

if TYPE_CHECKING:
    import torch

HEATMAP_FILE = "0_heatmap.pkl"
PAV_FILE = "1_pav.pkl"
# The only view of Scoliosis1K: towards the camera and away. Walks without a view are filed under it.
DEFAULT_VIEW = "000_180"
_FOLDER_NAME = re.compile(r"[^/\\:*?\"<>|\x00-\x1f]+")

# file name -> array, for one walk
WalkFiles = dict[str, NDArray[Any]]


def is_exported_tree(path: Path) -> bool:
    """Whether the folder is a tree that these functions wrote."""
    return tree_facts(path) is not None


def export_tree(
    store: WalkStore,
    root: str | Path,
    contract: InputContract,
    partition: Partition | None = None,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    progress: Progress = no_progress,
) -> None:
    """Write the frames that ``contract`` describes, one walk folder at a time, into a new tree.

    representation "skeleton-map": ``0_heatmap.pkl`` uint8 (T, 2, S, S), drawn on ``device`` (uncut: OpenGait cuts
    the columns itself), and ``1_pav.pkl`` float32 (T, 8, 3), the walk's PAV min-max normalised and repeated. The range
    of each entry is that of the partition's training walks, or of all walks without a partition, which leaks the test
    set and is recorded as such: ``stats_partition`` in ``pav_stats.pkl`` is the partition's file name, or None.
    "silhouette": ``<view>.pkl`` uint8 (T, S, S). "exported-skeleton-map": the maps and PAVs the store was given.

    Raises DataError when the output exists and is not an exported tree that may be overwritten, a walk lacks what is
    needed or has no class, the partition lists unknown ids, or the disk is full; then nothing is left behind.
    """
    refuse_existing(Path(root), overwrite, is_exported_tree, "an exported tree")
    if len(contract.modalities) > 1 or contract.coordinates is not None:
        raise DataError(f"{root}: a tree holds one kind of picture; {contract.representation!r} cannot be exported")
    lacking = [modality for modality in contract.needed_modalities if modality not in store.modalities]
    if lacking:
        raise DataError(
            f"{store.path}: its walks have no {' and no '.join(lacking)}, which such a tree is made of; they have "
            f"{' and '.join(sorted(store.modalities)) or 'nothing in common'}, choose another --kind"
        )
    if contract.representation == "skeleton-map":
        vectors = _vectors(store, contract)
        statistics = _statistics(store, vectors, partition)
        _write(
            store,
            Path(root),
            lambda index, walk: _map_files(walk, contract, statistics.normalise(vectors[index]), device),
            {"contract": contract.model_dump(), "pav_statistics": statistics.which},
            partition,
            overwrite,
            progress,
            statistics,
        )
    else:
        _write(
            store,
            Path(root),
            lambda _, walk: _given_files(walk, contract),
            {"contract": contract.model_dump()},
            partition,
            overwrite,
            progress,
        )


def export_poses(
    store: WalkStore,
    root: str | Path,
    partition: Partition | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> None:
    """Write the poses as they are, ``<view>.pkl`` float32 (T, 17, 3). Raises DataError as ``export_tree`` does."""
    _write(store, Path(root), lambda _, walk: _pose_files(walk), {"contract": None}, partition, overwrite, progress)


def _write(
    store: WalkStore,
    root: Path,
    files_of: Callable[[int, Walk], WalkFiles],
    facts: dict[str, Any],
    partition: Partition | None,
    overwrite: bool,
    progress: Progress,
    statistics: PavStatistics | None = None,
) -> None:
    refuse_existing(root, overwrite, is_exported_tree, "an exported tree")
    folders = _walk_folders(store)
    if partition is not None:
        store.indices_of(partition.ids)
    with atomic_folder(root) as temporary:
        stated: dict[str, StatedWalk] = {}
        for index, folder in enumerate(folders):
            progress(index, len(store))
            walk = store.walk(index)
            stated[place_of(folder)] = StatedWalk.of(walk)
            for name, array in files_of(index, walk).items():
                _write_array(temporary / folder / name, array)
        write_stated(temporary, stated)
        if partition is not None:
            write_partition(temporary / partition.file_name, partition)
        if statistics is not None:
            _write_statistics(temporary / PAV_STATS_FILE, statistics, partition)
        about = {"kind": TREE_KIND, "store_digest": store.digest, "store_origin": store.origin}
        write_json(temporary / FACTS_FILE, about | {"partition": partition and partition.name} | facts)
    progress(len(store), len(store))


def _walk_folders(store: WalkStore) -> list[Path]:
    """``<id>/<class>/<view>`` of each walk. Raises DataError for walks without class and names no folder can have."""
    folders = []
    for tree_id, walk_id, label, view in zip(store.tree_ids, store.walk_ids, store.labels, store.views, strict=True):
        where = f"{store.path}: walk {walk_id!r}"
        if label < 0:
            raise DataError(f"{where}: has no class, and a tree needs one; give the walk a label and import it again")
        parts = (tree_id, ScreeningClass(label).spelling, view or DEFAULT_VIEW)
        for part in parts:
            if not _FOLDER_NAME.fullmatch(part) or part.strip(". ") != part:
                raise DataError(f"{where}: {part!r} cannot be a folder name; rename the walk or its view")
        folders.append(Path(*parts))
    folder, count = Counter(folders).most_common(1)[0]
    if count > 1:
        raise DataError(f"{store.path}: {count} walks would be written to {folder}; give them ids of their own")
    return folders


def _vectors(store: WalkStore, contract: InputContract) -> NDArray[np.float32]:
    """Unnormalised PAVs (N, 8, 3) of all walks."""
    return np.stack([postural_asymmetry(_poses(store.walk(index), contract)) for index in range(len(store))])


def _poses(walk: Walk, contract: InputContract) -> NDArray[np.float32]:
    if walk.poses is None:
        contract.source_frames(walk)  # raises DataError: the walk lacks the poses that the contract needs
    assert walk.poses is not None
    return walk.poses


def _statistics(store: WalkStore, vectors: NDArray[np.float32], partition: Partition | None) -> PavStatistics:
    if partition is None:
        return PavStatistics.of(vectors, "dataset")
    return PavStatistics.of(vectors[store.indices_of(partition.train)], "train")


def _write_statistics(path: Path, statistics: PavStatistics, partition: Partition | None) -> None:
    content: dict[str, Any] = {
        "pav_min": statistics.minimum,
        "pav_max": statistics.maximum,
        "stats_partition": partition and partition.file_name,
    }
    path.write_bytes(array_pickle_bytes(content))


def _map_files(
    walk: Walk, contract: InputContract, vector: NDArray[np.float32], device: str | torch.device
) -> WalkFiles:
    import torch

    from scoliogait.representation.skeleton_map import render_pose_frames

    assert contract.skeleton_map is not None
    poses = torch.from_numpy(contract.source_frames(walk)["poses"]).to(device)
    maps = render_pose_frames(poses, contract.skeleton_map).cpu().numpy()
    return {HEATMAP_FILE: maps, PAV_FILE: _repeated(vector, len(maps))}


def _given_files(walk: Walk, contract: InputContract) -> WalkFiles:
    (frames,) = contract.source_frames(walk).values()
    if contract.representation == "silhouette":
        return {_view_file(walk): frames}
    files = {HEATMAP_FILE: frames}
    return files if walk.asymmetry is None else files | {PAV_FILE: _repeated(walk.asymmetry, len(frames))}


def _pose_files(walk: Walk) -> WalkFiles:
    if walk.poses is None:
        raise DataError(f"{walk.source}: walk {walk.walk_id!r}: has no poses; export its silhouettes instead")
    return {_view_file(walk): walk.poses}


def _write_array(path: Path, array: NDArray[Any]) -> None:
    # Inside the atomic folder: no need to make each file atomic, which would wait for the disk thousands of times.
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(array_pickle_bytes(np.ascontiguousarray(array)))


def _view_file(walk: Walk) -> str:
    return f"{walk.view or DEFAULT_VIEW}.pkl"


def _repeated(vector: NDArray[np.float32], n_frames: int) -> NDArray[np.float32]:
    return np.repeat(vector[None], n_frames, axis=0)
