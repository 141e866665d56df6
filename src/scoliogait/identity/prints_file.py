"""Sets of walk prints as a parquet file: a row a walk, the keys of each kind of frames as bytes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from scoliogait.errors import DataError
from scoliogait.files import atomic_file
from scoliogait.identity.frame_keys import FrameKeys
from scoliogait.identity.walk_prints import FEWEST_COMMON, KINDS, MOST_KEPT, ROLES, WalkPrint, WalkPrints
from scoliogait.incoming import parse_json
from scoliogait.json_file import Format, parse_versioned
from scoliogait.table_file import read_table, table_metadata

PRINTS = Format("scoliogait.walk-prints", 1, "a record of walks", "copy it again, or remove it")
_TEXTS = ("walk_id", "store_digest", "role")
_SCHEMA = pa.schema([*((name, pa.string()) for name in _TEXTS), *((kind, pa.binary()) for kind in KINDS)])
_KEY = np.dtype("<u4")


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    complete: bool


def write_prints(path: str | Path, prints: WalkPrints) -> None:
    """Write a set, thinned, atomically. Raises DataError when the file cannot be written."""
    walks = [walk.thinned() for walk in prints.walks]
    columns = {name: pa.array([getattr(walk, name) for walk in walks], pa.string()) for name in _TEXTS}
    columns |= {kind: pa.array([_bytes_of(walk.keys.get(kind)) for walk in walks], pa.binary()) for kind in KINDS}
    content = json.dumps({**PRINTS.mark, "complete": prints.complete})
    with atomic_file(path) as temporary:
        pq.write_table(pa.table(columns).replace_schema_metadata({PRINTS.name: content}), temporary)


def read_prints(path: str | Path) -> WalkPrints:
    """What ``write_prints`` wrote. Raises DataError naming the file when it is something else or damaged."""
    raw = table_metadata(path, PRINTS.remedy).get(PRINTS.name.encode())
    if raw is None:
        raise DataError(f"{path}: is parquet but no record of walks; {PRINTS.remedy}")
    facts = parse_versioned(parse_json(raw, path), path, _Facts, PRINTS)
    rows = read_table(path, _SCHEMA, PRINTS.remedy).to_pylist()
    for number, row in enumerate(rows, start=1):
        problem = _problem(row)
        if problem is not None:
            raise DataError(f"{path}: row {number}: {problem}; {PRINTS.remedy}")
    walks = (WalkPrint(row["walk_id"], row["store_digest"], row["role"], _keys_of(row)) for row in rows)
    return WalkPrints(tuple(walks), facts.complete)


def _bytes_of(keys: FrameKeys | None) -> bytes | None:
    return None if keys is None else keys.astype(_KEY).tobytes()


def _keys_of(row: dict[str, bytes | None]) -> dict[str, FrameKeys]:
    held = {kind: row[kind] for kind in KINDS}
    return {kind: np.frombuffer(content, _KEY).astype(np.uint32) for kind, content in held.items() if content}


def _problem(row: dict[str, str | bytes | None]) -> str | None:
    lacking = [name for name in _TEXTS if not row[name]]
    if lacking:
        return f"has no {lacking[0]}"
    if row["role"] not in ROLES:
        return f"role is {row['role']!r}; expected one of {', '.join(ROLES)}"
    fits = range(FEWEST_COMMON * _KEY.itemsize, MOST_KEPT * _KEY.itemsize + 1, _KEY.itemsize)
    for kind in KINDS:
        content = row[kind]
        if content is not None and len(content) not in fits:
            return f"{kind} holds {len(content)} bytes; expected 4 for each of {FEWEST_COMMON} to {MOST_KEPT} keys"
    return None
