"""Work on sessions: in processes of their own, within limits, once, whatever is killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

import serve_job
from scoliogait.errors import DataError
from scoliogait.serve import runner as runner_module
from scoliogait.serve.job_request import JobFile, JobRequest
from scoliogait.serve.sentence import Sentence
from scoliogait.serve.server import prepared
from scoliogait.serve.session_table import SessionTable
from scoliogait.serve.settings import Settings
from scoliogait.serve.worker import Worker, end_orphan
from serve_client import Client, until
from serve_thread import Running, running

Start = Callable[..., Running]
MakeSettings = Callable[..., Settings]
ENDED = Sentence("state.done")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limits of this kind")


def walk(word: str) -> bytes:
    return b"PK\x03\x04" + word.encode() + b" "


def table_of(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "sessions.sqlite3")


def pid_of(folder: Path, session: str) -> int:
    """Of the process that works on it, as soon as there is one."""
    query = "select pid from session where id = ? and pid is not null"
    return int(until(lambda: table_of(folder).execute(query, (session,)).fetchone())[0])


def runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_session_goes_from_upload_to_report(client: Client) -> None:
    session = client.begin("K-1")
    assert client.state(session)["state"] == "uploading"
    client.put(session, "walk.npz", walk("ok"))
    client.change("POST", f"/sessions/{session}/start")
    assert client.wait(session) == "done"
    assert client.ask("GET", f"/sessions/{session}/report.json").json["person_code"] == "K-1"


def test_what_cannot_be_screened_says_why(client: Client) -> None:
    session = client.send({"walk.npz": walk("refuse")})
    assert client.wait(session) == "refused"
    assert client.state(session)["words"] == "not usable"


def test_a_job_above_its_memory_is_ended_in_words(start: Start) -> None:
    client = start(memory_bytes=300_000_000).client
    session = client.send({"walk.npz": walk("bomb")})
    assert client.wait(session) == "failed"
    text = client.page(f"/sessions/{session}").text
    assert "of memory" in text or "broke down" in text  # the watch, or the limit of the system
    assert client.wait(client.send({"walk.npz": walk("ok")})) == "done"


@pytest.mark.usefixtures("settings")
def test_memory_and_time_are_watched_on_every_system(tmp_path: Path) -> None:
    (tmp_path / "walk").write_bytes(walk("slow"))
    files = (JobFile(str(tmp_path / "walk"), "walk"),)
    job = Worker.start(JobRequest(files, "", str(tmp_path), "", 10**10, 60, 10**6), tmp_path)
    try:
        until(lambda: job.heard.share > 0)
        assert job.too_much() is None
        job.request = replace(job.request, memory_bytes=1_000_000)
        assert job.too_much() == Sentence("failed.memory", {"mb": 1_000_000 / (1 << 20)})
        job.request = replace(job.request, memory_bytes=10**10, work_s=0)
        assert job.too_much() == Sentence("failed.minutes", {"minutes": 0.0})
    finally:
        job.end()
    assert not runs(job.process.pid)


def test_a_job_that_takes_too_long_is_ended_in_words(start: Start) -> None:
    client = start(work_s=0.5).client
    session = client.send({"walk.npz": walk("slow")})
    assert client.wait(session) == "failed"
    assert "minutes" in client.page(f"/sessions/{session}").text


@POSIX
def test_a_job_that_writes_too_much_is_ended_in_words(start: Start) -> None:
    client = start(written_bytes=1_000_000).client
    session = client.send({"walk.npz": walk("large")})
    assert client.wait(session) == "failed"
    assert "broke down" in client.page(f"/sessions/{session}").text


def test_a_job_that_crashes_leaves_the_server_alive(client: Client) -> None:
    session = client.send({"walk.npz": walk("crash")})
    assert client.wait(session) == "failed"
    assert "signal 11" in client.page(f"/sessions/{session}").text
    assert client.wait(client.send({"walk.npz": walk("ok")})) == "done"


def test_a_job_that_somebody_kills_leaves_the_server_alive(client: Client, folder: Path) -> None:
    session = client.send({"walk.npz": walk("slow")})
    os.kill(pid_of(folder, session), signal.SIGKILL)
    assert client.wait(session) == "failed"
    assert client.wait(client.send({"walk.npz": walk("ok")})) == "done"


def test_a_job_cannot_reach_any_machine(client: Client) -> None:
    session = client.send({"walk.npz": walk("network")})
    assert client.wait(session) == "failed"


def test_progress_moves(client: Client) -> None:
    session = client.send({"walk.npz": walk("slow")})
    shares = {until(lambda: client.state(session)["share"])}
    until(lambda: shares.add(client.state(session)["share"]) or len(shares) > 3)
    assert max(shares) < 1


def test_a_cancelled_session_stays_cancelled_and_its_process_ends(client: Client, folder: Path) -> None:
    session = client.send({"walk.npz": walk("slow")})
    pid = pid_of(folder, session)
    assert client.change("POST", f"/sessions/{session}/cancel").status == 200
    until(lambda: not runs(pid))
    assert client.wait(client.send({"walk.npz": walk("ok")})) == "done"
    assert client.state(session)["state"] == "cancelled"
    assert client.change("POST", f"/sessions/{session}/cancel").status == 409


def test_what_waits_can_be_cancelled_and_is_never_begun(client: Client, folder: Path) -> None:
    first, second = client.send({"walk.npz": walk("slow")}), client.send({"walk.npz": walk("ok")})
    client.change("POST", f"/sessions/{second}/cancel")
    client.change("POST", f"/sessions/{first}/cancel")
    assert client.wait(client.send({"walk.npz": walk("ok")})) == "done"
    attempts = table_of(folder).execute("select attempts from session where id = ?", (second,)).fetchone()
    assert attempts == (0,)


def test_two_claims_never_get_one_session(tmp_path: Path) -> None:
    table = SessionTable(tmp_path / "t")
    for number in range(15):
        table.add(f"{number:016x}", "", "", False, "")
        table.add_recording(f"{number:016x}", "walk", "walk")
        table.enqueue(f"{number:016x}")
    other = SessionTable(tmp_path / "t")
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda n: (table, other)[n % 2].claim(), range(20)))
    ids = [session.id for session in claimed if session is not None]
    assert len(ids) == 15
    assert sorted(ids) == sorted(set(ids))


def test_a_session_is_finished_once(tmp_path: Path) -> None:
    table = SessionTable(tmp_path / "t")
    table.add("a" * 16, "", "", False, "")
    table.add_recording("a" * 16, "walk", "walk")
    table.enqueue("a" * 16)
    first = table.claim()
    assert first is not None
    table.recover()
    second = table.claim()
    assert second is not None
    assert not table.finish(first, "failed", ENDED)  # the claim of a server that was killed
    assert table.finish(second, "done", ENDED)
    assert not table.finish(second, "done", ENDED)
    assert not table.cancel("a" * 16)


def test_work_that_was_killed_twice_is_not_begun_a_third_time(tmp_path: Path) -> None:
    table = SessionTable(tmp_path / "t")
    table.add("a" * 16, "", "", False, "")
    table.add_recording("a" * 16, "walk", "walk")
    table.enqueue("a" * 16)
    for state in ("queued", "failed"):
        assert table.claim() is not None
        table.recover()
        found = table.get("a" * 16)
        assert found is not None
        assert found.state == state
    assert found.message
    assert table.claim() is None


def test_a_polite_end_is_no_attempt(settings: MakeSettings, folder: Path) -> None:
    with running(settings()) as one:
        session = one.client.send({"walk.npz": walk("slow")})
        pid = pid_of(folder, session)
    assert not runs(pid)
    row = table_of(folder).execute("select state, attempts, pid from session").fetchone()
    assert row == ("queued", 0, None)


def test_an_open_stream_does_not_hold_up_the_end(settings: MakeSettings) -> None:
    with running(settings()) as one, ThreadPoolExecutor(1) as beside:
        head = f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{one.client.port}\r\nConnection: close\r\n\r\n".encode()
        answer = beside.submit(one.client.raw, head, ends=False)
        until(lambda: one.server.server_state.connections)
        one.server.should_exit = True
        assert answer.result(timeout=20).startswith(b"HTTP/1.1 200 ")


def test_another_process_of_a_used_pid_is_never_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        end_orphan(process.pid, psutil.Process(process.pid).create_time() - 100)
        assert process.poll() is None
        end_orphan(process.pid, psutil.Process(process.pid).create_time())
        assert not runs(process.pid)
    finally:
        process.kill()


def test_a_job_ends_with_its_server(tmp_path: Path) -> None:
    file = tmp_path / "walk"
    file.write_bytes(walk("slow"))
    request = JobRequest((JobFile(str(file), "walk"),), "", str(tmp_path), "", 10**9, 60, 10**6)
    job = subprocess.Popen([sys.executable, serve_job.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert job.stdin is not None
    assert job.stdout is not None
    job.stdin.write(request.to_line())
    job.stdin.flush()
    job.stdout.readline()
    job.stdin.close()  # as the system does for a server that is killed
    assert job.wait(10) == 3


def test_two_servers_cannot_work_in_one_folder(settings: MakeSettings, folder: Path) -> None:
    with running(settings()) as one:
        session = one.client.send({"walk.npz": walk("slow")})
        pid = pid_of(folder, session)
        before = {path: path.stat().st_mtime_ns for path in (folder, folder / "sessions")}
        with pytest.raises(DataError, match="another server works in this folder"), prepared(settings(), print):
            pass
        assert {path: path.stat().st_mtime_ns for path in before} == before, "nothing was made in it, not for a moment"
        assert runs(pid)  # what the first one works on goes on
        assert one.client.state(session)["state"] == "running"


def test_a_folder_of_other_things_is_left_alone(settings: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="holds other files"), prepared(settings(folder=tmp_path), print):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@POSIX
def test_a_folder_that_is_read_only_is_refused_and_not_touched(settings: MakeSettings) -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o555)
        with not_as_root(), pytest.raises(DataError, match="read-only"), prepared(settings(folder=folder), print):
            pass
        assert list(folder.iterdir()) == []
        assert folder.stat().st_mode & 0o777 == 0o555


@contextmanager
def not_as_root() -> Iterator[None]:
    """Root may write everywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_is_no_table_is_named(settings: MakeSettings, folder: Path) -> None:
    folder.mkdir()
    (folder / "sessions.sqlite3").write_bytes(b"something else " * 100)
    with pytest.raises(DataError, match="no table of sessions"), prepared(settings(), print):
        pass


@pytest.mark.parametrize("jump_s", [-86_400.0, 86_400.0])
def test_a_clock_that_jumps_changes_no_order_and_ends_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    first = client.send({"walk.npz": walk("ok")})
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + jump_s)
    second = client.send({"walk.npz": walk("ok")})
    assert client.wait(first) == client.wait(second) == "done"
    assert list(client.ask("GET", "/states").json["changed"]) == [second, first]


def test_a_page_that_was_closed_leaves_no_session(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "_GIVEN_UP_S", 0.1)
    client = start().client
    session = client.begin()
    client.put(session, "walk.npz", walk("ok"))
    until(lambda: client.state(session)["state"] == "gone")


def test_a_table_that_cannot_be_written_for_a_while_stops_no_work_for_good(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_AFTER_A_FAULT_S", 0.05)
    one = start()
    table, failures = one.server.parts.table, iter([True, True])
    true_finish = table.finish

    def full(*given: object) -> bool:
        if next(failures, False):
            raise sqlite3.OperationalError("database or disk is full")
        return true_finish(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "finish", full)
    lost = one.client.send({"walk.npz": walk("ok")})
    assert one.client.wait(lost) == "failed"  # at its second time: it must not block the others
    until(lambda: not (folder / "sessions" / lost / "recordings").exists())
    assert one.client.wait(one.client.send({"walk.npz": walk("ok")})) == "done"


def test_a_table_on_a_full_disk_is_said(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = start()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(one.server.parts.table, "add", full)
    answer = one.client.change("POST", "/sessions", b"{}")
    assert (answer.status, "disk is full" in answer.json["error"]) == (507, True)


@pytest.mark.slow
def test_twenty_uploads_at_once_all_come_out(client: Client, folder: Path) -> None:
    client.token()
    with ThreadPoolExecutor(20) as pool:
        sessions = list(pool.map(lambda n: client.send({f"{n}.npz": walk("refuse") + bytes(n)}), range(20)))
    assert {client.wait(session) for session in sessions} == {"refused"}
    attempts = table_of(folder).execute("select distinct attempts from session").fetchall()
    assert attempts == [(1,)]
