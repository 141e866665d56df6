"""Data sets of HDF5 files through ``h5py``: only what lies in the file itself, and only up to a limit."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.io.optional import needs_extra

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_BYTES = 2**30
# Compression cannot do better than this.
_MAX_RATIO = 1_040
# A store of texts: signature, version, three reserved bytes, its size. HDF5 believes the size and takes the memory.
_TEXT, _LONGEST_TEXT = struct.Struct("<IQI"), 2**20
_HEAP, _HEAP_SIZE = b"GCOL\x01\0\0\0", struct.Struct("<Q")
_ERRORS = (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, MemoryError, UnicodeDecodeError)


def is_hdf5(path: Path) -> bool:
    """Whether this is a file with the signature of HDF5 at its beginning."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """The open file; DataError naming it when h5py is not installed, or what is read from it is damaged or missing."""
    try:
        import h5py
    except ImportError as error:
        raise needs_extra(path, "h5py", "formats") from error
    _check_text_stores(path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except _ERRORS as error:
        raise DataError(f"{path}: is no whole HDF5 file of the expected form ({error}); write it again") from error


def _check_text_stores(path: Path) -> None:
    """DataError when a store of texts claims to be larger than the file."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if len(content) > MAX_BYTES:
                raise DataError(f"{path}: has {len(content) >> 20} MiB; expected at most {MAX_BYTES >> 20} MiB")
            place = content.find(_HEAP)
            while place >= 0:
                size = content[place + len(_HEAP) : place + len(_HEAP) + _HEAP_SIZE.size]
                if len(size) < _HEAP_SIZE.size or place + _HEAP_SIZE.unpack(size)[0] > len(content):
                    raise DataError(f"{path}: is no whole HDF5 file: its texts are cut; write it again")
                place = content.find(_HEAP, place + 1)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); check the path") from error


def members_of(group: Any) -> list[str]:
    """Names of what lies in a group of this file, without links to elsewhere."""
    import h5py

    return [name for name in group if isinstance(group.get(name, getlink=True), h5py.HardLink)]


def array_of(group: Any, name: str) -> Any:
    """The content of a data set of a group: of this file, not of one it points to, and not too large.

    Raises KeyError without such a data set, ValueError for what is refused.
    """
    import h5py

    if name not in members_of(group) or not isinstance(group[name], h5py.Dataset):
        raise KeyError(f"{name} is no data set of this file")
    data = group[name]
    if data.is_virtual or data.external:
        raise ValueError(f"{name} lies in another file")
    if data.size is None or data.nbytes > MAX_BYTES:
        raise ValueError(f"{name} of shape {data.shape} is larger than {MAX_BYTES >> 20} MiB")
    if data.nbytes > _MAX_RATIO * data.id.get_storage_size():
        raise ValueError(f"{name} of shape {data.shape} is not in the file")
    if data.dtype.kind == "O":
        _check_text_lengths(data)
    return data[()]


def _check_text_lengths(data: Any) -> None:
    """ValueError when a text claims more bytes than there may be in a name; HDF5 takes the memory before it looks.

    In the file a text is its length (4 bytes), the place of its store (8) and its number in it (4).
    """
    offset = data.id.get_offset()
    if offset is None:
        return
    with Path(data.file.filename).open("rb") as stream:
        stream.seek(offset)
        stored = stream.read(data.size * _TEXT.size)
    longest = max(
        (length for length, _, _ in _TEXT.iter_unpack(stored[: len(stored) // _TEXT.size * _TEXT.size])), default=0
    )
    if longest > _LONGEST_TEXT:
        raise ValueError(f"a text of {longest} bytes")


def texts_of(group: Any, name: str) -> list[str]:
    """A data set of text."""
    return [text.decode("utf-8") if isinstance(text, bytes) else str(text) for text in array_of(group, name)]
