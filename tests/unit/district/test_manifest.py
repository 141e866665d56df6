"""A manifest is checked row by row before any work begins, and read without keeping it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoliogait.district.manifest import SCHEMA, ManifestRow, is_manifest, open_manifest, write_manifest
from scoliogait.district.shards import shards_of
from scoliogait.errors import DataError


def row(name: str, **others: Any) -> ManifestRow:
    return replace(ManifestRow(name, name, None, "native", 10, 20, "ab" * 32), **others)


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = [row(f"{number:05d}.npz", same_as=None if number else "x") for number in range(2_500)]
    write_manifest(tmp_path / "m.parquet", tmp_path, rows)
    manifest = open_manifest(tmp_path / "m.parquet")
    assert list(manifest.rows()) == rows
    assert (manifest.n_rows, manifest.n_doubles, manifest.root) == (2_500, 1, tmp_path)
    assert is_manifest(tmp_path / "m.parquet")


def test_the_same_rows_make_the_same_file(tmp_path: Path) -> None:
    rows = [row("a"), row("b")]
    for name in ("1.parquet", "2.parquet"):
        write_manifest(tmp_path / name, tmp_path, rows)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    assert open_manifest(tmp_path / "1.parquet").digest == open_manifest(tmp_path / "2.parquet").digest


def test_another_root_can_be_given(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.parquet", tmp_path / "gone", [row("a")])
    with pytest.raises(DataError, match=r"gone: is no folder on this machine, as the manifest says; give --root"):
        open_manifest(tmp_path / "m.parquet")
    assert open_manifest(tmp_path / "m.parquet", tmp_path).root == tmp_path
    with pytest.raises(DataError, match=r"none: is no folder on this machine$"):
        open_manifest(tmp_path / "m.parquet", tmp_path / "none")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("a"), row("a")], "row 2: id 'a' comes twice"),
        ([row("b"), row("a")], "row 2: id 'a' comes after 'b'; expected rows sorted by id"),
        ([row("a", path="../x")], "leads out of the root"),
        ([row("a", path="b/../../x.npz")], "leads out of the root"),
        ([row("a", path="/elsewhere/a.npz")], "path '/elsewhere/a.npz' leads out of the root"),
        ([row("a", path="")], "leads out of the root"),
        ([row("a", path=None)], "row 1: path is empty"),
        ([row("a", n_bytes=None)], "row 1: n_bytes is empty"),
        ([row("a\n")], "holds control characters"),
        ([], "lists no walk"),
    ],
)
def test_wrong_rows_are_refused_in_one_line(tmp_path: Path, rows: list[ManifestRow], words: str) -> None:
    write_manifest(tmp_path / "m.parquet", tmp_path, rows)
    with pytest.raises(DataError) as refused:
        open_manifest(tmp_path / "m.parquet")
    assert words in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path / 'm.parquet'}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("far", [0, 1_023, 1_024, 2_047])
def test_a_doubled_id_is_found_wherever_it_stands(tmp_path: Path, far: int) -> None:
    names = [f"{number:05d}" for number in range(3_000)]
    rows = [row(name) for name in sorted([*names, names[far]])]
    write_manifest(tmp_path / "m.parquet", tmp_path, rows)
    with pytest.raises(DataError, match=f"row {far + 2}: id '{names[far]}' comes twice"):
        open_manifest(tmp_path / "m.parquet")


def test_other_columns_and_other_types_are_named(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{"id": "a", "file": "a.npz"}])
    pq.write_table(table, tmp_path / "m.parquet")
    with pytest.raises(DataError, match=r"lacks the columns path, walk_id, kind.*scoliogait manifest"):
        open_manifest(tmp_path / "m.parquet", tmp_path)
    wrong = SCHEMA.set(4, pa.field("n_bytes", pa.string()))
    pq.write_table(pa.Table.from_pylist([{"id": "a", "path": "a"}], wrong), tmp_path / "m.parquet")
    with pytest.raises(DataError, match="column n_bytes holds string; expected int64"):
        open_manifest(tmp_path / "m.parquet", tmp_path)


def test_a_table_of_somebody_else_needs_a_root(tmp_path: Path) -> None:
    held = {"id": "a", "path": "a.npz", "kind": "native", "n_bytes": 1, "modified_ns": 1, "more": 3}
    pq.write_table(pa.Table.from_pylist([held], pa.schema([*SCHEMA, pa.field("more", pa.int64())])), tmp_path / "m")
    with pytest.raises(DataError, match="does not say where its walks lie; give --root"):
        open_manifest(tmp_path / "m")
    assert [one.id for one in open_manifest(tmp_path / "m", tmp_path).rows()] == ["a"]
    assert not is_manifest(tmp_path / "m")


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_what_is_no_table_is_refused(tmp_path: Path, kept: int) -> None:
    write_manifest(tmp_path / "whole", tmp_path, [row(f"{number:04d}") for number in range(2_000)])
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:kept])
    with pytest.raises(DataError, match=r"cut: is not a readable parquet file.*scoliogait manifest"):
        open_manifest(tmp_path / "cut")


@pytest.mark.parametrize(("now", "words"), [(2, "3 rows before, now 2;"), (5, "3 rows before, now 5 or more;")])
def test_a_manifest_that_is_replaced_during_a_run_is_said(tmp_path: Path, now: int, words: str) -> None:
    def write(n_rows: int) -> None:
        write_manifest(tmp_path / "m.parquet", tmp_path, [row(f"{number}") for number in range(n_rows)])

    write(3)
    opened = open_manifest(tmp_path / "m.parquet")
    write(now)
    with pytest.raises(DataError, match=words):
        list(shards_of(opened.rows(), opened.n_rows, "work"))
