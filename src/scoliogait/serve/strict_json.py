"""JSON poses from the web: below every limit, and without the numbers that JSON does not have."""

from __future__ import annotations

from pathlib import Path

import orjson

from scoliogait.errors import DataError
from scoliogait.incoming import parse_json, read_bytes
from scoliogait.limits import MAX_RECORDING_BYTES, MAX_RECORDING_VALUES


def check_json(path: Path) -> None:
    """Raises DataError for a ``.json`` file that is above a limit, nested deep, no JSON, or holds NaN or infinity."""
    if path.suffix != ".json":
        return
    content = read_bytes(path, MAX_RECORDING_BYTES)
    parse_json(content, path, MAX_RECORDING_VALUES)
    try:
        orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path}: is not strict JSON ({error}); write missing numbers as null, not as NaN") from error
