"""The header of a ``.npy`` array, read before the array: what it is and how many bytes it takes."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

# Numbers, truth values and text; no objects, structures, dates or raw bytes.
_PLAIN_KINDS = "biufSU"
_LARGEST_AXIS = 1 << 40
_LONGEST_HEADER = 10_000
# By version of the format: its length is written in 2 bytes, then in 4.
_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class DamagedArrayError(Exception):
    """The bytes are no array that is read; the message says why, without naming the file."""


@dataclass(frozen=True)
class ArrayHeader:
    """What a header says. n_bytes: of the array alone. start: where in the stream the array begins."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran_order: bool
    start: int

    @property
    def n_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read_array_header(stream: IO[bytes]) -> ArrayHeader:
    """Read the header at the start of a stream and nothing behind it.

    Raises DamagedArrayError for what is no header, an impossible shape, and arrays of anything but numbers or text.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python, about how a damaged header is spelled
            start = stream.read(npy.MAGIC_LEN)
            version = npy.read_magic(io.BytesIO(start))
            if version not in _READERS:
                raise DamagedArrayError(f"its header is of version {version}")
            length = stream.read(2 * version[0])
            n_bytes = int.from_bytes(length, "little")
            if n_bytes > _LONGEST_HEADER:  # numpy checks it too, but after it has read so many bytes
                raise DamagedArrayError(f"its header is {n_bytes:,} bytes long")
            shape, fortran_order, dtype = _READERS[version](io.BytesIO(length + stream.read(n_bytes)))
    except DamagedArrayError:
        raise
    except Exception as error:  # numpy evaluates the header as Python text, which fails in nearly any way
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DamagedArrayError(f"its header is damaged ({reason})") from error
    if not all(type(length) is int and 0 <= length < _LARGEST_AXIS for length in shape):
        raise DamagedArrayError(f"its shape is {str(shape)[:80]}")
    if dtype.kind not in _PLAIN_KINDS or dtype.names is not None or dtype.subdtype is not None:
        raise DamagedArrayError(f"it is of dtype {str(dtype)[:80]}, neither numbers nor text")
    return ArrayHeader(shape, dtype, bool(fortran_order), npy.MAGIC_LEN + len(length) + n_bytes)
