"""Arrays of ``.npz`` archives: shapes and types from their headers alone, and the content of those that are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.npy_header import ArrayHeader
from scoliogait.io.npz_archive import NpzArchive


def array_headers(path: Path) -> dict[str, ArrayHeader]:
    """The header of each array of an archive by its name; empty where the file is no archive of plain arrays."""
    try:
        with NpzArchive(path) as archive:
            return {name: archive.header(name) for name in sorted(archive.names)}
    except DataError:
        return {}


def load_arrays(path: Path, names: Iterable[str], max_bytes: int) -> dict[str, NDArray[Any]]:
    """Those of the named arrays that the archive holds; the others are not read.

    Raises DataError naming the file when it is damaged, holds Python objects, or more than ``max_bytes`` in one array.
    """
    with NpzArchive(path) as archive:
        wanted = [name for name in names if name in archive.names]
        for name in wanted:
            header = archive.header(name)
            if header.n_bytes > max_bytes:
                raise DataError(
                    f"{path}: {name} has shape {header.shape}; expected at most {max_bytes >> 20} MiB, so cut the "
                    "recording"
                )
        return {name: archive.array(name) for name in wanted}
