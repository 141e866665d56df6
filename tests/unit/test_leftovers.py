"""What a killed writer leaves is cleared up by the next one; what somebody else is writing is left alone."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.files import (
    atomic_folder,
    clear_leftovers,
    full_disk_in_one_line,
    holds_nothing,
    is_being_written,
    refuse_existing,
    sole_writer,
    undo_cut_replacement,
)
from walk_fixtures import drawn_walks


class KillError(BaseException):
    """In place of a signal: nothing after it runs."""


def listing(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def folder_with(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "x").write_text(text)
    return path


@contextmanager
def another_writer(target: Path) -> Iterator[None]:
    """Another process that writes the folder until the block ends."""
    program = (
        "import sys\nfrom scoliogait.files import sole_writer\n"
        "with sole_writer(sys.argv[1]):\n    print('writing', flush=True)\n    sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield
        process.communicate()


def test_the_next_writer_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    folder_with(tmp_path / ".store.0123abcd.part", "half")
    folder_with(tmp_path / ".other.0123abcd.part", "of another target")
    folder_with(tmp_path / ".store.mine.part", "no name of ours")
    (tmp_path / ".store.lock").touch()
    with atomic_folder(tmp_path / "store") as temporary:
        (temporary / "x").write_text("new")
    assert listing(tmp_path) == [".other.0123abcd.part", ".store.mine.part", "store"]


def test_names_are_taken_as_they_are(tmp_path: Path) -> None:
    """A target named like a pattern clears up after itself and nobody else."""
    folder_with(tmp_path / ".a[b].0123abcd.part", "half")
    folder_with(tmp_path / ".ab.0123abcd.part", "of another target")
    with atomic_folder(tmp_path / "a[b]"):
        pass
    assert listing(tmp_path) == [".ab.0123abcd.part", "a[b]"]


@pytest.mark.parametrize("asked_by", ["writer", "refusal", "reader"])
def test_a_replacement_cut_between_its_renames_is_undone(
    asked_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder_with(tmp_path / "store", "old")
    true_replace = Path.replace

    def killed_at_the_second(self: Path, other: Path) -> Path:
        if self.name.endswith(".part"):
            raise KillError
        return true_replace(self, other)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed_at_the_second)
        patched.setattr("scoliogait.files.shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(KillError), atomic_folder(target) as temporary:
            (temporary / "x").write_text("new")
    assert not target.exists()
    if asked_by == "reader":
        undo_cut_replacement(target)
    elif asked_by == "refusal":
        with pytest.raises(DataError, match="store: exists; give --overwrite"):
            refuse_existing(target, overwrite=False)
    else:
        with pytest.raises(ZeroDivisionError), atomic_folder(target):
            raise ZeroDivisionError
    assert (target / "x").read_text() == "old"
    assert listing(tmp_path) == ["store"]


def test_a_store_whose_replacement_was_cut_is_opened(tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", drawn_walks(1, 4), {})
    store.path.rename(tmp_path / ".store.previous")
    assert WalkStore.open(tmp_path / "store").digest == store.digest


def test_a_second_writer_is_refused_in_one_line(tmp_path: Path) -> None:
    target = tmp_path / "store"
    assert not is_being_written(target)
    with another_writer(target):
        assert is_being_written(target)
        folder_with(tmp_path / ".store.0123abcd.part", "being written")
        with (
            pytest.raises(DataError, match=r"store: another process is writing this folder; wait"),
            atomic_folder(target),
        ):
            raise AssertionError("never reached")
        clear_leftovers(tmp_path)
        assert (tmp_path / ".store.0123abcd.part" / "x").exists()
    assert not is_being_written(target)
    clear_leftovers(tmp_path)
    assert listing(tmp_path) == []


def test_the_lock_of_a_killed_writer_holds_nobody_up(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom scoliogait.files import sole_writer\nwith sole_writer(sys.argv[1]):\n    os._exit(9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path / "store")], check=False)
    assert killed.returncode == 9
    assert listing(tmp_path) == [".store.lock"]
    with sole_writer(tmp_path / "store"):
        pass
    assert listing(tmp_path) == []


def test_leftovers_are_found_at_any_depth_and_nothing_else_goes(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / ".state-000002.ckpt.0123abcd.part").write_text("half")
    (tmp_path / "checkpoints" / "state-000001.ckpt").write_text("whole")
    folder_with(tmp_path / ".model.89abcdef.part", "half")
    (tmp_path / "notes.part").write_text("somebody's")
    clear_leftovers(tmp_path)
    assert listing(tmp_path) == ["checkpoints", "notes.part"]
    assert listing(tmp_path / "checkpoints") == ["state-000001.ckpt"]


def test_a_folder_with_only_leftovers_holds_nothing(tmp_path: Path) -> None:
    assert holds_nothing(tmp_path / "none")
    assert holds_nothing(tmp_path)
    (tmp_path / ".run.json.0123abcd.part").touch()
    assert holds_nothing(tmp_path)
    refuse_existing(tmp_path, False, is_ours=lambda _: False, kind="a store")
    (tmp_path / "x").touch()
    assert not holds_nothing(tmp_path)
    assert not holds_nothing(tmp_path / "x")


def test_a_full_disk_is_told_from_other_errors(tmp_path: Path) -> None:
    refused = pytest.raises(DataError, match=r"run: cannot be written any more \(No space left")
    with refused, full_disk_in_one_line(tmp_path / "run"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(FileNotFoundError), full_disk_in_one_line(tmp_path / "run"):
        raise FileNotFoundError(errno.ENOENT, "x")
