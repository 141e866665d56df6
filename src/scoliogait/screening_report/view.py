"""A report in words, ready to be set: what both pages say, in one language, for HTML and PDF alike."""

from __future__ import annotations

from dataclasses import dataclass

from scoliogait.screening_report.content import Report
from scoliogait.screening_report.examiner_page import ExaminerPage, examiner_page
from scoliogait.screening_report.family_page import FamilyPage, family_page
from scoliogait.screening_report.texts import Texts


@dataclass(frozen=True)
class View:
    """Both pages. language: the tag that a page states."""

    language: str
    title: str
    family: FamilyPage
    examiner: ExaminerPage
    research: str
    page_numbers: tuple[str, str]
    footer_code: str


def view_of(report: Report, texts: Texts) -> View:
    """All words and pictures of a report."""
    code = report.person_code or texts("heading.report_code", code=report.record.code)
    return View(
        language=texts.tag,
        title=texts("title"),
        family=family_page(report, texts),
        examiner=examiner_page(report, texts),
        research=texts("footer.research"),
        page_numbers=(texts("footer.page", page=1), texts("footer.page", page=2)),
        # The time first: digits that follow letters written from right to left are set in another order.
        footer_code=f"{made_words(report)} · {code}",
    )


def made_words(report: Report) -> str:
    """When the report was made, in the zone that it was made in, such as ``2026-11-28 10:14 UTC``."""
    return f"{report.made_at:%Y-%m-%d %H:%M} {report.made_at.tzname() or ''}".strip()
