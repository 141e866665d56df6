"""A server from its settings: its folder is taken, its address bound, its page served until it is ended."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from scoliogait.errors import DataError
from scoliogait.serve.app import build_app
from scoliogait.serve.data_folder import DataFolder
from scoliogait.serve.parts import Parts
from scoliogait.serve.runner import Runner
from scoliogait.serve.session_table import SessionTable
from scoliogait.serve.settings import Settings
from scoliogait.serve.sign_in import SignIn

_CSRF_BYTES = 24
_STOP_S = 2


@dataclass(frozen=True)
class Ready:
    """A server that answers now. token: what must be typed; None where nothing must."""

    address: str
    token: str | None


def serve(settings: Settings, ready: Callable[[Ready], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once the page answers. Raises as ``prepared`` does."""
    os.umask(0o077)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # a polite end is an end without an error
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="scoliogait: %(message)s")
    with prepared(settings, ready) as server:
        server.run()


@contextmanager
def prepared(settings: Settings, ready: Callable[[Ready], None]) -> Iterator[Server]:
    """A server that holds its folder and its address, and waits for ``run``.

    Raises DataError for settings that are not safe, a folder that cannot be used or is in use, and an address that
    cannot be bound.
    """
    settings.check()
    folder = DataFolder(settings.folder)
    with folder.taken():
        table = SessionTable(folder.table)
        runner = Runner(folder, table, settings)
        runner.recover()
        sign_in = SignIn.made(settings.token)
        parts = Parts(settings, folder, table, runner, sign_in, secrets.token_urlsafe(_CSRF_BYTES))
        with _bound(settings) as listening:
            yield Server(parts, listening, ready)


class Server(uvicorn.Server):
    """Says when it answers, and ends its streams before it waits for them."""

    def __init__(self, parts: Parts, listening: socket.socket, ready: Callable[[Ready], None]) -> None:
        self.port: int = listening.getsockname()[1]
        super().__init__(_config(build_app(parts, self.port)))
        self.parts = parts
        self._listening = listening
        self._ready = ready

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until it is told to end."""
        super().run(sockets or [self._listening])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            host = self.parts.settings.host
            name = f"[{host}]" if ":" in host and not host.startswith("[") else host
            self._ready(Ready(f"http://{name}:{self.port}/", self.parts.sign_in.token))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.parts.ending = True
        await super().shutdown(sockets=sockets)


def _config(app: Any) -> uvicorn.Config:
    """No log of requests, no word of what serves, and no trust in what a request says of its own address."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_STOP_S,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=32 * 1024,
    )


def _bound(settings: Settings) -> socket.socket:
    host = settings.host.strip("[]")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(128)
    except OSError as error:
        raise DataError(
            f"--host {settings.host} --port {settings.port}: cannot be opened ({error.strerror or error}); give "
            "another port, or 0 for any free one"
        ) from error
    return listening
