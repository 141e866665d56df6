"""What a recording was when it was listed: its size, when it was written, and the checksum of its content."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from scoliogait.data.store_format import HEADER_FILE
from scoliogait.errors import DataError
from scoliogait.files import sha256_of
from scoliogait.io.system_files import is_system_file


@dataclass(frozen=True)
class ContentPrint:
    """n_bytes, modified_ns: of the file, or all and the newest file of a folder. sha256: None where none was taken."""

    n_bytes: int
    modified_ns: int
    sha256: str | None = None


def content_print(path: Path, with_sha256: bool) -> ContentPrint:
    """Of a file, of the files in a folder that is a walk, or of the header of a store, which names all its content.

    Raises DataError where it cannot be read.
    """
    try:
        if not path.is_dir():
            return _of_file(path, with_sha256)
        if (path / HEADER_FILE).is_file():
            return _of_file(path / HEADER_FILE, with_sha256)
        return _of_folder(path, with_sha256)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}); check it") from error


def _of_file(path: Path, with_sha256: bool) -> ContentPrint:
    facts = path.stat()
    readable = stat.S_ISREG(facts.st_mode)  # a pipe would wait for whoever writes to it
    return ContentPrint(facts.st_size, facts.st_mtime_ns, sha256_of(path) if with_sha256 and readable else None)


def _of_folder(folder: Path, with_sha256: bool) -> ContentPrint:
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    files = {name: _of_file(folder / name, with_sha256) for name in names if not is_system_file(Path(name))}
    listed = json.dumps([[name, one.n_bytes, one.sha256] for name, one in files.items()]).encode("ascii")
    return ContentPrint(
        sum(one.n_bytes for one in files.values()),
        max((one.modified_ns for one in files.values()), default=0),
        hashlib.sha256(listed).hexdigest() if with_sha256 else None,
    )
