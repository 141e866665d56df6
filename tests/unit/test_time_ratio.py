"""The ratio of two times, by a clock that goes on only where the work says so."""

from collections.abc import Callable

import pytest

from scoliogait.time_ratio import time_ratio


class Clock:
    now_s = 0.0
    n_calls = 0

    def __call__(self) -> float:
        return self.now_s

    def work(self, *seconds: float) -> Callable[[], None]:
        """Work that takes so long the first time, the second time, and from then on as long as the last one says."""
        left = list(seconds)

        def done() -> None:
            self.n_calls += 1
            self.now_s += left.pop(0) if len(left) > 1 else left[0]

        return done


def test_the_fastest_round_counts_and_the_first_call_does_not() -> None:
    clock = Clock()
    assert time_ratio(clock.work(100, 9, 3), clock.work(50, 8, 2), clock) == pytest.approx(1.5)


def test_what_takes_no_time_on_the_clock_is_called_until_it_takes_some() -> None:
    clock = Clock()
    assert time_ratio(clock.work(3e-4), clock.work(1e-4), clock) == pytest.approx(3)
    assert clock.n_calls > 2000
