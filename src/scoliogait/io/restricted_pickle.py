"""Reads pickles of numpy arrays without running anything that is in them.

A pickle is a program: it may name any function of any module and have it called. Here every name it may use is answered
by one of the small recorder classes below, and every other name ends the reading. The recorders only keep what they are
given; not even numpy's own rebuilding functions are called. The arrays are built at the end from checked shapes, types
and bytes; those of long arrays are read only then.
"""

from __future__ import annotations

import io
import math
import pickle
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.incoming import require_file
from scoliogait.io.pickle_instructions import BytesPlace, Instruction, instructions_of, without_long_bytes
from scoliogait.limits import MAX_PICKLE_OPCODES
from scoliogait.long_frames import kept_from
from scoliogait.plain_text import is_storable

# Python writes none of these for arrays; they double, hide or hash what is on the stack, or take what is in no file.
_NEVER_WRITTEN = frozenset(
    {"DUP", "POP", "POP_MARK", "FROZENSET", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER"}
)
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"})
_GETS = frozenset({"GET", "BINGET", "LONG_BINGET"})
_MOST_BITS = 64
_LONGEST_SHOWN = 200
_PLAIN_DTYPE = re.compile(r"[<>|=]?[biuf]\d{1,2}")


class _RefusedError(Exception):
    """The pickle holds something else than plain arrays; the message says what."""


def _shown(value: object) -> str:
    """Never the repr of something nested: that can be longer than memory."""
    return repr(value[:_LONGEST_SHOWN]) if isinstance(value, str) else f"a {type(value).__name__}"


class _Recorder:
    """Base of all answers to names. A pickle cannot set attributes of it (no ``__dict__``), nor of its class."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        raise _RefusedError("a damaged array")


class _ArrayType(_Recorder):
    """Stands for ``numpy.ndarray`` where a pickle passes the class as an argument."""

    __slots__ = ()

    def __init__(self) -> None:
        raise _RefusedError("a damaged array")


class _Dtype(_Recorder):
    """``numpy.dtype(spec, align, copy)`` and the state that follows it."""

    __slots__ = ("dtype",)

    def __init__(self, spec: object, align: object = False, copy: object = False) -> None:
        if not isinstance(spec, str) or not _PLAIN_DTYPE.fullmatch(spec):
            raise _RefusedError(f"an array of dtype {_shown(spec)}")
        self.dtype = np.dtype(spec)

    def __setstate__(self, state: object) -> None:
        # (version, byte order, subarray, names, fields, element size, alignment, flags)
        if not isinstance(state, tuple) or len(state) < 5 or any(part is not None for part in state[2:5]):
            raise _RefusedError("an array of a structured dtype")
        if state[1] not in ("<", ">", "|", "="):
            raise _RefusedError("a damaged array type")
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array(_Recorder):
    """``_reconstruct(ndarray, (0,), b"b")`` and the state that follows it: version, shape, dtype, order, bytes."""

    __slots__ = ("_parts",)

    def __init__(self, subtype: object, shape: object, typecode: object) -> None:
        if subtype is not _ArrayType:
            raise _RefusedError("an array of a subclass of numpy.ndarray")

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise _RefusedError("a damaged array")
        _, shape, dtype, is_fortran, data = state
        if isinstance(data, str):  # written by Python 2
            data = data.encode("latin1")
        self._parts = (data, dtype, shape, "F" if is_fortran else "C")

    def build(self) -> NDArray[Any]:
        return _build_array(*self._parts)


class _BufferArray(_Recorder):
    """``_frombuffer(bytes, dtype, shape, order, axis_order)``: how protocol 5 writes an array."""

    __slots__ = ("_axis_order", "_parts")

    def __init__(self, data: object, dtype: object, shape: object, order: object, axis_order: object = None) -> None:
        self._parts = (data, dtype, shape, "C" if order == "K" else order)
        self._axis_order = axis_order if order == "K" else None

    def build(self) -> NDArray[Any]:
        array = _build_array(*self._parts)
        if self._axis_order is None:
            return array
        axes = self._axis_order
        if not isinstance(axes, tuple) or not all(type(n) is int for n in axes) or sorted(axes) != [*range(array.ndim)]:
            raise _RefusedError("a damaged array")
        return array.transpose(axes)


class _EncodedBytes(_Recorder):
    """``_codecs.encode(text, "latin1")`` and ``bytes()``: how protocols 0 to 2 write bytes."""

    __slots__ = ()

    def __new__(cls, text: object = "", encoding: object = "latin1") -> bytes:  # type: ignore[misc]
        if not isinstance(text, str) or encoding != "latin1":
            raise _RefusedError("a damaged array")
        return text.encode("latin1")


class _LongBytes(_Recorder):
    """Bytes that are still in the file. Arrays of the same bytes share them, as they do in a pickle."""

    __slots__ = ("_file", "_place", "_values")

    def __init__(self, file: IO[bytes], place: BytesPlace) -> None:
        self._file, self._place = file, place
        self._values: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return self._place.n_bytes

    def values(self) -> NDArray[np.uint8]:
        """(n,), as ``long_frames`` keeps them."""
        if self._values is None:
            self._file.seek(self._place.start)
            self._values = kept_from(self._file, (len(self),), np.dtype(np.uint8))
        return self._values


def _build_array(data: object, dtype: object, shape: object, order: object) -> NDArray[Any]:
    if not isinstance(data, bytes | bytearray | _LongBytes) or not isinstance(dtype, _Dtype) or order not in ("C", "F"):
        raise _RefusedError("a damaged array")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise _RefusedError("a damaged array")
    if math.prod(shape) * dtype.dtype.itemsize != len(data):
        raise _RefusedError(f"an array of shape {shape} with {len(data)} bytes")
    content = data.values() if isinstance(data, _LongBytes) else np.frombuffer(data, np.uint8)
    return content.view(dtype.dtype).reshape(shape, order="F" if order == "F" else "C")


# numpy 1 and numpy 2 name the same functions differently; Python 2 calls builtins __builtin__.
_ADMITTED: dict[tuple[str, str], type[_Recorder]] = {
    ("numpy", "ndarray"): _ArrayType,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy.core.numeric", "_frombuffer"): _BufferArray,
    ("numpy._core.numeric", "_frombuffer"): _BufferArray,
    ("_codecs", "encode"): _EncodedBytes,
    ("__builtin__", "bytes"): _EncodedBytes,
    ("builtins", "bytes"): _EncodedBytes,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise _RefusedError(f"{module}.{name}"[:_LONGEST_SHOWN]) from None


def load_arrays(path: str | Path) -> Any:
    """The array of a pickle, or its dict of arrays, strings and numbers by name.

    Long arrays are in memory or in a temporary file, as ``long_frames`` keeps them. Nothing in the pickle is executed.
    Raises DataError naming the file when it cannot be read, is empty or cut, or holds anything else: functions,
    classes, object arrays, structured arrays, subclasses of arrays.
    """
    size = require_file(path)
    if not size:
        raise DataError(f"{path}: is empty; copy or export the file again")
    try:
        with Path(path).open("rb") as file:
            content, places = without_long_bytes(file, _without_bombs(instructions_of(file, size), size))
            long_bytes = [_LongBytes(file, place) for place in places]
            return _built(_Unpickler(io.BytesIO(content), encoding="latin1", buffers=long_bytes).load())
    except _RefusedError as refusal:
        raise DataError(
            f"{path}: holds {refusal}; only plain numpy arrays are read and nothing was executed. "
            "Export the walk again as one numeric array"
        ) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error
    except DataError:
        raise
    except Exception as error:  # damaged bytes can end in nearly any exception of the pickle machine
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise DataError(f"{path}: is not a whole pickle ({said}); copy or export the file again") from error


def _without_bombs(instructions: Iterable[Instruction], size: int) -> Iterator[Instruction]:
    """A few bytes can make the pickle machine reserve gigabytes, for a memo slot or for bytes that are not there.

    And a tuple that holds another one twice, which does so again, takes for ever once it is compared or hashed. Passing
    the instructions alone reserves nothing, and raises ValueError where lengths reach beyond the end.
    """
    tuples: set[int] = set()
    before, n_memoized = "", 0
    for number, one in enumerate(instructions):
        if number >= MAX_PICKLE_OPCODES:
            raise _RefusedError(f"more than {MAX_PICKLE_OPCODES:,} parts")
        if one.name in _NEVER_WRITTEN:
            raise _RefusedError(f"the instruction {one.name}, which no pickle of arrays needs")
        if one.name in _PUTS:
            slot = n_memoized if one.name == "MEMOIZE" else int(one.argument or 0)
            n_memoized += 1
            if slot > size:
                raise _RefusedError(f"a memo slot {slot}")
            (tuples.add if "TUPLE" in before else tuples.discard)(slot)
        elif one.name in _GETS and int(one.argument or 0) in tuples:
            raise _RefusedError("a tuple inside of others, more than once")
        before = one.name
        yield one


def _built(value: Any) -> Any:
    if isinstance(value, _Array | _BufferArray):
        return value.build()
    if isinstance(value, dict) and all(isinstance(key, str) and is_storable(key) for key in value):
        return {key: _built_item(item) for key, item in value.items()}
    raise _RefusedError(f"a {type(value).__name__.lstrip('_')}")


def _built_item(value: Any) -> Any:
    # One level only: containers in containers could be nested to grow without bound.
    if isinstance(value, _Array | _BufferArray):
        return value.build()
    is_small = not isinstance(value, int) or value.bit_length() <= _MOST_BITS
    is_text = not isinstance(value, str) or is_storable(value)
    if value is None or (isinstance(value, str | bool | int | float) and is_small and is_text):
        return value
    raise _RefusedError(f"a {type(value).__name__.lstrip('_')}")
