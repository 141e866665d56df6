"""What Ctrl-C does: it ends a command with one line, between two rows and never within one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.text import Text

from scoliogait.cli.console import Console

INTERRUPTED = 130


@contextmanager
def interrupt_in_one_line(outcome: str) -> Iterator[None]:
    """A Ctrl-C in the block ends the command with exit code 130 and a line that says what is there now."""
    try:
        yield
    except KeyboardInterrupt:
        Console(stderr=True, highlight=False).print(Text(f"interrupted: {outcome}", "bold red"), soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def held_interrupts() -> Iterator[None]:
    """A Ctrl-C in the block is raised as KeyboardInterrupt when it has ended; only the main thread can hold it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[int] = []

    def note(number: int, frame: Any) -> None:
        pending.append(number)

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if pending:
        raise KeyboardInterrupt


@contextmanager
def first_interrupt_calls(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C in the block calls ``stop``, the next one is raised; only the main thread can do that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def call(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, previous)
        stop()

    previous = signal.signal(signal.SIGINT, call)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
