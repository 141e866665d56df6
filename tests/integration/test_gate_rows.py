"""Each limit of the quality gate, with a video on each side of it; the table in the docs is this one."""

from pathlib import Path

import numpy as np
import pytest

from gate_rows import ROWS, Filmed, Row
from scoliogait.errors import NotUsableError
from scoliogait.io.read import read_walk
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.quality import assess_quality
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.screening import measured_asymmetry
from seen_people import NUMBER_PX, known_people, numbered
from videos import write_video

pytest.importorskip("av")
PAGE = Path(__file__).parents[2] / "docs" / "video.md"


def judged(filmed: Filmed, path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """What is said of a video, by what comes of it; without a model."""
    known_people(monkeypatch, filmed.people)
    pictures = [numbered(number) for number in range(len(filmed.people))]
    if filmed.worse is not None:
        pictures = [_with_number(filmed.worse(picture), picture) for picture in pictures]
    times = [round(1000 * number / 30) for number in range(len(pictures))]
    write_video(path, pictures, times, change=lambda stream: setattr(stream, "bit_rate", 20_000_000))
    try:
        walk, swaps = repaired_walk(read_walk(path))
    except NotUsableError as error:
        return {"not usable": (str(error),)}
    quality = assess_quality(walk, swaps)
    if quality.refusal:
        return {"not usable": (quality.refusal,)}
    doubts = (*quality.cautions, *posture_cautions(measured_asymmetry(walk, quality)))
    return {"inconclusive": doubts, "note": quality.notes}


def _with_number(worse: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """The number stays readable."""
    worse[: NUMBER_PX[1], : NUMBER_PX[0]] = picture[: NUMBER_PX[1], : NUMBER_PX[0]]
    return worse


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.what}: {row.limit}")
def test_each_limit_decides(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    within = judged(row.within, tmp_path / "within.mp4", monkeypatch)
    assert [sentence for said in within.values() for sentence in said if row.words.lower() in sentence.lower()] == []
    beyond = judged(row.beyond, tmp_path / "beyond.mp4", monkeypatch)
    assert [row.words.lower() in sentence.lower() for sentence in beyond[row.outcome]].count(True) == 1, beyond


def test_the_page_shows_this_table() -> None:
    shown = PAGE.read_text(encoding="utf-8").split("| what is judged |")[1].split("\n\n")[0].splitlines()[2:]
    assert shown == [row.cells for row in ROWS]
