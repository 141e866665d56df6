"""A report as PDF/A-3a and PDF/UA-1 through typst, with the report's JSON, and more files where given, inside it.

typst checks what both standards ask for, and refuses a letter that no font has: nothing of a name is lost in silence.
It reads no file of this machine but fonts: words, pictures and attachments are given as data.
"""

from __future__ import annotations

import atexit
import io
import json
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scoliogait.errors import DataError
from scoliogait.screening_report.content import Report
from scoliogait.screening_report.report_file import report_json
from scoliogait.screening_report.texts import DEFAULT_LANGUAGE, texts_of
from scoliogait.screening_report.view import view_of

if TYPE_CHECKING:
    import typst

_STANDARDS: tuple[Literal["a-3a"], Literal["ua-1"]] = ("a-3a", "ua-1")
_FONT, _FONT_FILES = "DejaVu Sans", ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
_LAST_RESORT = "last resort"
# With Chinese characters, in the order in which they are taken; the first of them that this machine has.
_CHINESE = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei"),
    *("Droid Sans Fallback", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "Arial Unicode MS"),
)
_NO_GLYPH = "could not be displayed"
_NEEDED = ("typst", "pikepdf")
NEEDS_EXTRA = 'the PDF needs typst and pikepdf; pip install "scoliogait[report]", or print the HTML from a browser'


class NoPdfError(DataError):
    """There is no PDF of this report on this machine; the message says what to install. The HTML can be had."""


@dataclass(frozen=True)
class Attachment:
    """A text file inside the PDF. relationship: what it is to the pages, a word of PDF/A-3."""

    name: str
    content: str
    mime: str
    description: str
    relationship: Literal["source", "data", "alternative", "supplement"] = "data"


def pdf_is_there() -> bool:
    """Whether the extra ``report`` is installed."""
    return all(find_spec(name) is not None for name in _NEEDED)


def report_pdf(
    report: Report,
    language: str = DEFAULT_LANGUAGE,
    attachments: Sequence[Attachment] = (),
    fonts: Path | None = None,
) -> bytes:
    """Two pages; the same bytes for the same report.

    attachments: beside the report's own JSON. fonts: a folder with more fonts, for scripts that no font here has.
    Raises NoPdfError where the extra is missing or no font has a letter of the report, DataError for an unknown
    language.
    """
    return _packed(_pdf_and_fonts(report, language, attachments, fonts)[0])


def report_png(report: Report, language: str = DEFAULT_LANGUAGE, fonts: Path | None = None) -> list[bytes]:
    """The pages as pictures, as the PDF shows them. Raises as ``report_pdf`` does, whose letters are checked."""
    system = _pdf_and_fonts(report, language, (), fonts)[1]
    pages = _run(_inputs(report, language, ()), report, fonts, "png", system)
    return [pages] if isinstance(pages, bytes) else list(pages)


def _pdf_and_fonts(
    report: Report, language: str, attachments: Sequence[Attachment], fonts: Path | None
) -> tuple[bytes, bool]:
    """The PDF, and whether it took the fonts of this machine: only where others lack a letter."""
    if not pdf_is_there():
        raise NoPdfError(NEEDS_EXTRA)
    inputs = _inputs(report, language, attachments)
    try:
        return _run(inputs, report, fonts, "pdf", system=False), False
    except RuntimeError as error:
        if _NO_GLYPH not in str(error):
            raise
    try:
        return _run(inputs, report, fonts, "pdf", system=True), True
    except RuntimeError as error:
        if _NO_GLYPH not in str(error):
            raise
        raise NoPdfError(
            f"no font of this machine has all letters of the report ({_first_line(error)}); install a font with them, "
            "such as fonts-noto-cjk or fonts-wqy-microhei for Chinese, or give a folder with --fonts; the HTML shows "
            "them"
        ) from error


def _packed(document: bytes) -> bytes:
    """The same document, its small objects in compressed streams: typst writes each plainly, a third of the file.

    The standards allow such streams (ISO 19005-3 and 14289-1 are of PDF 1.7); nothing in the document changes.
    """
    import pikepdf

    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(document)) as pdf:
        pdf.save(
            packed,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            fix_metadata_version=False,  # which writes the metadata anew
        )
    return packed.getvalue()


def _inputs(report: Report, language: str, attachments: Sequence[Attachment]) -> dict[str, str]:
    own = Attachment("report.json", report_json(report), "application/json", "The numbers of this report", "source")
    return {
        "view": json.dumps(asdict(view_of(report, texts_of(language))), ensure_ascii=False),
        "made": json.dumps(_made(report)),
        "files": json.dumps([asdict(one) for one in (own, *attachments)]),
    }


def _run(
    inputs: dict[str, str], report: Report, fonts: Path | None, format_: Literal["pdf", "png"], system: bool
) -> Any:
    compiler, families = _compiler(None if fonts is None else str(fonts), system)
    given = inputs | {"fonts": json.dumps([_FONT, *families])}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return compiler.compile(
            _template(),  # a compiler that was made with bytes finds them once only
            format=format_,
            sys_inputs=given,
            pdf_standards=list(_STANDARDS) if format_ == "pdf" else [],
            timestamp=report.made_at,
        )


@cache
def _compiler(fonts: str | None, system: bool) -> tuple[typst.Compiler, tuple[str, ...]]:
    """A compiler for one choice of fonts, and the families beside the usual one, in the order in which they are tried.

    Its root is a new, empty folder: a template can read nothing else.
    """
    import typst

    folders = [_dejavu(), *([] if fonts is None else [fonts])]
    found = typst.Fonts(include_system_fonts=system, include_embedded_fonts=False, font_paths=folders)
    known = [name for name in found.families() if name != _FONT and _LAST_RESORT not in name.casefold()]
    chinese = [name for name in _CHINESE if name in known]
    compiler = typst.Compiler(root=_empty_folder("root"), font_paths=found, ignore_system_fonts=not system)
    return compiler, (*chinese, *(name for name in known if name not in chinese))


@cache
def _template() -> bytes:
    return resources.files(__package__).joinpath("templates/report.typ").read_bytes()


@cache
def _empty_folder(name: str) -> str:
    """A new folder of this process, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix=f"scoliogait-report-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(folder)


@cache
def _dejavu() -> str:
    """A folder with DejaVu Sans alone, which matplotlib brings along.

    Not its whole folder of fonts: a font of last resort lies there, which has a box for every letter of the world, so
    that none would be missed.
    """
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise NoPdfError("the PDF needs the fonts of matplotlib, which is missing; install scoliogait again")
    source = Path(next(iter(spec.submodule_search_locations))) / "mpl-data" / "fonts" / "ttf"
    folder = Path(_empty_folder("fonts"))
    for name in _FONT_FILES:
        shutil.copyfile(source / name, folder / name)
    return str(folder)


def _made(report: Report) -> dict[str, int]:
    made = report.made_at
    return {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")}


def _first_line(error: Exception) -> str:
    return " ".join(str(error).partition("\n")[0].split())
