"""`scoliogait runs`: what is listed, how it is ranked, and that a broken run does not hide the others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scoliogait.cli import app
from scoliogait.errors import DataError
from scoliogait.files import sole_writer
from scoliogait.ledger import OPENED, RESULT, VERIFIED
from scoliogait.training.history import History
from scoliogait.training.run_folder import RunFolder


def make_run(path: Path, validation: float | None, test: float | None = None, **facts: Any) -> RunFolder:
    run = RunFolder(path)
    figure = {name: {"value": validation, "interval": [0.1, 0.9]} for name in ("macro_f1", "accuracy")}
    told = {"model_digest": path.name, "recipe_name": "small-ske", "seed": 0, "data": "cohort", "partition": "118"}
    told |= {"selection": {"rule": "validation"}, "simulated": "yes"} | facts
    run.write_facts("finished", told | ({} if validation is None else {"validation": figure}))
    if test is not None:
        about = {"model_digest": path.name, "test_set": "t"}
        run.ledger.add(OPENED, about)
        run.ledger.add(OPENED, about)
        figures = {"macro_f1": {"value": test, "interval": [0.2, 0.8]}, "accuracy": {"value": test, "interval": None}}
        run.ledger.add(RESULT, about | {"metrics": figures})
        run.ledger.add(VERIFIED, {"model_digest": path.name, "reproduced": True})
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_run(tmp_path / "low", 0.4, test=0.7)
    make_run(tmp_path / "deep" / "high", 0.6, test=0.5, recipe_name="drf-118", seed=3, started_from={"name": "base"})
    make_run(tmp_path / "unvalidated", None, partition="112", selection={"rule": "last"})
    RunFolder(tmp_path / "young").write_facts("running", {})
    return tmp_path


def runs(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, ["runs", *map(str, arguments)])


def names(*arguments: object) -> list[str]:
    result = runs(*arguments, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    return [row["name"] for row in json.loads(result.output)]


def refusal(*arguments: object) -> str:
    result = runs(*arguments)
    assert isinstance(result.exception, DataError)
    return str(result.exception)


def test_runs_are_ranked_by_validation_and_by_test_only_when_asked(folder: Path) -> None:
    assert names(folder) == ["deep/high", "low", "unvalidated", "young"]
    assert names(folder, "--sort", "test_macro_f1") == ["low", "deep/high", "unvalidated", "young"]
    assert names(folder, "--sort", "name") == ["deep/high", "low", "unvalidated", "young"]
    assert "test-guided selection" in " ".join(runs(folder, "--sort", "test_macro_f1").output.split())
    assert "test-guided" not in runs(folder).output


def test_filters_are_joined(folder: Path) -> None:
    assert names(folder, "--filter", "partition=118") == ["deep/high", "low"]
    assert names(folder, "--filter", "partition=118", "--filter", "seed=3") == ["deep/high"]
    assert names(folder, "--filter", "status=interrupted") == ["young"]
    with sole_writer(folder / "young"):  # as whoever trains it does
        assert names(folder, "--filter", "status=running") == ["young"]
    assert names(folder, "--filter", "recipe=none") == []
    assert "runs has recipe=none" in runs(folder, "--filter", "recipe=none").output


def test_the_table_fits_80_columns_and_tells_what_matters(folder: Path) -> None:
    result = runs(folder)
    assert max(len(line) for line in result.output.splitlines() if not line.startswith("next: ")) <= 80
    for words in (
        "0.600",
        "0.100-0.900",
        "opened 2 times",
        "verified",
        "not opened",
        "from base",
        "drf-118",
        "interrupted",
    ):
        assert words in result.output


def test_a_test_figure_with_a_leak_or_of_other_walks_says_so(tmp_path: Path) -> None:
    run = make_run(tmp_path / "r", 0.5, test=0.6)
    assert "too good" not in runs(tmp_path).output
    figures = {"macro_f1": {"value": 0.9, "interval": [0.8, 1.0]}, "accuracy": {"value": 0.9, "interval": None}}
    seen = {"n_seen": 23, "n_walks": 46, "complete": True, "n_by_name": 0}
    run.ledger.add(RESULT, {"model_digest": "r", "partition": "mine", "seen": seen, "metrics": figures})
    result = runs(tmp_path)
    assert "on mine" in result.output
    assert "with a LEAK" in result.output
    assert "r: 23 of 46 test walks trained or chose this model" in " ".join(result.output.split())
    (row,) = json.loads(runs(tmp_path, "--json").output)
    assert (row["test_macro_f1"], row["test_partition"]) == (0.9, "mine")
    assert row["test_leak"].endswith("the figures are too good.")
    none_seen = seen | {"n_seen": 0}
    run.ledger.add(RESULT, {"model_digest": "r", "partition": "118", "seen": none_seen, "metrics": figures})
    (row,) = json.loads(runs(tmp_path, "--json").output)
    assert (row["test_leak"], row["test_partition"]) == (None, "118")
    assert "on 118" not in runs(tmp_path).output


def test_an_interrupted_run_says_how_far_it_came(folder: Path) -> None:
    History(RunFolder(folder / "young").history_file).add(7, {"loss": 1.0})
    assert re.search(r"interrupted at\b[^0-9]*\bstep 7\b", runs(folder).output)
    (row,) = json.loads(runs(folder, "--filter", "status=interrupted", "--json").output)
    assert row["last_step"] == 7


def test_the_json_holds_every_figure(folder: Path) -> None:
    row = json.loads(runs(folder, "--json").output)[0]
    assert (row["macro_f1"], row["macro_f1_interval"]) == (0.6, [0.1, 0.9])
    assert (row["test_macro_f1"], row["test_openings"], row["verified"]) == (0.5, 2, "yes")
    assert (row["started_from"], row["selection"], row["problem"]) == ("base", "validation", None)


def test_a_broken_run_is_named_and_hides_no_other(folder: Path) -> None:
    (folder / "low" / "run.json").write_text("{")
    ledger = RunFolder(folder / "deep" / "high").ledger.path
    ledger.write_text(ledger.read_text().replace('"value": 0.5', '"value": 0.9'))
    result = runs(folder)
    assert result.exit_code == 0
    assert "is not JSON" in result.output
    assert "line 3 was changed" in result.output
    assert "0.600" in result.output
    assert "unreadable" in result.output


def test_other_files_of_that_name_are_no_runs(folder: Path) -> None:
    (folder / "else").mkdir()
    (folder / "else" / "run.json").write_text("[1]")
    assert "else" not in names(folder)


def test_a_run_itself_is_listed_by_its_name(folder: Path) -> None:
    assert names(folder / "low") == ["low"]


@pytest.mark.parametrize("option", [("--filter", "seed"), ("--filter", "colour=red"), ("--sort", "loss")])
def test_unknown_keys_are_refused_with_those_that_there_are(folder: Path, option: tuple[str, str]) -> None:
    assert "expected" in refusal(folder, *option)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "is no folder" in refusal(tmp_path / "nothing")
