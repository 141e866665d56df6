"""What runs shards somewhere: plain processes here, or workers of Dask. Both give each result once, as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

# What is done with a shard, and what comes of it: functions and values that every process can unpickle.
Task = dict[str, Any]
Work = Callable[[Task], dict[str, Any]]

# Processes that die one after the other with no shard finished in between: nothing will come of it any more. A shard
# of nothing but walks that end their process takes three deaths a walk, and comes nowhere near it.
MOST_DEATHS_IN_A_ROW = 250


@dataclass(frozen=True)
class NamedWork:
    """A function that only workers import. given: its first argument, plain values."""

    module: str
    function: str
    given: dict[str, Any]

    def __call__(self, task: Task) -> dict[str, Any]:
        result: dict[str, Any] = getattr(import_module(self.module), self.function)(self.given, task)
        return result


class Engine(Protocol):
    """Runs work on tasks, on some processes at once."""

    @property
    def link(self) -> str | None:
        """The address of a page that shows what goes on; None where there is none."""
        ...

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
        """Results in the order in which they come. Tasks are taken as workers get free, never many ahead.

        A task whose process dies is done again. Raises the ScoliogaitError that work raises, and DataError when
        processes die again and again, or none can be reached.
        """
        ...
