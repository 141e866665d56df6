"""What is kept of a check: the same outcome without the rules running, and nothing where anything is different."""

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from scoliogait.data import tree_check
from scoliogait.data.importing import import_walks
from scoliogait.data.kept_problems import CHECKED_FILE, digest_of_source
from scoliogait.data.people_table import read_people
from scoliogait.data.problems import Problem
from scoliogait.data.stated import NOTHING_STATED, Stated
from scoliogait.data.store import write_store
from scoliogait.data.tree_check import check_store
from scoliogait.files import sha256_of, sole_writer
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.skeleton import JOINT, PAIRS
from scoliogait.walk import DOUBT, Walk
from trees import noisy_poses, silhouettes, write_pose_tree, write_silhouette_tree


def changed(seed: int, change: Callable[[np.ndarray], None], n_frames: int = 40) -> np.ndarray:
    poses = noisy_poses(seed, n_frames)
    change(poses)
    return poses


def without(frames: slice | list[int], joints: slice | list[int]) -> Callable[[np.ndarray], None]:
    def change(poses: np.ndarray) -> None:
        poses[frames, joints] = 0

    return change


def exchange_legs(poses: np.ndarray) -> None:
    for left, right in PAIRS[5:]:
        poses[20:23, [left, right]] = poses[20:23, [right, left]]


def upside_down(poses: np.ndarray) -> None:
    poses[..., 1] = 480 - poses[..., 1]


def walks_of_every_kind() -> list[Walk]:
    poses, masks = noisy_poses(0, 40), silhouettes(0, 40)
    aligned = {"silhouettes_aligned": True}
    return [
        Walk("sound", poses, masks, **aligned),
        Walk("one-frame", noisy_poses(1, 1), masks, **aligned),
        Walk("no-visible-joint", changed(2, without(slice(None), slice(None))), masks, **aligned),
        Walk("joint-never-seen", changed(3, without(slice(None), [JOINT["nose"]])), masks, **aligned),
        Walk("frames-without-person", changed(4, without([7], slice(None))), masks, **aligned),
        Walk("sides-exchanged", changed(5, exchange_legs), masks, **aligned),
        Walk("recording-doubted", poses, masks, notes=(f"{DOUBT}somebody else.", "A note."), **aligned),
        Walk("not-screenable", noisy_poses(6, 12), masks, **aligned),
        Walk("no-visible-silhouette", poses, np.zeros_like(masks), **aligned),
        Walk("empty-silhouettes", poses, np.concatenate([masks[:30], np.zeros_like(masks[:10])]), **aligned),
        Walk("refused-by-reader", changed(7, upside_down), masks, **aligned),
        Walk("silhouette-values", poses, 255 - masks, **aligned),
        Walk("modality-missing", poses),
    ]


def forbid_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(walk: Walk, where: str, stated: Stated) -> list[Problem]:
        raise AssertionError(f"{where} is looked at again")

    monkeypatch.setattr(tree_check, "stored_problems", refuse)


def count_rules(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    looked_at: list[str] = []
    rules = tree_check.stored_problems

    def count(walk: Walk, where: str, stated: Stated) -> list[Problem]:
        looked_at.append(walk.walk_id)
        return rules(walk, where, stated)

    monkeypatch.setattr(tree_check, "stored_problems", count)
    return looked_at


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of two walks, one with a note, and what was found in it."""
    walks = [Walk("a", noisy_poses(0, 30)), Walk("b", changed(1, without([4], slice(None)), 30))]
    path = write_store(tmp_path / "store", walks, {}).path
    assert [problem.kind for problem in check_store(path)] == ["frames-without-person"]
    return path


def test_every_kind_is_the_same_from_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walks = walks_of_every_kind()
    path = write_store(tmp_path / "store", walks, {}).path
    first = check_store(path)
    expected = {walk.walk_id for walk in walks} - {"sound"} | {"lengths-differ", "noted-by-reader", "same-recording"}
    assert {problem.kind for problem in first} == expected
    for walk in walks[1:]:
        assert any(p.kind == walk.walk_id and p.where == f"{path}: walk {walk.walk_id!r}" for p in first)
    forbid_rules(monkeypatch)
    assert check_store(path) == first
    moved = shutil.move(path, tmp_path / "moved")
    name_others = ("modality-missing", "same-recording")
    assert [(p.kind, p.severity, p.message) for p in check_store(moved) if p.kind not in name_others] == [
        (p.kind, p.severity, p.message) for p in first if p.kind not in name_others
    ]
    assert all(str(moved) in problem.where for problem in check_store(moved))


def test_asked_to_look_again_it_looks_again(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = count_rules(monkeypatch)
    assert check_store(store, again=True) == check_store(store)
    assert looked_at == ["a", "b"]


def test_an_import_keeps_what_a_check_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where silhouettes are aligned as they are stored, and where rate and people are stated."""
    trees = [write_pose_tree(tmp_path / "pose", 4, 30), write_silhouette_tree(tmp_path / "sil", 4, 30)]
    single = tmp_path / "single.npz"
    masks = np.zeros((40, 90, 70), np.uint8)
    masks[:36, 10:80, 20:45] = 255
    np.savez(single, poses=changed(9, exchange_legs), silhouettes=masks)
    people = tmp_path / "people.csv"
    people.write_text("id,subject\n" + "".join(f"{i},p{i}\n" for i in ("00000", "00001", "00002", "00003", "single")))
    found: list[Problem] = []
    store = import_walks([*trees, single], tmp_path / "store", frame_rate_hz=15, subjects=people, problems=found)
    assert {"empty-silhouettes", "sides-exchanged"} <= {problem.kind for problem in found}
    with monkeypatch.context() as patch:
        forbid_rules(patch)
        kept = check_store(store.path)
    assert check_store(store.path, again=True) == kept
    assert {"sides-exchanged", "lengths-differ"} <= {problem.kind for problem in kept}
    assert "empty-silhouettes" not in {problem.kind for problem in kept}


def test_a_simulated_cohort_keeps_what_a_check_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steep = CohortConfig(n_walks=8, n_frames=45, camera_height_m=3.8, silhouettes=False)
    store = write_cohort(steep, tmp_path / "cohort", workers=1).path
    with monkeypatch.context() as patch:
        forbid_rules(patch)
        kept = check_store(store)
    assert {problem.kind for problem in kept} >= {"recording-doubted"}
    assert kept == check_store(store, again=True)


def test_what_was_stated_counts(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "people.csv").write_text("id,subject\na,p\nb,q\n")
    (tmp_path / "others.csv").write_text("id,subject\na,p\nb,r\n")
    people = [Stated(people=read_people(tmp_path / name)) for name in ("people.csv", "others.csv")]
    looked_at = count_rules(monkeypatch)
    for stated in (Stated(frame_rate_hz=15), Stated(frame_rate_hz=30), *people, NOTHING_STATED):
        looked_at.clear()
        first = check_store(store, stated=stated)
        assert looked_at == ["a", "b"]
        assert check_store(store, stated=stated) == first
        assert looked_at == ["a", "b"]


def test_a_changed_store_is_looked_at_again(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where only a note was changed, which the digest of the content leaves out."""
    table = pq.read_table(store / "walks.parquet")
    rows = table.to_pylist()
    rows[0]["notes"] = json.dumps([f"{DOUBT}another person."])
    pq.write_table(table.from_pylist(rows, schema=table.schema), store / "walks.parquet")
    header = json.loads((store / "store.json").read_text())
    header["table_sha256"] = sha256_of(store / "walks.parquet")
    (store / "store.json").write_text(json.dumps(header))
    looked_at = count_rules(monkeypatch)
    assert "recording-doubted" in {problem.kind for problem in check_store(store)}
    assert looked_at == ["a", "b"]
    with (store / "poses.npy").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"x")
    assert [problem.kind for problem in check_store(store)] == ["damaged-store"]


def test_a_change_of_any_module_is_another_program(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    digests = []
    for name, text in (("a.py", "x"), ("room/b.py", "x"), ("room/b.py", "y"), ("room/c.py", "")):
        (tmp_path / name).write_text(text)
        digest_of_source.cache_clear()
        digests.append(digest_of_source(tmp_path))
    assert len(set(digests)) == 4
    (tmp_path / "room" / "b.cpython-311.pyc").write_text("compiled")
    digest_of_source.cache_clear()
    assert digest_of_source(tmp_path) == digests[-1]


def test_another_program_or_package_looks_again(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("program", "numpy", "scipy", "opencv-python-headless"):
        content = json.loads((store / CHECKED_FILE).read_text())
        content["of"][key] = "another"
        (store / CHECKED_FILE).write_text(json.dumps(content))
        with monkeypatch.context() as patch:
            looked_at = count_rules(patch)
            assert len(check_store(store)) == 1
        assert looked_at == ["a", "b"]


def _find(**changes: object) -> Callable[[dict[str, object]], object]:
    find = {"walk": 0, "kind": "one-frame", "severity": "note", "message": "words"} | changes
    return lambda content: content | {"problems": [find]}


HOSTILE: dict[str, Callable[[dict[str, object]], object]] = {
    "a list": lambda _: [],
    "no problems": lambda content: {"format": content["format"], "version": 1, "of": content["of"]},
    "another version": lambda content: content | {"version": 2},
    "another key": lambda content: content | {"more": 1},
    "no walk of that number": _find(walk=2),
    "a walk before the first": _find(walk=-1),
    "a number as text": _find(walk="0"),
    "an escape for the terminal": _find(message="\x1b[2J"),
    "an escape as a kind": _find(kind="\x1b[2J"),
    "an unknown severity": _find(severity="fine"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_something_else_is_as_good_as_none(
    name: str, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = store / CHECKED_FILE
    good = json.loads(file.read_text())
    file.write_text(json.dumps(HOSTILE[name](good)))
    looked_at = count_rules(monkeypatch)
    assert [problem.kind for problem in check_store(store)] == ["frames-without-person"]
    assert looked_at == ["a", "b"]
    assert json.loads(file.read_text()) == good


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff\xfe"])
def test_a_damaged_file_is_as_good_as_none(content: bytes, store: Path) -> None:
    (store / CHECKED_FILE).write_bytes(content)
    assert [problem.kind for problem in check_store(store)] == ["frames-without-person"]


def test_a_file_too_large_to_read_is_as_good_as_none(store: Path) -> None:
    with (store / CHECKED_FILE).open("wb") as stream:
        stream.truncate(1 << 40)
    assert [problem.kind for problem in check_store(store)] == ["frames-without-person"]


def test_where_nothing_can_be_written_nothing_is_kept(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (store / CHECKED_FILE).unlink()

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", refuse)
        assert [problem.kind for problem in check_store(store)] == ["frames-without-person"]
    assert sorted(path.name for path in store.iterdir()) == ["poses.npy", "store.json", "walks.parquet"]
    (store / CHECKED_FILE).mkdir()
    assert [problem.kind for problem in check_store(store)] == ["frames-without-person"]
    assert list((store / CHECKED_FILE).iterdir()) == []


def test_nothing_is_kept_while_the_store_is_being_written(store: Path) -> None:
    (store / CHECKED_FILE).unlink()
    with sole_writer(store):
        assert [problem.kind for problem in check_store(store)] == ["frames-without-person"]
    assert not (store / CHECKED_FILE).exists()
    check_store(store)
    assert (store / CHECKED_FILE).is_file()
    assert [path.name for path in store.parent.iterdir()] == ["store"]
