"""What the process of a job does with recordings, without the process."""

import json
from pathlib import Path

import numpy as np
import pytest

import scoliogait as sg
from scoliogait.api.samples import sample_path
from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.screening_report.report_file import read_report
from scoliogait.serve.job import as_shown, do
from scoliogait.serve.job_request import JobFile, JobRequest, Said
from scoliogait.serve.sentence import Sentence
from scoliogait.serve.strict_json import check_json
from videos import grey_ramp, write_video
from walk_fixtures import drawn_walks


def request(tmp_path: Path, *files: tuple[Path, str]) -> JobRequest:
    return JobRequest(
        files=tuple(JobFile(str(path), shown) for path, shown in files),
        person="K-1",
        folder=str(tmp_path),
        model="builtin:pose-set",
        memory_bytes=1 << 40,
        work_s=1e6,
        written_bytes=1 << 40,
    )


def said_of(asked: JobRequest) -> list[Said]:
    said: list[Said] = []
    do(asked, said.append)
    return said


def test_a_recording_becomes_a_report_and_progress_only_grows(tmp_path: Path) -> None:
    sample = sample_path("intel_worker_back")
    said = said_of(request(tmp_path, (sample, "Zebra.npz")))
    assert said[-1] == Said(1.0, Sentence("state.done"), outcome="done")
    shares = [one.share for one in said]
    assert shares == sorted(shares)
    report = read_report(tmp_path / "report-en.json")
    assert report.person_code == "K-1"
    assert len(report.record.recordings) == 1
    assert report.result.called is None  # the model learned from simulated walkers
    bundle = json.loads((tmp_path / "report-en.fhir.json").read_text(encoding="utf-8"))
    assert "DocumentReference" in [one["resource"]["resourceType"] for one in bundle["entry"]]  # the model's card
    for name in ("report-en.json", "report-en.html", "report-zh.html"):
        assert "Zebra" not in (tmp_path / name).read_text(encoding="utf-8")
        assert str(sample.parent) not in (tmp_path / name).read_text(encoding="utf-8")
    assert "步态筛查报告" in (tmp_path / "report-zh.html").read_text(encoding="utf-8")


def test_a_recording_that_cannot_be_screened_gets_a_report_that_says_why(tmp_path: Path) -> None:
    walk = next(drawn_walks(1))
    path = tmp_path / "0123456789abcdef.npz"
    write_walk(path, walk.with_changes(poses=walk.poses[:5], silhouettes=None))
    [*_, last] = said_of(request(tmp_path, (path, "short.npz")))
    assert last.outcome == "refused"
    words = str(last.at.values["words"])
    assert words.startswith("short.npz: ")
    assert str(tmp_path) not in words
    report = read_report(tmp_path / "report-en.json")
    assert report.result.state == "not usable"
    assert report.result.reasons


def test_a_file_that_is_damaged_gets_one_too(tmp_path: Path) -> None:
    path = tmp_path / "0123456789abcdef.npz"
    path.write_bytes(b"PK\x03\x04 and nothing that follows")
    [*_, last] = said_of(request(tmp_path, (path, "broken.npz")))
    assert last.outcome == "unreadable"
    assert read_report(tmp_path / "report-en.json").result.state == "unreadable"
    assert str(last.at.values["words"]).startswith("broken.npz: ")
    assert str(tmp_path) not in (tmp_path / "report-en.json").read_text(encoding="utf-8")


def test_a_message_names_files_as_people_do() -> None:
    files = (JobFile("/x/1.npz", "there.npz"), JobFile("/x/2.npz", "back.npz"))
    assert as_shown("/x/2.npz: the same as\n/x/1.npz", files) == "back.npz: the same as there.npz"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"x": NaN}', "not as NaN"),
        ('{"x": [1, Infinity]}', "not as NaN"),
        ("[" * 60 + "]" * 60, "nested more than 50 deep"),
        ('{"x": ' + "9" * 40 + "}", "is not JSON"),
        ("{", "is not JSON"),
    ],
)
def test_json_from_the_web_is_strict(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "walk.json"
    path.write_text(content)
    with pytest.raises(DataError, match=words):
        check_json(path)


def test_json_that_is_strict_passes_and_other_files_are_left_to_their_readers(tmp_path: Path) -> None:
    path = tmp_path / "walk.json"
    path.write_text(json.dumps([{"keypoints": [1.5, None]}]))
    check_json(path)
    check_json(tmp_path / "missing.npz")


def test_of_a_video_the_word_is_that_of_the_command_line(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        sound = container.add_stream("aac", rate=16000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 16000
        container.mux([*sound.encode(silence), *sound.encode()])
    write_video(tmp_path / "short.mp4", [grey_ramp(n, 128, 96) for n in range(3)])
    for name, outcome in (("sound.mp4", "unreadable"), ("short.mp4", "refused")):
        [*_, last] = said_of(request(tmp_path, (tmp_path / name, name)))
        assert last.outcome == outcome
        (screening,) = sg.screen_many(tmp_path / name)
        assert read_report(tmp_path / "report-en.json").result.state == screening.outcome
