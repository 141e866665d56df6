"""The recordings: described, small, plain numbers, all of them used, and named where one is missing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import recorded

README = (recorded.FOLDER / "README.md").read_text(encoding="utf-8")
FILES = sorted(p for p in recorded.FOLDER.rglob("*") if p.is_file() and p.name != "README.md")
TESTS = Path(__file__).parent
MAX_BYTES = 16_000_000


def name_of(path: Path) -> str:
    return path.relative_to(recorded.FOLDER).as_posix()


def test_they_are_small_enough_for_a_clone() -> None:
    assert len(FILES) > 30
    assert sum(path.stat().st_size for path in FILES) + len(README.encode()) <= MAX_BYTES


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_recording_is_plain_numbers(path: Path) -> None:
    if path.suffix == ".json":
        assert recorded.recorded_facts(name_of(path))
    elif path.suffix == ".pt":
        content = torch.load(path, weights_only=True)
        assert content
    else:
        arrays = recorded.recorded_arrays(name_of(path))
        assert arrays
        text = {name for name, array in arrays.items() if array.dtype.kind not in "iufb"}
        assert text <= {"view", "person", "source", "licence"}, text
        assert all(np.asarray(array).size for array in arrays.values() if array.shape)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_recording_is_described(path: Path) -> None:
    name = name_of(path)
    stem = name.rsplit(".", 1)[0]
    group = "trajectory" if name.startswith("trajectory") else stem
    assert f"`{group}" in README


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_recording_is_used(path: Path) -> None:
    """A test names it, as it is or with its last part (a channel, a step, a run, a walk) filled in."""
    name = name_of(path)
    sources = "\n".join(p.read_text(encoding="utf-8") for p in TESTS.rglob("test_*.py") if p != Path(__file__))
    filled_in = re.sub(
        r"(?<=small_)c\d(?=\.npz)|(?<=small_c)\d(?=\.pt)|(?<=_step_)\d\d|(?<=walks/)\w+|(?<=trajectory_)[a-z]+_lr(?=\.)",
        "{}",
        name,
    )
    assert f'"{name}"' in sources or (f'"{filled_in}"' in without_fields(sources) and filled_in != name), name
    if name.startswith("walks/"):
        assert f'"{path.stem}"' in sources


def without_fields(source: str) -> str:
    """Every ``{field}`` of an f-string as ``{}``."""
    parts = source.split("{")
    return "{".join([parts[0], *("}" + part.split("}", 1)[1] if "}" in part else part for part in parts[1:])])


def test_a_missing_recording_is_named_with_where_to_read_about_it() -> None:
    with pytest.raises(recorded.MissingRecordingError) as caught:
        recorded.recorded_arrays("drf/gone.npz")
    assert "tests/recordings/drf/gone.npz is missing" in str(caught.value)
    assert "tests/recordings/README.md" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_test_whose_recording_is_missing_says_so(tmp_path: Path) -> None:
    """A copy of one test file without its recording: pytest ends with the name of the file."""
    copy = tmp_path / "tests"
    (copy / "recordings" / "drf").mkdir(parents=True)
    shutil.copyfile(TESTS / "recorded.py", copy / "recorded.py")
    shutil.copyfile(TESTS / "contracts" / "test_golden_pav.py", copy / "test_golden_pav.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = tests\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(copy)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "tests/recordings/drf/pav.npz is missing" in done.stdout
