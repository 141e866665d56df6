"""The benchmarks: what they read is what it is said to be, and the command line passes options that are there."""

import importlib
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.__main__ import BENCHMARKS
from benchmarks.fresh_process import Work, least_spent, spent
from benchmarks.recordings import write_archive, write_crowd, write_millions, write_three_people

from scoliogait.errors import DataError
from scoliogait.io.read import format_of, read_walk


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_takes_the_options_that_it_is_given(name: str) -> None:
    run = importlib.import_module(f"benchmarks.{name}").run
    inspect.signature(run).bind(**dict.fromkeys(BENCHMARKS[name]))


def test_three_people_of_whom_one_walks(tmp_path: Path) -> None:
    walk = read_walk(write_three_people(tmp_path / "walk", 90))
    assert walk.people is not None
    assert (walk.people.n_people, walk.people.walker, walk.people.walker_frames) == (3, 2, 90)


@pytest.mark.parametrize("on_a_grid", [True, False])
def test_everybody_of_a_crowd_is_followed(tmp_path: Path, on_a_grid: bool) -> None:
    walk = read_walk(write_crowd(tmp_path / "walk", 40, 20, on_a_grid=on_a_grid), person=1)
    assert walk.people is not None
    assert 40 <= walk.people.n_people <= 42
    assert walk.n_frames == 20


def test_an_archive_full_of_silhouettes(tmp_path: Path) -> None:
    walk = read_walk(write_archive(tmp_path / "a.npz", 7))
    assert walk.silhouettes is not None
    assert walk.silhouettes.shape == (7, 256, 256)
    assert read_walk(write_archive(tmp_path / "b.npz", 0)).silhouettes is None


def test_crowds_in_every_form_of_json_are_known_and_refused(tmp_path: Path) -> None:
    formats = []
    for _, path in write_millions(tmp_path, n_people=6_000):
        formats.append(format_of(path).name)
        with pytest.raises(DataError):
            read_walk(path)
    assert set(formats) == {"openpose-json", "coco-results", "mmpose", "mmpose-folder"}


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
def test_what_a_process_takes_is_its_own() -> None:
    filling = np.ones(30_000_000)  # 240 MB here are none of the child's
    works = {
        "little": Work("kept = bytes(1)", "import os"),
        "much": Work("kept = bytearray(100_000_000)", "kept = b'before'"),
    }
    taken = least_spent(works, 2)
    assert taken["little"].peak_mb < 100 < taken["much"].peak_mb < 200 < filling.nbytes / 1e6
    assert 0 <= taken["little"].cpu_s <= taken["little"].process_cpu_s


def test_an_error_in_what_is_measured_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="ValueError: no"):
        spent(Work("raise ValueError('no')"))
