import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses, write_captured_walks
from full_disk import fill_disk
from recorded import recording
from scoliogait import long_frames
from scoliogait.errors import DataError
from scoliogait.io.native import read_native, write_walk
from scoliogait.io.npz_writing import write_npz
from scoliogait.labels import ScreeningClass
from scoliogait.walk import PeopleSeen, Walk
from trees import silhouettes
from walker import draw_walker

RNG = np.random.default_rng(0)
POSES = draw_walker(5)
POSES[..., 2] = RNG.uniform(0.1, 0.9, POSES.shape[:2])
FIELDS: dict[str, Any] = {
    "poses": POSES,
    "silhouettes": silhouettes(0, n_frames=4),
    "skeleton_maps": RNG.integers(0, 256, (3, 2, 64, 64), dtype=np.uint8),
    "asymmetry": RNG.random((8, 3), dtype=np.float32),
    "mirror_difference": RNG.random((8, 2), dtype=np.float32),
    "walk_id": "w-1",
    "frame_rate_hz": 29.97,
    "view": "front",
    "label": ScreeningClass.NEUTRAL,
    "subject_id": "s-1",
    "frame_size_px": (640, 480),
    "silhouettes_aligned": True,
    "origin": {"simulated": "yes", "licence": "CC-BY-4.0"},
    "notes": ("One joint was not sure.",),
}


def assert_same(one: Walk, other: Walk, without: tuple[str, ...] = ()) -> None:
    for name in Walk.__dataclass_fields__:
        if name not in without:
            np.testing.assert_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_every_field_comes_back(tmp_path: Path) -> None:
    walk = Walk(**FIELDS)
    write_walk(tmp_path / "walk.npz", walk)
    read = read_native(tmp_path / "walk.npz")
    assert_same(walk, read, without=("source",))
    assert read.source == str(tmp_path / "walk.npz")
    assert read_native(tmp_path / "walk.npz", "other").walk_id == "other"


@pytest.mark.parametrize("modality", ["poses", "silhouettes", "skeleton_maps"])
def test_unknown_fields_stay_unknown(tmp_path: Path, modality: str) -> None:
    walk = Walk(**{modality: FIELDS[modality]})
    write_walk(tmp_path / "walk.npz", walk)
    assert_same(walk, read_native(tmp_path / "walk.npz"), without=("source",))


def test_masks_of_other_programs_are_read_as_0_and_255(tmp_path: Path) -> None:
    right = silhouettes(1, size=80) // 128 * np.uint8(255)
    np.savez(tmp_path / "foreign.npz", silhouettes=right // 255)
    write_walk(tmp_path / "ours.npz", Walk(silhouettes=255 - right))
    for name, words in (("foreign", "values 0 and 1"), ("ours", "white background")):
        read = read_native(tmp_path / f"{name}.npz")
        np.testing.assert_array_equal(read.silhouettes, right)
        assert words in read.notes[0]
        write_walk(tmp_path / "again.npz", read)
        assert read_native(tmp_path / "again.npz").notes == read.notes


@pytest.mark.parametrize(("notes", "words"), [("{", "not a JSON list"), ('"a"', "are a str, not a list")])
def test_damaged_notes_are_named(tmp_path: Path, notes: str, words: str) -> None:
    np.savez(tmp_path / "walk.npz", format="scoliogait-walk-1", poses=POSES, notes=notes)
    with pytest.raises(DataError, match=words):
        read_native(tmp_path / "walk.npz")


def test_where_a_walk_came_from_is_kept(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", Walk(poses=POSES, source="camera 3"))
    assert read_native(tmp_path / "walk.npz").origin["source"] == "camera 3"


TRACKS = [recording(f"walks/{name}.npz") for name in ("intel_two_people_front_right", "sports2d_notwalking_man")]


@pytest.mark.parametrize("path", TRACKS, ids=lambda p: p.stem)
def test_reads_the_sample_tracks(path: Path) -> None:
    with np.load(path) as archive:
        walk = read_native(path)
        np.testing.assert_array_equal(walk.poses, archive["keypoints"])
        np.testing.assert_array_equal(walk.silhouettes, archive["silhouettes"])
        assert walk.frame_rate_hz == float(archive["fps"])
        assert walk.frame_size_px == tuple(archive["frame_size"])
        assert walk.view == str(archive["view"])
        assert walk.subject_id == str(archive["person"])
        assert dict(walk.origin) == {"source": str(archive["source"]), "licence": str(archive["licence"])}
    assert walk.label is None
    assert walk.walk_id == path.stem
    assert not walk.silhouettes_aligned


def test_reads_motion_capture_and_keeps_a_foreign_label_apart(tmp_path: Path) -> None:
    paths = write_captured_walks(tmp_path / "captured")
    for path in paths:
        walk = read_native(path)
        np.testing.assert_array_equal(walk.poses, captured_poses(path.stem))
        assert walk.subject_id == captured_people()[path.stem]
        assert walk.frame_rate_hz == 30
        assert walk.label is None
        assert walk.origin["label"] == "normal"
    assert len(paths) == 43


def test_a_foreign_label_that_is_a_class_is_the_class(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=POSES, label="Critical")
    walk = read_native(tmp_path / "a.npz")
    assert walk.label is ScreeningClass.NEUTRAL
    assert "label" not in walk.origin


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"positions": POSES}, "has the fields ['positions']"),
        ({"poses": POSES.astype(object)}, "plain arrays"),
        ({"poses": POSES[..., :2]}, "shape (5, 17, 2)"),
        ({"poses": POSES, "fps": np.array([30.0, 25.0])}, "fps has shape (2,)"),
        ({"poses": POSES, "fps": "thirty"}, "fps has shape ()"),
        ({"poses": POSES, "fps": np.nan}, "frame_rate_hz is nan"),
        ({"poses": POSES, "frame_size": 640}, "frame_size has shape ()"),
        ({"poses": POSES, "view": 3}, "view has shape ()"),
        ({"format": "scoliogait-walk-9", "poses": POSES}, "update scoliogait"),
        ({"format": "scoliogait-walk-1", "poses": POSES, "label": "sick"}, "unknown class 'sick'"),
        ({"format": "scoliogait-walk-1", "poses": POSES, "origin": "{"}, "origin is not a JSON object"),
        ({"format": "scoliogait-walk-1", "poses": POSES, "origin": "[]"}, "origin is not a JSON object"),
        ({"format": "scoliogait-walk-1", "poses": POSES, "notes": "{"}, "notes are not a JSON list"),
        ({"format": "scoliogait-walk-1", "poses": POSES, "notes": "{}"}, "notes are a dict"),
        ({"format": "scoliogait-walk-1", "walk_id": "x"}, "at least one is needed"),
    ],
)
def test_wrong_fields_are_named_in_one_line(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **fields)
    with pytest.raises(DataError) as caught:
        read_native(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", Walk(**FIELDS))
    content = (tmp_path / "walk.npz").read_bytes()
    bad = tmp_path / "bad.npz"
    for cut in [*range(0, len(content), len(content) // 40), len(content) - 1]:
        bad.write_bytes(content[:cut])
        with pytest.raises(DataError, match=r"bad\.npz"):
            read_native(bad)
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    bad.write_bytes(flipped)
    with pytest.raises(DataError, match=r"bad\.npz"):
        read_native(bad)
    np.save(tmp_path / "single.npy", POSES)
    (tmp_path / "single.npy").rename(bad)
    with pytest.raises(DataError, match="is a single array"):
        read_native(bad)
    with pytest.raises(DataError, match="cannot be read"):
        read_native(tmp_path / "none.npz")


def test_the_name_must_end_in_npz(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"must end in \.npz"):
        write_walk(tmp_path / "walk.pkl", Walk(poses=POSES))


@pytest.mark.parametrize("free_bytes", [0, 100, 5000])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    path = tmp_path / "walk.npz"
    write_walk(path, Walk(poses=POSES))
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        fill_disk(patch, free_bytes)
        with pytest.raises(DataError, match=r"walk\.npz: cannot be written \(No space left on device\)"):
            write_walk(path, Walk(**FIELDS))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_who_else_was_seen_comes_back(tmp_path: Path) -> None:
    people = PeopleSeen(2, 10, 1, 12, "the only one who walks", ("person 1: left", "person 2: right"), ("Perhaps.",))
    write_walk(tmp_path / "walk.npz", Walk(poses=POSES, people=people))
    assert read_native(tmp_path / "walk.npz").people == people


@pytest.mark.parametrize("text", ["{", "[]", '{"n_people": 2}', '{"n_people": 2, "more": 1}', "3"])
def test_damaged_facts_of_people_are_named(tmp_path: Path, text: str) -> None:
    np.savez(tmp_path / "walk.npz", format="scoliogait-walk-1", poses=POSES, people=text)
    with pytest.raises(DataError, match=r"walk\.npz: people is not what was written"):
        read_native(tmp_path / "walk.npz")


def test_the_archive_is_that_of_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_frames, "_PIECE_BYTES", 500)
    turned = np.asfortranarray(np.arange(120, dtype=np.float32).reshape(10, 3, 4))
    arrays: dict[str, Any] = {"poses": np.random.default_rng(0).random((50, 17, 3)), "text": "walk", "turned": turned}
    arrays["none"] = np.zeros((0, 4))
    arrays |= {"every_other": turned[::2], "number": 30.0}
    with (tmp_path / "ours.npz").open("wb") as stream:
        write_npz(stream, arrays)
    np.savez_compressed(tmp_path / "numpys.npz", **arrays)
    members = []
    for name in ("ours.npz", "numpys.npz"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            members.append([(one.filename, archive.read(one), one.compress_type) for one in archive.infolist()])
    assert members[0] == members[1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures memory as Linux counts it")
def test_writing_a_long_walk_holds_little_of_it(tmp_path: Path) -> None:
    n_bytes = 64 << 20
    silhouettes = long_frames.kept((np.ones((256, 64, 64), np.uint8) for _ in range(64)), (1 << 14, 64, 64), np.uint8)
    before = mapped_bytes()
    write_walk(tmp_path / "walk.npz", Walk(silhouettes=silhouettes))
    assert mapped_bytes() - before < n_bytes / 4
    assert (tmp_path / "walk.npz").stat().st_size > n_bytes / 2000


def mapped_bytes() -> int:
    """Of files, in the memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile")) * 1024
