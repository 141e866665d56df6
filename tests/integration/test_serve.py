"""``scoliogait serve`` as people start it: killed, given large files and many, and with its real jobs."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import scoliogait
import serve_job
from scoliogait.api.samples import sample_path
from scoliogait.serve.settings import Settings
from serve_client import Client, until
from videos import grey_ramp, write_video

SOURCE = Path(scoliogait.__file__).parents[1]
STAND_IN = (
    "import sys; from scoliogait.serve import worker; "
    f"worker.COMMAND = (sys.executable, {serve_job.__file__!r}); "
    "from scoliogait.serve.__main__ import main; main()"
)


@contextmanager
def started(command: list[str]) -> Iterator[tuple[Client, subprocess.Popen[str]]]:
    """A server in a process of its own, which is killed at the end if it still runs."""
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r":(\d+)/", line)
        assert found, line + process.communicate()[1]
        yield Client(int(found[1])), process
    finally:
        process.kill()
        process.communicate()


def with_stand_in(folder: Path) -> list[str]:
    settings = Settings(folder, port=0, spare_bytes=0).to_json()
    return [sys.executable, "-c", STAND_IN, settings]


def command_line(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "scoliogait", "serve", "--folder", str(folder), "--port", "0", *more]


def walk(word: str) -> bytes:
    return b"PK\x03\x04" + word.encode() + b" "


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_server_leaves_no_orphan_and_loses_no_session(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    with started(with_stand_in(folder)) as (client, process):
        finished = client.send({"walk.npz": walk("ok")})
        client.wait(finished)
        half = client.send({"walk.npz": walk("slow")})
        waiting = client.send({"walk.npz": walk("ok")})
        sending = client.begin()
        client.put(sending, "walk.npz", walk("ok"))
        [job] = until(lambda: psutil.Process(process.pid).children())
        process.send_signal(signal.SIGKILL)
        process.wait()
        until(lambda: not job.is_running() or job.status() == psutil.STATUS_ZOMBIE, 10)
    [recording] = (folder / "sessions" / half / "recordings").iterdir()
    recording.write_bytes(walk("ok"))  # this time it is done at once
    with started(with_stand_in(folder)) as (client, process):
        assert client.wait(half) == client.wait(waiting) == "done"
        assert client.state(finished)["state"] == "done"
        assert client.state(sending) == {"state": "gone"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_what_kills_the_server_twice_is_given_up(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    with started(with_stand_in(folder)) as (client, process):
        session = client.send({"walk.npz": walk("slow")})
        client.wait(session, ("running",))
        process.kill()
        process.wait()
    with started(with_stand_in(folder)) as (client, process):
        client.wait(session, ("running",))
        process.kill()
        process.wait()
    with started(with_stand_in(folder)) as (client, _):
        assert client.wait(session) == "failed"
        assert "broken off twice" in client.page(f"/sessions/{session}").text
        assert not (folder / "sessions" / session / "recordings").exists()


@pytest.mark.slow
def test_a_large_upload_takes_no_memory(tmp_path: Path) -> None:
    with started(with_stand_in(tmp_path / "served")) as (client, process):
        session, server = client.begin(), psutil.Process(process.pid)
        size, block = 300 * 2**20, bytes(2**20)
        head = (
            f"PUT /sessions/{session}/files HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nx-file-name: walk.npz\r\n"
            f"x-scoliogait-token: {client.token()}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            connection.sendall(head.encode() + b"PK\x03\x04" + block[4:])
            peak = 0
            for _ in range(299):
                connection.sendall(block)
                peak = max(peak, server.memory_info().rss)
            assert connection.recv(100).startswith(b"HTTP/1.1 201 ")
        [stored] = (tmp_path / "served" / "sessions" / session / "recordings").iterdir()
        assert stored.stat().st_size == size
        assert peak < 60 * 2**20


@pytest.mark.slow
def test_a_second_server_is_refused_in_one_line(tmp_path: Path) -> None:
    with started(command_line(tmp_path / "served")) as (client, _):
        second = subprocess.run(
            command_line(tmp_path / "served"),
            env=os.environ | {"PYTHONPATH": str(SOURCE)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert second.stderr.count("\n") == 1
        assert "another server works in this folder" in second.stderr
        assert client.page().status == 200


@pytest.mark.slow
def test_real_recordings_become_reports(tmp_path: Path) -> None:
    grey = write_video(tmp_path / "walk.mp4", [grey_ramp(number % 15, 320, 240) for number in range(60)])
    with started(command_line(tmp_path / "served")) as (client, _):
        sample = sample_path("intel_worker_back").read_bytes()
        first = client.send({"walk.npz": sample}, person="K-1")
        video = client.send({"walk.mp4": grey.read_bytes()})
        empty = client.send({"walk.mp4": b"\0\0\0\x18ftypisom" + bytes(5000)})
        assert client.wait(first, seconds=120) == "done"
        text = client.page(f"/sessions/{first}/report").text
        assert "says nothing about a" in text
        shares = set()
        until(lambda: shares.add(client.state(video)["share"]) or client.state(video)["state"] == "refused", 120)
        assert len(shares) > 4  # progress moved while the video was looked at
        assert client.wait(empty, seconds=120) == "unreadable"
        in_chinese = client.page(f"/sessions/{empty}?lang=zh").text
        assert "文件无法读取" in in_chinese
        assert "步态筛查报告" in client.page(f"/sessions/{first}/report?lang=zh").text
        bundle = client.ask("GET", f"/sessions/{first}/report.fhir.json").json
        assert bundle["resourceType"] == "Bundle"
        assert str(tmp_path) not in client.page(f"/sessions/{empty}").text
