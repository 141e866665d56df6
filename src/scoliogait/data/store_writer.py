"""Writes the files of a store while walks stream through: memory holds one walk at a time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.lib import format as npy
from numpy.typing import NDArray

from scoliogait.data.store_columns import TABLE_SCHEMA
from scoliogait.data.store_format import (
    DTYPES,
    HEADER_FILE,
    MODALITIES,
    STORE,
    TABLE_FILE,
    ArrayFacts,
    array_file,
    content_digest,
)
from scoliogait.errors import DataError
from scoliogait.files import sha256_of
from scoliogait.plain_text import escaped
from scoliogait.provenance import is_simulated
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.walk import Walk


def prepare_walk(walk: Walk) -> Walk:
    """The walk as a store keeps it: silhouettes that are not aligned yet are cropped, scaled and centred.

    Raises DataError when no silhouette frame shows a person.
    """
    if walk.silhouettes is None or walk.silhouettes_aligned:
        return walk
    aligned, _ = align_silhouettes(walk.silhouettes)
    if not len(aligned):
        raise DataError(
            f"{walk.source}: walk {walk.walk_id!r}: no silhouette frame shows a person; "
            "check the segmentation (0 background, 255 person) or leave the silhouettes out"
        )
    return walk.with_changes(silhouettes=aligned, silhouettes_aligned=True)


def write_store_files(folder: Path, walks: Iterable[Walk], origin: Mapping[str, str]) -> None:
    """Write all files of a store into an existing empty folder.

    Raises DataError for duplicate ids, frames of unequal shapes or no walk at all; OSError when the disk is full.
    """
    origin = dict(origin)
    arrays: dict[str, _ArrayFile] = {}
    rows: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    try:
        for walk in map(prepare_walk, walks):
            if walk.walk_id in seen:
                raise DataError(
                    f"{walk.source}: walk id {walk.walk_id!r} was already given by {seen[walk.walk_id]}; "
                    "each walk needs its own id"
                )
            seen[walk.walk_id] = walk.source
            if is_simulated(walk.origin):
                origin.setdefault("simulated", "yes")  # must not get lost when walks are copied from store to store
            rows.append(_table_row(walk, _append_frames(folder, arrays, walk)))
        if not rows:
            raise DataError("no walk was given; a store holds at least one")
        facts = {modality: arrays[modality].finish() for modality in MODALITIES if modality in arrays}
    finally:
        for array in arrays.values():
            array.close()
    _write_table(folder / TABLE_FILE, rows)
    header = {
        **STORE.mark,
        "n_walks": len(rows),
        "origin": origin,
        "table_sha256": sha256_of(folder / TABLE_FILE),
        "arrays": {modality: vars(array) for modality, array in facts.items()},
        "digest": content_digest(origin, rows, facts),
    }
    with (folder / HEADER_FILE).open("w", encoding="utf-8") as stream:
        json.dump(header, stream, indent=2)
        stream.flush()
        os.fsync(stream.fileno())


def _append_frames(folder: Path, arrays: dict[str, _ArrayFile], walk: Walk) -> dict[str, int]:
    places: dict[str, int] = {}
    for modality in MODALITIES:
        frames = getattr(walk, modality)
        places[f"{modality}_start"] = arrays[modality].n_frames if modality in arrays else 0
        places[f"{modality}_frames"] = 0 if frames is None else len(frames)
        if frames is not None:
            if modality not in arrays:
                arrays[modality] = _ArrayFile(folder / array_file(modality), DTYPES[modality], frames.shape[1:])
            arrays[modality].append(frames, f"{walk.source}: walk {walk.walk_id!r}: {modality}")
    return places


def _table_row(walk: Walk, places: Mapping[str, int]) -> dict[str, Any]:
    width_px, height_px = walk.frame_size_px or (None, None)
    n_missing = 0 if walk.poses is None else int(np.count_nonzero(walk.poses[..., :2] == 0))
    row = {
        "walk_id": walk.walk_id,
        "subject_id": walk.subject_id,
        "label": None if walk.label is None else walk.label.spelling,
        "view": walk.view,
        "frame_rate_hz": None if walk.frame_rate_hz is None else float(walk.frame_rate_hz),
        "frame_width_px": width_px,
        "frame_height_px": height_px,
        "n_missing_coordinates": n_missing,
        "asymmetry": None if walk.asymmetry is None else walk.asymmetry.ravel().tolist(),
        "source": escaped(walk.source),  # a path may hold bytes that are no UTF-8
        "origin": json.dumps(dict(walk.origin), sort_keys=True),
        "people": None if walk.people is None else json.dumps(asdict(walk.people)),
        "notes": json.dumps(walk.notes) if walk.notes else None,
        "mirror_difference": None if walk.mirror_difference is None else walk.mirror_difference.ravel().tolist(),
        **places,
    }
    return {name: row[name] for name in TABLE_SCHEMA.names}


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("wb") as stream:
        pq.write_table(pa.Table.from_pylist(rows, schema=TABLE_SCHEMA), stream)
        stream.flush()
        os.fsync(stream.fileno())


class _ArrayFile:
    """A ``.npy`` file that grows frame by frame; the header gets the final count at the end."""

    def __init__(self, path: Path, dtype: np.dtype[Any], frame_shape: tuple[int, ...]) -> None:
        self.n_frames = 0
        self._dtype = dtype
        self._frame_shape = frame_shape
        self._path = path
        self._hash = hashlib.sha256()
        self._stream = path.open("wb")
        self._write_header()
        self._header_bytes = self._stream.tell()

    def append(self, frames: NDArray[Any], where: str) -> None:
        if frames.shape[1:] != self._frame_shape:
            raise DataError(
                f"{where} have frames of shape {frames.shape[1:]}, earlier walks {self._frame_shape}; "
                "a store holds one size, export these walks at the same size"
            )
        content = np.ascontiguousarray(frames, dtype=self._dtype).data.cast("B")
        self._stream.write(content)
        self._hash.update(content)
        self.n_frames += len(frames)

    def finish(self) -> ArrayFacts:
        self._stream.seek(0)
        self._write_header()
        # numpy pads the header so that the first axis can grow in place; never write over frames if it did not
        assert self._stream.tell() == self._header_bytes
        self._stream.flush()
        os.fsync(self._stream.fileno())
        shape = (self.n_frames, *self._frame_shape)
        return ArrayFacts(self._path.name, shape, self._path.stat().st_size, self._hash.hexdigest())

    def close(self) -> None:
        self._stream.close()

    def _write_header(self) -> None:
        description = {
            "descr": npy.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self.n_frames, *self._frame_shape),
        }
        npy.write_array_header_1_0(self._stream, description)
