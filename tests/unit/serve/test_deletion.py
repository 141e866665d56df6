"""What is deleted is gone, from the files and from the file of the table; no log names anybody."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from scoliogait.serve.session_table import SessionTable
from scoliogait.serve.settings import Settings
from serve_client import Client, holds_bytes, until
from serve_thread import Running, running

Start = Callable[..., Running]
MakeSettings = Callable[..., Settings]
MARKER = b"Zebra-0815"


def marked(word: str) -> dict[str, bytes]:
    return {"walk.npz": b"PK\x03\x04" + word.encode() + b" " + MARKER * 50}


@pytest.mark.parametrize("word", ["ok", "refuse", "crash"])
def test_recordings_are_deleted_after_they_were_looked_at(client: Client, folder: Path, word: str) -> None:
    session = client.send(marked(word))
    client.wait(session)
    until(lambda: not (folder / "sessions" / session / "recordings").exists())
    until(lambda: not (folder / "sessions" / session / "work").exists())
    assert holds_bytes(folder, MARKER) == []


def test_recordings_of_what_was_cancelled_are_deleted(client: Client, folder: Path) -> None:
    session = client.send(marked("slow"))
    until(lambda: client.state(session)["state"] == "running")
    client.change("POST", f"/sessions/{session}/cancel")
    until(lambda: not holds_bytes(folder, MARKER))


def test_recordings_that_are_kept_on_purpose_stay(client: Client, folder: Path) -> None:
    session = client.send(marked("ok"), keeps=True)
    client.wait(session)
    until(lambda: not (folder / "sessions" / session / "work").exists())
    [kept] = holds_bytes(folder, MARKER)
    assert Path(kept).parent.name == "recordings"
    assert "recordings kept" in client.page("/").text


def test_recordings_are_deleted_at_the_next_start_where_a_kill_came_first(settings: MakeSettings, folder: Path) -> None:
    with running(settings()) as one:
        session = one.client.send(marked("ok"))
        one.client.wait(session)
    recordings = folder / "sessions" / session / "recordings"
    recordings.mkdir()
    (recordings / "0123456789abcdef.npz").write_bytes(MARKER)
    with running(settings()):
        assert holds_bytes(folder, MARKER) == []


@pytest.mark.parametrize("word", ["ok", "refuse", "slow"])
def test_a_deleted_session_leaves_no_byte(client: Client, folder: Path, word: str) -> None:
    others = [client.send({"walk.npz": b"PK\x03\x04ok "}, person=f"K-{number}") for number in range(5)]
    person, name = "Yak-4711", f"{MARKER.decode()}.npz"
    session = client.send({name: marked(word)["walk.npz"]}, person=person, keeps=True)
    client.wait(session, ("done", "refused", "running"))
    for other in others:
        client.wait(other)
    assert holds_bytes(folder, MARKER)
    assert holds_bytes(folder, person.encode())
    assert client.change("DELETE", f"/sessions/{session}").status == 200
    assert holds_bytes(folder, MARKER) == []
    assert holds_bytes(folder, person.encode()) == []
    assert holds_bytes(folder, session.encode()) == []
    assert client.page(f"/sessions/{session}").status == 404
    assert {client.state(other)["state"] for other in others} == {"done"}


def test_many_deleted_rows_leave_no_byte_in_the_table(tmp_path: Path) -> None:
    table = SessionTable(tmp_path / "table")
    for number in range(30):
        table.add(f"{number:016x}", f"Yak-{number}-" + "y" * 30, "", False, "")
        table.add_recording(f"{number:016x}", "Zebra" * 15, "stored")
    assert holds_bytes(tmp_path, b"Zebra")
    for number in range(0, 30, 3):
        table.delete(f"{number:016x}")
    assert holds_bytes(tmp_path, b"Yak-3-") == []
    assert holds_bytes(tmp_path, b"Yak-4-")
    for session in table.all():
        table.delete(session.id)
    assert holds_bytes(tmp_path, b"Yak") == []
    assert holds_bytes(tmp_path, b"Zebra") == []


def test_a_log_has_no_names_and_no_token(
    start: Start, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        one = start(token=True)
        client, token = one.client, str(one.ready.token)
        answer = client.change("POST", "/sign-in", f'{{"token": "{token}"}}'.encode())
        client.cookie = answer.headers["set-cookie"].partition(";")[0]
        session = client.send({"Zebra.npz": b"PK\x03\x04refuse "}, person="Yak")
        client.wait(session)
        client.put(session, "Zebra.exe", b"")
        client.page(f"/sessions/{session}")
        client.change("DELETE", f"/sessions/{session}")
    out, err = capfd.readouterr()
    logged = out + err + "".join(record.getMessage() for record in caplog.records if record.name != "asyncio")
    for secret in ("Zebra", "Yak", token, client.cookie.partition("=")[2], client.token()):
        assert secret not in logged
