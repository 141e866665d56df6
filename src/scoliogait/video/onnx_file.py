"""What an ONNX file from outside holds, looked at before anything runs it.

The file is read as protobuf (field numbers of ``onnx.proto``, ONNX 1.23) without building any of its arrays. What it
must not hold is refused here: data in other files, operators of other makers, loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scoliogait.errors import ModelError
from scoliogait.limits import MAX_NESTING, MAX_NETWORK_PARTS

FLOAT32 = 1
# Names of the types of elements that people meet.
_TYPES = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 10: "float16", 11: "float64", 16: "bfloat16"}
# Operators that repeat a part of the network, perhaps for ever.
_LOOPS = frozenset(("Loop", "Scan"))
_STANDARD = frozenset(("", "ai.onnx"))
_MOST_DIMENSIONS = 16
# onnxruntime takes a file with this mark for a form of its own.
_ORT_MARK, _ORT_AT = b"ORTM", 4


@dataclass(frozen=True)
class Port:
    """An input or output. shape: None where a side is left open; the whole is None where no shape is stated."""

    name: str
    element: int
    shape: tuple[int | None, ...] | None

    def __str__(self) -> str:
        sides = "any shape" if self.shape is None else " x ".join("?" if n is None else str(n) for n in self.shape)
        return f"{self.name!r} ({_TYPES.get(self.element, f'type {self.element}')}, {sides})"


@dataclass(frozen=True)
class NetworkPorts:
    """Pictures or numbers that a network takes, constants left out, and what it gives."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def network_ports(content: bytes, path: Path) -> NetworkPorts:
    """Inputs and outputs of an ONNX file.

    Raises ModelError naming ``path`` for what is no ONNX file, refers to data in other files, uses operators that are
    not standard ones, that repeat a part of the network or that take what nothing gives, holds functions, or has more
    parts than ``limits`` allow.
    """
    if content[_ORT_AT : _ORT_AT + len(_ORT_MARK)] == _ORT_MARK:
        raise ModelError(f"{path}: is a file in onnxruntime's own format; give the ONNX file")
    found = _Found(path)
    try:
        found.take_model(memoryview(content))
    except _NotProtobufError as error:
        raise ModelError(f"{path}: is no ONNX file, or cut off ({error}); copy or export it again") from error
    if not found.n_operators:
        raise ModelError(f"{path}: is no ONNX file, or an empty one (it holds no operator); give a network")
    inputs = tuple(port for port in found.inputs if port.name not in found.constants)
    return NetworkPorts(inputs, tuple(found.outputs))


class _NotProtobufError(Exception):
    """Why the bytes are none."""


@dataclass(eq=False)
class _Found:
    """What was met so far, going through the file once."""

    path: Path
    inputs: list[Port] = field(default_factory=list)
    outputs: list[Port] = field(default_factory=list)
    constants: set[str] = field(default_factory=set)
    n_operators: int = 0
    _n_parts: int = 0

    def take_model(self, model: memoryview) -> None:
        for number, value in self._messages(model):
            if number == 7:
                self._take_graph(value, 0)
            elif number in (20, 25):
                what = "functions of its own" if number == 25 else "a training"
                raise ModelError(f"{self.path}: holds {what}; export the network alone, of standard operators")

    def _take_graph(self, graph: memoryview, depth: int, outside: tuple[set[str], ...] = ()) -> None:
        """outside: values of each graph around this one, which its operators may take."""
        if depth > MAX_NESTING:
            raise _NotProtobufError(f"graphs in graphs, more than {MAX_NESTING} deep")
        nodes: list[memoryview] = []
        constants: set[str] = set()
        inputs: list[Port] = []
        for number, value in self._messages(graph):
            if number == 1:
                nodes.append(value)
            elif number == 5:
                constants.add(self._take_tensor(value))
            elif number == 15:
                constants.add(self._take_sparse(value))
            elif number == 11:
                inputs.append(self._port(value))
            elif number == 12 and depth == 0:
                self.outputs.append(self._port(value))
        if depth == 0:
            self.inputs += inputs
            self.constants |= constants
        known = (*outside, {"", *constants, *(port.name for port in inputs)})
        for node in nodes:
            self._take_node(node, depth, known)

    def _take_node(self, node: memoryview, depth: int, known: tuple[set[str], ...]) -> None:
        """known: values that are there already, of each graph; those of this operator are added to the last."""
        self.n_operators += 1
        kind, domain = "", ""
        attributes: list[memoryview] = []
        takes: list[str] = []
        gives: list[str] = []
        for number, value in self._messages(node):
            if number in (1, 2):
                (takes if number == 1 else gives).append(_text(value))
            elif number == 4:
                kind = _text(value)
            elif number == 7:
                domain = _text(value)
            elif number == 5:
                attributes.append(value)
        if domain not in _STANDARD:
            raise ModelError(
                f"{self.path}: uses the operator {kind[:40]!r} of {domain[:40]!r}; expected operators of ONNX alone, "
                "so export the network again without those of other makers"
            )
        if kind in _LOOPS:
            raise ModelError(f"{self.path}: holds a loop ({kind}); a network for pictures needs none, export it again")
        lost = next((name for name in takes if not any(name in values for values in known)), None)
        if lost is not None:  # OpenCV ends the process on such a file
            raise ModelError(
                f"{self.path}: is damaged: {kind[:40]!r} takes {lost[:40]!r}, which nothing before it gives; export it "
                "again"
            )
        for attribute in attributes:
            self._take_attribute(attribute, depth, known)
        known[-1].update(gives)

    def _take_attribute(self, attribute: memoryview, depth: int, known: tuple[set[str], ...]) -> None:
        for number, value in self._messages(attribute):
            if number in (5, 10):
                self._take_tensor(value)
            elif number in (6, 11):
                self._take_graph(value, depth + 1, known)
            elif number in (22, 23):
                self._take_sparse(value)

    def _take_sparse(self, sparse: memoryview) -> str:
        """The name of a constant, which is that of its values."""
        name = ""
        for number, value in self._messages(sparse):
            if number in (1, 2):
                named = self._take_tensor(value)
                name = named if number == 1 else name
        return name

    def _take_tensor(self, tensor: memoryview) -> str:
        """The name of a constant."""
        name = ""
        for number, value in self._parts(tensor):
            if number == 8 and isinstance(value, memoryview):
                name = _text(value)
            elif number == 13 or (number == 14 and value):
                raise ModelError(
                    f"{self.path}: keeps the numbers of {name or 'a constant'!r} in another file, which is not opened; "
                    "save the network as one file"
                )
        return name

    def _port(self, info: memoryview) -> Port:
        name, element = "", 0
        shape: tuple[int | None, ...] | None = None
        for number, value in self._messages(info):
            if number == 1:
                name = _text(value)
            elif number == 2:
                for kind, tensor in self._messages(value):
                    if kind == 1:
                        element, shape = self._tensor_type(tensor)
        return Port(name, element, shape)

    def _tensor_type(self, tensor: memoryview) -> tuple[int, tuple[int | None, ...] | None]:
        element = 0
        shape: tuple[int | None, ...] | None = None
        for number, value in self._parts(tensor):
            if number == 1 and isinstance(value, int):
                element = value
            elif number == 2 and isinstance(value, memoryview):
                sides = [self._side(side) for kind, side in self._messages(value) if kind == 1]
                if len(sides) > _MOST_DIMENSIONS:
                    raise _NotProtobufError(f"a shape of {len(sides)} sides")
                shape = (*(shape or ()), *sides)
        return element, shape

    def _side(self, side: memoryview) -> int | None:
        stated = [value for number, value in self._parts(side) if number == 1 and isinstance(value, int)]
        return stated[-1] if stated and 0 < stated[-1] < 1 << 62 else None

    def _messages(self, content: memoryview) -> Iterator[tuple[int, memoryview]]:
        """The parts that are messages or texts."""
        for number, value in self._parts(content):
            if isinstance(value, memoryview):
                yield number, value

    def _parts(self, content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
        """The fields of a message: their numbers, and the whole number or the bytes of each."""
        at = 0
        while at < len(content):
            self._n_parts += 1
            if self._n_parts > MAX_NETWORK_PARTS:
                raise ModelError(f"{self.path}: has more than {MAX_NETWORK_PARTS:,} parts; no pose network has so many")
            key, at = _varint(content, at)
            kind = key & 7
            if not 0 < key >> 3 < 1 << 29:
                raise _NotProtobufError(f"a field of number {key >> 3}")
            if kind == 0:
                value, at = _varint(content, at)
                yield key >> 3, value
                continue
            if kind == 2:
                size, at = _varint(content, at)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
            else:
                raise _NotProtobufError(f"a field of kind {kind}")
            if size > len(content) - at:
                raise _NotProtobufError("it ends in the middle of a field")
            yield key >> 3, content[at : at + size]
            at += size


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """A whole number of up to ten bytes, and where the next field begins."""
    value = 0
    for place in range(10):
        if at + place >= len(content):
            raise _NotProtobufError("it ends in the middle of a number")
        byte = content[at + place]
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, at + place + 1
    raise _NotProtobufError("a number of more than ten bytes")


def _text(value: memoryview) -> str:
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise _NotProtobufError("a name that is not UTF-8") from None
