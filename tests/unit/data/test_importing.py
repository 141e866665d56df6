from pathlib import Path

import numpy as np
import pytest

from captured_walks import captured_poses, write_captured_walks
from openpose_folder import write_frames
from recorded import sample_path
from scoliogait.data.importing import import_walks
from scoliogait.data.people_table import read_people
from scoliogait.data.problems import Problem
from scoliogait.data.roster import read_roster, with_people
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.result_states import NOT_USABLE
from scoliogait.walk import Walk
from trees import noisy_poses, silhouettes, write_array_pickle, write_pose_tree, write_silhouette_tree


def test_trees_are_joined_and_files_stand_for_themselves(tmp_path: Path) -> None:
    trees = [write_pose_tree(tmp_path / "pose", 4), write_silhouette_tree(tmp_path / "sil", 4)]
    write_walk(tmp_path / "single.npz", Walk(walk_id="mine", poses=noisy_poses(9), frame_rate_hz=15))
    real = sample_path("intel_worker_back")
    store = import_walks([*trees, tmp_path / "single.npz", real], tmp_path / "store", frame_rate_hz=15)
    assert set(store.walk_ids) == {"00000", "00001", "00002", "00003", "mine", "intel_worker_back"}
    assert store.modalities == {"poses"}
    rates = {walk_id: store.walk(index).frame_rate_hz for index, walk_id in enumerate(store.walk_ids)}
    assert (rates["00000"], rates["mine"], rates["intel_worker_back"]) == (15, 15, 15)
    assert store.n_frames("silhouettes", store.walk_ids.index("00001")) == 10


def test_a_folder_of_files_is_all_its_files(tmp_path: Path) -> None:
    write_captured_walks(tmp_path / "captured")
    store = import_walks([tmp_path / "captured"], tmp_path / "store")
    assert len(store) == 43
    assert store.subject_ids[store.walk_ids.index("02_01")] == "cmu02"
    np.testing.assert_array_equal(store.frames("poses", store.walk_ids.index("02_01")), captured_poses("02_01"))


def spoil(tree: Path) -> None:
    write_array_pickle(next((tree / "00000").rglob("*.pkl")), np.zeros((5, 17, 3), np.float32))
    next((tree / "00001").rglob("*.pkl")).write_bytes(b"cut")
    write_array_pickle(next((tree / "00002").rglob("*.pkl")), noisy_poses(2, n_frames=1))


def test_unusable_walks_stop_the_import_after_all_were_seen(tmp_path: Path) -> None:
    tree = write_pose_tree(tmp_path / "pose", 5)
    spoil(tree)
    problems: list[Problem] = []
    with pytest.raises(DataError, match=r"2 problems make walks unusable, the first: .*--skip-unusable") as caught:
        import_walks([tree], tmp_path / "store", problems=problems)
    assert "\n" not in str(caught.value)
    assert sorted(problem.kind for problem in problems) == [
        *("no-visible-joint", "not-screenable", "not-screenable", "one-frame", "unreadable")
    ]
    assert not (tmp_path / "store").exists()


def test_an_empty_room_is_called_as_screening_calls_it(tmp_path: Path) -> None:
    room = write_frames(tmp_path / "room", [[]] * 20)
    problems: list[Problem] = []
    with pytest.raises(DataError, match="no frame shows a person"):
        import_walks([room], tmp_path / "store", problems=problems)
    assert [problem.kind for problem in problems] == [NOT_USABLE.replace(" ", "-")]


def test_unusable_walks_can_be_left_out(tmp_path: Path) -> None:
    tree = write_pose_tree(tmp_path / "pose", 5)
    spoil(tree)
    store = import_walks([tree], tmp_path / "store", skip_unusable=True)
    assert sorted(store.walk_ids) == ["00002", "00003", "00004"]
    WalkStore.open(tmp_path / "store").verify()


def test_a_source_that_is_nothing_known_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none: does not exist"):
        import_walks([tmp_path / "none"], tmp_path / "store")


def test_another_frame_rate_than_the_walk_states_is_refused_as_by_screen(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", Walk(walk_id="mine", poses=noisy_poses(9), frame_rate_hz=25))
    with pytest.raises(DataError, match=r"walk\.npz: states 25 frames a second, but 15 were given"):
        import_walks([tmp_path / "walk.npz"], tmp_path / "store", frame_rate_hz=15)


def people_csv(folder: Path, *lines: str, header: str = "id,subject") -> Path:
    path = folder / "people.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_a_table_says_who_is_who(tmp_path: Path) -> None:
    tree = write_pose_tree(tmp_path / "pose", 3)
    write_array_pickle(tree / "00002" / "NEUTRAL" / "back" / "a.pkl", noisy_poses(2))
    write_walk(tmp_path / "single.npz", Walk(walk_id="mine", poses=noisy_poses(9), subject_id="old"))
    table = people_csv(tmp_path, "00000,Ann,x", "00001,Ann,y", "00002,Bo,", "mine,Cy,z", header="id,subject,class")
    problems: list[Problem] = []
    store = import_walks([tree, tmp_path / "single.npz"], tmp_path / "s", subjects=table, problems=problems)
    who = dict(zip(store.walk_ids, store.subject_ids, strict=True))
    assert who == {"00000": "Ann", "00001": "Ann", "00002-000_180": "Bo", "00002-back": "Bo", "mine": "Cy"}
    replaced = [problem.message for problem in problems if problem.kind == "person-replaced"]
    assert any("is of 'old' by itself and of 'Cy' in" in message for message in replaced)
    roster = with_people(read_roster([tree]), read_people(table))
    assert [walk.subject_id for walk in roster.walks if walk.id == "00001"] == ["Ann"]
    two = people_csv(tmp_path, "00000,A", "00001,A", "00002-back,B", "00002-000_180,C", "mine,C")
    store = import_walks([tree, tmp_path / "single.npz"], tmp_path / "t", subjects=two)
    assert store.subject_ids[store.walk_ids.index("00002-back")] == "B"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("00000,A", "00001,A", "00002,B", "00009,B"), "has rows for 1 ids: 00009, which are no walks here"),
        (("00000,A", "00001,A"), "has no row for 1 ids: 00002; add one"),
        (("00000,A", "00000,A", "00001,B"), "line 3: id '00000' was listed before"),
        (("00000,A", "00001,", "00002,B"), "line 3: subject is empty"),
        (("00000,A", ",B"), "line 3: id is empty"),
        (("00000,A\x1b[2J",), "expected text without control characters"),
        ((), "lists no walk"),
    ],
)
def test_a_table_that_does_not_fit_the_walks_is_refused_in_one_line(
    tmp_path: Path, lines: tuple[str, ...], words: str
) -> None:
    tree = write_pose_tree(tmp_path / "pose", 3, 30)
    table = people_csv(tmp_path, *lines)
    with pytest.raises(DataError) as caught:
        import_walks([tree], tmp_path / "store", subjects=table, skip_unusable=True)
    assert str(caught.value).startswith(str(table))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "store").exists()


def test_a_table_without_its_columns_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no column subject; expected id"):
        read_people(people_csv(tmp_path, "a,b", header="id,person"))


def test_a_walk_without_silhouettes_is_listed_by_import(tmp_path: Path) -> None:
    for name in ("a", "b"):
        both = Walk(walk_id=name, poses=noisy_poses(0), silhouettes=silhouettes(0), silhouettes_aligned=True)
        write_walk(tmp_path / f"{name}.npz", both)
    write_walk(tmp_path / "c.npz", Walk(walk_id="c", poses=noisy_poses(1)))
    problems: list[Problem] = []
    import_walks([tmp_path / f"{name}.npz" for name in "abc"], tmp_path / "store", problems=problems)
    (problem,) = (problem for problem in problems if problem.kind == "modality-missing")
    assert problem.where == str(tmp_path / "c.npz")
