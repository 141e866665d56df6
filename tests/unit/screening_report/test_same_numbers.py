"""Each number of a report is the same in its JSON, on its page and in its PDF, in every language."""

import io
import re

import pypdf
import pytest

from report_numbers import printed_numbers
from report_results import every_report
from scoliogait.screening_report.content import Report
from scoliogait.screening_report.html import report_html
from scoliogait.screening_report.pdf import report_pdf
from scoliogait.screening_report.texts import languages

REPORTS = every_report()


def words_of_html(page: str) -> str:
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", body)


def words_of_pdf(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages)


def lacking(report: Report, words: str) -> dict[str, str]:
    """Numbers that do not stand there as words of their own."""
    text = " ".join(words.replace("\u00a0", " ").split())
    numbers = {place: number.replace("\u00a0", " ") for place, number in printed_numbers(report).items()}
    return {
        place: number
        for place, number in numbers.items()
        if not re.search(rf"(?<![\d.+\u2212]){re.escape(number)}(?![\d]|\.\d)", text)
    }


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", REPORTS)
def test_the_page_shows_every_number(kind: str, language: str) -> None:
    assert lacking(REPORTS[kind], words_of_html(report_html(REPORTS[kind], language))) == {}


@pytest.mark.parametrize("kind", REPORTS)
def test_the_pdf_shows_every_number(kind: str) -> None:
    assert lacking(REPORTS[kind], words_of_pdf(report_pdf(REPORTS[kind]))) == {}


def test_a_number_that_changes_is_seen() -> None:
    report = REPORTS["session"]
    other = report.asymmetries[0].model_copy(update={"value": 9.9})
    changed = report.model_copy(update={"asymmetries": (other, *report.asymmetries[1:])})
    assert lacking(changed, words_of_html(report_html(report))) == {"asymmetries[0].value": "+9.9°"}


def test_all_kinds_print_many_numbers() -> None:
    assert len(printed_numbers(REPORTS["session"])) > 90
    assert len(printed_numbers(REPORTS["simulated"])) > 50
