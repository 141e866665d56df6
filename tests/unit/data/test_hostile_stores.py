"""A store that contradicts itself is refused even where somebody made all of its checksums again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.store_columns import TABLE_SCHEMA
from scoliogait.data.store_format import ArrayFacts, content_digest
from scoliogait.errors import DataError
from scoliogait.files import sha256_of
from scoliogait.walk import Walk
from trees import noisy_poses, silhouettes

Rows = list[dict[str, Any]]
Change = Callable[[Rows, dict[str, Any]], object]


def some_store(folder: Path) -> Path:
    walks = [
        Walk(walk_id=f"w{n}", poses=noisy_poses(n, 6), silhouettes=silhouettes(n, 4), silhouettes_aligned=True)
        for n in range(3)
    ]
    return write_store(folder / "store", walks, {"name": "planted"}).path


def rewrite(store: Path, change: Change, schema: pa.Schema = TABLE_SCHEMA) -> None:
    """Change rows and header, then make every checksum again, as an attacker would."""
    rows = pq.read_table(store / "walks.parquet").to_pylist()
    header = json.loads((store / "store.json").read_text())
    change(rows, header)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), store / "walks.parquet")
    facts = {name: ArrayFacts(**{**a, "shape": tuple(a["shape"])}) for name, a in header["arrays"].items()}
    header["table_sha256"] = sha256_of(store / "walks.parquet")
    header["digest"] = content_digest(header["origin"], rows, facts)
    (store / "store.json").write_text(json.dumps(header))


def cell(name: str, value: Any, row: int = 1) -> Change:
    return lambda rows, _: rows[row].__setitem__(name, value)


def of_array(modality: str, **facts: Any) -> Change:
    return lambda _, header: header["arrays"][modality].update(facts)


CHANGES: dict[str, tuple[Change, str]] = {
    "start-behind-the-end": (cell("poses_start", 18), "are outside of the 18"),
    "start-far-behind": (cell("poses_start", 2**62), "are outside of the 18"),
    "start-where-sums-overflow": (cell("poses_start", 2**63 - 1), "are outside of the 18"),
    "too-many-frames": (cell("poses_frames", 13), "are outside of the 18"),
    "negative-start": (cell("poses_start", -1), "poses_start is -1"),
    "negative-frames": (cell("silhouettes_frames", -4), "silhouettes_frames is -4"),
    "no-start": (cell("poses_start", None), "poses_start is None"),
    "people-of-another-kind": (cell("people", '{"n_people": 2}'), "people are not what was written"),
    "notes-of-another-kind": (cell("notes", "{}"), "notes are no list of texts"),
    "overlap": (cell("poses_start", 5), "overlap those of another walk"),
    "all-frames-to-the-first": (cell("poses_frames", 18, 0), "overlap those of another walk"),
    "frames-of-an-array-that-is-not-there": (cell("skeleton_maps_frames", 1), "are outside of the 0"),
    "id-twice": (cell("walk_id", "w0"), "comes twice"),
    "no-id": (cell("walk_id", None), "walk_id is empty"),
    "escape-in-id": (cell("walk_id", "\x1b[2J"), r"'\\x1b\[2J', with control characters"),
    "escape-in-subject": (cell("subject_id", "a\nb"), "with control characters"),
    "unknown-class": (cell("label", "sick"), "unknown class 'sick'"),
    "slow": (cell("frame_rate_hz", 0.1), "frame_rate_hz is 0.1"),
    "nan-rate": (cell("frame_rate_hz", float("nan")), "frame_rate_hz is nan"),
    "one-side": (cell("frame_width_px", 640), r"are \[640, None\]"),
    "negative-sides": (
        lambda rows, _: rows[0].update(frame_width_px=-1, frame_height_px=-1),
        r"are \[-1, -1\]",
    ),
    "short-asymmetry": (cell("asymmetry", [1.0]), "asymmetry holds 1 values"),
    "short-mirror-difference": (cell("mirror_difference", [1.0]), "mirror_difference holds 1 values"),
    "empty-asymmetry-cells": (cell("asymmetry", [None] * 24), "or empty ones"),
    "origin-no-json": (cell("origin", "{"), "origin: is not JSON"),
    "origin-nothing": (cell("origin", None), "origin: is not JSON"),
    "origin-list": (cell("origin", "[]"), "origin is no table"),
    "origin-numbers": (cell("origin", '{"tree_id": 3}'), "origin is no table"),
    "origin-deep": (cell("origin", "[" * 3000 + "]" * 3000), "origin: is "),
    "walk-less": (lambda rows, _: rows.pop(), "holds 2 walks, store.json says 3"),
    "no-walk": (lambda rows, header: (rows.clear(), header.update(n_walks=0)), "holds 0 walks"),
    "array-elsewhere": (
        of_array("poses", file="/".join(["..", "poses.npy"])),
        r"lie in '\.\./poses\.npy'",
    ),
    "array-of-another": (of_array("poses", file="silhouettes.npy"), "lie in 'silhouettes.npy'"),
    "shape-of-another": (of_array("poses", shape=[18, 16, 3]), r"expected \(frames, 17, 3\)"),
    "no-shape": (of_array("poses", shape=[]), r"expected \(frames, 17, 3\)"),
    "negative-shape": (of_array("silhouettes", shape=[12, -64, -64]), r"expected \(frames, size, size\)"),
    "longer-shape": (of_array("poses", shape=[180, 17, 3]), r"holds float32 of shape \(18, 17, 3\)"),
    "huge-shape": (of_array("poses", shape=[10**400, 17, 3]), "a whole number of 401 digits"),
    "unknown-array": (lambda _, h: h["arrays"].update(video=dict(h["arrays"]["poses"])), "arrays has 'video'"),
    "escape-in-origin": (lambda _, h: h["origin"].update(name="\ud800"), "UTF-8 cannot hold"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_store_that_contradicts_itself_is_refused(tmp_path: Path, name: str) -> None:
    store = some_store(tmp_path)
    change, words = CHANGES[name]
    rewrite(store, change)
    with pytest.raises(DataError, match=words) as caught:
        WalkStore.open(store)
    assert str(caught.value).startswith(str(store))
    assert "\x1b" not in str(caught.value)


def test_a_store_whose_checksums_alone_were_made_again_is_whole(tmp_path: Path) -> None:
    store = some_store(tmp_path)
    rewrite(store, lambda rows, header: None)
    WalkStore.open(store).verify()


@pytest.mark.parametrize("column", ["walk_id", "poses_start", "frame_rate_hz", "asymmetry"])
def test_a_column_of_another_type_is_refused(tmp_path: Path, column: str) -> None:
    store = some_store(tmp_path)
    at = TABLE_SCHEMA.get_field_index(column)
    other = pa.field(column, pa.list_(pa.string()) if column == "asymmetry" else pa.binary())

    def change(rows: Rows, _: object) -> None:
        for row in rows:
            row[column] = None if column == "asymmetry" else b"1"

    rows, header = pq.read_table(store / "walks.parquet").to_pylist(), json.loads((store / "store.json").read_text())
    change(rows, header)
    pq.write_table(pa.Table.from_pylist(rows, schema=TABLE_SCHEMA.set(at, other)), store / "walks.parquet")
    (store / "store.json").write_text(json.dumps(header | {"table_sha256": sha256_of(store / "walks.parquet")}))
    with pytest.raises(DataError, match=f"column {column} holds"):
        WalkStore.open(store)


@pytest.mark.parametrize(
    "array", [np.zeros((18, 17, 3), ">f4"), np.zeros((18, 17, 3), "<i4"), np.zeros((18, 17, 3), "<f4", order="F")]
)
def test_an_array_file_of_another_type_or_order_is_refused(tmp_path: Path, array: np.ndarray) -> None:
    store = some_store(tmp_path)
    np.save(store / "poses.npy", array)
    with pytest.raises(DataError, match=r"poses\.npy: holds .*; expected float32"):
        WalkStore.open(store)


def test_a_text_that_stands_in_many_rows_is_not_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = some_store(tmp_path)
    monkeypatch.setattr("scoliogait.table_file.MAX_TABLE_BYTES", 100_000)

    def change(rows: Rows, header: dict[str, Any]) -> None:
        rows[:] = [rows[0] | {"walk_id": f"{n}", "source": "x" * 1000} for n in range(200)]
        header["n_walks"] = 200

    rewrite(store, change)
    assert (store / "walks.parquet").stat().st_size < 100_000
    with pytest.raises(DataError, match="column source holds texts of"):
        WalkStore.open(store)
