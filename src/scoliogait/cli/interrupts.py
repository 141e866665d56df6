"""What Ctrl-C does: it ends a command with one line, between two rows and never within one.

A termination (``kill``, ``timeout``, a terminal that is closed) does the same: what a command keeps beside its output
while it runs, such as locks, goes with it.
"""

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
        with terminations_as_interrupts():
            yield
    except KeyboardInterrupt:
        Console(stderr=True, highlight=False).print(Text(f"interrupted: {outcome}", "bold red"), soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def terminations_as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP in the block do what Ctrl-C does there; only the main thread can see to that.

    A signal that was ignored when the program began, as under ``nohup``, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: Any) -> None:
        on_interrupt = signal.getsignal(signal.SIGINT)
        if not callable(on_interrupt):  # ignored, as in the background of a script
            raise KeyboardInterrupt
        on_interrupt(signal.SIGINT, frame)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    known = {number: signal.getsignal(number) for number in (getattr(signal, name) for name in names)}
    changed = {number: before for number, before in known.items() if before == signal.SIG_DFL}
    for number in changed:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, before in changed.items():
            signal.signal(number, before)


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
