import random
from pathlib import Path

import pytest

from scoliogait.errors import DataError
from scoliogait.io.frame_files import FrameFiles, frame_files
from scoliogait.io.system_files import data_files

FOLDER = Path("walk")


def order(*names: str) -> FrameFiles:
    """What is made of files of these names, given in any order."""
    shuffled = [FOLDER / f"{name}.png" for name in names]
    random.Random(0).shuffle(shuffled)
    return frame_files(FOLDER, shuffled, ".png")


def stems(files: FrameFiles) -> list[str]:
    return [path.stem for path in files.paths]


@pytest.mark.parametrize(
    "names",
    [
        [f"{number:03d}" for number in range(12)],
        [str(number) for number in range(12)],
        [f"frame_{number}" for number in range(95, 107)],
        [f"frame{number}_rendered" for number in range(12)],
        [f"visit2_cam1_{number:012d}" for number in range(12)],
        ["8", "09", "10", "0011"],
        [f"{number}_{1_700_000_000_000 + 33 * number}" for number in range(12)],  # number and time of the frame
        [f"{number}" for number in range(10**20, 10**20 + 12)],
        ["cover"],
        ["7"],
    ],
    ids=lambda names: names[0],
)
def test_numbers_decide_the_order(names: list[str]) -> None:
    files = order(*names)
    assert stems(files) == names
    assert files.frames == tuple(range(len(names)))
    assert files.n_frames == len(names)
    assert len(files.notes) == (sorted(names) != names)


def test_another_order_than_that_of_the_text_is_said() -> None:
    (note,) = order("9", "10").notes
    assert "names as text are in another order" in note


def test_missing_numbers_are_frames_without_content() -> None:
    files = order("w_3", "w_4", "w_7", "w_8")
    assert files.frames == (0, 1, 4, 5)
    assert files.spread([3, 4, 7, 8], 0) == [3, 4, 0, 0, 7, 8]
    (note,) = files.notes
    assert "2 of 6 frames have no file, the first after 2 frames" in note


def test_a_constant_step_is_said_and_is_no_gap() -> None:
    files = order("0", "2", "4", "6", "8")
    assert files.frames == (0, 1, 2, 3, 4)
    assert "steps of 2, so this is every 2nd frame" in files.notes[0]
    assert "divided by 2" in files.notes[0]
    with_gap = order("a10", "a20", "a30", "a60", "a70")
    assert with_gap.frames == (0, 1, 2, 5, 6)
    assert "every 10th" in with_gap.notes[0]
    assert "2 of 7 frames have no file" in with_gap.notes[1]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([f"{name}_{n:03d}" for name in ("front", "visit2") for n in range(30)], ("front_*.png", "visit2_*.png")),
        ([f"cam{name}_{n:03d}" for name in (1, 2) for n in range(30)], ("cam1", "cam2")),
        ([f"cam{1 + n // 30}_{n:03d}" for n in range(60)], ("cam1", "cam2")),
        ([f"{n:03d}_cam{name}" for name in (1, 2) for n in range(30)], ("000_cam1",)),
        ([*(f"{n:03d}" for n in range(30)), "background"], ("*.png (30 files)", "background.png")),
        ([*(f"walk_{n:03d}" for n in range(30)), "other_003"], ("walk_*.png (30 files)", "other_003.png")),
        (["left", "right"], ("left.png", "right.png", "no text with one number")),
        (["w_1", "w_01", "w_2"], ("w_01.png and w_1.png have the same frame number",)),
        (["7", "07"], ("same frame number",)),
        (["f5", "f6", "f7", "f9001"], ("8993 frames are missing between f7.png and f9001.png",)),
        ([f"{1_700_000_000_000 + 33 * n + n % 2}" for n in range(30)], ("not by time",)),
    ],
)
def test_names_of_several_recordings_and_stray_files_are_named(names: list[str], words: tuple[str, ...]) -> None:
    with pytest.raises(DataError) as caught:
        order(*names)
    message = str(caught.value)
    assert message.startswith("walk: ")
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("seed", range(20))
def test_any_numbers_come_back_in_place(seed: int) -> None:
    rng = random.Random(seed)
    numbers = sorted(rng.sample(range(200), 60))
    files = order(*(f"p{seed}_{number:0{rng.randint(1, 6)}d}" for number in numbers))
    assert [int(stem.split("_")[1]) for stem in stems(files)] == numbers
    step = next(s for s in range(200, 0, -1) if all((n - numbers[0]) % s == 0 for n in numbers))
    assert [numbers[0] + step * frame for frame in files.frames] == numbers


def test_files_of_the_system_are_no_data(tmp_path: Path) -> None:
    (tmp_path / "__MACOSX.png").touch()
    for name in ("001.png", "._001.png", ".hidden.png", "Thumbs.db", ".DS_Store", "desktop.ini", "__MACOSX"):
        (tmp_path / name).touch()
    assert sorted(path.name for path in data_files(tmp_path, "*")) == ["001.png", "__MACOSX.png"]
    assert [path.name for path in data_files(tmp_path, "0*.png")] == ["001.png"]
