"""The PDF: two pages, tagged, all within it, the same bytes, and no letter lost in silence."""

import io
import json
from pathlib import Path
from typing import Any

import pypdf
import pytest

from report_results import about, every_report, metrics, result, session
from scoliogait.errors import DataError
from scoliogait.screening_report import pdf
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.content import Report
from scoliogait.screening_report.pdf import Attachment, NoPdfError, report_pdf, report_png
from scoliogait.screening_report.report_file import report_json
from scoliogait.screening_report.texts import texts_of

for needed in ("typst", "pikepdf"):
    pytest.importorskip(needed, reason="the extra 'report' is not installed")

REPORTS = every_report()


def read(document: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(document))


def largest() -> Report:
    """More passes, reasons and notes than fit, each as long as they come."""
    sentence = "Only 1.5 strides were seen, and " + "much else was not as it should be " * 20
    entry = session(8, outcome="inconclusive", reasons=[f"{n}. {sentence}" for n in range(9)], notes=[sentence] * 3)
    known = REPORTS["session"]
    earlier = build_report(result(source="o", walk_id="o"), about(person_code="W" * 40))
    model = dict(entry["passes"][0]["model"]) | {"name": "n" * 60, "contract": "c " * 60, "data": "d " * 40}
    return build_report(
        entry | {"model": model},
        about(
            person_code="W" * 40,
            earlier=earlier,
            figure=known.figure,
            recordings=tuple(f"{n}" * 64 for n in range(8)),
            test=metrics(data="d" * 60),
        ),
    )


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_has_two_pages_and_is_small(kind: str) -> None:
    document = report_pdf(REPORTS[kind])
    assert len(read(document).pages) == 2
    assert len(document) < 150_000


def test_the_largest_report_has_two_pages() -> None:
    assert len(read(report_pdf(largest())).pages) == 2


@pytest.mark.parametrize("kind", ["positive", "session", "unreadable"])
def test_the_foot_of_a_page_is_one_line(kind: str) -> None:
    words = texts_of("en")("footer.research")
    for page in read(report_pdf(REPORTS[kind])).pages:
        assert any(line.strip().startswith(words) for line in page.extract_text().splitlines())


def test_small_objects_are_packed_and_nothing_else_changes() -> None:
    """A plain object for each tagged word was a third of a file."""
    plain, _ = pdf._pdf_and_fonts(REPORTS["session"], "en", (), None)
    packed = report_pdf(REPORTS["session"])
    assert b"/StructElem" in plain
    assert b"/StructElem" not in packed
    assert len(packed) < 0.8 * len(plain)
    before, after = read(plain), read(packed)
    assert [page.extract_text() for page in before.pages] == [page.extract_text() for page in after.pages]
    assert before.xmp_metadata.stream.get_data() == after.xmp_metadata.stream.get_data()
    assert before.attachments == after.attachments


def test_it_states_both_standards_and_is_tagged() -> None:
    document = read(report_pdf(REPORTS["session"]))
    root: Any = document.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert document.metadata is not None
    assert document.metadata.title == "Walk screening report"


def test_every_picture_has_words() -> None:
    root: Any = read(report_pdf(REPORTS["session"])).trailer["/Root"]
    figures = list(figures_in(root["/StructTreeRoot"]))
    assert len(figures) == 5  # a hundred people, the body, three bars
    assert all(figure.get("/Alt") for figure in figures)
    assert any("Shoulders: +2.6°, likely between +1.1° and +4.1°." in figure["/Alt"] for figure in figures)


def figures_in(node: Any) -> Any:
    node = node.get_object()
    if isinstance(node, pypdf.generic.ArrayObject):
        for one in node:
            yield from figures_in(one)
    elif isinstance(node, pypdf.generic.DictionaryObject):
        if node.get("/S") == "/Figure":
            yield node
        if "/K" in node:
            yield from figures_in(node["/K"])


def test_all_fonts_are_within_it() -> None:
    for page in read(report_pdf(REPORTS["session"])).pages:
        fonts: Any = page["/Resources"]["/Font"]
        for font in fonts.values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert any(key.startswith("/FontFile") for key in inner)
            assert "DejaVuSans" in str(inner["/FontName"])


def test_its_numbers_lie_within_it_and_more_files_can() -> None:
    more = Attachment("bundle.json", '{"resourceType": "Bundle"}', "application/fhir+json", "The same as FHIR")
    found = read(report_pdf(REPORTS["session"], attachments=[more])).attachments
    assert found["report.json"] == [report_json(REPORTS["session"]).encode()]
    assert json.loads(found["bundle.json"][0]) == {"resourceType": "Bundle"}


def test_the_same_report_gives_the_same_bytes() -> None:
    assert report_pdf(every_report()["session"]) == report_pdf(REPORTS["session"])


@pytest.mark.parametrize("code", ["王小明", "ก-12"])
def test_a_letter_that_no_font_has_is_an_error(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only_ours(monkeypatch)
    with pytest.raises(NoPdfError) as caught:
        report_pdf(build_report(result(), about(person_code=code)))
    assert "no font of this machine has all letters" in str(caught.value)
    assert code[0] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_page_in_chinese_is_an_error_where_no_font_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    only_ours(monkeypatch)
    with pytest.raises(NoPdfError, match="fonts-noto-cjk"):
        report_pdf(REPORTS["simulated"], "zh")
    with pytest.raises(NoPdfError, match="fonts-noto-cjk"):
        report_png(REPORTS["simulated"], "zh")


def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has no fonts of its own."""
    usual = pdf._compiler
    monkeypatch.setattr(pdf, "_compiler", lambda fonts, system: usual(fonts, False))


@pytest.mark.parametrize("code", ["אבג K-12", "Łódź ñ Ω", 'x"] #import "a.typ"', "#panic() $x$ *b* _i_ @preview \\"])
def test_names_are_shown_as_they_are(code: str) -> None:
    text = "".join(
        page.extract_text() for page in read(report_pdf(build_report(result(), about(person_code=code)))).pages
    )
    if "א" not in code:  # read from right to left
        assert code.replace(" ", "") in text.replace(" ", "").replace("\n", "")


def test_two_names_give_two_files() -> None:
    one, other = (report_pdf(build_report(result(), about(person_code=code))) for code in ("K-1", "K-2"))
    assert one != other


def test_a_template_can_read_nothing_of_this_machine() -> None:
    compiler, _ = pdf._compiler(None, False)
    with pytest.raises(RuntimeError, match=r"not found|access denied"):
        compiler.compile(b'#read("/etc/hostname")', format="pdf")


def test_without_typst_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "pdf_is_there", lambda: False)
    with pytest.raises(NoPdfError, match=r'pip install "scoliogait\[report\]", or print the HTML'):
        report_pdf(REPORTS["session"])


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(DataError, match="no texts in language 'xx'"):
        report_pdf(REPORTS["session"], "xx")


def test_fonts_can_be_given(tmp_path: Path) -> None:
    """An empty folder adds none and does no harm."""
    assert read(report_pdf(REPORTS["session"], fonts=tmp_path)).pages
