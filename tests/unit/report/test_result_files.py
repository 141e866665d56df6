"""Results that `screen` wrote are read back: each kind of file gives the same report as the result itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from report_results import DIGEST, about, quality, refused, result, session
from scoliogait.errors import DataError
from scoliogait.files import write_json
from scoliogait.report.result_files import reader_of_results
from scoliogait.report.row_files import csv_file, json_lines_file
from scoliogait.report.screening_files import SCREENINGS, SESSION
from scoliogait.report.screening_table import COLUMNS, screening_row
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.content import Report

MODEL = {"name": "school-a", "digest": DIGEST, "training_walks": "recorded"}
ENTRIES: list[dict[str, Any]] = [
    {"file": "a.npz", **result()},
    {"file": "b.npz", **result((0.5, 0.3, 0.2), outcome="inconclusive", reasons=["Only 1.5 strides were seen; 2."])},
    refused("side view: the shoulders appear 0.17 trunk lengths wide", quality=quality(view="side")),
    {"file": "=cmd.npz", "outcome": "unreadable", "reason": "=cmd.npz: is damaged"},
]


def written(kind: str, folder: Path, version: int = SCREENINGS.version) -> Path:
    path = folder / f"r.{kind}"
    if kind == "json":
        content = {**SCREENINGS.mark, "version": version, "model": MODEL, "finished": True, "walks": ENTRIES}
        write_json(path, content)
        return path
    with (csv_file if kind == "csv" else json_lines_file)(path, COLUMNS) as add:
        for entry in ENTRIES:
            add(screening_row(entry, MODEL, entry.get("source"), None))
    return path


def reports(path: Path) -> list[Report]:
    reader = reader_of_results(path)
    assert reader is not None
    return [build_report(one.entry, about(), one.model) for one in reader()]


@pytest.mark.parametrize("kind", ["json", "csv", "jsonl"])
def test_a_stored_result_gives_the_report_of_the_result(kind: str, tmp_path: Path) -> None:
    direct = [build_report(entry, about(), MODEL) for entry in ENTRIES]
    for stored, expected in zip(reports(written(kind, tmp_path)), direct, strict=True):
        assert stored.result.state == expected.result.state
        assert stored.result.called == expected.result.called
        assert stored.probabilities == expected.probabilities
        assert [vars(one) | {"n_strides": 0} for one in stored.asymmetries] == [
            vars(one) | {"n_strides": 0} for one in expected.asymmetries
        ]
        assert stored.checks == expected.checks
        assert [reason.cause for reason in stored.result.reasons] == [
            reason.cause for reason in expected.result.reasons
        ]
        assert stored.model is not None
        assert stored.model.digest == DIGEST


def test_a_session_is_read_as_one_result(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    write_json(path, {**SESSION.mark, "model": {"name": "school-a", "digest": DIGEST}, **session()})
    (found,) = reports(path)
    assert found.n_passes == 3
    assert found.result.called == "positive"


@pytest.mark.parametrize("name", ["walk.json", "walk.csv", "walk.npz", "nothing.json"])
def test_what_is_no_file_of_results_is_left_to_others(name: str, tmp_path: Path) -> None:
    if not name.startswith("nothing"):
        (tmp_path / name).write_text("[1]" if name.endswith("json") else "x,y\n1,2\n")
    assert reader_of_results(tmp_path / name) is None


def test_another_version_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"r\.json: is of version 1, this program reads version \d; screen the walks"):
        reports(written("json", tmp_path, version=1))


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_row_that_lacks_columns_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    path = written(kind, tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("model_digest", "digest"), encoding="utf-8")
    with pytest.raises(DataError, match=r"(row|line) \d: lacks the columns model_digest; screen the walks again"):
        reports(path)


def test_a_cell_that_is_no_number_is_refused_in_one_line(tmp_path: Path) -> None:
    path = written("csv", tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("312.4", "tall"), encoding="utf-8")
    with pytest.raises(DataError, match=r"row 2: height_px is 'tall'; expected a number"):
        reports(path)


def test_a_cut_line_is_refused_in_one_line(tmp_path: Path) -> None:
    path = written("jsonl", tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="line 4"):
        reports(path)


@pytest.mark.parametrize("content", [{"walks": 3, "model": {}}, {"walks": [1], "model": {}}, {"model": {}}])
def test_a_damaged_file_is_refused_in_one_line(content: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(SCREENINGS.mark | content))
    with pytest.raises(DataError, match=r"r\.json: .*screen the walks again"):
        reports(path)
