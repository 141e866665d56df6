"""What a job makes of the recordings of one person: a report, also where there is no result. Needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scoliogait.api.report import ReportFacts, make_report
from scoliogait.api.session import Session
from scoliogait.errors import DataError, NotUsableError
from scoliogait.result_states import NOT_USABLE, UNREADABLE
from scoliogait.screening import Screener, WalkRefusedError
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.content import Report
from scoliogait.walk import Walk


def screened(walks: Sequence[Walk], screener: Screener, facts: ReportFacts) -> Report:
    """The report of the passes of one person, screened together. Raises DataError as ``Session.screen`` does."""
    return make_report(Session.screen(walks, screener), facts)


def refused(error: DataError, words: str, recordings: Sequence[str], facts: ReportFacts, was_read: bool) -> Report:
    """The report of recordings that cannot be screened: why, and what to do. words: the error, without any path.

    recordings: sha256 of the files. was_read: whether all of them were, before the error came.
    """
    unusable = was_read or isinstance(error, NotUsableError)
    entry: dict[str, Any] = {"outcome": NOT_USABLE if unusable else UNREADABLE, "reason": words}
    if isinstance(error, WalkRefusedError):
        entry |= {"quality": error.quality.to_dict(), **error.asymmetry.to_dict()}
    return build_report(entry, replace(facts.about(), recordings=tuple(recordings)))
