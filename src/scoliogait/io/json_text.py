"""JSON files of other programs: what they begin with, and their content under a limit that is checked first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from scoliogait.incoming import parse_json, read_bytes, refuse_many_values
from scoliogait.limits import MAX_RECORDING_BYTES, MAX_RECORDING_VALUES

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What formats are recognised by stands within so many bytes of the beginning.
HEAD_BYTES = 16 * 2**10


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


def load_json(path: Path) -> Any:
    """The content of a JSON file of one recording.

    NaN is read as a number. Raises DataError naming the file that is above a limit, no regular file or no JSON.
    """
    data = read_bytes(path, MAX_RECORDING_BYTES)
    refuse_many_values(data, path, MAX_RECORDING_VALUES)
    try:
        return orjson.loads(data.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        return parse_json(data, path, MAX_RECORDING_VALUES)  # says what is wrong, and takes NaN: a missing joint
