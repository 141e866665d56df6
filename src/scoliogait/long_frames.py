"""Frames of a long walk lie in a temporary file instead of memory; whoever goes through them takes some at a time.

They stay ordinary arrays. Those in a file are views of it, whose pages are given back after each piece. The file has no
name, no program of another user can open it, and it is gone with its last array, also after a kill.
"""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scoliogait.errors import DataError

# Frames of a walk that take no more than this stay in memory: 8,192 of 64 x 64 px, more than four minutes.
_MOST_IN_MEMORY_BYTES = 32 << 20
# Pieces that stay in a processor's cache, with what is worked out of them.
_PIECE_BYTES = 1 << 18
# Of frames that lie across each other in a file: each piece takes a look at all of the file.
_ACROSS_BYTES = 32 << 20
# Each file counts among those that a process may have open, some 256 (macOS) or 1,024 (Linux).
_MOST_FILES = 100


class _NamelessFile(mmap.mmap):
    """The pages of a temporary file that only this process knows."""


_FILES: WeakSet[_NamelessFile] = WeakSet()


def kept(
    pieces: Iterable[NDArray[Any]], shape: tuple[int, ...], dtype: DTypeLike, most_in_memory: int | None = None
) -> NDArray[Any]:
    """The pieces (n, ...) of an array one after the other, read-only; in a temporary file where they are large.

    shape: of all together; its first number may be more than there are. most_in_memory: bytes that stay in memory;
    None: a usual number. Where no temporary file of that size can be
    made, or 100 of them are held already, they are held in memory. Raises DataError when the disk fails while it is
    written.
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    is_large = n_bytes > (_MOST_IN_MEMORY_BYTES if most_in_memory is None else most_in_memory)
    file = _new_file(n_bytes) if is_large and len(_FILES) < _MOST_FILES else None
    if file is None:
        return _in_memory(pieces, shape, dtype)
    with file:
        n = 0
        for piece in pieces:
            _write(file, piece.astype(dtype, copy=False).tobytes())
            n += len(piece)
        if n == 0:
            return _in_memory((), shape, dtype)
        pages = _pages_of(file)
    _FILES.add(pages)
    return np.ndarray((n, *shape[1:]), dtype, buffer=pages)


def kept_from(stream: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array (n, ...) of at least one byte, as ``kept`` keeps it, whose bytes come next in a stream, frame by frame.

    Raises EOFError where the stream ends before, and DataError as ``kept``.
    """
    return kept(_frames_of(stream, shape, dtype), shape, dtype)


def _frames_of(stream: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    """Some frames at a time."""
    frame_bytes = math.prod(shape[1:]) * dtype.itemsize
    step = frames_at_once(frame_bytes)
    for first in range(0, shape[0], step):
        n = min(step, shape[0] - first)
        content = stream.read(n * frame_bytes)
        if len(content) < n * frame_bytes:
            raise EOFError("it breaks off")
        yield np.frombuffer(content, dtype).reshape(n, *shape[1:])


def in_pieces(frames: NDArray[Any], n_bytes: int | None = None) -> Iterator[NDArray[Any]]:
    """Some frames (n, ...) at a time, views of about so many bytes, and of one frame at least; None: a usual number."""
    step = frames_at_once(math.prod(frames.shape[1:]) * frames.itemsize, n_bytes)
    for first in range(0, len(frames), step):
        yield frames[first : first + step]
        give_back(frames)


def give_back(frames: NDArray[Any]) -> None:
    """The memory of frames in a file, which are read from it again where they are needed; of others nothing.

    They lie in a file of ``kept``, or in a map of another one that was opened for reading alone (``np.memmap``).
    """
    file = _file_of(frames)
    if file is not None and hasattr(mmap, "MADV_DONTNEED"):
        file.madvise(mmap.MADV_DONTNEED)


def frames_at_once(frame_bytes: int, n_bytes: int | None = None) -> int:
    """How many frames of so many bytes make a piece of about ``n_bytes``, or of a usual number: one at least."""
    return max(1, (n_bytes or _PIECE_BYTES) // max(1, frame_bytes))


def each(frames: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """One frame after the other."""
    return (frame for piece in in_pieces(frames) for frame in piece)


def of_frames(of_piece: Callable[[NDArray[Any]], NDArray[Any]], frames: NDArray[Any]) -> NDArray[Any]:
    """What ``of_piece`` makes of each piece of at least one frame, an entry a frame, joined."""
    made: NDArray[Any] | None = None
    n = 0
    for piece in in_pieces(frames):
        values = of_piece(piece)
        if made is None:
            made = np.empty((len(frames), *values.shape[1:]), values.dtype)
        made[n : n + len(piece)] = values
        n += len(piece)
    assert made is not None
    return made


def one_after_another(frames: NDArray[Any]) -> NDArray[Any]:
    """The same frames, in an own file where those of a file lie across each other (as in Fortran's order)."""
    if _file_of(frames) is None or frames.strides[0] >= max(frames.strides):
        return frames
    return kept((piece.copy("K") for piece in in_pieces(frames, _ACROSS_BYTES)), frames.shape, frames.dtype)


def is_kept(array: NDArray[Any], most_in_memory: int) -> bool:
    """Whether nobody can write into it, and it lies in a file where it is larger than so many bytes."""
    return is_fixed(array) and (array.nbytes <= most_in_memory or _file_of(array) is not None)


def is_fixed(array: NDArray[Any]) -> bool:
    """Whether nobody can write into an array, nor into what it is a view of."""
    if array.flags.writeable:
        return False
    base = array.base
    return base is None or isinstance(base, _NamelessFile) or (isinstance(base, np.ndarray) and is_fixed(base))


def _file_of(array: NDArray[Any]) -> mmap.mmap | None:
    base: Any = array
    is_map_to_read = False
    while isinstance(base, np.ndarray):
        is_map_to_read |= isinstance(base, np.memmap) and base.mode == "r"  # of others changes could be lost
        base = base.base
    return base if isinstance(base, _NamelessFile) or (is_map_to_read and isinstance(base, mmap.mmap)) else None


def _in_memory(pieces: Iterable[NDArray[Any]], shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    frames = np.empty(shape, dtype)
    n = 0
    for piece in pieces:
        frames[n : n + len(piece)] = piece
        n += len(piece)
    frames.setflags(write=False)
    return frames if n == len(frames) else frames[:n]


def _new_file(n_bytes: int) -> IO[bytes] | None:
    """A nameless file with room for so many bytes; None where there is no folder or no room for it."""
    with ExitStack() as opened:
        try:
            file = opened.enter_context(TemporaryFile(buffering=0))
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, n_bytes)
        except OSError:
            return None
        opened.pop_all()
        return file


def _pages_of(file: IO[bytes]) -> _NamelessFile:
    """They take no memory, but room among the addresses that a process may have. Raises MemoryError without that."""
    try:
        return _NamelessFile(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise MemoryError(f"{gettempdir()}: {error.strerror or error}") from error


def _write(file: IO[bytes], content: bytes) -> None:
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise DataError(
            f"{gettempdir()}: frames of a long walk cannot be written here ({error.strerror or error}); free some "
            "disk space, or name another folder for temporary files in the variable TMPDIR"
        ) from error
