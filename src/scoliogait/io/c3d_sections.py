"""Header and parameter section of a C3D file, walked before ``ezc3d`` opens it.

``ezc3d`` believes every length that a file states: 36 kB with one wrong byte made it take 12 GB. So each record of the
section must lie inside it, and the frames that header and parameters promise must fit into the file.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 512
_MARK = 0x50
# Of Intel, DEC and MIPS; the last one writes the high byte first.
_PROCESSORS = (84, 85, 86)
# The byte of the header with the sign of the scale: below zero the frames hold real numbers of 4 bytes, else whole ones
# of 2. Without its right length a file that lost its last frames passes, as ``ezc3d`` reads what is there.
_SIGN_OF_SCALE = dict(zip(_PROCESSORS, (15, 13, 12), strict=True))
_FRAMES, _POINTS = ("POINT", "FRAMES"), ("POINT", "USED")
_END_FIELDS = (("TRIAL", "ACTUAL_START_FIELD"), ("TRIAL", "ACTUAL_END_FIELD"))
_MOST_RECORDS = 5_000


class DamagedC3dError(Exception):
    """What does not fit; for a message that names the file."""


@dataclass(frozen=True)
class _Record:
    """One parameter: its group (1 to 127) and name, the length of one value in bytes, dimensions and content."""

    group: int
    name: str
    n_bytes: int
    shape: tuple[int, ...]
    content: bytes


def is_c3d(path: Path) -> bool:
    """Whether header and parameter section of this file are marked as C3D files are."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            first, mark = stream.read(2).ljust(2, b"\0")
            stream.seek(max(first - 1, 0) * _BLOCK)
            parameters = stream.read(4).ljust(4, b"\0")
    except OSError:
        return False
    return mark == _MARK and first > 0 and parameters[3] in _PROCESSORS


def check_sections(path: Path, n_bytes: int) -> None:
    """DamagedC3dError when the file of so many bytes is shorter than it says, or a record does not fit."""
    with path.open("rb") as stream:
        header = stream.read(_BLOCK)
        stream.seek((header[0] - 1) * _BLOCK)
        start = stream.read(4)
        section = start + stream.read(start[2] * _BLOCK - 4)
    if len(header) < _BLOCK or len(section) < start[2] * _BLOCK or start[2] == 0:
        raise DamagedC3dError("its parameter section is cut")
    order = ">" if section[3] == _PROCESSORS[2] else "<"
    numbers = _whole_numbers(section, order)
    n_points, n_analog, first, last = struct.unpack(f"{order}4H", header[2:10])
    (data,) = struct.unpack(f"{order}H", header[16:18])
    promised = max(last - first + 1, numbers.get(_FRAMES, 0), _frames_of_trial(numbers))
    n_bytes_each = 4 if header[_SIGN_OF_SCALE[section[3]]] & 0x80 else 2
    per_frame = n_bytes_each * (4 * max(n_points, numbers.get(_POINTS, 0)) + n_analog)
    if (data - 1) * _BLOCK + per_frame * promised > n_bytes:
        raise DamagedC3dError(f"it has {n_bytes} bytes and promises {promised} frames of {per_frame} or more")


def _whole_numbers(section: bytes, order: str) -> dict[tuple[str, str], int]:
    """The first value, unsigned, of each parameter of 16-bit numbers; two in a row are one of 32 bits."""
    records, groups = [], {}
    for record in _records(section, order):
        if record.group < 0:
            groups[-record.group] = record.name
        else:
            records.append(record)
    numbers = {}
    for record in records:
        if record.n_bytes == 2 and record.content:
            words = struct.unpack(f"{order}{len(record.content) // 2}H", record.content)
            key = groups.get(record.group, "").upper(), record.name.upper()
            numbers[key] = words[0] + (words[1] << 16 if key in _END_FIELDS and len(words) > 1 else 0)
    return numbers


def _frames_of_trial(numbers: dict[tuple[str, str], int]) -> int:
    first, last = (numbers.get(key, 0) for key in _END_FIELDS)
    return last - first + 1 if last else 0


def _records(section: bytes, order: str) -> Iterator[_Record]:
    place = 4
    for _ in range(_MOST_RECORDS):
        if place + 2 > len(section) or section[place] == 0:
            return
        n_name, group = abs(struct.unpack("b", section[place : place + 1])[0]), section[place + 1]
        after_name = place + 2 + n_name
        name = section[place + 2 : after_name].decode("latin-1")
        if after_name + 2 > len(section):
            raise DamagedC3dError(f"parameter {name!r} lies outside of its section")
        (step,) = struct.unpack(f"{order}H", section[after_name : after_name + 2])
        body = section[after_name + 2 :]
        is_group = group > 127
        record = _Record(group - 256, name, 1, (), b"") if is_group else _parameter(group, name, body)
        # Before its description a parameter has its kind, its axes and its content.
        described = 0 if is_group else 2 + len(record.shape) + len(record.content)
        n_description = body[described] if described < len(body) else 0
        if step and 2 + described + 1 + n_description > step:
            raise DamagedC3dError(f"the description of {name!r} runs into what follows")
        yield record
        if step == 0:
            return
        place = after_name + step
    raise DamagedC3dError(f"it holds more than {_MOST_RECORDS} parameters")


def _parameter(group: int, name: str, body: bytes) -> _Record:
    n_bytes, n_axes = (abs(body[0] - 256) if body[0] > 127 else body[0], body[1]) if len(body) > 1 else (0, 0)
    shape = tuple(body[2 : 2 + n_axes])
    size = n_bytes * math.prod(shape)
    content = body[2 + n_axes : 2 + n_axes + size]
    if n_bytes not in (1, 2, 4) or n_axes > 7 or len(shape) < n_axes or len(content) < size:
        raise DamagedC3dError(f"parameter {name!r} lies outside of its section")
    return _Record(group, name, n_bytes, shape, content)
