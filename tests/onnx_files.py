"""ONNX files that tests make, good ones and others, byte by byte: field numbers as in ``onnx.proto``, no library.

A value that is an int becomes a whole number, a text or bytes a field of that length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

FLOAT32, INT64 = 1, 7
# Of NumPy's types those that tests store.
_ELEMENT = {"float32": FLOAT32, "int64": INT64, "float16": 10}


def varint(value: int) -> bytes:
    """A whole number, seven bits a byte; a negative one as 64 bits."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def part(number: int, value: int | str | bytes) -> bytes:
    """One field of a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, values: Any) -> bytes:
    array = np.asarray(values)
    sides = b"".join(part(1, side) for side in array.shape)
    return sides + part(2, _ELEMENT[array.dtype.name]) + part(8, name) + part(9, array.tobytes())


def attribute(name: str, value: int | float | Sequence[int] | bytes) -> bytes:
    """A whole number, whole numbers, or the bytes of a field of the attribute as they are."""
    if isinstance(value, bytes):
        return part(1, name) + value
    if isinstance(value, int):
        return part(1, name) + part(3, value) + part(20, 2)
    return part(1, name) + b"".join(part(8, int(one)) for one in value) + part(20, 7)  # type: ignore[union-attr]


def node(
    kind: str, takes: Sequence[str], gives: Sequence[str], attributes: dict[str, Any] | None = None, domain: str = ""
) -> bytes:
    ports = [part(1, name) for name in takes] + [part(2, name) for name in gives]
    ports += [part(5, attribute(name, value)) for name, value in (attributes or {}).items()]
    return b"".join(ports) + part(4, kind) + (part(7, domain) if domain else b"")


def port(name: str, shape: Sequence[int | str], element: int = FLOAT32) -> bytes:
    """A side that is a text is left open."""
    sides = b"".join(part(1, part(1, side) if isinstance(side, int) else part(2, side)) for side in shape)
    return part(1, name) + part(2, part(1, part(1, element) + part(2, sides)))


def model(
    inputs: Iterable[bytes],
    nodes: Iterable[bytes],
    outputs: Iterable[bytes],
    tensors: Iterable[bytes] = (),
    more: bytes = b"",
) -> bytes:
    """A whole file. more: further fields of it."""
    fields = [(11, inputs), (1, nodes), (12, outputs), (5, tensors)]
    graph = part(2, "graph") + b"".join(part(number, one) for number, some in fields for one in some)
    return part(1, 8) + part(7, graph) + part(8, part(1, "") + part(2, 13)) + more
