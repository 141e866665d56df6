"""The files of a report: HTML, PDF, JSON and FHIR, each written beside its place and renamed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.files import advice_on, atomic_file, refuse_existing
from scoliogait.json_file import has_format
from scoliogait.screening_report.content import Report
from scoliogait.screening_report.fhir.bundle import fhir_json
from scoliogait.screening_report.html import report_html
from scoliogait.screening_report.pdf import Attachment, NoPdfError, report_pdf
from scoliogait.screening_report.report_file import REPORT, report_json
from scoliogait.screening_report.texts import DEFAULT_LANGUAGE

_LONGEST_NAME = 80
# What no file system of ours takes, what a shell would read as something else, and what could leave the folder.
_UNFIT = re.compile(r"[^\w.\-]+", re.ASCII)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Written:
    """paths: of the files, HTML first. no_pdf: why there is none, in one line; None where there is one."""

    paths: tuple[Path, ...]
    no_pdf: str | None


def file_name_of(name: str) -> str:
    """A name for the files of a report: ASCII letters, digits, ``. _ -``, at most 80 characters.

    A name that had to be changed ends in eight digits of its sha256, so that two of them stay apart.
    """
    fit = _UNFIT.sub("_", name).strip("._")
    if fit and fit == name and len(fit) <= _LONGEST_NAME and not _RESERVED.fullmatch(fit):
        return fit
    mark = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{fit[: _LONGEST_NAME - 9].strip('._') or 'walk'}-{mark}"


def checked_folder(folder: Path) -> Path:
    """The folder, which is made with the first file in it. Raises DataError in one line where nothing can be written.

    Where it is not there yet, the folder that it will lie in is asked.
    """
    place = folder
    try:
        while not place.exists():
            place = place.parent
    except OSError as error:
        raise DataError(f"{folder}: cannot be made ({error.strerror}); {advice_on(error)}") from error
    if not place.is_dir():
        what = "is a file" if place == folder else f"cannot be made, as {place} is a file"
        raise DataError(f"{folder}: {what}; give a folder for the reports")
    trial = place / ".scoliogait-report"
    try:
        with atomic_file(trial):
            pass
    except DataError as error:
        raise DataError(str(error).replace(str(trial), str(folder), 1)) from error
    trial.unlink(missing_ok=True)
    return folder


def write_report(
    report: Report,
    folder: Path,
    name: str,
    *,
    language: str = DEFAULT_LANGUAGE,
    fonts: Path | None = None,
    card: str | None = None,
    overwrite: bool = False,
) -> Written:
    """Write ``name.html``, ``name.pdf``, ``name.json`` and ``name.fhir.json``; where no PDF can be made the others are.

    fonts: as for ``report_pdf``. card: of the model, Markdown, for the FHIR bundle, which the PDF holds too. overwrite:
    replace an older report of this name; what is none is never replaced.

    Raises DataError when one of them exists or cannot be written, and for a language that there are no texts of.
    """
    html, pdf, json, fhir = (folder / f"{name}.{kind}" for kind in ("html", "pdf", "json", "fhir.json"))
    ours = has_format(json, REPORT)
    for path in (json, html, pdf, fhir):
        refuse_existing(path, overwrite, lambda _: ours, REPORT.what, other="another folder with --out")
    page = report_html(report, language)
    bundle = fhir_json(report, card, language)
    inside = Attachment(
        "report.fhir.json", bundle, "application/fhir+json", "This report as an HL7 FHIR R4 bundle", "alternative"
    )
    try:
        document, no_pdf = report_pdf(report, language, [inside], fonts=fonts), None
    except NoPdfError as error:
        document, no_pdf = None, str(error)
        pdf.unlink(missing_ok=True)  # an older one would show other numbers
    contents = [
        (html, page.encode("utf-8")),
        (pdf, document),
        (json, report_json(report).encode("utf-8")),
        (fhir, bundle.encode("utf-8")),
    ]
    written = [(path, content) for path, content in contents if content is not None]
    for path, content in written:
        with atomic_file(path) as temporary:
            temporary.write_bytes(content)
    return Written(tuple(path for path, _ in written), no_pdf)
