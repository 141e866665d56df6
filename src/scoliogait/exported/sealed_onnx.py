"""An ONNX file with an export form in its metadata: the graph first, the form behind it, the length of that last.

Protobuf lets fields be added at the end of a message, so the file stays an ordinary ONNX file for everybody else, and
both parts are found without reading the graph.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from scoliogait.errors import ModelError
from scoliogait.exported.form import EXPORT
from scoliogait.limits import MAX_JSON_BYTES

GRAPH = "graph"  # what the form calls the rest of the file
_FORM_KEY, _PLACE_KEY = EXPORT.name, f"{EXPORT.name}-at"
_DIGITS = 12
_METADATA = 14  # field of ModelProto: metadata_props


def seal(graph: bytes, form: bytes) -> bytes:
    """The whole file, of an ONNX graph and its form."""
    return graph + _entry(_FORM_KEY, form) + _entry(_PLACE_KEY, f"{len(form):0{_DIGITS}d}".encode())


def unseal(content: bytes, path: Path) -> tuple[bytes, bytes]:
    """Graph and form. Raises ModelError for a file that no export wrote, or that was cut off."""
    size = content[-_DIGITS:]
    last = len(_entry(_PLACE_KEY, b"0" * _DIGITS))
    if not size.isdigit() or content[-last:] != _entry(_PLACE_KEY, size) or int(size) > MAX_JSON_BYTES:
        raise ModelError(
            f"{path}: is no model that 'scoliogait model export' wrote, or is cut off; export the bundle, or copy the "
            "file again"
        )
    form = content[len(content) - last - int(size) : -last]
    entry = _entry(_FORM_KEY, form)
    if not content.endswith(entry + content[-last:]):
        raise ModelError(f"{path}: holds no form of an export where it says so; {EXPORT.remedy}")
    return content[: -last - len(entry)], form


def digest_of(content: bytes) -> str:
    """sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _entry(key: str, value: bytes) -> bytes:
    pair = _field(1, key.encode()) + _field(2, value)
    return _field(_METADATA, pair)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
