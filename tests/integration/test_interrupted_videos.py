"""Ctrl-C or a termination while a video is looked at: one line, exit code 130, and nothing half-written."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bundles import untrained_bundle
from scoliogait.cli import app
from scoliogait.io import backends
from seen_people import KnownPeople, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 60


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


@pytest.fixture(autouse=True, params=[signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def _interrupted_in_the_second_video(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known = KnownPeople([[pose] for pose in draw_walker(T)])
    seen: list[int] = []

    def estimate(rgb: np.ndarray, box: np.ndarray) -> Any:
        seen.append(1)
        if len(seen) == T + 20:
            signal.raise_signal(request.param)
        return known.estimate(rgb, box)

    monkeypatch.setattr(backends, "Detector", lambda engine: known.find)
    monkeypatch.setattr(backends, "Estimator", lambda engine: estimate)
    # Python leaves the signal alone where its parent ignores it, as the background of a shell does.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("command", "line", "left"),
    [
        (
            "screen a.mp4 b.mp4 --jsonl o.jsonl",
            "interrupted: 1 input was not screened and is in no file",
            ["o.jsonl"],
        ),
        ("screen --session a.mp4 b.mp4 --json o.json", "interrupted: there is no result of the session", []),
        (
            "data import a.mp4 b.mp4 --out st",
            "interrupted: st was not written; the same command goes on",
            [".st.videos"],
        ),
    ],
)
def test_one_line_and_nothing_half_written(
    command: str, line: str, left: list[str], tmp_path: Path, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        write_numbered(tmp_path / name, range(T))
    words = [*command.split(), *(["--model", bundle] if command.startswith("screen") else [])]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 130
    assert sum(line in printed for printed in result.output.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.mp4", "b.mp4", *left])
    if left == ["o.jsonl"]:
        assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 1
