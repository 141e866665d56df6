"""Arrays of ``.npz`` archives: shapes and types from their headers alone, and the content of those that are wanted."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError

_MOST_MEMBERS = 200
_ERRORS = (ValueError, EOFError, KeyError, RuntimeError, OverflowError, zipfile.BadZipFile, zlib.error, SyntaxError)


@dataclass(frozen=True)
class Header:
    """What the header of an array says."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def n_bytes(self) -> int:
        """Bytes that the array takes in memory."""
        return math.prod(self.shape) * self.dtype.itemsize


def array_headers(path: Path) -> dict[str, Header]:
    """The header of each array of an archive by its name; empty where the file is no archive of numpy arrays."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")][:_MOST_MEMBERS]
            return {name.removesuffix(".npy"): _header(archive, name) for name in names}
    except (OSError, NotImplementedError, TypeError, *_ERRORS):
        return {}


def _header(archive: zipfile.ZipFile, name: str) -> Header:
    with archive.open(name) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
    return Header(shape, dtype)


def load_arrays(path: Path, names: Iterable[str], max_bytes: int) -> dict[str, NDArray[Any]]:
    """Those of the named arrays that the archive holds; the others are not read.

    Raises DataError naming the file when it is damaged, holds Python objects, or more than ``max_bytes`` in one array.
    """
    headers = array_headers(path)
    wanted = [name for name in names if name in headers]
    for name in wanted:
        if headers[name].n_bytes > max_bytes:
            raise DataError(
                f"{path}: {name} has shape {headers[name].shape}; expected at most {max_bytes >> 20} MiB, so cut the "
                "recording"
            )
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in wanted}
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
    except (NotImplementedError, TypeError, *_ERRORS) as error:
        raise DataError(f"{path}: is not a whole .npz archive of plain arrays ({error}); write it again") from error
