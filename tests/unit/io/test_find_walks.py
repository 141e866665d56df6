"""Which walks paths, folders and patterns lead to, and what is said of the rest."""

import os
from pathlib import Path

import pytest

from openpose_folder import write_frames
from scoliogait.io.find_walks import FoundWalks, find_walks
from scoliogait.io.read import FORMATS
from scoliogait.limits import MAX_FOLDER_DEPTH
from trees import noisy_poses, write_pose_tree


def file(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def frames(folder: Path) -> Path:
    return write_frames(folder, [[pose] for pose in noisy_poses(0, 3)])


def pictures(folder: Path, n: int = 3) -> Path:
    folder.mkdir(parents=True)
    for number in range(n):
        (folder / f"{number:03d}.png").touch()
    return folder


def paths(found: FoundWalks) -> list[Path]:
    assert not [place.problem for place in found.places if place.problem]
    return [place.path for place in found.places]


def problem(path: Path) -> str:
    (place,) = find_walks([path]).places
    assert place.problem is not None
    assert place.problem.startswith(f"{path}: ")
    return place.problem


def test_every_format_that_is_a_folder_says_what_its_frames_end_in() -> None:
    for known in FORMATS:
        assert bool(known.frames_in) == known.looks_like.startswith("a folder"), known.name


def test_a_folder_is_looked_through_in_the_order_of_names(tmp_path: Path) -> None:
    walks = [file(tmp_path / name) for name in ("b/2.npz", "a/1.npz", "a/10.npz", "c.npz")]
    for name in ("README.md", "a/subjects.csv", "a/photo.jpg", "b/notes", ".hidden/x.npz", "__MACOSX/y.npz", "._c.npz"):
        file(tmp_path / name)
    found = find_walks([tmp_path])
    assert paths(found) == [tmp_path / name for name in ("c.npz", "a/1.npz", "a/10.npz", "b/2.npz")]
    assert found.no_walks == {"": 1, ".csv": 1, ".jpg": 1, ".md": 1}
    assert set(paths(find_walks([*walks, tmp_path]))) == set(walks)


def test_a_folder_of_frames_is_one_walk_and_pictures_beside_them_are_none(tmp_path: Path) -> None:
    walk = frames(tmp_path / "walk")
    pictures(walk / "rendered")
    for given in (walk, tmp_path):
        found = find_walks([given])
        assert paths(found) == [walk]
        assert found.no_walks == {".png": 3}


def test_what_else_is_a_walk_in_a_folder_of_frames_is_found_too(tmp_path: Path) -> None:
    walk = frames(tmp_path / "walk")
    other, inner = file(walk / "other.npz"), frames(walk / "later")
    assert paths(find_walks([tmp_path])) == [walk, other, inner]


def test_pictures_are_a_walk_only_where_nothing_else_is(tmp_path: Path) -> None:
    alone = pictures(tmp_path / "a" / "silhouettes")
    beside = pictures(tmp_path / "b")
    walk = file(beside / "walk.npz")
    found = find_walks([tmp_path])
    assert paths(found) == [alone, walk]
    assert found.no_walks == {".png": 3}
    assert paths(find_walks([alone])) == [alone]


def test_a_tree_is_its_walk_folders(tmp_path: Path) -> None:
    write_pose_tree(tmp_path, 3)
    file(tmp_path / "pav_stats.pkl")
    found = find_walks([tmp_path])
    assert len(paths(found)) == 3
    assert all(len(path.relative_to(tmp_path).parts) == 3 for path in paths(found))


def test_a_store_is_one_place_and_not_looked_into(tmp_path: Path) -> None:
    file(tmp_path / "cohort" / "poses.npz")
    (place,) = find_walks([tmp_path], lambda folder: folder.name == "cohort").places
    assert (place.path, place.is_store) == (tmp_path / "cohort", True)


def test_what_comes_twice_is_found_once(tmp_path: Path) -> None:
    walk = file(tmp_path / "a" / "walk.npz")
    (tmp_path / "link.npz").symlink_to(walk)
    found = find_walks([walk, str(walk), tmp_path / "a", tmp_path, tmp_path / "a" / ".." / "a" / "walk.npz"])
    assert paths(found) == [walk]
    assert len(found.repeated) == 5  # the folder a is met again below its parent, and there is the link


def test_links_that_lead_back_or_up_end(tmp_path: Path) -> None:
    outside, walk = file(tmp_path / "outside.npz"), file(tmp_path / "in" / "deep" / "walk.npz")
    for name, target in (("self", "self"), ("up", ".."), ("further", "../.."), ("deep/back", tmp_path / "in" / "deep")):
        (tmp_path / "in" / name).symlink_to(target, target_is_directory=True)
    found = find_walks([tmp_path / "in"])
    assert paths(found) == [walk]
    assert outside not in paths(found)
    assert paths(find_walks([tmp_path / "in" / "**" / "*.npz"])) == [walk]


def test_a_linked_folder_elsewhere_is_looked_through(tmp_path: Path) -> None:
    file(tmp_path / "disk" / "walk.npz")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data").symlink_to(tmp_path / "disk", target_is_directory=True)
    assert paths(find_walks([tmp_path / "in"])) == [tmp_path / "in" / "data" / "walk.npz"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.npz", ["a.npz", "b.npz"]),
        ("**/*.npz", ["a.npz", "b.npz", "x/c.npz", "x/y/d.npz"]),
        ("**", ["a.npz", "b.npz", "x/c.npz", "x/y/d.npz"]),
        ("x/**", ["x/c.npz", "x/y/d.npz"]),
        ("*", ["a.npz", "b.npz", "x/c.npz", "x/y/d.npz"]),
        ("[a]*", ["a.npz"]),
        ("?/?/*", ["x/y/d.npz"]),
    ],
)
@pytest.mark.parametrize("absolute", [True, False])
def test_patterns(
    pattern: str, expected: list[str], absolute: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.npz", "b.npz", "x/c.npz", "x/y/d.npz", "README.md", ".git/e.npz"):
        file(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    base = tmp_path if absolute else Path()
    found = find_walks([base / pattern])
    assert paths(found) == [base / name for name in expected]
    assert found.repeated == ()


def test_a_name_that_looks_like_a_pattern_is_taken_as_it_is(tmp_path: Path) -> None:
    walk = file(tmp_path / "walk[1].npz")
    file(tmp_path / "walk1.npz")
    assert paths(find_walks([walk])) == [walk]


def test_a_named_file_is_a_place_whatever_it_holds(tmp_path: Path) -> None:
    named = [file(tmp_path / "README.md"), tmp_path / "none.npz", file(tmp_path / ".hidden.npz")]
    assert paths(find_walks(named)) == named


def test_a_folder_without_walks_says_what_was_looked_for(tmp_path: Path) -> None:
    file(tmp_path / "README.md")
    for known in FORMATS:
        assert known.looks_like in problem(tmp_path)
    assert "1 file here is of no such kind" in problem(tmp_path)
    file(tmp_path / "subjects.csv")
    assert "2 files here are of no such kind" in problem(tmp_path)


def test_an_empty_folder_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert problem(tmp_path / "empty").endswith("is an empty folder; give the folder or the file of the recordings")


def test_a_folder_that_is_named_like_a_video_is_never_passed_over(tmp_path: Path) -> None:
    (tmp_path / "all" / "dir.mp4").mkdir(parents=True)
    file(tmp_path / "all" / "walk.npz")
    said = "is a folder that is named like a video, and nothing lies in it; give the video file itself"
    assert problem(tmp_path / "all" / "dir.mp4").endswith(said)
    inner, walk = sorted(find_walks([tmp_path / "all"]).places, key=lambda place: place.path)
    assert walk.problem is None
    assert inner.problem == f"{tmp_path / 'all' / 'dir.mp4'}: {said}"
    file(tmp_path / "all" / "dir.mp4" / "notes.txt")
    assert "and no walk lies in it" in problem(tmp_path / "all" / "dir.mp4")
    file(tmp_path / "all" / "dir.mp4" / "walk.npz")
    assert paths(find_walks([tmp_path / "all" / "dir.mp4"])) == [tmp_path / "all" / "dir.mp4" / "walk.npz"]


def test_a_pattern_that_finds_nothing_says_so(tmp_path: Path) -> None:
    assert "matches nothing" in problem(tmp_path / "*.npz")
    file(tmp_path / "README.md")
    assert "no walk was found" in problem(tmp_path / "*.md")


def test_very_deep_folders_are_named(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(MAX_FOLDER_DEPTH + 1):
        deep = deep / "d"
    file(deep / "e" / "walk.npz")
    found = find_walks([tmp_path])
    assert [place.path for place in found.places] == [deep]
    assert "more than 50 folders below" in str(found.places[0].problem)
    assert paths(find_walks([deep])) == [deep / "e" / "walk.npz"]


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\udcff.npz", "-", "a\nb.npz", "**a", "*\0"])
def test_no_path_raises(name: str, tmp_path: Path) -> None:
    assert len(find_walks([tmp_path / name]).places) == 1


def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shut, walk = tmp_path / "shut", file(tmp_path / "walk.npz")
    shut.mkdir()
    scandir = os.scandir

    def refusing(folder: Path) -> object:
        if Path(folder) == shut:
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr("os.scandir", refusing)
    found = find_walks([tmp_path])
    assert [place.path for place in found.places] == [walk, shut]
    assert "cannot be looked through (Permission denied)" in str(found.places[1].problem)


def test_ten_thousand_paths(tmp_path: Path) -> None:
    walks = [tmp_path / f"{number}.npz" for number in range(10_000)]
    for walk in walks:
        walk.touch()
    assert paths(find_walks(walks)) == walks
    assert len(paths(find_walks([tmp_path]))) == 10_000
