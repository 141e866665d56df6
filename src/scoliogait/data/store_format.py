"""What lies in a store folder: names, table columns, checksums. Shared by the writer and the reader."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from scoliogait.json_file import Format
from scoliogait.limits import MAX_SIDE_PX
from scoliogait.skeleton import N_JOINTS

STORE_VERSION = 1
STORE = Format(
    "scoliogait-store",
    STORE_VERSION,
    "the header of a walk store",
    "import the walks again",
    name_key="kind",
)
HEADER_FILE = "store.json"
TABLE_FILE = "walks.parquet"
MODALITIES = ("poses", "silhouettes", "skeleton_maps")
DTYPES: dict[str, np.dtype[Any]] = {
    "poses": np.dtype("<f4"),
    "silhouettes": np.dtype("u1"),
    "skeleton_maps": np.dtype("u1"),
}

# Columns that stores of earlier programs lack. They are in no digest, so these stores open here and ours open there; a
# column that changes what models read needs a new version instead.
NEWER_COLUMNS = frozenset({"people", "notes", "mirror_difference"})
# Where a walk was read from is a fact of the machine, not of the data: the same data give the same digest everywhere.
_NOT_IN_DIGEST = NEWER_COLUMNS | {"source"}


@dataclass(frozen=True)
class ArrayFacts:
    """One array file of a store, as ``store.json`` describes it. ``sha256`` is over the array's bytes."""

    file: str
    shape: tuple[int, ...]
    n_bytes: int
    sha256: str


def frame_shape_problem(modality: str, shape: tuple[int, ...]) -> str | None:
    """What an array of this modality looks like, when this shape is another one; None when it fits."""
    n_frames, *frame = shape or (0,)
    square = len(frame) >= 2 and 0 < frame[-1] == frame[-2] <= MAX_SIDE_PX
    fits, expected = {
        "poses": (frame == [N_JOINTS, 3], f"(frames, {N_JOINTS}, 3)"),
        "silhouettes": (square and len(frame) == 2, "(frames, size, size)"),
        "skeleton_maps": (square and len(frame) == 3 and frame[0] == 2, "(frames, 2, size, size)"),
    }[modality]
    return None if fits and n_frames > 0 else expected


def array_file(modality: str) -> str:
    return f"{modality}.npy"


def content_digest(
    origin: Mapping[str, str], rows: Iterable[Mapping[str, Any]], arrays: Mapping[str, ArrayFacts]
) -> str:
    """sha256 over the origin, the table (without machine paths) and the checksums of the arrays."""
    content = {
        "origin": dict(origin),
        "arrays": {name: [list(facts.shape), facts.sha256] for name, facts in arrays.items()},
        "walks": [{key: value for key, value in row.items() if key not in _NOT_IN_DIGEST} for row in rows],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class StoreHeader(BaseModel):
    """What ``store.json`` says of the walks, the table and the arrays of a store."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_walks: int
    origin: dict[str, str]
    table_sha256: str
    arrays: dict[str, ArrayFacts]
    digest: str
