"""``scoliogait manifest`` and ``screen --manifest`` on the command line: what is said, written and refused."""

import re
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bundles import untrained_bundle
from here_engine import Here
from scoliogait.cli import app
from scoliogait.cli.many_options import ManyOptions
from scoliogait.district.engine import Task, Work
from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.walk import Walk
from walker import draw_walker


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three walks, one of them damaged; workers are this process."""
    (tmp_path / "walks").mkdir()
    for name in ("a", "b"):
        write_walk(tmp_path / "walks" / f"{name}.npz", Walk(name, poses=draw_walker(60), frame_rate_hz=30.0))
    (tmp_path / "walks" / "bad.npz").write_text("no archive")
    monkeypatch.setattr("scoliogait.cli.screen_manifest.Processes", lambda n_workers: Here())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_from_folders_to_a_table(world: Path, model: str) -> None:
    listed = said("manifest", "walks", "--out", "m.parquet")
    assert listed.exit_code == 0, listed.exception
    assert "3 walks below" in listed.output
    assert "3 native" in listed.output
    assert "next: scoliogait screen --manifest m.parquet --out results" in listed.output
    command = ("screen", "--manifest", "m.parquet", "--out", "results", "--model", model)
    first = said(*command, "--csv", "r.csv")
    assert first.exit_code == 2, first.exception
    assert "3 inputs: 0 screened, 2 inconclusive, 0 not usable, 1 unreadable" in first.output
    assert "not a medical device" in first.output
    assert len((world / "r.csv").read_text().splitlines()) == 4
    table = (world / "results" / "screenings.parquet").read_bytes()
    assert said(*command).exit_code == 2
    assert (world / "results" / "screenings.parquet").read_bytes() == table
    assert "exists; give --overwrite" in str(said("manifest", "walks", "--out", "m.parquet").exception)


def test_a_termination_ends_it_in_one_line(world: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said("manifest", "walks", "--out", "m.parquet")

    class Terminated(Here):
        def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
            signal.raise_signal(signal.SIGTERM)
            return super().run(work, tasks)

    monkeypatch.setattr("scoliogait.cli.screen_manifest.Processes", lambda n_workers: Terminated())
    before = signal.getsignal(signal.SIGTERM)
    ended = said("screen", "--manifest", "m.parquet", "--out", "results", "--model", model)
    assert ended.exit_code == 130, ended.exception
    assert "interrupted: what is finished is kept; run the same again to go on" in ended.output
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_share_merges_nothing(world: Path, model: str) -> None:
    said("manifest", "walks", "--out", "m.parquet")
    share = said("screen", "--manifest", "m.parquet", "--out", "results", "--model", model, "--shard", "1/2")
    assert share.exit_code == 0, share.exception
    assert "share 1/2: 3 walks done, 1 of them refused" in share.output
    assert not (world / "results" / "screenings.parquet").exists()
    refused = said("screen", "--manifest", "m.parquet", "--out", "x", "--shard", "1/2", "--csv", "r.csv")
    assert "one share makes no table of all" in str(refused.exception)


def test_slurm_gets_a_script_that_says_the_whole_command(
    world: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("manifest", "walks", "--out", "m.parquet")
    monkeypatch.setenv("PATH", str(world))
    command = ("screen", "--manifest", "m.parquet", "--out", "results", "--model", model)
    given = said(*command, "--slurm", "--time=1:00", "--tasks", "3", "--frame-rate-hz", "30", "--joints", "COCO")
    assert given.exit_code == 0, given.exception
    assert "this machine has no sbatch" in given.output
    script = (world / "results" / "screen.sbatch").read_text()
    assert f"--manifest {world / 'm.parquet'} --out {world / 'results'} --root {world / 'walks'}" in script
    assert "--frame-rate-hz 30.0 --joints COCO --seconds-per-walk 3600 --shard" in script
    assert "#SBATCH --array=1-3" in script


def test_damaged_walks_and_doubles_are_said_of_a_manifest(world: Path) -> None:
    (world / "walks" / "c.npz").write_bytes((world / "walks" / "a.npz").read_bytes())
    (world / "empty").mkdir()
    output = said("manifest", "walks", "empty", "--out", "m.parquet").output
    assert "1 hold the same as another, and get a row all the same: walks/c.npz is walks/a.npz" in output
    assert re.search(r"will be unreadable: empty: is an empty folder", output)


@pytest.mark.parametrize("out", ["m.csv", "m"])
def test_a_manifest_is_named_as_what_it_is(out: str, world: Path) -> None:
    ended = said("manifest", "walks", "--out", out)
    assert str(ended.exception) == f"{out}: a manifest is a Parquet table; give a name that ends in .parquet"
    assert [path.name for path in world.iterdir()] == ["walks"]


NOTHING: dict[str, object] = dict.fromkeys(ManyOptions.__dataclass_fields__) | {"trust_network": False}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "--out is missing"),
        ({"out": "o", "cluster": "local", "slurm": ""}, "take one of them"),
        ({"out": "o", "slurm": "", "shard": "1/2"}, "leave --shard out"),
        ({"out": "o", "tasks": 3}, "give --slurm too"),
        ({"out": "o", "trust_network": True}, "give its address too"),
        ({"out": "o", "certificates": "c"}, "give its address too"),
        ({"out": "o", "cluster": "tcp://127.0.0.1:1", "workers": 2}, "leave --workers out"),
    ],
)
def test_options_that_contradict_each_other(given: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        ManyOptions(**(NOTHING | given)).refuse_combinations()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in NOTHING if name != "manifest"])
def test_each_option_needs_a_manifest(name: str) -> None:
    with pytest.raises(DataError, match=f"^--{name.replace('_', '-')} is for many walks of a table; give --manifest"):
        ManyOptions(**(NOTHING | {name: "1"})).refuse_without_manifest()  # type: ignore[arg-type]
    ManyOptions(**NOTHING).refuse_without_manifest()  # type: ignore[arg-type]


@pytest.mark.parametrize("shard", ["3", "1-2", "a/b", "1/2/3", ""])
def test_a_share_of_another_form(shard: str) -> None:
    with pytest.raises(DataError, match="expected K/N"):
        _ = ManyOptions(**(NOTHING | {"shard": shard})).share  # type: ignore[arg-type]
