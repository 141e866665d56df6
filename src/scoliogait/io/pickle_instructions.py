"""The instructions of a pickle, passed one by one; long bytes between them, the numbers of arrays, stay in the file."""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

_LONG_BYTES = 1 << 20
# Instructions that say how many bytes follow, and how many bytes say so.
_LENGTH_BYTES = {
    pickle.BINSTRING: 4,
    pickle.BINUNICODE: 4,
    pickle.BINBYTES: 4,
    pickle.LONG4: 4,
    pickle.BINUNICODE8: 8,
    pickle.BINBYTES8: 8,
    pickle.BYTEARRAY8: 8,
}
# Those of them whose bytes are those of an array, as they are; BINSTRING is what Python 2 wrote.
_OF_BYTES = {
    pickle.BINSTRING: "BINSTRING",
    pickle.BINBYTES: "BINBYTES",
    pickle.BINBYTES8: "BINBYTES8",
    pickle.BYTEARRAY8: "BYTEARRAY8",
}


class Instruction(NamedTuple):
    """One instruction, [start, end) in the file; of so many long bytes at its end, which were not read, or of none."""

    name: str
    argument: Any
    start: int
    end: int
    n_long: int = 0


class BytesPlace(NamedTuple):
    """Where long bytes lie in the file."""

    start: int
    n_bytes: int


def instructions_of(file: IO[bytes], size: int) -> Iterator[Instruction]:
    """Up to STOP, from where a file of so many bytes stands; whoever goes through them leaves the file alone meanwhile.

    Nothing is reserved for what is announced alone. Raises ValueError where it reaches beyond the end, and for what is
    no instruction.
    """
    operations = pickletools.genops(file)
    while True:
        start = file.tell()
        code = file.read(1)
        n_bytes = int.from_bytes(file.read(_LENGTH_BYTES.get(code, 0)), "little")
        end = file.tell() + n_bytes
        _refuse_beyond(end, size, start)
        if code in _OF_BYTES and n_bytes >= _LONG_BYTES:
            file.seek(end)
            yield Instruction(_OF_BYTES[code], None, start, end, n_bytes)
            continue
        file.seek(start)
        opcode, argument, _ = next(operations)
        end = file.tell()
        if opcode.name == "FRAME":
            _refuse_beyond(end + int(argument or 0), size, start)
        yield Instruction(opcode.name, argument, start, end)
        if opcode.name == "STOP":
            return


def _refuse_beyond(end: int, size: int, start: int) -> None:
    if end > size:
        raise ValueError(f"what is announced at byte {start:,} ends at {end:,}, and the file at {size:,}")


def without_long_bytes(file: IO[bytes], instructions: Iterable[Instruction]) -> tuple[bytes, list[BytesPlace]]:
    """The same pickle, in which NEXT_BUFFER stands for all long bytes, and where each of them lies.

    Without frames, too, whose lengths are other ones then; no pickle needs any.
    """
    places: list[BytesPlace] = []
    ranges: list[tuple[int, int, bytes]] = []
    start = end = 0
    for one in instructions:
        if one.n_long:
            places.append(BytesPlace(one.end - one.n_long, one.n_long))
            ranges.append((start, one.start, pickle.NEXT_BUFFER))
        elif one.name == "FRAME":
            ranges.append((start, one.start, b""))
        end = one.end
        start = end if one.n_long or one.name == "FRAME" else start
    return b"".join(_read(file, *each) for each in (*ranges, (start, end, b""))), places


def _read(file: IO[bytes], start: int, end: int, then: bytes) -> bytes:
    file.seek(start)
    return file.read(end - start) + then
