"""Reports as JSON: written and read back as the same object, and never taken for one of another version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scoliogait.files import read_json
from scoliogait.json_file import Format, parse_versioned
from scoliogait.screening_report.content import Report

REPORT = Format("scoliogait.report", 1, "a report of 'scoliogait report'", "write the report again")


def report_json(report: Report) -> str:
    """The text of the file: the same for the same report."""
    content = {**REPORT.mark, **report.model_dump(mode="json")}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read_report(path: str | Path) -> Report:
    """From a file. Raises DataError in one line for another format or version, and for a value that cannot be."""
    return parse_report(read_json(path), path)


def parse_report(content: Any, where: str | Path) -> Report:
    """From JSON content that was read already."""
    return parse_versioned(content, where, Report, REPORT)
