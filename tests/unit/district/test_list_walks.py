"""What a manifest lists of folders, trees, stores and videos, and what it refuses to list."""

import os
from pathlib import Path

import pytest

from scoliogait.data.store import write_store
from scoliogait.district.list_walks import ListedWalks, list_walks
from scoliogait.errors import DataError
from scoliogait.files import sha256_of
from scoliogait.io.native import write_walk
from scoliogait.progress import no_progress
from scoliogait.walk import Walk
from trees import write_pose_tree
from walker import draw_walker


def walk(name: str) -> Walk:
    return Walk(walk_id=name, poses=draw_walker(20), frame_rate_hz=30.0)


def put(path: Path, name: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_walk(path, walk(name))
    return path


def listed(*paths: Path, root: Path | None = None, with_sha256: bool = True) -> ListedWalks:
    return list_walks(paths, root, with_sha256, no_progress)


def test_everything_below_some_folders_sorted_by_id(tmp_path: Path) -> None:
    put(tmp_path / "b" / "x.npz", "x")
    put(tmp_path / "a" / "y.npz", "y")
    (tmp_path / "a" / "bad.npz").write_text("no archive")
    (tmp_path / "a" / "README.md").write_text("about")
    write_pose_tree(tmp_path / "tree", 2)
    write_store(tmp_path / "store", [walk("s1"), walk("s2")], {})
    found = listed(tmp_path / "b", tmp_path / "a", tmp_path / "tree", tmp_path / "store")
    rows = {row.id: row for row in found.rows}
    assert list(rows) == sorted(rows)
    assert found.root == tmp_path
    assert {id_ for id_ in rows if not id_.startswith("tree/")} == {
        *("a/bad.npz", "a/y.npz", "b/x.npz", "store: s1", "store: s2")
    }
    assert (found.kinds["store"], found.n_in_trees, found.found.no_walks) == (2, 2, {".md": 1})
    one = rows["b/x.npz"]
    assert (one.path, one.kind, one.walk_id) == ("b/x.npz", "native", None)
    assert one.sha256 == sha256_of(tmp_path / "b" / "x.npz")
    assert one.n_bytes == (tmp_path / "b" / "x.npz").stat().st_size
    assert (rows["store: s2"].path, rows["store: s2"].walk_id) == ("store", "s2")


def test_the_content_of_a_folder_that_is_a_walk_counts(tmp_path: Path) -> None:
    write_pose_tree(tmp_path / "tree", 1)
    (before,) = listed(tmp_path / "tree").rows
    assert (before.sha256, before.kind) == (listed(tmp_path / "tree").rows[0].sha256, "opengait-folder")
    (file,) = (path for path in (tmp_path / "tree").rglob("*.pkl"))
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)
    assert listed(tmp_path / "tree").rows[0].sha256 != before.sha256
    assert listed(tmp_path / "tree", with_sha256=False).rows[0].sha256 is None


def test_doubles_name_the_first(tmp_path: Path) -> None:
    first = put(tmp_path / "1.npz")
    for name in ("2.npz", "3.npz"):
        (tmp_path / name).write_bytes(first.read_bytes())
    put(tmp_path / "4.npz", "another")
    assert [(row.id, row.same_as) for row in listed(tmp_path).rows] == [
        *(("1.npz", None), ("2.npz", "1.npz"), ("3.npz", "1.npz"), ("4.npz", None))
    ]
    assert not listed(tmp_path, with_sha256=False).doubles


def test_a_damaged_store_is_a_row_that_will_be_refused(tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", [walk("s1")], {}).path
    (store / "walks.parquet").unlink()
    put(tmp_path / "x.npz")
    assert [(row.id, row.kind) for row in listed(tmp_path).rows] == [("store", "unknown"), ("x.npz", "native")]


def test_one_store_alone(tmp_path: Path) -> None:
    found = listed(write_store(tmp_path / "store", [walk("s1")], {}).path)
    assert (found.root, found.rows[0].path) == (tmp_path, "store")


def test_what_lies_outside_of_the_root_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "in" / "x.npz")
    out = put(tmp_path / "out" / "y.npz", "y")
    with pytest.raises(DataError, match=r"lies outside of the root .*give --root"):
        listed(tmp_path / "out", root=tmp_path / "in")
    (tmp_path / "in" / "link.npz").symlink_to(out)
    with pytest.raises(DataError, match="a link leads out of the root"):
        listed(tmp_path / "in")
    assert len(listed(tmp_path / "in", root=tmp_path).rows) == 2
    with pytest.raises(DataError, match="is no folder; give --root"):
        listed(tmp_path / "in", root=tmp_path / "none")


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none: does not exist"):
        listed(tmp_path / "none")
    with pytest.raises(DataError, match="matches nothing"):
        listed(tmp_path / "*.npz")


@pytest.mark.skipif(os.name != "posix", reason="names of other bytes are there on POSIX alone")
def test_names_are_spelled_so_that_tables_and_terminals_can_hold_them(tmp_path: Path) -> None:
    put(tmp_path / "a\nb.npz")
    (row,) = listed(tmp_path).rows
    assert (row.id, row.path) == ("a\\nb.npz", "a\nb.npz")
    put(tmp_path / os.fsdecode(b"\xff.npz"), "x")
    with pytest.raises(DataError, match="its name is no UTF-8; rename it"):
        listed(tmp_path)
