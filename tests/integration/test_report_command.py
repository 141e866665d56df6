"""`scoliogait report` from the command line: walks, sessions, stored results, and input that is wrong."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import scoliogait as sg
from scoliogait.cli import main
from scoliogait.io.native import write_walk
from scoliogait.report.screening_files import SCREENINGS, ScreeningFiles
from scoliogait.screening_report.report_file import read_report

FRONT, OTHER, SIDE = (sg.sample_path(name) for name in ("cmu_06_01_front", "cmu_16_16_front", "sports2d_woman_side"))


class Run:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "500")

    def report(*words: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["scoliogait", "report", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Run(int(ended.value.code or 0), said.out, said.err)

    return report


def test_a_walk_gets_its_report(run, tmp_path: Path) -> None:
    ended = run(FRONT, "--out", "r", "--person-code", "K-0173", "--walk-date", "2026-11-20")
    assert ended.code == 0
    assert "1 report in r" in ended.out
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        f"cmu_06_01_front.{kind}" for kind in ("fhir.json", "html", "json", "pdf")
    ]
    report = read_report(tmp_path / "r/cmu_06_01_front.json")
    assert (report.person_code, str(report.walk_date)) == ("K-0173", "2026-11-20")
    assert report.result.called is None
    assert report.figure is not None
    assert report.model is not None
    assert report.model.calibrated is True
    screened = sg.screen(FRONT)
    assert report.probabilities[0].value == round(screened.probabilities["negative"], 3)
    assert len(report.record.recordings) == 1


def test_the_good_go_on_beside_the_bad(run, tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"no")
    (tmp_path / "old.json").write_text(json.dumps({"format": "scoliogait.screenings", "version": 1}))
    ended = run(FRONT, SIDE, "broken.npz", "old.json", "nosuch.mp4", "--out", "r")
    assert ended.code == 2
    assert "2 reports in r, 3 without one" in ended.out
    for words in ("broken.npz", "old.json: is of version 1", "nosuch.mp4: does not exist"):
        assert words in ended.out
    assert "Traceback" not in ended.out + ended.err
    refused = read_report(tmp_path / "r/sports2d_woman_side.json")
    assert refused.result.state == "not usable"
    assert refused.result.reasons[0].cause == "side_view"


def test_a_file_of_another_kind_is_told_what_is_taken(run, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"mine": 1}', encoding="utf-8")
    (tmp_path / "bare.json").write_text('{"format": "scoliogait.screenings", "walks": []}', encoding="utf-8")
    (tmp_path / "film.dat").write_bytes(b"\x00\x00\x00\x20ftypisom" + bytes(40))
    ended = run("mine.json", "bare.json", "film.dat", "--out", "r")
    assert ended.code == 2
    assert "mine.json: is neither a result nor a walk; expected a result of `scoliogait screen` (--json," in ended.out
    assert "bare.json: states no version, this program reads version" in ended.out
    assert "film.dat: is a video by its first bytes, but not by its name; rename it" in ended.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "well"}, "outcome is 'well'; expected one of screened, inconclusive, not usable, unreadable"),
        ({"probabilities": None}, "the result lacks"),
        ({"probabilities": {"positive": "x"}}, "probabilities.positive is 'x'; expected a number"),
        ({"quality": {"height_px": "tall"}}, "quality.height_px is 'tall'; expected a number"),
        ({"quality": 3}, "quality is no table of keys and values"),
        ({"asymmetry": {"hips": {"tilt_deg": 3}}}, "the result holds values of another kind"),
    ],
)
def test_an_edited_result_ends_in_one_line(run, tmp_path: Path, change: dict[str, object], said: str) -> None:
    entry = sg.screen(FRONT).screening.to_dict() | change
    changed = {key: value for key, value in entry.items() if value is not None}
    content = {**SCREENINGS.mark, "walks": [changed], "model": entry["model"]}
    (tmp_path / "edited.json").write_text(json.dumps(content), encoding="utf-8")
    ended = run("edited.json", "--out", "r")
    assert ended.code == 2
    assert "edited.json: " in ended.out
    assert said in ended.out
    assert len((ended.out + ended.err).strip().splitlines()) == 2
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("field", ["walk_id", "subject_id"])
def test_a_name_of_500_characters_says_whose_it_is(run, tmp_path: Path, field: str) -> None:
    walk = sg.read_walk(FRONT).with_changes(**{field: "n" * 500})
    write_walk(tmp_path / "long.npz", walk)
    ended = run("long.npz", "--out", "r", *(["--code-from-name"] if field == "walk_id" else []))
    whose = {"walk_id": "name", "subject_id": "subject"}[field]
    assert f"long.npz: its {whose} cannot be the code of a person: the person code has 500 characters" in ended.out


def test_a_walk_without_poses_is_handled(run, tmp_path: Path) -> None:
    masks = np.zeros((40, 64, 44), np.uint8)
    masks[:, 4:60, 16:28] = 255
    write_walk(tmp_path / "masks.npz", sg.Walk("masks", silhouettes=masks))
    ended = run("masks.npz", "--out", "r")
    assert "Traceback" not in ended.out + ended.err
    assert len((ended.out + ended.err).strip().splitlines()) <= 3
    report = read_report(tmp_path / "r/masks.json")
    assert report.result.state == "not usable"
    assert report.result.reasons[0].cause == "no_poses"
    assert report.asymmetries == ()
    assert [(check.name, check.verdict) for check in report.checks] == [("file", "refused")]


def test_a_session_and_an_earlier_report(run, tmp_path: Path) -> None:
    assert run(FRONT, "--out", "r", "--person-code", "K-1").code == 0
    ended = run(OTHER, "--session", "--out", "r", "--person-code", "K-1", "--earlier", "r/cmu_06_01_front.json")
    assert ended.code == 0
    report = read_report(tmp_path / "r/K-1.json")
    assert report.earlier is not None
    assert report.earlier.changes[0].earlier == read_report(tmp_path / "r/cmu_06_01_front.json").asymmetries[0].value


def test_a_session_that_cannot_be_screened_says_why(run, tmp_path: Path) -> None:
    assert run(SIDE, "--session", "--out", "r").code == 0
    report = read_report(tmp_path / "r/sports2d_woman_side.json")
    assert report.result.reasons[0].cause == "side_view"
    assert str(SIDE) not in (tmp_path / "r/sports2d_woman_side.json").read_text(encoding="utf-8")


def test_a_table_of_results_gives_a_report_each(run, tmp_path: Path) -> None:
    files = ScreeningFiles(csv=tmp_path / "t.csv")
    with files.open() as opened:
        for outcome in sg.screen_many([FRONT, SIDE]):
            opened.add(outcome.to_row(), outcome.to_dict())
    ended = run("t.csv", "--out", "r", "--code-from-name", "--language", "zh")
    assert "2 reports in r" in ended.out
    assert read_report(tmp_path / "r/cmu_06_01_front.json").person_code == "cmu_06_01_front"
    page = (tmp_path / "r/cmu_06_01_front.html").read_text(encoding="utf-8")
    assert "步态筛查报告" in page


def test_a_report_is_set_again_in_another_language(run, tmp_path: Path) -> None:
    run(FRONT, "--out", "r", "--person-code", "K-1")
    assert run("r/cmu_06_01_front.json", "--out", "zh", "--language", "zh").code == 0
    assert "步态筛查报告" in (tmp_path / "zh/cmu_06_01_front.html").read_text(encoding="utf-8")
    assert read_report(tmp_path / "zh/cmu_06_01_front.json") == read_report(tmp_path / "r/cmu_06_01_front.json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((FRONT, "--out", "r", "--person-code", "x" * 500), "has 500 characters, at most 40"),
        ((FRONT, "--out", "r", "--person-code", "a\u202eb"), "holds control characters"),
        ((FRONT, "--out", "r", "--language", "fr"), "no texts in language 'fr'"),
        ((FRONT, "--out", "r", "--prevalence", "3"), "the prevalence is 3"),
        ((FRONT, "--out", "file"), "is a file; give a folder"),
        ((FRONT, "--out", "file/r"), "cannot be made"),
        ((FRONT, "--out", "r", "--test", "file"), "file"),
        ((FRONT, "--out", "r", "--earlier", "file"), "file"),
        ((FRONT, SIDE, "--out", "r", "--person-code", "K-1"), "--person-code: is of one person"),
        ((FRONT, SIDE, "--out", "r", "--session"), "a session holds the passes of one person"),
        ((FRONT, "--out", "r", "--person-code", "K", "--code-from-name"), "say two things"),
    ],
)
def test_wrong_input_ends_in_one_line(run, tmp_path: Path, words: tuple[object, ...], said: str) -> None:
    (tmp_path / "file").write_text("x")
    ended = run(*words)
    assert ended.code == 2
    assert said in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert list(tmp_path.glob("**/*.html")) == []


def test_an_existing_report_is_kept_unless_told(run) -> None:
    assert run(FRONT, "--out", "r").code == 0
    ended = run(FRONT, "--out", "r")
    assert ended.code == 2
    assert "exists; give --overwrite to replace it, or choose another folder with --out" in ended.out
    assert run(FRONT, "--out", "r", "--overwrite").code == 0
