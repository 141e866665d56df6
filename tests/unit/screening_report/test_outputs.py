"""Files of reports: names that any file system takes, nothing foreign replaced, nothing half-written."""

import json
from pathlib import Path

import pytest

from report_results import about, every_report, result
from scoliogait.errors import DataError
from scoliogait.screening_report import outputs
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.outputs import checked_folder, file_name_of, write_report
from scoliogait.screening_report.pdf import NoPdfError
from scoliogait.screening_report.report_file import read_report

REPORT = every_report()["positive"]


def without_pdf(*_: object, **__: object) -> bytes:
    raise NoPdfError("the PDF needs typst")


@pytest.mark.parametrize("name", ["K-0173", "walk_7.front", "a"])
def test_a_plain_name_is_kept(name: str) -> None:
    assert file_name_of(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "..", ".hidden", "a/../../passwd", "a/b", "a\\b", "a b", "a\x00b", "-\n", "x" * 500),
        *("con", "NUL.txt", "王小明", "\u202etxt.exe", chr(0xD800)),
    ],
)
def test_any_other_name_becomes_one_that_fits(name: str) -> None:
    fit = file_name_of(name)
    assert fit.isascii()
    assert 0 < len(fit) <= 80
    assert Path(fit).name == fit
    assert not fit.startswith(".")
    assert fit[-9] == "-"


def test_two_names_stay_apart() -> None:
    assert len({file_name_of(name) for name in ("王", "李", "a b", "a  b", "x" * 500, "x" * 501)}) == 6


def test_four_files_are_written(tmp_path: Path) -> None:
    written = write_report(REPORT, tmp_path, "K-1")
    assert written.no_pdf is None
    assert [path.name for path in written.paths] == ["K-1.html", "K-1.pdf", "K-1.json", "K-1.fhir.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["K-1.fhir.json", "K-1.html", "K-1.json", "K-1.pdf"]
    assert read_report(tmp_path / "K-1.json") == REPORT
    assert (tmp_path / "K-1.pdf").read_bytes().startswith(b"%PDF-")


def test_an_older_report_is_replaced_only_on_request(tmp_path: Path) -> None:
    write_report(REPORT, tmp_path, "K-1")
    with pytest.raises(DataError, match="exists; give --overwrite"):
        write_report(REPORT, tmp_path, "K-1")
    other = build_report(result((0.8, 0.1, 0.1)), about())
    write_report(other, tmp_path, "K-1", overwrite=True)
    assert read_report(tmp_path / "K-1.json") == other


@pytest.mark.parametrize("ending", ["html", "pdf", "json"])
def test_what_is_no_report_is_never_replaced(tmp_path: Path, ending: str) -> None:
    foreign = tmp_path / f"K-1.{ending}"
    foreign.write_text(json.dumps({"mine": 1}))
    with pytest.raises(DataError, match="exists and is not a report"):
        write_report(REPORT, tmp_path, "K-1", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == [foreign.name]


def test_without_a_pdf_the_page_is_written_and_no_older_pdf_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(REPORT, tmp_path, "K-1")
    monkeypatch.setattr(outputs, "report_pdf", without_pdf)
    written = write_report(REPORT, tmp_path, "K-1", overwrite=True)
    assert written.no_pdf == "the PDF needs typst"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["K-1.fhir.json", "K-1.html", "K-1.json"]


def test_a_folder_that_is_a_file_or_lies_in_one_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(DataError, match="is a file; give a folder"):
        checked_folder(file)
    with pytest.raises(DataError, match="cannot be made"):
        checked_folder(file / "reports")
    with pytest.raises(DataError, match="cannot be made"):
        checked_folder(tmp_path / ("x" * 500))
    checked_folder(tmp_path / "new" / "reports")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_may_not_be_written_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "touch", denied)
    with pytest.raises(DataError, match=r"cannot be written \(Permission denied\).*Choose a folder that you may write"):
        checked_folder(tmp_path)
