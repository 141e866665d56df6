"""Threads change no result: the same items in the same order, errors in their place, and nothing goes on afterwards."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from scoliogait.video import beside
from scoliogait.video.beside import ahead, shared_out, usable_threads


def test_items_come_in_their_order_whatever_is_made_ahead() -> None:
    for n in (1, 3, 50):
        assert list(ahead(iter(range(20)), n)) == list(range(20))


def test_no_more_is_made_ahead_than_asked() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    begun = ahead(items(), 4)
    assert next(begun) == 0
    begun.close()
    assert 1 <= len(made) <= 5


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise ValueError("the fourth")

    begun = ahead(items(), 8)
    assert [next(begun) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="the fourth"):
        next(begun)


def test_closing_waits_for_the_thread() -> None:
    before = threading.active_count()
    begun = ahead(iter(range(10)), 2)
    next(begun)
    begun.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_arguments(n_threads: int) -> None:
    with shared_out(lambda value: value**2, n_threads) as squares:
        assert list(squares(range(30))) == [value**2 for value in range(30)]


def test_two_calls_run_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    with shared_out(lambda _: both.wait(), 2) as met:
        assert sorted(met(range(2))) == [0, 1]


@pytest.mark.parametrize(("asked", "expected"), [("1", 1), ("2", 2), ("99", 4), ("0", 4), ("many", 4), ("", 4)])
def test_threads_are_the_usable_cores_or_fewer(asked: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside.os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert usable_threads() == expected


def test_a_thread_may_be_closed_before_it_began() -> None:
    ahead(iter(np.arange(3)), 2).close()
