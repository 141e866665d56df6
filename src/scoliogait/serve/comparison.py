"""Two reports of one person beside each other, in the words and figures of reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scoliogait.screening_report.content import Change, Measured
from scoliogait.screening_report.measures import changes_between
from scoliogait.screening_report.report_file import read_report
from scoliogait.screening_report.spelling import signed, unsigned
from scoliogait.screening_report.texts import Texts, texts_of


@dataclass(frozen=True)
class Row:
    """One measure in both sessions. mdc95: the smallest change that is more than chance."""

    measure: str
    earlier: str
    now: str
    change: str
    mdc95: str
    reading: str
    is_beyond: bool


def comparison(earlier: Path, now: Path, language: str) -> list[Row]:
    """Of every measure that both reports hold. Raises DataError for a file that is no report of this version."""
    return rows(read_report(earlier).asymmetries, read_report(now).asymmetries, texts_of(language))


def rows(earlier: Sequence[Measured], now: Sequence[Measured], texts: Texts) -> list[Row]:
    return [_row(change, texts) for change in changes_between(earlier, now)]


def _row(change: Change, texts: Texts) -> Row:
    return Row(
        measure=texts(f"examiner.{change.measure}"),
        earlier=signed(change.earlier, change.unit),
        now=signed(change.now, change.unit),
        change=signed(change.change, change.unit),
        mdc95=unsigned(change.mdc95, change.unit) if change.mdc95 is not None else texts("examiner.not_known"),
        reading=texts(f"examiner.{change.reading}"),
        is_beyond=change.reading == "beyond_error",
    )
