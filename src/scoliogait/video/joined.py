"""Whether another recording is joined behind the first in one file, byte by byte, as ``cat a.mp4 b.mp4`` does.

A decoder takes the first of them, or both as one, in silence. Where the first one ends is written in most containers;
in the others (MPEG, Ogg) the clock goes back, which is seen while they are read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from scoliogait.video.container import demuxer_of

_HEAD_BYTES = 4096
_BOX, _LARGE_BOX = 8, 16
_ASF_HEADER = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_FLV_HEADER, _FLV_TAG, _FLV_TAGS = 13, 11, (8, 9, 18)


def joined_at(path: Path, demuxer: str) -> int | None:
    """Byte of the file at which another recording begins; None where none does. demuxer: of the first one."""
    end_of = _ENDS.get(demuxer)
    if end_of is None:
        return None
    with path.open("rb") as file:
        end = end_of(file, os.fstat(file.fileno()).st_size)
        if end is None:
            return None
        return end if demuxer_of(_read(file, end, _HEAD_BYTES)) is not None else None


def is_cut_off(path: Path, demuxer: str) -> bool:
    """Whether a WMV file is shorter than it says; of other kinds the pictures that are missing tell."""
    if demuxer != "asf":
        return False
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        return any(place + n_bytes > size for place, n_bytes, _ in _asf_objects(file, size))


def _read(file: BinaryIO, place: int, n_bytes: int) -> bytes:
    file.seek(place)
    return file.read(n_bytes)


def _end_of_boxes(file: BinaryIO, size: int) -> int | None:
    """ISO 14496-12, 4.2: boxes of size and type. A film has one ``moov``, and ``ftyp`` stands before what it is of."""
    place, found = 0, set[bytes]()
    while place + _BOX <= size:
        head = _read(file, place, _LARGE_BOX)
        n_bytes, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if (kind in found and kind in (b"ftyp", b"moov")) or (kind == b"ftyp" and found & {b"moov", b"mdat"}):
            return place
        if n_bytes == 0:
            return None  # it goes on to the end of the file
        n_bytes = int.from_bytes(head[8:], "big") if n_bytes == 1 else n_bytes
        no_box = place + n_bytes > size and not all(32 <= byte < 127 for byte in kind)
        if n_bytes < _BOX or no_box:
            return place
        found.add(kind)
        place += n_bytes
    return None


def _end_of_riff(file: BinaryIO, size: int) -> int | None:
    """A list of chunks ``RIFF``; of a large film (OpenDML) all but the first are called ``AVIX``."""
    place = 0
    while place + 12 <= size:
        head = _read(file, place, 12)
        if place and (head[:4], head[8:]) != (b"RIFF", b"AVIX"):
            return place
        n_bytes = int.from_bytes(head[4:8], "little")
        if n_bytes == 0:
            return None  # never written
        place += 8 + n_bytes + n_bytes % 2
    return None


def _end_of_asf(file: BinaryIO, size: int) -> int | None:
    for place, n_bytes, name in _asf_objects(file, size):
        if place and (name == _ASF_HEADER or place + n_bytes > size):
            return place  # an object that is cut off begins like no recording
    return None


def _asf_objects(file: BinaryIO, size: int) -> Iterator[tuple[int, int, bytes]]:
    """Place, size and the first half of the id of each object, of which the first is the header."""
    place = 0
    while place + 24 <= size:
        head = _read(file, place, 24)
        n_bytes = int.from_bytes(head[16:], "little")
        if n_bytes < 24:
            return  # never written
        yield place, n_bytes, head[:8]
        place += n_bytes


def _end_of_flv(file: BinaryIO, size: int) -> int | None:
    """Tags of a kind, a size of 3 bytes and 7 more, each followed by its length in 4."""
    place = _FLV_HEADER
    while place + _FLV_TAG <= size:
        head = _read(file, place, 4)
        if head[0] not in _FLV_TAGS:
            return place
        place += _FLV_TAG + int.from_bytes(head[1:], "big") + 4
    return None


def _end_of_segment(file: BinaryIO, size: int) -> int | None:
    """RFC 8794: elements of an id and a size whose first byte says how many bytes it has; all ones is unknown."""
    place = 0
    for name in (_EBML, _SEGMENT):
        head = _read(file, place, 12)
        if head[:4] != name or len(head) < 5 or head[4] == 0:
            return None
        n_size = 9 - head[4].bit_length()
        n_bytes = int.from_bytes(head[4 : 4 + n_size], "big") - (1 << 7 * n_size)
        if n_bytes == (1 << 7 * n_size) - 1:
            return None
        place += 4 + n_size + n_bytes
    return place if place < size else None


_ENDS: dict[str, Callable[[BinaryIO, int], int | None]] = {
    "mov": _end_of_boxes,
    "avi": _end_of_riff,
    "asf": _end_of_asf,
    "flv": _end_of_flv,
    "matroska": _end_of_segment,
}
