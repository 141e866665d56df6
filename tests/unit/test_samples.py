"""The sample walks of the package: readable, licensed, described, and never from a source that forbids it."""

import hashlib

import pytest

from scoliogait.io.read import read_walk
from scoliogait.samples import sample_paths

# Sample -> the first half of the SHA-256 of its poses and of its silhouettes, and its rate, as they were recorded.
RECORDED = {
    "cmu_06_01_front": ("3e930b94da72ef8b978c31daa95c8120", None, 30),
    "cmu_16_16_front": ("9d3cfa188956a98a47700964a4f22c3a", None, 30),
    "cmu_35_08_front": ("bd0e0017a4cea7e2b279f83d6db11abb", None, 30),
    "intel_woman_front": ("2e851728fac5e07ce5ef7e2fd004d1a4", "291401c528896d0b9f0c5343eacb549d", 12),
    "intel_worker_back": ("357553bdd8e52e3cd10c67036642cb50", "255d3b59794f9ec6bf409d99514850cb", 15),
    "sports2d_woman_side": ("536a8b730f30b3d0d86c6448e21f344b", "b3c8304510ad7250f514baeefde1c178", 30),
}
LICENCES = {
    "LICENSE-Sports2D.txt": "7f8a9ede713463b96d261a39c3ec4047",
    "LICENSE-intel-sample-videos.txt": "e7edaaaeb0cd6da6a3dd97c54f3e8443",
}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def test_the_list_of_samples_is_this_one() -> None:
    assert [path.stem for path in sample_paths()] == sorted(RECORDED)


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.stem)
def test_a_sample_is_the_recording_it_says(path) -> None:
    walk = read_walk(path)
    poses, silhouettes, rate_hz = RECORDED[path.stem]
    assert walk.poses is not None
    assert digest(walk.poses.tobytes()) == poses
    assert walk.frame_rate_hz == rate_hz
    assert (None if walk.silhouettes is None else digest(walk.silhouettes.tobytes())) == silhouettes
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
    for name, recorded in LICENCES.items():
        assert digest((folder / name).read_bytes()) == recorded
    assert "mocap.cs.cmu.edu" in (folder / "README.md").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < 1_500_000
    assert not list(folder.glob("aiog*"))
