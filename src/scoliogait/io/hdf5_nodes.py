"""Data sets of HDF5 files through ``h5py``: only what lies in the file itself, and only up to a limit."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.limits import MAX_DEFLATE_RATIO, MAX_POINTS_BYTES
from scoliogait.optional_package import needs_extra

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Where HDF5 keeps texts of any length; see ``_text_in_store``.
_HEAP = b"GCOL\x01\0\0\0"
_TEXT, _OBJECT = struct.Struct("<IQI"), struct.Struct("<H6xQ")
_ERRORS = (
    OSError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    RuntimeError,
    OverflowError,
    MemoryError,
    UnicodeDecodeError,
)


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
    if path.stat().st_size > MAX_POINTS_BYTES:
        raise DataError(f"{path}: has {path.stat().st_size >> 20} MiB; expected at most {MAX_POINTS_BYTES >> 20} MiB")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except _ERRORS as error:
        raise DataError(f"{path}: is no whole HDF5 file of the expected form ({error}); write it again") from error


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
    if data.size is None or data.nbytes > MAX_POINTS_BYTES:
        raise ValueError(f"{name} of shape {data.shape} is larger than {MAX_POINTS_BYTES >> 20} MiB")
    if data.nbytes > MAX_DEFLATE_RATIO * data.id.get_storage_size():
        raise ValueError(f"{name} of shape {data.shape} is not in the file")
    if data.dtype.kind == "O":
        raise ValueError(f"{name} holds texts of any length; expected numbers")
    return data[()]


def texts_of(group: Any, name: str) -> list[str]:
    """A data set of text, of fixed length or of any; KeyError and ValueError as ``array_of`` does."""
    if name in members_of(group) and getattr(getattr(group[name], "dtype", None), "kind", "") == "O":
        return _texts_of_any_length(group[name])
    return [text.decode("utf-8") if isinstance(text, bytes) else str(text) for text in array_of(group, name)]


def _texts_of_any_length(data: Any) -> list[str]:
    """Texts read from their stores, without HDF5, which takes gigabytes or never ends where a byte there is wrong.

    The data set holds for each text its length (4 bytes), the place of its store (8) and its number in it (4).
    """
    offset = data.id.get_offset()
    if offset is None or data.ndim != 1:
        raise ValueError(f"{data.name} is stored in pieces or has {data.ndim} axes; expected a list of texts")
    with (
        Path(data.file.filename).open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        stored = content[offset : offset + data.size * _TEXT.size]
        if len(stored) < data.size * _TEXT.size:
            raise ValueError(f"{data.name} of shape {data.shape} is not in the file")
        return [_text_in_store(content, *text) for text in _TEXT.iter_unpack(stored)]


def _text_in_store(content: mmap.mmap, length: int, store: int, number: int) -> str:
    """A store: signature, its size (8 bytes), then objects of number (2), 6 bytes, size (8) and content, in eights."""
    head = content[store : store + len(_HEAP) + 8]
    if len(head) < len(_HEAP) + 8 or not head.startswith(_HEAP):
        raise ValueError("a text lies outside of the stores of texts")
    place, end = store + len(head), min(store + int.from_bytes(head[-8:], "little"), len(content))
    while place + _OBJECT.size <= end:
        found, size = _OBJECT.unpack(content[place : place + _OBJECT.size])
        place += _OBJECT.size
        if found == number and length <= size <= end - place:
            return content[place : place + length].decode("utf-8")
        place += (size + 7) // 8 * 8
    raise ValueError("a text is not in its store")
