"""A client of ``scoliogait serve`` for tests, on plain sockets: it can also send what no browser would."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ENDS = ("done", "refused", "unreadable", "failed", "cancelled")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    port: int
    cookie: str = ""
    csrf: str = ""

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {"cookie": self.cookie} if self.cookie else {}
            connection.request(method, path, body, sent | dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def page(self, path: str = "/") -> Answer:
        return self.ask("GET", path, headers={"accept": "text/html"})

    def token(self) -> str:
        """The one that pages carry for what changes something."""
        if not self.csrf:
            found = re.search(r'name="csrf" content="([^"]+)"', self.page("/sign-in").text)
            assert found
            self.csrf = found[1]
        return self.csrf

    def change(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask(method, path, body, {"x-scoliogait-token": self.token()} | dict(headers or {}))

    def begin(self, person: str = "", keeps: bool = False) -> str:
        answer = self.change("POST", "/sessions", json.dumps({"person": person, "keeps": keeps}).encode())
        assert answer.status == 201, answer.text
        return str(answer.json["id"])

    def put(self, session: str, name: str, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        named = {"x-file-name": quote(name)} | dict(headers or {})
        return self.change("PUT", f"/sessions/{session}/files", content, named)

    def send(self, files: Mapping[str, bytes], person: str = "", keeps: bool = False) -> str:
        """A whole session: begun, all files, started."""
        session = self.begin(person, keeps)
        for name, content in files.items():
            answer = self.put(session, name, content)
            assert answer.status == 201, answer.text
        assert self.change("POST", f"/sessions/{session}/start").status == 202
        return session

    def state(self, session: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", "/states").json["changed"].get(session, {"state": "gone"})
        return found

    def wait(self, session: str, states: tuple[str, ...] = ENDS, seconds: float = 60) -> str:
        """Until the session is in one of these states; which."""
        return str(until(lambda: (found := self.state(session)["state"]) in states and found, seconds))

    def raw(self, request: bytes, stop_after_s: float | None = None, ends: bool = True) -> bytes:
        """What comes back for these bytes, whatever they are. ends: whether it is said that no more will follow."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request)
            if stop_after_s is not None:
                time.sleep(stop_after_s)
                return b""
            if ends:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while block := connection.recv(65536):
                answer += block
            return answer


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    """What ``holds`` gives as soon as it is true; a test that waits for nothing fails in words."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing came of it in {seconds} s")


def holds_bytes(folder: Path, marker: bytes) -> list[str]:
    """Files anywhere in a folder that hold these bytes, in their name or inside."""
    found = [path for path in folder.rglob("*") if path.is_file() and marker in path.read_bytes()]
    return [str(path) for path in found] + [str(p) for p in folder.rglob("*") if marker.decode() in p.name]
