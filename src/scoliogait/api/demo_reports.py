"""The reports that a demo ends with: of a real recording, and of a drawn figure whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scoliogait.api.report import ReportFacts, ReportOutcome, write_reports, write_session_report
from scoliogait.api.samples import sample_path
from scoliogait.io.read import read_walk
from scoliogait.samples import rendered_paths
from scoliogait.screening_report.content import Measure, Report
from scoliogait.screening_report.spelling import signed, signed_range
from scoliogait.screening_report.texts import texts_of

if TYPE_CHECKING:
    from scoliogait.report.demo_page import KnownValue, ReportFiles
    from scoliogait.screening import Screener

PICTURED_WALK = "intel_worker_back"
FIGURE_CODE = "rendered-figure-no-person"  # where a report names the person
_PLANTED: tuple[Measure, ...] = ("shoulder_tilt", "hip_tilt", "camera_roll")


@dataclass(frozen=True)
class DemoReports:
    """recording: of the walk of a real person; rendered: of both passes of the drawn figure. Both were written."""

    recording: ReportOutcome
    rendered: ReportOutcome


def report_recording(folder: Path, screener: Screener) -> ReportOutcome:
    """Of the pictured walk, in place of the report of an earlier call."""
    [made] = write_reports([sample_path(PICTURED_WALK)], folder, model=screener, overwrite=True)
    return _written(made)


def report_rendered(folder: Path, screener: Screener) -> ReportOutcome:
    """Of the drawn figure on its way to the camera and back, which the report calls so."""
    facts = ReportFacts(person_code=FIGURE_CODE)
    return _written(write_session_report(rendered_paths(), folder, facts, model=screener, overwrite=True))


def linked(made: DemoReports, folder: Path) -> list[ReportFiles]:
    """What a page in ``folder`` says of both reports."""
    return [
        _files(made.recording, folder, f"the report of {PICTURED_WALK}, a real person"),
        _files(made.rendered, folder, "the report of a rendered walker, no person"),
    ]


def known_values(made: DemoReports) -> list[KnownValue]:
    """What was planted into the drawn figure beside what the report measures; empty where it measures nothing."""
    planted = dict(read_walk(rendered_paths()[0]).origin)
    report = made.rendered.report
    assert report is not None
    return [] if report.camera_roll is None else list(_known(report, planted))


def _known(report: Report, planted: Mapping[str, str]) -> list[KnownValue]:
    from scoliogait.report.demo_page import KnownValue

    assert report.camera_roll is not None
    found = {one.measure: (one.value, one.interval) for one in report.asymmetries}
    found["camera_roll"] = report.camera_roll.value, report.camera_roll.interval
    texts = texts_of("en")
    known = []
    for measure in _PLANTED:
        value, interval = found[measure]
        truth = float(planted[f"planted_{measure}_deg"])
        known.append(
            KnownValue(
                name=texts(f"examiner.{measure}"),
                planted=signed(truth, "deg"),
                measured=signed(value, "deg"),
                interval="not known" if interval is None else signed_range(interval, "deg", "{low} to {high}"),
                holds=None if interval is None else interval[0] <= truth <= interval[1],
            )
        )
    return known


def _written(made: ReportOutcome) -> ReportOutcome:
    if made.error is not None:
        raise made.error
    return made


def _files(made: ReportOutcome, folder: Path, title: str) -> ReportFiles:
    from scoliogait.report.demo_page import ReportFiles

    assert made.report is not None
    assert made.written is not None
    paths = [path.relative_to(folder).as_posix() for path in made.written.paths]
    return ReportFiles(title, made.report.result.state, paths, made.written.no_pdf)
