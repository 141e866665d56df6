"""JSON files of other programs: what they begin with, and their content under a limit that is checked first."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson

from scoliogait.errors import DataError
from scoliogait.incoming import parse_json, read_bytes, refuse_many_values, require_file
from scoliogait.limits import (
    MAX_JSON_BYTES,
    MAX_PEOPLE_PER_FRAME,
    MAX_RECORDING_BYTES,
    MAX_RECORDING_PEOPLE,
    MAX_RECORDING_VALUES,
    MIB,
)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What formats are recognised by stands within so many bytes of the beginning.
HEAD_BYTES = 16 * 2**10
_AT_ONCE = 4 * MIB


def json_head(path: Path) -> bytes:
    """The first bytes of a regular file that may be JSON, without white space before it; else empty."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES).removeprefix(_BYTE_ORDER_MARK).lstrip()
    except OSError:
        return b""
    return head if head[:1] in (b"{", b"[") else b""


def load_frame_json(path: Path, field: str) -> Any:
    """The content of a JSON file of one frame, in which each person has this field.

    NaN is read as a number. Raises DataError naming the file that is above a limit, no regular file or no JSON.
    """
    data = read_bytes(path, MAX_JSON_BYTES)
    # The limits are checked before anything is built from the bytes.
    if len(data) > MAX_PEOPLE_PER_FRAME and data.count(f'"{field}"'.encode()) > MAX_PEOPLE_PER_FRAME:
        raise DataError(
            f"{path}: is no file of one frame: it holds more than {MAX_PEOPLE_PER_FRAME} people; check that it is the "
            "right file"
        )
    refuse_many_values(data, path)
    try:
        return orjson.loads(data.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        return parse_json(data, path)  # says what is wrong, and takes NaN, which is a missing joint


def load_json(path: Path, fields_of_people: Collection[str]) -> Any:
    """The content of a JSON file of one recording, in which each person has one of these fields.

    NaN is read as a number. Raises DataError naming the file that is above a limit, no regular file or no JSON.
    """
    data = _read_below_limits(path, fields_of_people)
    try:
        return orjson.loads(data.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        return parse_json(bytes(data), path, MAX_RECORDING_VALUES)  # says what is wrong, and takes NaN: a missing joint


def _read_below_limits(path: Path, fields_of_people: Collection[str]) -> bytearray:
    """The bytes of a file. Values and people are counted as they come in, so that too many never lie in memory."""
    people = [f'"{field}"'.encode() for field in fields_of_people]
    require_file(path, MAX_RECORDING_BYTES)
    data = bytearray()
    n_values = n_people = 0
    try:
        with path.open("rb", buffering=0) as stream:
            while block := stream.read(_AT_ONCE):
                before = len(data)
                data += block
                n_values += sum(block.count(mark) for mark in b",[{")
                n_people += sum(data.count(field, max(0, before - len(field) + 1)) for field in people)
                _refuse_many(path, n_values, n_people)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error
    return data


def _refuse_many(path: Path, n_values: int, n_people: int) -> None:
    for n, most, things in ((n_people, MAX_RECORDING_PEOPLE, "people"), (n_values, MAX_RECORDING_VALUES, "values")):
        if n > most:
            raise DataError(f"{path}: holds more than {most:,} {things}; check that it is the right file, or cut it")
