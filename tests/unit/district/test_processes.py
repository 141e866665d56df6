"""Worker processes: every task done once, a dead worker replaced, and no more tasks taken than are worked on."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import Any

import pytest

from scoliogait.district import processes
from scoliogait.district.processes import Processes, begin_server
from scoliogait.errors import DataError


def double(task: dict[str, Any]) -> dict[str, Any]:
    return {"value": 2 * task["value"]}


def die_once(folder: str, task: dict[str, Any]) -> dict[str, Any]:
    """Of every third task the first try is killed."""
    mark = Path(folder, str(task["value"]))
    if task["value"] % 3 == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return double(task)


def die(task: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def refuse(task: dict[str, Any]) -> dict[str, Any]:
    raise DataError(f"task {task['value']}: no")


def break_down(task: dict[str, Any]) -> dict[str, Any]:
    return {"value": task["no such"]}


def hang_up(task: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGHUP)
    return double(task)


def threads(task: dict[str, Any]) -> dict[str, Any]:
    return {"threads": os.environ["OMP_NUM_THREADS"]}


def parent(task: dict[str, Any]) -> dict[str, Any]:
    return {"parent": os.getppid(), "loaded": "wave" in sys.modules}


def tasks(n_tasks: int) -> list[dict[str, Any]]:
    return [{"value": number} for number in range(n_tasks)]


def test_every_task_is_done_once() -> None:
    results = list(Processes(2).run(double, tasks(20)))
    assert sorted(result["value"] for result in results) == [2 * number for number in range(20)]
    assert list(Processes(2).run(double, [])) == []


def test_tasks_of_workers_that_die_are_done_again(tmp_path: Path) -> None:
    results = list(Processes(2).run(partial(die_once, str(tmp_path)), tasks(10)))
    assert sorted(result["value"] for result in results) == [2 * number for number in range(10)]
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="no terminal hangs up there")
def test_a_terminal_that_is_closed_leaves_workers_to_their_parent() -> None:
    results = list(Processes(1).run(hang_up, tasks(3)))
    assert sorted(result["value"] for result in results) == [0, 2, 4]


def test_workers_that_die_again_and_again_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MOST_DEATHS_IN_A_ROW", 3)
    with pytest.raises(
        DataError, match=r"workers die again and again \(exit code -9\), 3 in a row with nothing finished"
    ):
        list(Processes(2).run(die, tasks(3)))


def test_what_work_refuses_is_raised_here_and_what_breaks_too() -> None:
    with pytest.raises(DataError, match="task 0: no"):
        list(Processes(1).run(refuse, tasks(3)))
    with pytest.raises(RuntimeError, match="no such"):
        list(Processes(1).run(break_down, tasks(3)))


def test_tasks_are_taken_only_as_they_are_worked_on() -> None:
    taken = 0

    def counted() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for task in tasks(50):
            taken += 1
            yield task

    for n_done, _ in enumerate(Processes(2).run(double, counted()), start=1):
        assert taken <= n_done + 3
    assert taken == 50


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_a_server_that_was_begun_early_is_the_one_of_the_run() -> None:
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    begin_server("wave")
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    assert list(Processes(1).run(parent, tasks(1))) == [{"parent": server, "loaded": True}]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_ctrl_c_does_not_end_a_server_that_still_loads() -> None:
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    begin_server("wave")
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    os.kill(server, signal.SIGINT)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert list(Processes(1).run(parent, tasks(1))) == [{"parent": server, "loaded": True}]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_a_folder_for_sockets_with_too_long_a_name_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    monkeypatch.setattr(connection, "arbitrary_address", lambda family: "/tmp/" + "a" * 200)
    with pytest.raises(DataError, match=r"no workers can be begun.*too long.*TMPDIR"):
        begin_server("wave")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_a_server_of_workers_that_dies_costs_nothing() -> None:
    results = []
    for result in Processes(2).run(double, tasks(20)):
        results.append(result["value"])
        if len(results) == 5:
            os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)  # type: ignore[attr-defined]
    assert sorted(results) == [2 * number for number in range(20)]
    assert len(list(Processes(2).run(double, tasks(3)))) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_a_server_that_dies_while_it_forks_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given, left = forkserver.connect_to_new_process, [2, 1]

    def dying(descriptors: list[int]) -> Any:
        forkserver.ensure_running()
        server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
        if not left:
            return given(descriptors)
        left.pop()
        os.kill(server, signal.SIGSTOP)
        asked = given(descriptors)
        os.kill(server, signal.SIGKILL)
        return asked

    monkeypatch.setattr(forkserver, "connect_to_new_process", dying)
    assert len(list(Processes(2).run(double, tasks(5)))) == 5
    assert not left


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_a_server_that_is_long_in_dying_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket is closed at once, and it counts as dead only when its memory is free."""
    given, dead_at = forkserver.connect_to_new_process, time.monotonic() + 1.0

    def dying(descriptors: list[int]) -> Any:
        if time.monotonic() < dead_at:
            raise ConnectionRefusedError
        return given(descriptors)

    monkeypatch.setattr(forkserver, "connect_to_new_process", dying)
    assert len(list(Processes(2).run(double, tasks(5)))) == 5


def test_workers_take_one_thread_each_and_this_process_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert list(Processes(1).run(threads, tasks(1))) == [{"threads": "1"}]
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_nobody_is_left_when_the_run_is_left(tmp_path: Path) -> None:
    running = Processes(2).run(double, tasks(50))
    next(running)
    before = processes._CONTEXT.active_children()
    running.close()
    deadline = time.monotonic() + 60
    while any(child.is_alive() for child in before):
        assert time.monotonic() < deadline
        time.sleep(0.05)
