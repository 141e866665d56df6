"""`scoliogait screen --overlay`: one look at the video gives the result and the pictures of it."""

from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner, Result

import seen_people
from bundles import untrained_bundle
from scoliogait.api.samples import sample_path
from scoliogait.cli import app
from scoliogait.errors import DataError
from scoliogait.io import backends
from scoliogait.video.overlay_file import is_overlay
from seen_people import KnownPeople, write_numbered
from walker import draw_walker

av = pytest.importorskip("av")
T = 32


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of each picture in which a pose was estimated; they show one walker."""
    looked_at: list[int] = []
    known = KnownPeople([[pose] for pose in draw_walker(T, height_px=220)])

    def estimate(rgb, box):  # type: ignore[no-untyped-def]
        looked_at.append(seen_people.number_of(rgb))
        return known.estimate(rgb, box)

    monkeypatch.setattr(backends, "Detector", lambda engine: known.find)
    monkeypatch.setattr(backends, "Estimator", lambda engine: estimate)
    return looked_at


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["screen", *(str(argument) for argument in arguments)])


def video(folder: Path, n_pictures: int = T) -> Path:
    return write_numbered(folder / "walk.mp4", range(n_pictures))


def test_one_look_gives_result_and_overlay(bundle: str, tmp_path: Path, looks: list[int]) -> None:
    result = run(video(tmp_path), "--model", bundle, "--overlay", tmp_path / "seen.mp4")
    assert result.exit_code == 0, result.output
    assert sorted(looks) == list(range(T))
    with av.open(str(tmp_path / "seen.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "mpeg4"
        assert sum(1 for _ in container.decode(stream)) == T
    assert "look at the overlay before it is passed on" in " ".join(result.output.split())
    assert str(tmp_path / "seen.mp4") in "".join(result.output.split("\n"))


def test_a_contact_sheet_of_a_video_that_is_refused(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_people.known_people(monkeypatch, [[pose] for pose in draw_walker(T, height_px=60)])
    result = run(video(tmp_path), "--model", bundle, "--overlay", tmp_path / "seen.png")
    assert result.exit_code == 2
    assert "px tall" in result.output
    assert cv2.imread(str(tmp_path / "seen.png")) is not None


@pytest.mark.parametrize("name", ["seen.png", "seen.mp4"])
def test_who_is_to_be_chosen_by_hand_can_be_looked_at(
    name: str, bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = draw_walker(T, height_px=200), draw_walker(T, height_px=200, stride_hz=1.1)
    second[..., 0] += 200
    seen_people.known_people(monkeypatch, [list(both) for both in zip(first, second, strict=True)])
    result = run(video(tmp_path), "--model", bundle, "--overlay", tmp_path / name)
    said = " ".join(result.output.split())
    assert result.exit_code == 2
    assert "Choose with --person N (person=N in Python); the overlay shows everybody with their number" in said
    assert is_overlay(tmp_path / name)
    chosen = run(video(tmp_path), "--model", bundle, "--overlay", tmp_path / name, "--overwrite", "--person", "2")
    assert "cannot be told apart" not in chosen.output
    assert is_overlay(tmp_path / name)


def test_without_a_walker_there_is_no_overlay(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen_people.known_people(monkeypatch, [[] for _ in range(T)])
    result = run(video(tmp_path), "--model", bundle, "--overlay", tmp_path / "seen.png")
    assert result.exit_code == 2
    assert "no overlay is written" in result.output
    assert not (tmp_path / "seen.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("VIDEO", "--overlay", "o.gif"), "is written as .webm or .mp4 or .png"),
        (("VIDEO", "VIDEO", "--overlay", "o.webm"), "is drawn of one video"),
        (("WALK", "--overlay", "o.webm"), "is drawn of one video"),
        (("FOLDER", "--overlay", "o.webm"), "is drawn of one video"),
        (("nosuch.mp4", "--overlay", "o.webm"), "does not exist; check the path"),
        (("VIDEO", "--session", "--overlay", "o.webm"), "is drawn of one video"),
        (("VIDEO", "--overlay", "VIDEO", "--overwrite"), "is the video itself"),
        (("VIDEO", "--overlay", "RECORDING", "--overwrite"), "is not an overlay of"),
        (("VIDEO", "--show-faces"), "give --overlay FILE too"),
    ],
)
def test_what_is_refused_is_refused_before_the_look(
    arguments: tuple[str, ...], words: str, tmp_path: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recording = tmp_path / "recording.mp4"
    recording.write_bytes(video(tmp_path).read_bytes())
    names = {
        "VIDEO": "walk.mp4",
        "FOLDER": ".",
        "RECORDING": "recording.mp4",
        "WALK": str(sample_path("intel_worker_back")),
    }
    result = run(*(names.get(argument, argument) for argument in arguments))
    assert isinstance(result.exception, DataError)
    assert words in str(result.exception)
    assert looks == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recording.mp4", "walk.mp4"]
    assert recording.read_bytes() == (tmp_path / "walk.mp4").read_bytes()


@pytest.mark.slow
def test_an_older_overlay_is_replaced_where_that_is_asked_for(bundle: str, tmp_path: Path, looks: list[int]) -> None:
    out = tmp_path / "seen.png"
    assert run(video(tmp_path), "--model", bundle, "--overlay", out).exit_code == 0
    before = out.read_bytes()
    assert isinstance(run(video(tmp_path), "--model", bundle, "--overlay", out).exception, DataError)
    assert out.read_bytes() == before
    assert run(video(tmp_path), "--model", bundle, "--overlay", out, "--overwrite", "--show-faces").exit_code == 0
    assert out.read_bytes() != before
    assert is_overlay(out)
