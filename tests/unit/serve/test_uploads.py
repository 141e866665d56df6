"""What may be sent, how it is kept, and that what breaks off leaves nothing."""

import asyncio
import socket
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from full_disk import fill_disk
from scoliogait.serve.receive import receive
from scoliogait.serve.refused import Refused
from scoliogait.serve.settings import Settings
from scoliogait.serve.upload_kind import TAKEN
from serve_client import Client, until
from serve_thread import Running, running

Start = Callable[..., Running]
MakeSettings = Callable[..., Settings]
WALK = b"PK\x03\x04ok "
MP4 = b"\0\0\0\x18ftypisom" + bytes(64)


def put_line(client: Client, session: str, *headers: str) -> bytes:
    """The head of an upload as bytes, for what http.client would not send."""
    lines = [f"PUT /sessions/{session}/files HTTP/1.1", f"Host: 127.0.0.1:{client.port}"]
    lines += [f"x-scoliogait-token: {client.token()}", "x-file-name: walk.npz", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def files_in(folder: Path) -> list[Path]:
    return [path for path in (folder / "sessions").rglob("*") if path.is_file()]


def test_an_upload_that_does_not_say_its_length_is_refused(client: Client, folder: Path) -> None:
    session = client.begin()
    head = put_line(client, session, "Transfer-Encoding: chunked")
    assert client.raw(head + b"5\r\nPK\x03\x04x\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411 ")
    assert files_in(folder) == []


def test_an_upload_above_the_limit_is_refused_before_a_byte_of_it_came(start: Start) -> None:
    client = start(max_upload_bytes=1000).client
    head = put_line(client, client.begin(), "Content-Length: 1001")
    answer = client.raw(head)  # nothing follows: the answer does not wait for it
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"shorter" in answer


def test_more_bytes_than_told_are_no_part_of_the_file(client: Client, folder: Path) -> None:
    session = client.begin()
    answer = client.raw(put_line(client, session, f"Content-Length: {len(WALK)}") + WALK + b"and more")
    assert answer.startswith(b"HTTP/1.1 201 ")
    [stored] = files_in(folder)
    assert stored.read_bytes() == WALK


def test_a_body_that_goes_on_is_cut_off_and_removed(settings: MakeSettings, tmp_path: Path) -> None:
    async def more() -> dict[str, Any]:
        return {"type": "http.request", "body": WALK, "more_body": True}

    request = Request({"type": "http", "headers": []}, more)  # a server that did not count for us
    with pytest.raises(Refused) as refused:
        asyncio.run(receive(request, tmp_path / "walk.npz", "walk.npz", len(WALK), settings(), lambda: True))
    assert refused.value.status == 413
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_beside_the_file_takes_none(start: Start, folder: Path) -> None:
    client = start(spare_bytes=1 << 60).client
    answer = client.put(client.begin(), "walk.npz", WALK)
    assert answer.status == 507
    assert "Free some space" in answer.json["error"]
    assert files_in(folder) == []


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = client.begin()
    fill_disk(monkeypatch, 100_000)
    answer = client.put(session, "walk.npz", WALK + bytes(1_000_000))
    assert answer.status == 507
    assert "walk.npz" in answer.json["error"]
    assert files_in(folder) == []


@pytest.mark.parametrize("name", ["walk.mp4", "walk.npz", "walk.csv"])
def test_an_empty_file_is_called_empty(client: Client, name: str) -> None:
    answer = client.put(client.begin(), name, b"")
    assert answer.status == 415
    assert answer.json["error"] == f"{name}: is empty (0 bytes). Copy it again from the camera, then send it again."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("setup.exe", b"MZ"),
        ("walk.pkl", b"\x80\x04"),
        ("walk", MP4),
        ("walk.svg", b"<svg/>"),
        ("walk.html", b"<html>"),
        ("walk.h5", b"\x89HDF"),
        ("walk.mp4", b"#EXTM3U\nfile:///etc/passwd\n"),
        ("walk.mkv", b"ffconcat version 1.0\nfile other.mp4\n"),
        ("walk.mp4", WALK),
        ("walk.npz", MP4),
        ("walk.json", b"scorer,a,b"),
        ("walk.json", b'{"a": "\0"}'),
        ("walk.csv", b"#EXTM3U\n1,2,3\n"),
        ("walk.csv", b"  ffconcat version 1.0\n"),
        ("walk.trc", b""),
        ("walk.mp4", b""),
    ],
)
def test_only_files_that_are_named_and_begin_like_a_recording_are_taken(
    client: Client, folder: Path, name: str, content: bytes
) -> None:
    answer = client.put(client.begin(), name, content, {"content-type": "video/mp4"})
    assert answer.status == 415
    assert files_in(folder) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("A.MP4", MP4), ("walk.npz", WALK), ("walk.json", b' {"a": 1}'), ("a.csv", b"scorer,x"), ("a.trc", b"PathFile")],
)
def test_a_recording_is_taken_whatever_type_is_claimed(client: Client, name: str, content: bytes) -> None:
    assert client.put(client.begin(), name, content, {"content-type": "text/html"}).status == 201
    assert not {".pkl", ".h5", ".html", ".svg", ".zip"} & set(TAKEN)


def test_the_name_of_a_user_is_shown_and_never_used(client: Client, folder: Path) -> None:
    session = client.begin()
    name = "..\\../\x1b[31m\u202eevil " + "w" * 500 + ".npz"
    shown = client.put(session, name, WALK).json["name"]
    assert len(shown) == 80
    assert shown.startswith("[31mevil www")
    assert shown.endswith("wwwwww.npz")
    [stored] = files_in(folder)
    assert stored.stem != shown
    assert len(stored.name) == 16 + len(".npz")
    assert "www" not in str(stored)


def test_each_session_has_a_folder_that_only_its_owner_reads(client: Client, folder: Path) -> None:
    sessions = [client.begin(), client.begin()]
    for session in sessions:
        client.put(session, "walk.npz", WALK)
    stored = files_in(folder)
    assert len({path.parent for path in stored}) == 2
    folders = [path for path in folder.rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*folders, folder]} == {0o700}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    for path in stored:
        assert client.page(f"/static/{path.name}").status == 404


def test_a_session_takes_no_file_after_it_was_started_and_no_more_than_it_may(start: Start) -> None:
    client = start(max_files=2).client
    session = client.begin()
    assert [client.put(session, "walk.npz", WALK).status for _ in range(3)] == [201, 201, 400]
    client.change("POST", f"/sessions/{session}/start")
    assert client.put(session, "walk.npz", WALK).status == 409
    assert client.change("POST", f"/sessions/{client.begin()}/start").status == 409


def test_one_address_cannot_hold_all_uploads_and_all_places_in_the_queue(start: Start) -> None:
    running = start(max_uploads=2, max_waiting=3)
    client, parts = running.client, running.server.parts
    session = client.begin()
    halves = ThreadPoolExecutor(2)
    half = put_line(client, session, "Content-Length: 100") + b"PK"
    for _ in range(2):
        halves.submit(client.raw, half, 1.0)
    until(lambda: parts.uploading.get("127.0.0.1") == 2)
    assert client.put(session, "walk.npz", WALK).status == 429
    halves.shutdown()
    until(lambda: not parts.uploading)
    assert client.put(session, "walk.npz", WALK).status == 201
    client.begin()
    client.begin()
    assert client.change("POST", "/sessions", b"{}").status == 429


def test_an_upload_that_stalls_is_ended(start: Start, folder: Path) -> None:
    client = start(stall_s=0.2).client
    head = put_line(client, client.begin(), "Content-Length: 100", "Connection: close")
    assert client.raw(head + b"PK", ends=False).startswith(b"HTTP/1.1 408 ")
    assert files_in(folder) == []


def test_an_upload_that_is_slow_as_a_whole_is_ended(start: Start, folder: Path) -> None:
    client = start(upload_s=0.0).client
    answer = client.put(client.begin(), "walk.npz", WALK)
    assert answer.status == 408
    assert files_in(folder) == []


def test_an_upload_that_breaks_off_leaves_nothing(client: Client, folder: Path) -> None:
    session = client.begin()
    client.raw(put_line(client, session, "Content-Length: 100000") + WALK, 0.1)
    until(lambda: not files_in(folder))
    assert client.change("POST", f"/sessions/{session}/start").status == 409


def test_what_a_killed_server_left_is_swept_at_the_next_start(settings: MakeSettings, folder: Path) -> None:
    with running(settings()) as first:
        half, whole = first.client.begin(), first.client.send({"walk.npz": WALK})
        first.client.put(half, "walk.npz", WALK)
        first.client.wait(whole)
    left = folder / "sessions" / whole / "recordings"
    left.mkdir()
    (left / "x.part").write_bytes(b"left")
    (folder / "sessions" / "foreign").mkdir()
    with running(settings()) as second:
        assert second.client.state(half) == {"state": "gone"}
        assert second.client.state(whole)["state"] == "done"
        reports = {f"report-{language}.{kind}" for language in ("en", "zh") for kind in ("json", "html")}
        assert {path.name for path in files_in(folder)} == reports


@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_a_session_that_goes_while_a_file_is_sent_ends_its_upload_and_leaves_nothing(
    client: Client, folder: Path, how: str
) -> None:
    session = client.begin(keeps=True)
    with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
        connection.sendall(put_line(client, session, "Content-Length: 100000", "Connection: close") + WALK)
        until(lambda: files_in(folder))
        method, path = (
            ("POST", f"/sessions/{session}/cancel") if how == "cancel" else ("DELETE", f"/sessions/{session}")
        )
        assert client.change(method, path).status == 200
        connection.sendall(bytes(1000))  # the rest is not waited for
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 409 ")
    until(lambda: not files_in(folder))
    assert client.put(session, "walk.npz", WALK).status == (409 if how == "cancel" else 404)
