import json
import pickle
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from full_disk import fill_disk
from recorded import sample_path
from scoliogait.data.store import STORE_VERSION, WalkStore, is_store, write_store
from scoliogait.errors import DataError
from scoliogait.io.read import read_walk
from scoliogait.labels import ScreeningClass
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.walk import Walk
from trees import noisy_poses, silhouettes

ORIGIN = {"simulated": "yes"}


def some_walks(n_walks: int = 4) -> list[Walk]:
    rng = np.random.default_rng(9)
    return [
        Walk(
            walk_id=f"w{index}",
            poses=noisy_poses(index, 5 + index),
            silhouettes=silhouettes(index, 9 - index),
            silhouettes_aligned=True,
            skeleton_maps=rng.integers(0, 256, (3, 2, 64, 64), dtype=np.uint8),
            asymmetry=rng.random((8, 3), dtype=np.float32),
            frame_rate_hz=15.0,
            view="000_180",
            label=ScreeningClass(index % 3),
            subject_id=f"s{index // 2}",
            frame_size_px=(640, 480),
            source=f"/somewhere/{index}",
            origin={"licence": "none"},
        )
        for index in range(n_walks)
    ]


def bare_walks() -> list[Walk]:
    return [
        Walk(walk_id="poses", poses=noisy_poses(1)),
        Walk(walk_id="silhouettes", silhouettes=silhouettes(2, size=128)),
    ]


@pytest.fixture
def store(tmp_path: Path) -> WalkStore:
    return write_store(tmp_path / "store", some_walks(), ORIGIN)


def test_every_field_of_every_walk_comes_back(store: WalkStore) -> None:
    assert len(store) == 4
    for index, walk in enumerate(some_walks()):
        read = store.walk(index)
        for name in Walk.__dataclass_fields__:
            np.testing.assert_equal(getattr(read, name), getattr(walk, name), err_msg=name)
    assert store.origin == ORIGIN
    assert store.walk_ids == ("w0", "w1", "w2", "w3")
    assert store.subject_ids == ("s0", "s0", "s1", "s1")
    assert store.views == ("000_180",) * 4
    assert store.labels.tolist() == [0, 1, 2, 0]
    assert store.labels.dtype == np.int64
    assert store.modalities == {"poses", "silhouettes", "skeleton_maps"}
    assert [store.n_frames("silhouettes", index) for index in range(4)] == [9, 8, 7, 6]
    store.verify()


def test_unknown_fields_stay_unknown_and_silhouettes_are_aligned_on_the_way(tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", bare_walks(), {})
    assert store.modalities == frozenset()
    assert store.labels.tolist() == [-1, -1]
    walk = store.walk(0)
    for name in ("silhouettes", "asymmetry", "label", "subject_id", "view", "frame_rate_hz", "frame_size_px"):
        assert getattr(walk, name) is None
    expected, _ = align_silhouettes(silhouettes(2, size=128))
    np.testing.assert_array_equal(store.walk(1).silhouettes, expected)
    assert store.walk(1).silhouettes_aligned
    with pytest.raises(DataError, match="walk 'poses' has no silhouettes"):
        store.frames("silhouettes", 0)
    with pytest.raises(DataError, match="modality 'pose' does not exist"):
        store.frames("pose", 0)


def test_a_real_track_keeps_only_the_frames_that_show_the_person(tmp_path: Path) -> None:
    walk = read_walk(sample_path("intel_worker_back"))
    store = write_store(tmp_path / "store", [walk], {})
    assert store.n_frames("poses", 0) == walk.n_frames
    assert 0 < store.n_frames("silhouettes", 0) < walk.n_frames


def test_frames_are_those_of_the_walk_in_the_order_asked_for(store: WalkStore) -> None:
    for index, walk in enumerate(some_walks()):
        for modality in ("poses", "silhouettes", "skeleton_maps"):
            frames = getattr(walk, modality)
            np.testing.assert_array_equal(store.frames(modality, index), frames)
            chosen = np.random.default_rng(index).integers(0, len(frames), 30)
            np.testing.assert_array_equal(store.frames(modality, index, chosen), frames[chosen])
            np.testing.assert_array_equal(store.frames(modality, index, [0, 0, 1]), frames[[0, 0, 1]])


@pytest.mark.parametrize("frame", [5, 6, -6])
def test_an_index_never_reaches_into_the_next_walk(store: WalkStore, frame: int) -> None:
    with pytest.raises(IndexError):
        store.frames("poses", 0, [frame])


def test_frames_are_copies(store: WalkStore) -> None:
    for chosen in (None, [0, 1]):
        store.frames("poses", 0, chosen)[:] = 0
    np.testing.assert_array_equal(store.frames("poses", 0), some_walks()[0].poses)
    assert type(store.frames("poses", 0)) is np.ndarray


def test_opening_reads_no_frame_and_a_few_frames_cost_a_few_frames(tmp_path: Path) -> None:
    frame_bytes = 256 * 256
    walks = (
        Walk(walk_id=str(k), silhouettes=np.full((100, 256, 256), 200, np.uint8), silhouettes_aligned=True)
        for k in range(4)
    )
    path = write_store(tmp_path / "store", walks, {}).path
    tracemalloc.start()
    try:
        store = WalkStore.open(path)
        store.frames("silhouettes", 3, range(30))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 30 * frame_bytes < peak_bytes < 40 * frame_bytes


def test_writing_holds_one_walk_at_a_time(tmp_path: Path) -> None:
    walk_bytes = 50 * 256 * 256

    def walks() -> Iterator[Walk]:
        for k in range(12):
            yield Walk(walk_id=str(k), silhouettes=np.full((50, 256, 256), 9, np.uint8), silhouettes_aligned=True)

    tracemalloc.start()
    try:
        write_store(tmp_path / "store", walks(), {})
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * walk_bytes


def test_missing_coordinates_are_counted_when_writing(tmp_path: Path) -> None:
    poses = noisy_poses(0)
    poses[3, 5] = 0
    poses[4, 6, 0] = 0
    poses[:, 7, 2] = 0  # a confidence of 0 is no missing coordinate
    store = write_store(tmp_path / "store", [Walk(poses=poses), Walk(walk_id="b", silhouettes=silhouettes(0, 4))], {})
    assert store.n_missing_coordinates(0) == 3
    assert store.n_missing_coordinates(1) == 0


def test_the_arrays_are_ordinary_npy_files_and_the_table_ordinary_parquet(store: WalkStore) -> None:
    poses = np.load(store.path / "poses.npy")
    np.testing.assert_array_equal(poses, np.concatenate([walk.poses for walk in some_walks()]))  # type: ignore[misc]
    table = pq.read_table(store.path / "walks.parquet")
    assert table["walk_id"].to_pylist() == ["w0", "w1", "w2", "w3"]
    assert table["poses_start"].to_pylist() == [0, 5, 11, 18]


def test_a_store_can_be_sent_to_another_process(store: WalkStore) -> None:
    store.frames("silhouettes", 0)
    content = pickle.dumps(store)
    assert len(content) < 1000
    np.testing.assert_array_equal(pickle.loads(content).frames("poses", 2), store.frames("poses", 2))


def test_ids_are_looked_up_and_unknown_ones_listed(store: WalkStore) -> None:
    assert store.indices_of(["w3", "w0"]).tolist() == [3, 0]
    with pytest.raises(DataError, match=r"holds no walk of 2 of the 3 ids asked for \(w8, w9\); take the partition"):
        store.indices_of(["w8", "w1", "w9"])


def test_a_tree_id_names_all_its_walks(tmp_path: Path) -> None:
    walks = [Walk(walk_id=f"7-{view}", poses=noisy_poses(0), view=view, origin={"tree_id": "7"}) for view in ("b", "a")]
    store = write_store(tmp_path / "store", [*walks, Walk(walk_id="8", poses=noisy_poses(1))], {})
    assert store.tree_ids == ("7", "7", "8")
    assert store.indices_of(["8", "7"]).tolist() == [2, 1, 0]
    assert store.indices_of(["7-b"]).tolist() == [0]


def test_the_digest_says_what_is_in_it_and_not_where_it_lies(tmp_path: Path) -> None:
    digest = write_store(tmp_path / "a", some_walks(), ORIGIN).digest
    moved = [walk.with_changes(source="elsewhere") for walk in some_walks()]
    assert write_store(tmp_path / "b", moved, ORIGIN).digest == digest
    poses = np.array(some_walks()[1].poses)
    poses[0, 0, 0] += 1
    changed = some_walks()
    changed[1] = changed[1].with_changes(poses=poses)
    others = {
        write_store(tmp_path / "c", changed, ORIGIN).digest,
        write_store(tmp_path / "d", some_walks(), {}).digest,
        write_store(tmp_path / "e", some_walks()[::-1], ORIGIN).digest,
        write_store(tmp_path / "f", [w.with_changes(label="neutral") for w in some_walks()], ORIGIN).digest,
    }
    assert len(others | {digest}) == 5


def damage_header(path: Path, **changes: Any) -> None:
    header = json.loads((path / "store.json").read_text())
    (path / "store.json").write_text(json.dumps(header | changes))


def test_damage_is_found_when_opening(tmp_path: Path, store: WalkStore) -> None:
    def damaged(name: str) -> Path:
        return Path(shutil.copytree(store.path, tmp_path / name))

    cut = damaged("cut")
    content = (cut / "poses.npy").read_bytes()
    (cut / "poses.npy").write_bytes(content[:-1])
    with pytest.raises(DataError, match=r"poses\.npy: expected \d+ bytes, found \d+"):
        WalkStore.open(cut)
    (cut / "poses.npy").unlink()
    with pytest.raises(DataError, match=r"poses\.npy: expected \d+ bytes, found no file"):
        WalkStore.open(cut)
    table = damaged("table")
    content = (table / "walks.parquet").read_bytes()
    (table / "walks.parquet").write_bytes(content.replace(b"positive", b"negative"))
    with pytest.raises(DataError, match=r"walks\.parquet: its checksum is wrong"):
        WalkStore.open(table)
    (table / "walks.parquet").unlink()
    with pytest.raises(DataError, match=r"walks\.parquet: is missing"):
        WalkStore.open(table)
    laundered = damaged("laundered")
    damage_header(laundered, origin={"simulated": "no"})
    with pytest.raises(DataError, match=r"store\.json: does not fit"):
        WalkStore.open(laundered)
    newer = damaged("newer")
    damage_header(newer, version=STORE_VERSION + 1)
    with pytest.raises(DataError, match=f"reads version {STORE_VERSION}"):
        WalkStore.open(newer)
    headless = damaged("headless")
    damage_header(headless, arrays=None)
    with pytest.raises(DataError, match=r"store\.json: arrays is None; expected a table of keys and values; import"):
        WalkStore.open(headless)
    (headless / "store.json").write_text("{")
    for path in (headless, tmp_path, tmp_path / "none"):
        assert not is_store(path)
        with pytest.raises(DataError, match=r"is not a walk store.*; make one with"):
            WalkStore.open(path)


def test_a_changed_pixel_is_found_by_verify(store: WalkStore) -> None:
    path = store.path / "silhouettes.npy"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"silhouettes\.npy: its checksum is wrong"):
        WalkStore.open(store.path).verify()


def test_walks_that_cannot_be_stored_together_leave_nothing(tmp_path: Path) -> None:
    small = Walk(walk_id="small", silhouettes=silhouettes(0), silhouettes_aligned=True)
    large = Walk(walk_id="large", silhouettes=silhouettes(0, size=128), silhouettes_aligned=True)
    black = Walk(walk_id="black", silhouettes=np.zeros((3, 90, 60), np.uint8))
    cases = [
        ([small, large], r"walk 'large': silhouettes have frames of shape \(128, 128\), earlier walks \(64, 64\)"),
        ([small, small], "walk id 'small' was already given"),
        ([black], "walk 'black': no silhouette frame shows a person"),
        ([], "no walk was given"),
    ]
    for walks, message in cases:
        with pytest.raises(DataError, match=message):
            write_store(tmp_path / "store", walks, {})
        assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_replaced_only_on_demand_and_only_if_it_is_a_store(tmp_path: Path, store: WalkStore) -> None:
    with pytest.raises(DataError, match="give --overwrite"):
        write_store(store.path, bare_walks(), {})
    assert WalkStore.open(store.path).digest == store.digest
    assert len(write_store(store.path, bare_walks(), {}, overwrite=True)) == 2
    foreign = tmp_path / "holiday"
    foreign.mkdir()
    (foreign / "photo.jpg").write_text("precious")
    with pytest.raises(DataError, match="is not a store; choose another folder"):
        write_store(foreign, bare_walks(), {}, overwrite=True)
    assert (foreign / "photo.jpg").read_text() == "precious"
    (tmp_path / "empty").mkdir()
    assert len(write_store(tmp_path / "empty", bare_walks(), {})) == 2


def test_a_failing_source_leaves_the_old_store(store: WalkStore) -> None:
    def walks() -> Iterator[Walk]:
        yield bare_walks()[0]
        raise DataError("the camera broke")

    with pytest.raises(DataError, match="the camera broke"):
        write_store(store.path, walks(), {}, overwrite=True)
    WalkStore.open(store.path).verify()
    assert WalkStore.open(store.path).digest == store.digest
    assert [path.name for path in store.path.parent.iterdir()] == ["store"]


# The store of some_walks() takes about 250 kB: full at once, in the arrays, in the table, in the header.
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.7, 0.95, 0.998, 0.9999])
@pytest.mark.parametrize("old_store", [False, True])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, old_store: bool
) -> None:
    total_bytes = sum(file.stat().st_size for file in write_store(tmp_path / "a", some_walks(), {}).path.iterdir())
    path = tmp_path / "new" / "store"
    if old_store:
        digest = write_store(path, bare_walks(), {}).digest
    with monkeypatch.context() as patch:
        fill_disk(patch, int(share * total_bytes))
        with pytest.raises(DataError, match=r"store: cannot be written \(No space left on device\)"):
            write_store(path, some_walks(), {}, overwrite=True)
    if old_store:
        store = WalkStore.open(path)
        store.verify()
        assert store.digest == digest
    else:
        assert not path.exists()
    assert [file.name for file in path.parent.iterdir()] == ["store"] * old_store
