"""Servers on a folder of their own, whose jobs do what the test says."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import serve_job
from scoliogait.serve import worker
from scoliogait.serve.settings import Settings
from serve_client import Client
from serve_thread import Running, running

Start = Callable[..., Running]
MakeSettings = Callable[..., Settings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the server of the test keeps everything."""
    return tmp_path / "served"


@pytest.fixture
def settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSettings:
    """Settings of a server whose jobs do as they are told."""
    monkeypatch.setattr(worker, "COMMAND", (sys.executable, serve_job.__file__))
    monkeypatch.setenv("PYTHONPATH", str(Path(worker.__file__).parents[2]))
    return lambda **chosen: Settings(**{"folder": folder, "port": 0, "spare_bytes": 0} | chosen)


@pytest.fixture
def start(settings: MakeSettings) -> Iterator[Start]:
    """Starts a server with these settings; it ends with the test."""
    with ExitStack() as stack:
        yield lambda **chosen: stack.enter_context(running(settings(**chosen)))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for tests that leave nothing in it and start no job."""
    folder = tmp_path_factory.mktemp("shared") / "served"
    with running(Settings(folder, port=0, spare_bytes=0)) as one:
        yield one.client


@pytest.fixture
def client(start: Start) -> Client:
    """Of a server with its ordinary settings."""
    return start().client
