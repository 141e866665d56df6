"""``run.json``: what an earlier version wrote is read, and what is damaged is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from scoliogait.errors import DataError
from scoliogait.provenance import DataFacts
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.start_report import START_FILE, read_start

# As 0.1.0 wrote it, checksums and machine shortened.
OF_0_1_0 = {
    "format": "scoliogait.run",
    "version": 1,
    "status": "finished",
    "data": "cohort",
    "store_digest": "dd13",
    "partition": "partition",
    "simulated": "yes",
    "partition_sha256": "5e0c",
    "recipe_name": "small-ske",
    "seed": 0,
    "counts": {"train": {"negative": 5, "neutral": 5, "positive": 4}, "validation": {"negative": 1}},
    "device": "cpu",
    "n_processes": 1,
    "machine": "Linux",
    "selection": {"rule": "validation", "metric": "macro_f1", "step": 3, "candidates": 4},
    "temperature": 1.25,
    "validation": {"macro_f1": {"value": 0.5, "interval": None, "n": 4}},
    "model_digest": "950c",
}


def run_with(folder: Path, **changed: Any) -> RunFolder:
    (folder / "run.json").write_text(json.dumps(OF_0_1_0 | changed), encoding="utf-8")
    return RunFolder(folder)


def test_the_record_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    assert run.finished
    facts = run.facts()
    assert facts == {key: value for key, value in OF_0_1_0.items() if key not in ("format", "version")}
    assert DataFacts.from_text(facts) == DataFacts("cohort", "simulated", "dd13", "partition", "5e0c")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"status": "done"}, "status is 'done'; expected one of 'running' or 'finished'; train again"),
        ({"seed": "0"}, "seed is '0'; expected a whole number"),
        ({"selection": "validation"}, "selection is 'validation'; expected a table of keys and values"),
        ({"version": 2}, "is of version 2, this program reads version 1; train again"),
        ({"format": "x"}, "is not the record of a run; expected one made by `scoliogait train`"),
    ],
)
def test_a_damaged_record_is_named(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as refused:
        run_with(tmp_path, **changed).facts()
    assert str(refused.value).startswith(f"{tmp_path / 'run.json'}: ")


@pytest.mark.parametrize("content", [{}, [], {"started_from": {"name": "x"}, "tensors": {}}])
def test_a_damaged_start_is_named(content: object, tmp_path: Path) -> None:
    (tmp_path / START_FILE).write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"start\.json: .*; start the run again with --overwrite"):
        read_start(tmp_path)


def test_what_was_said_of_a_run_is_recorded_once(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    run.note_cautions([])
    assert "cautions" not in run.facts()
    run.note_cautions(["one", "two"])
    run.note_cautions(["two", "three"])
    assert run.facts()["cautions"] == ["one", "two", "three"]
    assert run.finished
