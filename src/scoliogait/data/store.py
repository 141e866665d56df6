"""The walk store: what training and evaluation read.

A folder with one row a walk in ``walks.parquet`` and one memory-mapped ``.npy`` array a modality, in which the frames
of a walk lie side by side. Opening reads no frame; 30 frames of a walk cost 30 frames. ``store.json`` has the version,
the checksums and the origin. A store is written beside its place and renamed: a half-written one is never read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.data.partition import Partition
from scoliogait.data.store_checks import check_array, check_header, check_rows, notes_of, origin_of, people_of
from scoliogait.data.store_columns import TABLE_SCHEMA
from scoliogait.data.store_format import (
    HEADER_FILE,
    MODALITIES,
    NEWER_COLUMNS,
    STORE,
    STORE_VERSION,
    TABLE_FILE,
    StoreHeader,
    content_digest,
)
from scoliogait.data.store_writer import write_store_files
from scoliogait.errors import DataError
from scoliogait.files import atomic_folder, read_json, refuse_existing, sha256_of, undo_cut_replacement
from scoliogait.json_file import has_format, read_versioned
from scoliogait.labels import UNKNOWN_LABEL, parse_class
from scoliogait.long_frames import in_pieces, kept
from scoliogait.mistaken_path import what_it_is
from scoliogait.provenance import DataFacts, is_simulated, name_of_data, simulation_seed
from scoliogait.table_file import read_rows
from scoliogait.walk import MIRROR_SHAPE, N_PAIRS_BY_METRICS, Walk
from scoliogait.wording import first_few

__all__ = ["MODALITIES", "STORE_VERSION", "WalkStore", "is_store", "write_store"]

_VERIFY_BLOCK_BYTES = 1 << 24


def is_store(path: str | Path) -> bool:
    """Whether the folder is a walk store, of whatever version."""
    return has_format(Path(path) / HEADER_FILE, STORE)


def write_store(
    path: str | Path, walks: Iterable[Walk], origin: Mapping[str, str], overwrite: bool = False
) -> WalkStore:
    """Write walks as a store, one at a time, and open it. Silhouettes that are not aligned yet are aligned on the way.

    origin: facts about the whole set, such as ``{"simulated": "yes"}``, which is added when a walk says so. An existing
    folder is replaced only when it is a store and ``overwrite`` is given. Raises DataError, and leaves what was there
    as it was, when the target exists, an id comes twice, frames have unequal sizes, no walk is given, or the disk is
    full.
    """
    path = Path(path)
    refuse_existing(path, overwrite, is_store, "a store")
    with atomic_folder(path) as folder:
        write_store_files(folder, walks, origin)
    return WalkStore.open(path)


class WalkStore:
    """A store opened for reading; make one with ``WalkStore.open``. Cheap to copy to data-loading processes.

    path; origin: facts about the set; digest: sha256 of its content; files_digest: the same with what the content does
    not count, such as notes and sources; walk_ids, subject_ids (None where unknown), labels
    (int64, -1 where unknown) by walk index; modalities: those that every walk has.
    """

    def __init__(self, path: Path, header: StoreHeader, rows: list[dict[str, Any]]) -> None:
        self.path = path
        self.origin: dict[str, str] = dict(header.origin)
        self.digest: str = header.digest
        self.files_digest: str = _digest_of_files(header)
        self._facts = header.arrays
        self._rows = rows
        self._arrays: dict[str, NDArray[Any]] = {}
        # [start, end) of each walk's frames in the array of a modality
        self._places = {
            m: [(row[f"{m}_start"], row[f"{m}_start"] + row[f"{m}_frames"]) for row in rows] for m in MODALITIES
        }
        self.walk_ids: tuple[str, ...] = tuple(row["walk_id"] for row in rows)
        self.subject_ids: tuple[str | None, ...] = tuple(row["subject_id"] for row in rows)
        self.labels = np.array([self._label(row) for row in rows], dtype=np.int64)
        self.modalities = frozenset(m for m in MODALITIES if all(row[f"{m}_frames"] for row in rows))
        self._index = {walk_id: index for index, walk_id in enumerate(self.walk_ids)}

    @classmethod
    def open(cls, path: str | Path) -> WalkStore:
        """Open a store: reads the table and checks version, file sizes and the table's checksum, but reads no frame.

        Raises DataError naming the file that is missing, of another version, changed or cut, and for a store that
        contradicts itself whatever its checksums say (see ``store_checks``).
        """
        path = Path(path)
        undo_cut_replacement(path)
        header = _read_header(path)
        rows = _read_table(path, header)
        facts = header.arrays
        check_header(path, header)
        check_rows(path, header, rows)
        for modality, array in facts.items():
            _check_size(path / array.file, array.n_bytes)
            check_array(path / array.file, modality, array)
        if content_digest(header.origin, rows, facts) != header.digest:
            raise DataError(f"{path / HEADER_FILE}: does not fit the store's content; write the store again")
        return cls(path, header, rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return WalkStore.open, (self.path,)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def name(self) -> str:
        """What results call these walks: the name that the store was given, else that of its folder."""
        return name_of_data(self.origin, self.path)

    @property
    def simulated(self) -> bool:
        """True when at least one walk of the store is simulated; a store that says nothing of it holds none."""
        try:
            return is_simulated(self.origin)
        except DataError as error:
            raise DataError(f"{self.path / HEADER_FILE}: origin: {error}; write the store again") from error

    def facts(self, partition: Partition, subset: str | None = None) -> DataFacts:
        """What a result on these walks must say of them. subset: "train", "validation", "test", or None for all."""
        return DataFacts(
            name=self.name,
            origin="simulated" if self.simulated else "recorded",
            store_digest=self.digest,
            partition=partition.name,
            partition_sha256=partition.digest,
            subset=subset,
            proxy=partition.is_proxy,
            simulation_seed=simulation_seed(self.origin),
        )

    def indices_of(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Indices of all walks that the ids name: a walk id means that walk, a tree id all walks of that id.

        In trees with several recordings of an id, partitions list the id and not the walks; these come in the order of
        their walk ids, whatever the order in the store. Raises DataError that lists
        the ids without any walk.
        """
        by_tree_id: dict[str, list[int]] = {}
        tree_ids = self.tree_ids
        for index in sorted(range(len(self)), key=self.walk_ids.__getitem__):
            by_tree_id.setdefault(tree_ids[index], []).append(index)
        found = [[self._index[i]] if i in self._index else by_tree_id.get(i, []) for i in ids]
        missing = [i for i, indices in zip(ids, found, strict=True) if not indices]
        if missing:
            raise DataError(
                f"{self.path}: holds no walk of {len(missing)} of the {len(ids)} ids asked for "
                f"({first_few(missing, 3)}); take the partition that belongs to this store, or import these walks"
            )
        return np.array([index for indices in found for index in indices], dtype=np.int64)

    @property
    def views(self) -> tuple[str | None, ...]:
        """The view of each walk, None where unknown."""
        return tuple(row["view"] for row in self._rows)

    @property
    def tree_ids(self) -> tuple[str, ...]:
        """The id that a partition lists for each walk: the walk id, or the tree's id where it has several walks."""
        return tuple(origin_of(row).get("tree_id", row["walk_id"]) for row in self._rows)

    def walk_facts(self, index: int) -> dict[str, str]:
        """What is known of a walk besides its frames, person and class, as text; what is unknown is left out.

        view, source, frame_rate_hz, frame_width_px, frame_height_px, n_frames, and the facts of its origin.
        """
        row = self._rows[index]
        named = {key: row[key] for key in ("view", "source", "frame_rate_hz", "frame_width_px", "frame_height_px")}
        named["n_frames"] = max(row[f"{m}_frames"] for m in MODALITIES)
        known = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in named.items() if value}
        return {key: str(value) for key, value in origin_of(row).items()} | known

    def n_frames(self, modality: str, index: int) -> int:
        """Frames that a walk has of a modality; 0 where it has none."""
        return int(self._rows[index][f"{_known(modality)}_frames"])

    def n_missing_coordinates(self, index: int) -> int:
        """How many x and y of the walk's poses are exactly 0.0, that is, missing."""
        return int(self._rows[index]["n_missing_coordinates"])

    def frames(self, modality: str, index: int, frame_indices: ArrayLike | None = None) -> NDArray[Any]:
        """A copy of a walk's frames, all or those of ``frame_indices`` (in that order, repeats allowed).

        poses float32 (n, 17, 3), silhouettes uint8 (n, S, S), skeleton_maps uint8 (n, 2, S, S). Only the frames asked
        for are read. Raises DataError when the walk has no such frames, IndexError for an index outside of it.
        """
        start, end = self._places[_known(modality)][index]
        if start == end:
            raise DataError(
                f"{self.path}: walk {self.walk_ids[index]!r} has no {modality}; import the tree that holds them"
            )
        walk = self._array(modality)[start:end]
        return walk.copy() if frame_indices is None else walk.take(np.asarray(frame_indices, dtype=np.int64), axis=0)

    def walk(self, index: int, modalities: Sequence[str] = MODALITIES) -> Walk:
        """Everything the store knows of a walk; with ``modalities`` the frames of these alone are read.

        Raises DataError when the walk has none of them.
        """
        row = self._rows[index]
        frames: dict[str, Any] = {
            m: self._kept(m, index) if row[f"{m}_frames"] and m in modalities else None for m in MODALITIES
        }
        return Walk(
            walk_id=row["walk_id"],
            frame_rate_hz=row["frame_rate_hz"],
            view=row["view"],
            label=row["label"],
            subject_id=row["subject_id"],
            frame_size_px=None if row["frame_width_px"] is None else (row["frame_width_px"], row["frame_height_px"]),
            source=row["source"],
            silhouettes_aligned=frames["silhouettes"] is not None,
            asymmetry=_table_of(row["asymmetry"], N_PAIRS_BY_METRICS),
            mirror_difference=_table_of(row["mirror_difference"], MIRROR_SHAPE),
            origin=origin_of(row),
            people=people_of(row),
            notes=notes_of(row),
            poses=frames["poses"],
            silhouettes=frames["silhouettes"],
            skeleton_maps=frames["skeleton_maps"],
        )

    def _kept(self, modality: str, index: int) -> NDArray[Any]:
        """All frames of a walk, as ``long_frames`` keeps them; of poses the map, which ``Walk`` copies in its way."""
        start, end = self._places[modality][index]
        walk = self._array(modality)[start:end]
        return walk if modality == "poses" else kept(in_pieces(walk), walk.shape, walk.dtype)

    def verify(self) -> None:
        """Read every frame and compare the checksums. Raises DataError naming the array file that was changed."""
        for modality, facts in self._facts.items():
            checksum = hashlib.sha256()
            content = self._array(modality).reshape(-1).view(np.uint8)
            for start in range(0, len(content), _VERIFY_BLOCK_BYTES):
                checksum.update(content[start : start + _VERIFY_BLOCK_BYTES].data)
            if checksum.hexdigest() != facts.sha256:
                raise DataError(f"{self.path / facts.file}: its checksum is wrong, the file was changed; import again")

    def _array(self, modality: str) -> NDArray[Any]:
        if modality not in self._arrays:
            facts = self._facts[modality]
            check_array(self.path / facts.file, modality, facts)  # again: the file may have changed since it was opened
            mapped = np.load(self.path / facts.file, mmap_mode="r", allow_pickle=False)
            # A plain view of the map: the memmap subclass makes every index several times slower.
            self._arrays[modality] = mapped.view(np.ndarray)
        return self._arrays[modality]

    def _label(self, row: Mapping[str, Any]) -> int:
        return UNKNOWN_LABEL if row["label"] is None else int(parse_class(row["label"], str(self.path / TABLE_FILE)))


def _table_of(values: list[float] | None, shape: tuple[int, int]) -> NDArray[np.float32] | None:
    return None if values is None else np.array(values, np.float32).reshape(shape)


def _known(modality: str) -> str:
    if modality not in MODALITIES:
        raise DataError(f"modality {modality!r} does not exist; expected one of {', '.join(MODALITIES)}")
    return modality


def _read_header(path: Path) -> StoreHeader:
    if not is_store(path):
        remedy = "make one with `scoliogait data import` or `scoliogait simulate`"
        said = f"{path}: is not a walk store{what_it_is(path)}; {remedy}"
        if not (path / HEADER_FILE).is_file():
            raise DataError(said)
        try:
            read_json(path / HEADER_FILE)
        except DataError as error:
            raise DataError(f"{said} ({str(error).removeprefix(f'{path}/')})") from error
        raise DataError(said)
    return read_versioned(path / HEADER_FILE, StoreHeader, STORE)


def _digest_of_files(header: StoreHeader) -> str:
    return hashlib.sha256(f"{header.table_sha256} {header.digest}".encode()).hexdigest()


def _read_table(path: Path, header: StoreHeader) -> list[dict[str, Any]]:
    file = path / TABLE_FILE
    if not file.is_file():
        raise DataError(f"{file}: is missing; write the store again")
    if sha256_of(file) != header.table_sha256:
        raise DataError(f"{file}: its checksum is wrong, the file was changed; write the store again")
    return read_rows(file, TABLE_SCHEMA, "write the store again", NEWER_COLUMNS)


def _check_size(file: Path, n_bytes: int) -> None:
    if not file.is_file() or file.stat().st_size != n_bytes:
        found = f"{file.stat().st_size} bytes" if file.is_file() else "no file"
        raise DataError(f"{file}: expected {n_bytes} bytes, found {found}; it was cut or copied badly, write it again")
