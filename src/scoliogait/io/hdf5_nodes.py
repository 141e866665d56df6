"""Data sets of HDF5 files through ``h5py``: only what lies in the file itself, and only up to a limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.io.optional import needs_extra

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_BYTES = 2**30
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
    if data.size is None or data.nbytes > MAX_BYTES:
        raise ValueError(f"{name} of shape {data.shape} is larger than {MAX_BYTES >> 20} MiB")
    return data[()]


def texts_of(group: Any, name: str) -> list[str]:
    """A data set of text."""
    return [text.decode("utf-8") if isinstance(text, bytes) else str(text) for text in array_of(group, name)]
