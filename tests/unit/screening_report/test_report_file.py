"""Reports as JSON: the same object comes back, and what is no report of this version is refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from report_results import every_report
from scoliogait.errors import DataError
from scoliogait.screening_report.report_file import parse_report, read_report, report_json

REPORTS = every_report()


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_comes_back_as_it_was(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(report_json(REPORTS[kind]), encoding="utf-8")
    assert read_report(file) == REPORTS[kind]
    assert report_json(read_report(file)) == report_json(REPORTS[kind])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "r.json: is of version 2, this program reads version 1; write the report again"),
        ({"format": "scoliogait.screenings"}, "r.json: is not a report of 'scoliogait report'"),
        ({"n_passes": 0}, "n_passes"),
        ({"surprise": 1}, "surprise"),
        ({"person_code": "a\u202eb"}, "holds control characters"),
        ({"person_code": "x" * 41}, "person_code"),
        ({"made_at": "2026-11-28T10:14:00"}, "made_at"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    content = json.loads(report_json(REPORTS["session"])) | changes
    with pytest.raises(DataError) as caught:
        parse_report(content, "r.json")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_probability_beyond_one_is_refused() -> None:
    content = json.loads(report_json(REPORTS["positive"]))
    content["probabilities"][0]["value"] = 1.7
    with pytest.raises(DataError, match="value"):
        parse_report(content, "r.json")


def test_a_report_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        REPORTS["positive"].result.state = "inconclusive"  # type: ignore[misc]
