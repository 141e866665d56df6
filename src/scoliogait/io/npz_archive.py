"""The arrays of a ``.npz`` archive, one at a time: each is looked at before it is unpacked, if it is wanted."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from numpy.lib import format as npy
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.incoming import require_file
from scoliogait.io.npy_header import ArrayHeader, DamagedArrayError, read_array_header
from scoliogait.limits import (
    MAX_DEFLATE_RATIO,
    MAX_TEXT_CHARACTERS,
    MAX_WALK_BYTES,
    MAX_ZIP_DIRECTORY_BYTES,
    MAX_ZIP_MEMBERS,
)
from scoliogait.long_frames import kept_from

_SUFFIX = ".npy"
_END_RECORD, _END_RECORD_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 0xFFFF
_END_LOCATOR_64, _END_LOCATOR_64_BYTES = b"PK\x06\x07", 20
_SMALLEST_PACKED_BYTES = 4096
_ENCRYPTED = 0x1


class NpzArchive:
    """An open archive; use it in a ``with`` block. ``names`` are those of its arrays.

    Raises DataError naming the file when it is no regular file, no archive, or its directory is above a limit.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._n_bytes_read = 0
        require_file(path)
        try:
            with path.open("rb") as stream:
                _check_directory_size(stream, path)
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
        except _DAMAGED as error:
            raise self._damaged(str(error)) from error
        try:
            self._members = self._checked_members()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> NpzArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._members)

    def header(self, name: str) -> ArrayHeader:
        """What the header of one array says; nothing behind it is read. Raises DataError when it is damaged."""
        with self._member(name) as stream:
            return read_array_header(stream)

    def array(self, name: str) -> NDArray[Any]:
        """One array. Raises DataError when it is damaged, or too large with what was read before."""
        self._check_size(name, self._members[name], self.header(name))
        with self._member(name) as stream:
            array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
        return array

    def frames(self, name: str) -> NDArray[Any]:
        """One array with an entry a frame, read-only, as ``long_frames`` keeps it. Raises DataError as ``array``."""
        header = self.header(name)
        if header.fortran_order or not header.shape or not header.n_bytes:
            return self.array(name)
        self._check_size(name, self._members[name], header)
        with self._member(name) as stream:
            stream.read(header.start)
            return kept_from(stream, header.shape, header.dtype)

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(self._members[name]) as stream:
                yield stream
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror or error}); check the path") from error
        except (DamagedArrayError, *_DAMAGED) as error:
            raise self._damaged(f"{name}: {error}") from error

    def _checked_members(self) -> dict[str, zipfile.ZipInfo]:
        members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            if not info.filename.endswith(_SUFFIX):
                continue
            name = info.filename.removesuffix(_SUFFIX)
            if name in members:
                raise self._damaged(f"two arrays are named {name!r}")
            members[name] = info
        return members

    def _check_size(self, name: str, member: zipfile.ZipInfo, header: ArrayHeader) -> None:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & _ENCRYPTED:
            raise self._damaged(f"{name}: it is encrypted, or packed in a way that numpy does not use")
        n_bytes = header.n_bytes
        packed = max(member.compress_size, _SMALLEST_PACKED_BYTES)
        if header.start + n_bytes != member.file_size or member.file_size > packed * MAX_DEFLATE_RATIO:
            raise self._damaged(f"{name}: shape {header.shape} of {header.dtype} does not fit its {packed:,} bytes")
        if header.dtype.kind in "SU" and n_bytes > 4 * MAX_TEXT_CHARACTERS:
            raise DataError(f"{self.path}: {name} holds {n_bytes:,} bytes of text; expected a short text or numbers")
        if n_bytes + self._n_bytes_read > MAX_WALK_BYTES:
            raise DataError(
                f"{self.path}: {name} has shape {header.shape}, {n_bytes:,} bytes unpacked; all arrays of a walk may "
                f"take {MAX_WALK_BYTES:,} bytes. Write a shorter part, or smaller pictures"
            )
        self._n_bytes_read += n_bytes

    def _damaged(self, reason: str) -> DataError:
        said = " ".join(reason.split()) or "cut off"
        return DataError(f"{self.path}: is not a whole .npz archive of plain arrays ({said}); write it again")


# Not MemoryError: sizes are checked before an array is read, so then it is this machine that lacks memory.
_DAMAGED = (
    *(ValueError, EOFError, KeyError, RuntimeError, NotImplementedError, OverflowError, IndexError),
    *(zipfile.BadZipFile, zlib.error),
)


def _check_directory_size(stream: IO[bytes], path: Path) -> None:
    """Before the directory of an archive is read: how large it is. Python reads all of it, whatever it says."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _END_RECORD_BYTES - _LONGEST_COMMENT - _END_LOCATOR_64_BYTES))
    tail = stream.read()
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) < at + _END_RECORD_BYTES:
        if tail.startswith(npy.MAGIC_PREFIX):
            raise DataError(f"{path}: is a single array; expected a .npz archive with named fields")
        raise zipfile.BadZipFile("it has no directory at its end")
    n_members, n_bytes = (int.from_bytes(tail[at + a : at + b], "little") for a, b in ((10, 12), (12, 16)))
    has_second = tail[max(0, at - _END_LOCATOR_64_BYTES) : at].startswith(_END_LOCATOR_64)
    if has_second or n_members > MAX_ZIP_MEMBERS or n_bytes > MAX_ZIP_DIRECTORY_BYTES:
        raise DataError(f"{path}: its directory lists more than {MAX_ZIP_MEMBERS:,} arrays; a walk has a few")
