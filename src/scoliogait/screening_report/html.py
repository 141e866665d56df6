"""A report as one HTML page: no script, nothing loaded from elsewhere, one style sheet inside and no other style."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from scoliogait.screening_report.content import Report
from scoliogait.screening_report.texts import DEFAULT_LANGUAGE, texts_of
from scoliogait.screening_report.view import View, view_of


def report_html(report: Report, language: str = DEFAULT_LANGUAGE) -> str:
    """The page of a report. Raises DataError for a language that there are no texts of."""
    return html_of(view_of(report, texts_of(language)))


def html_of(view: View) -> str:
    """The page of a report that is in words already. All words in it are escaped."""
    return _template().render(view=view, style=style_sheet()).strip() + "\n"


@cache
def style_sheet() -> str:
    """What stands in the page's ``<style>``, the same for every report."""
    return resources.files(__package__).joinpath("templates/report.css").read_text(encoding="utf-8")


def style_source() -> str:
    """The style sheet as a content security policy names it: ``'sha256-...'``."""
    digest = hashlib.sha256(style_sheet().encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("scoliogait.screening_report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
