"""How long one way of doing something takes beside another one on this machine: in turns, in processor time."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from timeit import Timer

_ROUNDS = 3


def time_ratio(
    work: Callable[[], object], beside: Callable[[], object], clock: Callable[[], float] = process_time
) -> float:
    """The processor time of ``work``, all threads, divided by that of ``beside``: of each the fastest of a few rounds.

    A round is one call, or as many as take 0.2 s. clock: seconds.
    """
    work()  # once, to warm up; the other one as its calls are counted
    n_calls, _ = Timer(beside, timer=clock).autorange()
    rounds = [[Timer(each, timer=clock).timeit(n_calls) for each in (work, beside)] for _ in range(_ROUNDS)]
    work_s, beside_s = map(min, zip(*rounds, strict=True))
    return work_s / beside_s
