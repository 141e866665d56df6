"""Bytes and JSON from outside. Pipes, devices and what is too large are refused before anything is read."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.limits import MAX_DIGITS, MAX_FILE_BYTES, MAX_JSON_VALUES, MAX_NESTING, MIB

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def require_file(path: str | Path, most_bytes: int = MAX_FILE_BYTES) -> int:
    """Bytes of a regular file. Raises DataError for a folder, pipe or device, a missing file and one above the limit.

    It looks at the path and opens nothing: opening a pipe waits for whoever writes to it.
    """
    try:
        facts = os.stat(path)  # noqa: PTH116 -- half the time of Path.stat
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read ({reason}); check the path") from error
    if not stat.S_ISREG(facts.st_mode):
        raise DataError(f"{path}: is no file but a folder, a pipe or a device; give a file")
    if facts.st_size > most_bytes:
        raise DataError(
            f"{path}: is larger than {most_bytes / MIB:,.0f} MiB ({facts.st_size / MIB:,.1f} MiB), the most that is "
            "read of such a file; check that it is the right one"
        )
    return facts.st_size


def read_bytes(path: str | Path, most_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The content of a regular file. Raises DataError as ``require_file`` does, and where reading fails."""
    require_file(path, most_bytes)
    try:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 -- a third of the time of Path.open
            return stream.readall()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error


def parse_json(content: bytes, where: str | Path, most_values: int = MAX_JSON_VALUES) -> Any:
    """JSON from bytes; ``where`` names them.

    Raises DataError for what is not JSON, holds more than so many values, is nested more than 50 deep, or holds a
    whole number of more than 30 digits or text that UTF-8 cannot hold.
    """
    refuse_many_values(content, where, most_values)
    try:
        value = json.loads(content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8"), parse_int=_whole)
        if _SURROGATE.search(content):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError(f"{where}: holds text that UTF-8 cannot hold (half a code point); write it again") from error
    except (ValueError, RecursionError) as error:
        reason = error if content.strip() else "it is empty"
        raise DataError(f"{where}: is not JSON ({reason})") from error
    if _is_deeper(value, MAX_NESTING):
        raise DataError(f"{where}: is nested more than {MAX_NESTING} deep; no file of ours is, write it again")
    return value


def refuse_many_values(content: bytes, where: str | Path, most: int = MAX_JSON_VALUES) -> None:
    """DataError when JSON holds more values than are read; counted in the bytes, before anything is built."""
    if len(content) > most and content.count(b",") + content.count(b"[") + content.count(b"{") > most:
        raise DataError(f"{where}: holds more than {most:,} values; check that it is the right file")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
