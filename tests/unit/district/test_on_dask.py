"""Workers of Dask: the same results, and one line where a scheduler is late, lost, empty, or of another version."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scoliogait.district import on_dask
from scoliogait.district.address import scheduler_address
from scoliogait.errors import DataError

pytest.importorskip("distributed", reason="the extra cluster is not installed")
SOURCES = os.pathsep.join(sys.path)


def double(task: dict[str, Any]) -> dict[str, Any]:
    return {"value": 2 * task["value"]}


def slow(task: dict[str, Any]) -> dict[str, Any]:
    time.sleep(0.5)
    return double(task)


def die_once(folder: str, task: dict[str, Any]) -> dict[str, Any]:
    mark = Path(folder, str(task["value"]))
    if task["value"] == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return double(task)


def refuse(task: dict[str, Any]) -> dict[str, Any]:
    raise DataError(f"task {task['value']}: no")


def tasks(n_tasks: int) -> list[dict[str, Any]]:
    return [{"value": number} for number in range(n_tasks)]


@contextmanager
def program(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"PYTHONPATH": SOURCES}
    with subprocess.Popen([sys.executable, "-m", *words], env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def scheduler() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    words = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    with program("distributed.cli.dask_scheduler", *words) as process:
        yield f"tcp://127.0.0.1:{port}", process


@contextmanager
def worker(address: str) -> Iterator[subprocess.Popen[bytes]]:
    words = ("--no-dashboard", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1")
    with program("distributed.cli.dask_worker", address, *words) as process:
        yield process


def test_an_address_that_nobody_listens_at_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_dask, "SECONDS_TO_ANSWER", 1.0)
    address = scheduler_address(f"tcp://127.0.0.1:{free_port()}", None, False)
    with pytest.raises(DataError, match=r"no scheduler answered in 1 s.*check the address"), on_dask.dask_at(address):
        pass


def test_an_address_that_never_answers_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_dask, "SECONDS_TO_ANSWER", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = scheduler_address(f"tcp://127.0.0.1:{silent.getsockname()[1]}", None, False)
        with pytest.raises(DataError, match="no scheduler answered in 1 s"), on_dask.dask_at(address):
            pass


@pytest.mark.slow
def test_workers_here_give_each_result_once_and_die_without_loss(tmp_path: Path) -> None:
    with on_dask.local_dask(2) as engine:
        assert engine.link is not None
        assert engine.link.startswith("http://127.0.0.1:")
        results = list(engine.run(partial(die_once, str(tmp_path)), tasks(20)))
        assert sorted(result["value"] for result in results) == [2 * number for number in range(20)]
        with pytest.raises(DataError, match="task 0: no"):
            list(engine.run(refuse, tasks(1)))
        taken = 0

        def counted() -> Iterator[dict[str, Any]]:
            nonlocal taken
            for task in tasks(40):
                taken += 1
                yield task

        for n_done, _ in enumerate(engine.run(double, counted()), start=1):
            assert taken <= n_done + 2 * 2 + 4


@pytest.mark.slow
def test_a_scheduler_keeps_no_more_messages_when_there_are_more_tasks() -> None:
    with on_dask.local_dask(1) as engine:
        assert len(list(engine.run(double, tasks(40)))) == 40
        scheduler: Any = engine._client.cluster.scheduler
        (worker_stream,) = scheduler.stream_comms.values()
        kept = [*worker_stream.recent_message_log, *scheduler.transition_log]
        assert 1 <= len(worker_stream.recent_message_log) <= on_dask._MESSAGES_KEPT
        assert len(kept) <= 2 * on_dask._MESSAGES_KEPT


@pytest.fixture
def client_log() -> Iterator[list[str]]:
    """What Dask's client writes to its log during a test."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("distributed.client")
    logger.addHandler(handler)
    yield said
    logger.removeHandler(handler)


@pytest.mark.slow
def test_a_scheduler_without_workers_and_one_that_is_lost(client_log: list[str]) -> None:
    with scheduler() as (text, process):
        address = scheduler_address(text, None, False)
        with pytest.MonkeyPatch.context() as hurried:
            hurried.setattr(on_dask, "SECONDS_TO_ANSWER", 20.0)
            with pytest.raises(DataError, match="the scheduler has no workers after"), on_dask.dask_at(address):
                pass
        with worker(text), on_dask.dask_at(address) as engine:
            running = engine.run(slow, tasks(100))
            assert next(running)["value"] % 2 == 0
            process.kill()
            with pytest.raises(DataError, match=r"start it again and run again, what is finished is kept"):
                list(running)
    assert client_log == []


@pytest.mark.slow
def test_a_worker_of_another_version_is_refused_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    with scheduler() as (text, _), worker(text):
        monkeypatch.setattr("scoliogait.__version__", "9.9.9")
        with (
            pytest.raises(DataError, match=r"has scoliogait 0\.2\.0\S*, this program is 9\.9\.9"),
            on_dask.dask_at(scheduler_address(text, None, False)),
        ):
            pass


def certificates_in(folder: Path) -> Path:
    """A certificate that is its own authority, and its key."""
    folder.mkdir()
    key, certificate = str(folder / "key.pem"), str(folder / "cert.pem")
    made = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=scoliogait")
    subprocess.run(["openssl", "req", *made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    return folder


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with openssl")
def test_tls_with_the_certificates_of_the_cluster_and_with_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, others = certificates_in(tmp_path / "ours"), certificates_in(tmp_path / "others")
    proof = ["--tls-ca-file", str(ours / "ca.pem"), "--tls-cert", str(ours / "cert.pem")]
    proof += ["--tls-key", str(ours / "key.pem")]
    port = free_port()
    text = f"tls://127.0.0.1:{port}"
    place = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--protocol", "tls", *proof]
    worker_words = ["--no-dashboard", "--nthreads", "1", "--no-nanny", "--host", "tls://127.0.0.1", *proof]
    with (
        program("distributed.cli.dask_scheduler", *place),
        program("distributed.cli.dask_worker", text, *worker_words),
    ):
        with on_dask.dask_at(scheduler_address(text, ours, False)) as engine:
            assert sorted(result["value"] for result in engine.run(double, tasks(5))) == [0, 2, 4, 6, 8]
        with (
            pytest.raises(DataError, match=r"no scheduler answered in \d+ s \(.*(certificate|CERTIFICATE|alert)"),
            on_dask.dask_at(scheduler_address(text, others, False)),
        ):
            pass
