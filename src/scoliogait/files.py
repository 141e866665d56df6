"""Writing that never leaves a half-written file behind: write beside the target, flush to disk, rename."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scoliogait.errors import DataError


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the target's folder; it replaces ``path`` when the block ends well, else it is removed.

    Raises DataError naming the target when the disk is full or the folder cannot be written.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary_beside(target)
        temporary.touch()
        mode = temporary.stat().st_mode
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; it becomes ``path`` when the block ends well, else it is removed.

    An existing folder is replaced, and put back if the last step fails. Raises DataError as ``atomic_file`` does.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary_beside(target)
        temporary.mkdir()
        mode = temporary.stat().st_mode
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield temporary
        _set_modes(temporary, mode)
        _swap(temporary, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def locked(lock_file: str | Path, seconds: float) -> Iterator[None]:
    """For the block no other process is in a block of this lock file. A process that dies lets go of it.

    Where the folder cannot be written there is nothing to wait for, and no lock is taken. Raises DataError when another
    process has not let go after ``seconds``.
    """
    path = Path(lock_file)
    lock = FileLock(path, timeout=seconds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise DataError(
            f"{path}: another process has held this lock for {seconds:g} s; wait until it ends, then try again"
        ) from error
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _set_modes(folder: Path, mode: int) -> None:
    """Every file and folder in it as readable as this machine makes new ones: some libraries write for the owner alone.

    mode: of a new folder; a new file has the same without the right to be run.
    """
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(mode if path.is_dir() else mode & 0o666)


def _temporary_beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")


def _swap(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.replace(target)
        return
    previous = target.with_name(f".{target.name}.previous")
    _remove(previous)
    target.replace(previous)
    try:
        temporary.replace(target)
    except OSError:
        previous.replace(target)
        raise
    _remove(previous)


def _remove(previous: Path) -> None:
    if previous.is_symlink():  # the link goes, what it points to stays
        previous.unlink()
    shutil.rmtree(previous, ignore_errors=True)


def write_json(path: str | Path, content: Any) -> None:
    """Write indented JSON atomically, keys in the order given."""
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(path: str | Path) -> Any:
    """Read a JSON file, with or without the byte order mark of Windows editors.

    Raises DataError naming the file, and the line where it is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: is not JSON ({error})") from error


def refuse_existing(path: Path, overwrite: bool, is_ours: Callable[[Path], bool] | None = None, kind: str = "") -> None:
    """DataError when the output exists, unless it may be overwritten.

    is_ours: what is no older output of the same ``kind`` ("a store") is never overwritten, and an empty folder does not
    count; None: anything may be overwritten.
    """
    is_empty = is_ours is not None and path.is_dir() and not any(path.iterdir())
    if is_empty or not path.exists():
        return
    other = "another folder" if path.is_dir() else "another name"
    if is_ours is not None and not is_ours(path):
        raise DataError(f"{path}: exists and is not {kind}; choose {other}")
    if not overwrite:
        raise DataError(f"{path}: exists; give --overwrite to replace it, or choose {other}")


def _cannot_write(target: Path, error: OSError) -> DataError:
    return DataError(
        f"{target}: cannot be written ({error.strerror or error}); nothing was changed. "
        "Free some disk space or choose another folder"
    )
