import errno
import os
import stat
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from scoliogait.errors import DataError
from scoliogait.files import atomic_file, atomic_folder, read_json, refuse_existing, write_json


def listing(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")

    def fail_half_way() -> None:
        with atomic_file(target) as temporary:
            temporary.write_text("hal")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DataError, match=r"a\.txt: cannot be written \(No space left on device\)"):
        fail_half_way()
    assert target.read_text() == "before"
    assert listing(tmp_path) == ["a.txt"]
    with atomic_file(target) as temporary:
        temporary.write_text("after")
    assert target.read_text() == "after"


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "store"
    with atomic_folder(target) as temporary:
        (temporary / "x").write_text("1")

    def fail_half_way() -> None:
        with atomic_folder(target) as temporary:
            (temporary / "x").write_text("2")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DataError, match="nothing was changed"):
        fail_half_way()
    assert (target / "x").read_text() == "1"
    with atomic_folder(target) as temporary:
        (temporary / "y").write_text("3")
    assert listing(target) == ["y"]
    assert listing(tmp_path) == ["store"]


def test_a_link_to_a_folder_is_replaced_and_nothing_of_it_stays(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "store").symlink_to("old")
    for _ in range(2):
        with atomic_folder(tmp_path / "store") as temporary:
            (temporary / "x").write_text("1")
        assert listing(tmp_path) == ["old", "store"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    def write_below_a_file() -> None:
        with atomic_folder(tmp_path / "file" / "store"):
            raise AssertionError("never reached")

    with pytest.raises(DataError, match="store: cannot be written"):
        write_below_a_file()


def test_json_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "é"}', encoding="utf-8-sig")
    assert read_json(tmp_path / "a.json") == {"name": "é"}


def test_json_errors_name_the_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"z": 1, "a": "é"})
    assert read_json(tmp_path / "a.json") == {"z": 1, "a": "é"}
    (tmp_path / "b.json").write_text('{"a": ')
    with pytest.raises(DataError, match=r"b\.json: is not JSON"):
        read_json(tmp_path / "b.json")
    (tmp_path / "b.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match=r"b\.json: is not JSON"):
        read_json(tmp_path / "b.json")
    with pytest.raises(DataError, match=r"c\.json: cannot be read"):
        read_json(tmp_path / "c.json")


def test_an_existing_output_is_refused_or_may_be_replaced(tmp_path: Path) -> None:
    refuse_existing(tmp_path / "none", overwrite=False)
    folder = tmp_path / "out"
    folder.mkdir()
    refuse_existing(folder, False, is_ours=lambda path: False, kind="a store")  # empty: nothing is lost
    with pytest.raises(DataError, match="out: exists; give --overwrite to replace it, or choose another folder"):
        refuse_existing(folder, overwrite=False)
    refuse_existing(folder, overwrite=True)
    (folder / "file").write_text("")
    with pytest.raises(DataError, match="out: exists and is not a store; choose another folder"):
        refuse_existing(folder, True, is_ours=lambda path: False, kind="a store")
    refuse_existing(folder, True, is_ours=lambda path: True, kind="a store")
    with pytest.raises(DataError, match="file: exists; give --overwrite to replace it, or choose another name"):
        refuse_existing(folder / "file", False, is_ours=lambda path: True, kind="a result")


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
@pytest.mark.parametrize(("umask", "file_mode", "folder_mode"), [(0o022, 0o644, 0o755), (0o007, 0o660, 0o770)])
def test_whatever_writes_a_file_it_is_as_readable_as_its_neighbours(
    tmp_path: Path, umask: int, file_mode: int, folder_mode: int
) -> None:
    before = os.umask(umask)
    try:
        with atomic_file(tmp_path / "a") as temporary:
            temporary.unlink()
            os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY, 0o600))  # as safetensors does
        with atomic_folder(tmp_path / "model") as temporary:
            (temporary / "deep").mkdir(mode=0o700)
            os.close(os.open(temporary / "deep" / "weights", os.O_CREAT | os.O_WRONLY, 0o600))
            (temporary / "link").symlink_to("deep")
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE((tmp_path / path).stat().st_mode) for path in ("a", "model", "model/deep")}
    assert modes == {"a": file_mode, "model": folder_mode, "model/deep": folder_mode}
    assert stat.S_IMODE((tmp_path / "model" / "deep" / "weights").stat().st_mode) == file_mode


WRITER = """
import sys, time
from scoliogait.files import {kind}
with {kind}(sys.argv[1]) as temporary:
    print("writing", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("kind", ["atomic_file", "atomic_folder"])
def test_a_killed_writer_leaves_nothing_after_the_next(kind: str, tmp_path: Path) -> None:
    write = {"atomic_file": atomic_file, "atomic_folder": atomic_folder}[kind]
    target = tmp_path / "a.json"
    mine = {".a.json.notes.part", ".b.json.0123abcd.part", "a.json.0123abcd.part", ".a.json.0123abcd.part.txt"}
    for name in mine:
        (tmp_path / name).write_text("somebody else's")
    process = subprocess.Popen([sys.executable, "-c", WRITER.format(kind=kind), target], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    if kind == "atomic_file":  # a second writer of a file neither waits nor takes away what the first writes
        with write(target) as temporary:
            temporary.write_text("mine")
        assert len(set(listing(tmp_path)) - mine) == 3, "target, part and lock of the first"
    process.kill()
    process.wait()
    process.stdout.close()
    with write(target):
        pass
    assert set(listing(tmp_path)) == {"a.json", *mine}


def write_often(target: str) -> None:
    for number in range(60):
        write_json(target, {"number": [number] * 2000})


def test_two_processes_that_write_one_file_do_not_break_each_other(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_often(str(target))
    writers = [get_context("spawn").Process(target=write_often, args=(str(target),)) for _ in range(2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert len(set(read_json(target)["number"])) == 1
        time.sleep(0.001)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert listing(tmp_path) == ["a.json"]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Free some disk space"),
        (errno.EACCES, "Choose a folder that you may write to"),
        (errno.EROFS, "Choose a folder that you may write to"),
        (errno.ENAMETOOLONG, "Choose a shorter name"),
        (errno.ENOTDIR, "A part of that path is a file"),
        (errno.EIO, "Choose another folder"),
    ],
)
def test_what_cannot_be_written_is_not_blamed_on_the_disk_alone(number: int, advice: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=advice), atomic_file(tmp_path / "a"):
        raise OSError(number, os.strerror(number))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that takes no file")
def test_a_folder_where_nothing_can_be_made_is_not_blamed_on_another_process() -> None:
    with pytest.raises(DataError, match=r"/proc/store: cannot be written"), atomic_folder("/proc/store"):
        raise AssertionError("never reached")
