from pathlib import Path

import pytest

from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.io.read import is_walk, read_walk
from scoliogait.io.tree_path import place_in_tree
from scoliogait.labels import ScreeningClass
from scoliogait.walk import Walk
from trees import write_array_pickle
from walker import draw_walker

POSES = draw_walker(3)


def test_unknown_formats_list_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "walk.txt").write_text("hello")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "of.txt").write_text("hello")
    for path in (tmp_path / "walk.txt", tmp_path / "folder"):
        assert not is_walk(path)
        with pytest.raises(
            DataError, match=r"is not a walk.*; expected .*a \.npz file, or a \.pkl file, or .*keypoints\.json"
        ):
            read_walk(path)
    with pytest.raises(DataError, match="does not exist"):
        read_walk(tmp_path / "none")


def test_the_id_can_be_given(tmp_path: Path) -> None:
    write_array_pickle(tmp_path / "00001" / "Positive" / "000_180" / "000_180.pkl", POSES)
    for path in (tmp_path / "00001/Positive/000_180", tmp_path / "00001/Positive/000_180/000_180.pkl"):
        assert read_walk(path).walk_id == "00001"
        assert read_walk(path, "mine").walk_id == "mine"
        assert read_walk(path, "mine").label is ScreeningClass.POSITIVE


def test_a_person_is_no_choice_where_the_format_holds_one(tmp_path: Path) -> None:
    write_array_pickle(tmp_path / "walk.pkl", POSES)
    with pytest.raises(DataError, match=r"walk\.pkl: a \.pkl file holds one person; leave out --person"):
        read_walk(tmp_path / "walk.pkl", person=1)


def test_a_frame_rate_is_for_files_without_one(tmp_path: Path) -> None:
    write_array_pickle(tmp_path / "walk.pkl", POSES)
    write_walk(tmp_path / "walk.npz", Walk(poses=POSES, frame_rate_hz=30))
    assert read_walk(tmp_path / "walk.pkl").frame_rate_hz is None
    assert read_walk(tmp_path / "walk.pkl", frame_rate_hz=240).frame_rate_hz == 240
    assert read_walk(tmp_path / "walk.npz", frame_rate_hz=30.0).frame_rate_hz == 30
    with pytest.raises(DataError, match=r"walk\.npz: states 30 frames a second, but 240 were given"):
        read_walk(tmp_path / "walk.npz", frame_rate_hz=240)
    with pytest.raises(DataError, match="--frame-rate-hz -1: expected 1 or more"):
        read_walk(tmp_path / "walk.pkl", frame_rate_hz=-1)


def test_files_of_the_system_make_no_walk(tmp_path: Path) -> None:
    for name in ("._000.png", ".hidden.pkl", "._0_keypoints.json"):
        (tmp_path / name).write_bytes(b"fork")
    assert not is_walk(tmp_path)


def test_a_statistics_file_is_no_walk(tmp_path: Path) -> None:
    write_array_pickle(tmp_path / "pav_stats.pkl", POSES)
    assert not is_walk(tmp_path)


def test_only_folders_below_a_class_are_places_in_a_tree(tmp_path: Path) -> None:
    assert place_in_tree(tmp_path / "7" / "walks" / "front") is None
    assert place_in_tree(Path("/")) is None
    place = place_in_tree(tmp_path / "7" / "NEGATIVE" / "front")
    assert place is not None
    assert (place.id, place.label, place.view) == ("7", ScreeningClass.NEGATIVE, "front")


def test_a_layout_can_be_stated_where_there_are_joints(tmp_path: Path) -> None:
    write_array_pickle(tmp_path / "walk.pkl", POSES)
    assert read_walk(tmp_path / "walk.pkl", layout="coco-17").notes == ()
    with pytest.raises(DataError, match="layout 'COCO' is not known; expected one of COCO-17, "):
        read_walk(tmp_path / "walk.pkl", layout="COCO")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "0.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"a folder of \.png silhouettes holds no joints"):
        read_walk(tmp_path / "pictures", layout="COCO-17")


@pytest.mark.parametrize("name", ["walk.json", "walk.csv", "walk.npz", "walk.c3d", "walk.bak"])
def test_a_video_under_another_name_is_called_one(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypisom\0\0\0\0isom" + bytes(100))
    with pytest.raises(DataError, match=r"is a video by its first bytes.*; rename it so that it ends with \.mp4$"):
        read_walk(tmp_path / name)


def test_an_empty_folder_is_called_empty(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r": is an empty folder; give the folder or the file of the recordings$"):
        read_walk(tmp_path)


def test_words_that_begin_like_a_box_of_a_video_are_words(tmp_path: Path) -> None:
    (tmp_path / "walk.txt").write_text("the free skip wide\n")
    with pytest.raises(DataError, match="is not a walk; expected"):
        read_walk(tmp_path / "walk.txt")
