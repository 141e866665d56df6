"""Work on the CPU shared out by frames instead of by torch, whose threads meet after every single operation.

Drawing is hundreds of operations of some ten microseconds each. Were torch to split each of them, one busy core would
hold up all others hundreds of times a batch: two to thirty times slower when measured on a loaded machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch

_lock = threading.Lock()
_n_inside = 0
_n_threads_outside = 1


@contextmanager
def _undivided_operations() -> Iterator[int]:
    """Inside torch runs each operation on one thread. Gives the number of threads it had. Several threads may enter."""
    global _n_inside, _n_threads_outside
    with _lock:
        if _n_inside == 0:
            _n_threads_outside = torch.get_num_threads()
            torch.set_num_threads(1)
        _n_inside += 1
        n_threads = _n_threads_outside
    try:
        yield n_threads
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0:
                torch.set_num_threads(_n_threads_outside)


def for_each_share(work: Callable[[int, int], None], n_frames: int, least_frames: int) -> None:
    """Call ``work(begin, end)`` for shares [begin, end) of the frames, on as many threads as torch may use.

    A share has at least ``least_frames`` frames. What ``work`` raises is raised here.
    """
    with _undivided_operations() as n_threads:
        n_shares = max(1, min(n_threads, n_frames // least_frames))
        edges = [n_frames * share // n_shares for share in range(n_shares + 1)]
        if n_shares == 1:
            work(0, n_frames)
            return
        with ThreadPoolExecutor(n_shares) as pool:
            list(pool.map(work, edges[:-1], edges[1:]))
