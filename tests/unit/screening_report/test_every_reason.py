"""Whatever makes a result doubtful or not usable is seen among the checks of the recording, on both pages.

The sentences are read from the code that says them, so that a new one without a check fails here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

import scoliogait
from manipulations import KINDS, ROWS, Row
from report_results import about, quality, refused, result
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.quality import assess_quality
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.screening import measured_asymmetry
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.causes import CAUSES, check_of, reason_of
from scoliogait.screening_report.content import DoubtedCheck, MeasuredCheck, Report
from scoliogait.screening_report.examiner_page import examiner_page
from scoliogait.screening_report.family_page import family_page
from scoliogait.screening_report.texts import languages, texts_of

ROOT = Path(str(scoliogait.__path__[0]))
# Functions that give doubts or refusals as they are; elsewhere they begin with ``DOUBT`` or are a ``NotUsableError``.
OF_DOUBTS = {
    "measurement/quality.py": ("_refusal", "_too_short", "_cautions", "_swap_cautions"),
    "measurement/film.py": ("repetition", "_jumping"),
    "measurement/body_shape.py": ("_high_camera", "_stretched"),
    "measurement/picture_shares.py": ("share_cautions",),
    "measurement/exchanged_sides.py": ("doubts_about_sides",),
    "measurement/stated_view.py": ("view_cautions",),
    "measurement/posture_cautions.py": ("_roll_cautions", "_tilt_cautions"),
    "measurement/turns.py": ("doubts",),
    "measurement/passes.py": ("_moved_camera", "_differing_values"),
    "io/video_gate.py": ("_doubts", "_unsure"),
    "io/choose_walker.py": ("_doubts",),
    "api/session.py": ("_disagreements",),
    "api/session_passes.py": ("unlike_within",),
    "screening.py": ("_contract_cautions", "probability_doubts"),
}
WITH_DOUBT = ("io", "video")
FEWEST_WORDS = 5


def filled(node: ast.AST) -> str:
    """A text of the code with 0 in place of each value."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in parts)


def texts_in(node: ast.AST) -> Iterator[ast.AST]:
    """The outermost texts."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from texts_in(child)


def begins_with_doubt(node: ast.AST) -> bool:
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else None
    return isinstance(first, ast.FormattedValue) and getattr(first.value, "id", "") in ("DOUBT", "doubt")


def given(function: ast.FunctionDef) -> Iterator[str]:
    """What a function yields or returns."""
    for inner in ast.walk(function):
        if isinstance(inner, ast.Yield | ast.Return) and inner.value is not None:
            yield from (filled(text) for text in texts_in(inner.value))


@cache
def sentences() -> dict[str, str]:
    """Every doubt and every refusal that is written in the code, with the file that says it."""
    found: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        said: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name in OF_DOUBTS.get(where, ()):
                said += given(node)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotUsableError":
                said += [filled(text).removeprefix("0: ") for text in texts_in(node)]
            if where.startswith(WITH_DOUBT) and begins_with_doubt(node):
                said.append(filled(node).removeprefix("0"))
        found |= {text: where for text in said if len(text.split()) >= FEWEST_WORDS}
    return found


def test_sentences_are_found_in_every_file_that_has_some() -> None:
    assert set(OF_DOUBTS) <= set(sentences().values())
    assert len(sentences()) >= 58


def shown_doubts(report: Report) -> list[tuple[str, str]]:
    """(name, verdict) of each check that is not good, which all pages in all languages show."""
    doubted = [(one.name, one.verdict) for one in report.checks if one.verdict in ("doubtful", "refused")]
    for language in languages():
        texts = texts_of(language)
        tiles = [(one.name, one.verdict) for one in family_page(report, texts).recording]
        rows = [(row[0], row[-1]) for row in examiner_page(report, texts).recording.table.rows]
        for name, verdict in doubted:
            assert (texts(f"recording.{name}"), verdict) in tiles
            assert (texts(f"examiner.checks.{name}"), texts(f"examiner.verdicts.{verdict}")) in rows
    return doubted


@pytest.mark.parametrize("sentence", sentences())
def test_each_sentence_is_of_a_kind_and_shows_among_the_checks(sentence: str) -> None:
    cause = reason_of(sentence).cause
    assert cause != "other", sentences()[sentence]
    doubtful = build_report(result(outcome="inconclusive", reasons=[sentence]), about())
    not_usable = build_report(refused(sentence, quality={}), about())
    if cause == "unclear_answer":
        assert shown_doubts(doubtful) == []
        assert family_page(doubtful, texts_of("en")).recording_note
        return
    assert shown_doubts(doubtful) == [(check_of(cause), "doubtful")]
    assert shown_doubts(not_usable) == [(check_of(cause), "refused")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "row", [row for row in ROWS if not row.by_the_reader and row.words], ids=lambda row: row.manipulation
)
def test_what_was_done_to_good_walks_shows_among_the_checks(row: Row, kind: str) -> None:
    walk, swaps = repaired_walk(row.walk(kind))
    found = assess_quality(walk, swaps)
    posture = measured_asymmetry(walk, found)
    seen: dict[str, Any] = {"quality": found.to_dict()} | posture.to_dict()
    reasons = [*found.cautions, *posture_cautions(posture)]
    if found.refusal is not None:
        report = build_report(refused(found.refusal, **seen), about())
    else:
        outcome = "inconclusive" if reasons else "screened"
        report = build_report(result(outcome=outcome, reasons=reasons, **seen), about())
    shown = shown_doubts(report)
    expected = {check_of(reason.cause) for reason in report.result.reasons}
    assert expected <= {name for name, _ in shown}
    assert (("refused" in dict(shown).values()) == (found.refusal is not None)) or not shown
    # What is only put right, or passes, is good on the page too.
    assert bool(shown) == (report.result.state != "screened")


def test_every_kind_belongs_to_a_check_or_to_the_answer() -> None:
    names = {*get_args(MeasuredCheck), *get_args(DoubtedCheck)}
    checks = {cause: check_of(cause) for cause in CAUSES}
    assert [cause for cause, check in checks.items() if check is None] == ["unclear_answer"]
    assert set(checks.values()) - {None} <= names
    assert set(get_args(DoubtedCheck)) <= set(checks.values())


def test_a_reason_makes_a_check_no_better_and_keeps_its_number() -> None:
    reason = "Only 1.5 strides were seen; 2 or more are wanted."
    entry = result(outcome="inconclusive", reasons=[reason], quality=quality(n_strides=1.5))
    check = next(one for one in build_report(entry, about()).checks if one.name == "strides")
    assert (check.measured, check.limit, check.verdict) == (1.5, 2.0, "doubtful")


def test_the_camera_that_looks_down_is_a_tile_with_its_number() -> None:
    reason = "The camera looks down on the walker: it stands 3.7 times as high as the shoulders are above the ankles"
    entry = result(outcome="inconclusive", reasons=[reason], quality=quality(camera_height=3.7123))
    tiles = {one.name: one for one in family_page(build_report(entry, about()), texts_of("en")).recording}
    assert tiles["Height of the camera"].verdict == "doubtful"
    assert tiles["Height of the camera"].value.startswith("3.7 × the height of the shoulders; wanted: 1.6 or less")
