"""JSON files of other programs: what they begin with, and their content under a limit that is checked first."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import orjson

from scoliogait.errors import DataError
from scoliogait.files import read_json

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What formats are recognised by stands within so many bytes of the beginning.
HEAD_BYTES = 16 * 2**10
# A recording of ten minutes with 133 joints stays below both; the second one bounds what is built from the bytes.
MAX_FILE_BYTES = 160 * 2**20
MAX_VALUES = 10_000_000


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
    try:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 -- a third of the time of Path.open
            facts = os.fstat(stream.fileno())
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > MAX_FILE_BYTES:
                raise DataError(
                    f"{path}: has {facts.st_size >> 20} MiB or is a pipe or a device; expected at most "
                    f"{MAX_FILE_BYTES >> 20} MiB, so cut the recording"
                )
            data = stream.readall()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if data.count(b",") > MAX_VALUES:
        raise DataError(f"{path}: holds more than {MAX_VALUES} values; cut the recording")
    try:
        return orjson.loads(data.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        return read_json(path)  # says what is wrong, and takes NaN, which is a missing joint
