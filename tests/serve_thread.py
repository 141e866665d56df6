"""A server of ``scoliogait serve`` in a thread of the test, on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from scoliogait.serve.server import Ready, Server, prepared
from scoliogait.serve.settings import Settings
from serve_client import Client, until


@dataclass(frozen=True)
class Running:
    client: Client
    server: Server
    ready: Ready


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    said: list[Ready] = []
    with prepared(settings, said.append) as server:
        thread = Thread(target=server.run)
        thread.start()
        try:
            until(lambda: said, 20)
            yield Running(Client(server.port), server, said[0])
        finally:
            server.should_exit = True
            thread.join()
