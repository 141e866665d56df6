"""Who is listed where, and how the ids of a partition find their walks."""

from pathlib import Path

import pytest

from scoliogait.data.importing import import_walks
from scoliogait.data.partition import Partition
from scoliogait.data.roster import ListedWalk, read_label_table, read_roster
from scoliogait.errors import DataError
from trees import noisy_poses, silhouettes, walk_folder, write_array_pickle, write_pose_tree, write_silhouette_tree


def test_a_tree_and_the_store_made_from_it_list_the_same_walks(tmp_path: Path) -> None:
    poses, pictures = write_pose_tree(tmp_path / "pose", 4), write_silhouette_tree(tmp_path / "sil", 4)
    for root, frames in ((poses, noisy_poses(9)), (pictures, silhouettes(9))):
        write_array_pickle(walk_folder(root, "00001", "Negative", "090") / "090.pkl", frames)
    import_walks([poses, pictures], tmp_path / "store")
    from_store, from_trees = read_roster([tmp_path / "store"]), read_roster([poses, pictures])
    assert sorted(from_store.walks, key=lambda w: w.id) == sorted(from_trees.walks, key=lambda w: w.id)
    assert {walk.id: walk.label for walk in from_store.walks} == {
        "00000": 2,
        "00001-000_180": 0,
        "00001-090": 0,
        "00002": 1,
        "00003": 1,
    }
    found, unknown = from_store.find(["00001", "00003", "00007"])
    assert sorted(walk.id for walk in found) == ["00001-000_180", "00001-090", "00003"]
    assert {walk.subject_id for walk in found} == {"00001", None}
    assert unknown == ["00007"]
    with pytest.raises(DataError, match="names a walk twice"):
        from_store.require(Partition("p", ("00001",), ("00001-090",)))
    with pytest.raises(DataError, match=r"lacks 1 of the 2 ids of partition p, the first: 00009"):
        from_store.require(Partition("p", ("00000",), ("00009",)))
    with pytest.raises(DataError, match="one store or table is read at a time"):
        read_roster([tmp_path / "store", poses])


def test_a_table_of_labels(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("subject,id,class\nanna, a1 ,Positive\n,b,critical\nanna,a2,\n", encoding="utf-8-sig")
    roster = read_roster([table])
    assert roster.walks == (ListedWalk("a1", 2, "anna"), ListedWalk("b", 1), ListedWalk("a2", -1, "anna"))
    assert not roster.simulated


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,label\na,positive\n", "has no column class"),
        ("", "has no column id and no class"),
        ("id,class\n", "lists no walk"),
        ("id,class\n,positive\n", "line 2: the id is empty"),
        ("id,class\na,ill\n", "line 2: unknown class 'ill'"),
        ("id,class\na,positive\na,positive\n", "lists an id more than once"),
    ],
)
def test_wrong_tables_are_refused_in_one_line(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(DataError) as caught:
        read_label_table(tmp_path / "labels.csv")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe\x00id")
    with pytest.raises(DataError, match="cannot be read as a CSV table"):
        read_label_table(tmp_path / "labels.csv")
    with pytest.raises(DataError, match=r"none\.csv: cannot be read \(No such file"):
        read_label_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is no folder"):
        read_roster([tmp_path / "nowhere"])
