"""A pickle of ``torch.save`` read without calling anything in it.

The opcodes are followed on a stack of plain values. Where a pickle asks for a class or a function, an ``Unread`` with
its name is put in its place, and what would be done with it is left undone: there is no code here that looks a name up
or calls what a file names. Only tensors are made, by the function given. The opcodes are those of ``pickletools``.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Called with no arguments, or with a factory of missing values, they are an empty mapping.
_MAPPINGS = ("collections.OrderedDict", "collections.defaultdict", "collections.Counter")


@dataclass(frozen=True)
class Unread:
    """What would need code to be made. name: of the class or function, with its module."""

    name: str


@dataclass(frozen=True)
class Storage:
    """Where the numbers of a tensor lie. kind: such as torch.FloatStorage. key: the name of its part of the archive."""

    kind: str
    key: str
    n_numbers: int


# Name of torch's function and its arguments -> the tensor; None for a function that makes no tensor.
MakeTensor = Callable[[str, tuple[Any, ...]], Any]


def read_inert(content: bytes, make_tensor: MakeTensor) -> Any:
    """The content of a pickle: plain values, tensors, and ``Unread`` for all else.

    Raises ValueError for a pickle that is damaged or has an opcode that torch.save does not write; what ``make_tensor``
    raises rises, too.
    """
    machine = _Machine(make_tensor)
    try:
        for opcode, argument, _ in pickletools.genops(content):
            if opcode.name == "STOP":
                return machine.stack.pop()
            machine.follow(opcode.name, argument)
    except (IndexError, KeyError, TypeError, UnicodeError) as error:
        raise ValueError(f"the pickle is damaged ({error})") from error
    raise ValueError("the pickle is cut off")


class _Machine:
    """The stack on which a pickle is put together, the marks in it, and what the pickle comes back to."""

    def __init__(self, make_tensor: MakeTensor) -> None:
        self.stack: list[Any] = []
        self.make_tensor = make_tensor
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def follow(self, opcode: str, argument: Any) -> None:
        if opcode in _CONSTANTS:
            self.stack.append(_CONSTANTS[opcode])
        elif opcode in _EMPTY:
            self.stack.append(_EMPTY[opcode]())
        elif opcode in _LITERALS:
            self.stack.append(argument)
        elif opcode in _TUPLES:
            self.stack.append(tuple(self._pop(_TUPLES[opcode])))
        elif opcode not in _IGNORED:
            step: Callable[[_Machine, Any], object] | None = _STEPS.get(opcode)
            if step is None:
                raise ValueError(f"the pickle has the opcode {opcode}, which torch.save does not write")
            step(self, argument)

    def _pop(self, count: int) -> list[Any]:
        if count > len(self.stack):
            raise IndexError("its stack is empty")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def _pop_mark(self) -> list[Any]:
        return self._pop(len(self.stack) - self._marks.pop())

    def mark(self, _: Any) -> None:
        self._marks.append(len(self.stack))

    def keep(self, index: int | None) -> None:
        self._memo[len(self._memo) if index is None else index] = self.stack[-1]

    def fetch(self, index: int) -> None:
        self.stack.append(self._memo[index])

    def name(self, argument: str) -> None:
        self.stack.append(Unread(argument.replace(" ", ".")))

    def stacked_name(self, _: Any) -> None:
        module, name = self._pop(2)
        self.stack.append(Unread(f"{module}.{name}"))

    def stored(self, _: Any) -> None:
        word, kind, key, _, n_numbers = self._pop(1)[0]
        if word != "storage" or not isinstance(kind, Unread) or type(n_numbers) is not int:
            raise ValueError("the pickle names a part of the archive in a way that torch.save does not")
        self.stack.append(Storage(kind.name, str(key), n_numbers))

    def make(self, _: Any) -> None:
        """A call: of a mapping, of a function that makes a tensor, or left undone."""
        asked, arguments = self._pop(2)
        name = asked.name if isinstance(asked, Unread) else type(asked).__name__
        made = {} if name in _MAPPINGS and _is_empty_call(arguments) else self.make_tensor(name, arguments)
        self.stack.append(Unread(name) if made is None else made)

    def make_with_names(self, _: Any) -> None:
        asked, _, _ = self._pop(3)
        self.stack.append(Unread(asked.name))

    def made_of_mark(self, _: Any) -> None:
        self.stack.append(Unread(self._pop_mark()[0].name))

    def tuple_of_mark(self, _: Any) -> None:
        self.stack.append(tuple(self._pop_mark()))

    def fill(self, pairs: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            target.update(zip(pairs[::2], pairs[1::2], strict=True))

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, set):
            target.update(items)


def _is_empty_call(arguments: Any) -> bool:
    return not any(isinstance(argument, (dict, list, tuple)) and argument for argument in arguments)


_CONSTANTS: Mapping[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: Mapping[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_SET": set,
    "EMPTY_TUPLE": tuple,
}
_LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED = ("PROTO", "FRAME")
_STEPS: Mapping[str, Callable[[_Machine, Any], object]] = {
    "MARK": _Machine.mark,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.keep),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.fetch),
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.stacked_name,
    "BINPERSID": _Machine.stored,
    "REDUCE": _Machine.make,
    "NEWOBJ": _Machine.make,
    "NEWOBJ_EX": _Machine.make_with_names,
    "OBJ": _Machine.made_of_mark,
    "TUPLE": _Machine.tuple_of_mark,
    "FROZENSET": _Machine.tuple_of_mark,
    "SETITEM": lambda machine, _: machine.fill(machine._pop(2)),
    "SETITEMS": lambda machine, _: machine.fill(machine._pop_mark()),
    "APPEND": lambda machine, _: machine.extend(machine._pop(1)),
    **dict.fromkeys(("APPENDS", "ADDITEMS"), lambda machine, _: machine.extend(machine._pop_mark())),
    # The attributes of an object: those of an ``Unread`` are not read, those of a mapping are torch's notes on names.
    "BUILD": lambda machine, _: machine._pop(1),
    "POP": lambda machine, _: machine._pop(1),
    "POP_MARK": lambda machine, _: machine._pop_mark(),
}
