"""Commands whose files are loaded when one is asked for, so that each pays for its own imports alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

# In the order of the help. Each is a file of this folder with a function of that name, or with a group, ``app``.
_NAMES = (
    *("demo", "train", "finetune", "evaluate", "compare", "verify", "promote", "runs", "reproduce"),
    *("screen", "manifest", "report", "drift", "serve", "explain", "simulate", "recipes", "samples"),
    *("data", "model"),
)


class LazyGroup(TyperGroup):
    """The commands of the package: all are known by name, and one is made when it is looked up."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": _LazyCommands()})

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, none of them loaded."""
        return list(_NAMES)


class _LazyCommands(Mapping[str, Any]):
    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in _NAMES:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = _made(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


def _made(name: str) -> Any:
    file = import_module(f"scoliogait.cli.{name}")
    alone = typer.Typer(add_completion=False)
    if hasattr(file, "app"):
        alone.add_typer(file.app, name=name)
        return typer.main.get_command(alone).commands[name]  # type: ignore[attr-defined]
    alone.command(name)(getattr(file, name))
    return typer.main.get_command(alone)
