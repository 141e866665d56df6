"""DeepLabCut's tables in HDF5, as pandas stores them, read without pandas: its reader unpickles what the file says.

``table`` holds the rows, and the names of its columns as a pickle, which is read here as plain lists, tuples and text;
the other form, ``block0_values``, is plain arrays.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.dlc_columns import dlc_recording
from scoliogait.io.hdf5_nodes import array_of, members_of, texts_of
from scoliogait.io.walk_of_people import Recording

Table = tuple[list[tuple[str, ...]], list[Any], NDArray[np.floating]]


def table_group(file: Any) -> Any:
    """The group of the first table in the file; None without one."""
    groups = (file[name] for name in members_of(file) if "pandas_type" in file[name].attrs)
    return next(groups, None)


def table_recording(group: Any, path: Path) -> Recording:
    """The recording of a table (see ``dlc_recording``)."""
    columns, index, values = _rows(group) if "table" in group else _blocks(group)
    return dlc_recording(columns, index, values, path)


def _blocks(group: Any) -> Table:
    levels = int(group.attrs["block0_items_nlevels"])
    names = [texts_of(group, f"block0_items_level{level}") for level in range(levels)]
    labels = [array_of(group, f"block0_items_label{level}") for level in range(levels)]
    columns = [
        tuple(name[code] for name, code in zip(names, codes, strict=True)) for codes in zip(*labels, strict=True)
    ]
    return columns, _index(array_of(group, "axis1")), array_of(group, "block0_values")


def _rows(group: Any) -> Table:
    table = array_of(group, "table")
    values = [name for name in table.dtype.names or () if name.startswith("values_block_")]
    if len(values) != 1:
        raise ValueError(f"the table has {len(values)} blocks of numbers; expected one")
    stated = _plain(group["table"].attrs["values_block_0_kind"])
    columns = [tuple(str(word) for word in column) for column in stated]
    return columns, _index(table["index"]), table[values[0]]


def _index(stored: Any) -> list[Any]:
    return [value.decode("utf-8") if isinstance(value, bytes) else value for value in np.asarray(stored).tolist()]


def _plain(pickled: Any) -> Any:
    """What a pickle of lists, tuples and text says; ValueError for one that names anything to be called or imported."""
    return _TextPickle(io.BytesIO(bytes(pickled))).load()


class _TextPickle(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise ValueError(f"the names of the columns want to run {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        raise ValueError("the names of the columns lie elsewhere")
