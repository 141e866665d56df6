"""The sample walks of the package: readable, licensed, described, and never from a source that forbids it."""

import numpy as np
import pytest

from scoliogait.io.read import read_walk
from scoliogait.samples import sample_paths
from shared_data import MOCAP, SAMPLES

# Sample -> the recording it was taken from.
ORIGINALS = {
    "cmu_06_01_front": MOCAP / "06_01.npz",
    "cmu_16_16_front": MOCAP / "16_16.npz",
    "cmu_35_08_front": MOCAP / "35_08.npz",
    "intel_woman_front": SAMPLES / "intel_two_people_front_left.npz",
    "intel_worker_back": SAMPLES / "intel_worker_back.npz",
    "sports2d_woman_side": SAMPLES / "sports2d_side_walker.npz",
}


def test_the_list_of_samples_is_this_one() -> None:
    assert [path.stem for path in sample_paths()] == sorted(ORIGINALS)


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.stem)
def test_a_sample_is_the_recording_it_says(path) -> None:
    walk, original = read_walk(path), read_walk(ORIGINALS[path.stem])
    assert walk.poses is not None
    np.testing.assert_array_equal(walk.poses, original.poses)
    assert walk.frame_rate_hz == original.frame_rate_hz
    assert (walk.silhouettes is None) == (original.silhouettes is None)
    if walk.silhouettes is not None:
        np.testing.assert_array_equal(walk.silhouettes, original.silhouettes)
    assert walk.walk_id == path.stem
    assert walk.label is None


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.stem)
def test_a_sample_states_origin_and_licence(path) -> None:
    walk = read_walk(path)
    assert walk.origin["title"]
    assert any(name in walk.origin["licence"] for name in ("CC-BY-4.0", "BSD-3-Clause", "CMU Graphics Lab"))
    assert any(place in walk.origin["source"] for place in ("intel-iot-devkit", "Sports2D", "mocap.cs.cmu.edu"))
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    assert f"`{path.name}`" in readme


def test_licence_texts_are_there_and_the_whole_is_small() -> None:
    folder = sample_paths()[0].parent
    for name in ("LICENSE-Sports2D.txt", "LICENSE-intel-sample-videos.txt"):
        assert (folder / name).read_bytes() == (SAMPLES / name).read_bytes()
    assert "mocap.cs.cmu.edu" in (folder / "README.md").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < 1_500_000
    assert not list(folder.glob("aiog*"))
