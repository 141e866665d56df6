"""What a server is started with, and what it refuses before it serves anything."""

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scoliogait.errors import DataError
from scoliogait.serve.server import prepared
from scoliogait.serve.settings import Settings

MakeSettings = Callable[..., Settings]


def test_settings_reach_the_process_of_the_server_as_they_were_given() -> None:
    given = replace(Settings(Path("/somewhere/é")), host="::1", token=True, work_s=0.5)
    assert Settings.from_json(given.to_json()) == given
    with pytest.raises(TypeError, match="no settings"):
        Settings.from_json('{"folder": "x", "hots": "127.0.0.1"}')


def test_a_port_that_is_taken_is_named(settings: MakeSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DataError, match=f"--port {port}: cannot be opened"), prepared(settings(port=port), print):
            pass


def test_a_folder_that_is_a_file_is_named(settings: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="file: cannot be used"), prepared(settings(folder=tmp_path / "file"), print):
        pass


def test_a_folder_can_be_used_again_after_every_refusal(settings: MakeSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for _ in range(2):
            chosen = settings(port=taken.getsockname()[1])
            with pytest.raises(DataError, match="cannot be opened"), prepared(chosen, print):
                pass
    with prepared(settings(), print):
        pass
