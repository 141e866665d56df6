"""Work that goes on in other threads, with the same result in the same order as without them.

Networks, decoder and OpenCV leave the interpreter to others while they work, so that threads use the cores.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
_END = object()


def usable_threads() -> int:
    """The cores that this process may use, or fewer where OMP_NUM_THREADS says so."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(asked)) if asked.isdecimal() and int(asked) > 0 else cores


def ahead(items: Iterator[A], n: int) -> Generator[A]:
    """The same items, made in another thread, up to ``n`` of them before they are asked for.

    What making one raises is raised here in its place. Close it before what the items are made of is closed.
    """
    worker = ThreadPoolExecutor(1)
    try:
        waiting = deque(worker.submit(next, items, _END) for _ in range(n))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(worker.submit(next, items, _END))
            yield item  # type: ignore[misc]
    finally:
        worker.shutdown(cancel_futures=True)


@contextmanager
def shared_out(call: Callable[[A], B], n_threads: int) -> Iterator[Callable[[Iterable[A]], Iterable[B]]]:
    """``call`` of many arguments, so many at once; results come in the order of the arguments."""
    if n_threads < 2:
        yield lambda arguments: map(call, arguments)
        return
    pool = ThreadPoolExecutor(n_threads)
    try:
        yield lambda arguments: pool.map(call, arguments)
    finally:
        pool.shutdown(cancel_futures=True)
