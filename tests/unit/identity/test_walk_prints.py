"""Walks are found again by content after every way out of a store and back, and other walks are not."""

import pickle
import tracemalloc
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from scoliogait.data.importing import import_walks
from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.tree_export import export_poses, export_tree
from scoliogait.data.walk_prints import prints_of
from scoliogait.errors import DataError
from scoliogait.identity import walk_prints
from scoliogait.identity.frame_keys import picture_keys, pose_keys
from scoliogait.identity.prints_file import PRINTS, read_prints, write_prints
from scoliogait.identity.walk_prints import (
    FEWEST_COMMON,
    MOST_KEPT,
    WalkPrint,
    WalkPrints,
    distinct_keys,
    find_walks,
    same_walks,
)
from scoliogait.io.movement_data import walk_from_movement, walk_to_movement
from scoliogait.io.native import write_walk
from scoliogait.representation.contract import InputContract
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.walk import Walk
from trees import write_silhouette_tree
from walk_fixtures import drawn_walks

N = 12
ORIGIN = {"simulated": "yes"}
MAPS = InputContract(representation="skeleton-map", skeleton_map=SkeletonMapConfig())


@pytest.fixture(scope="module")
def walks() -> list[Walk]:
    return list(drawn_walks(N // 3, 60))


@pytest.fixture(scope="module")
def store(walks: list[Walk], tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return write_store(tmp_path_factory.mktemp("data") / "store", walks, ORIGIN)


def all_of(store: WalkStore, thin: bool = False) -> WalkPrints:
    return prints_of(store, np.arange(len(store)), "test", thin=thin)


def changed(walks: list[Walk], folder: Path, change, prefix: str = "other-") -> WalkStore:
    """A store of the same walks under other ids, poses changed."""
    copies = (w.with_changes(walk_id=f"{prefix}{w.walk_id}", poses=change(w.poses)) for w in walks)
    return write_store(folder, copies, ORIGIN)


def found_again(store: WalkStore, other: WalkStore) -> NDArray[np.bool_]:
    """Walks of ``other`` that a record of ``store`` holds; and the other way about, the same number."""
    there = find_walks(all_of(other), all_of(store, thin=True)).same
    back = find_walks(all_of(store), all_of(other, thin=True)).same
    assert there.sum() == back.sum()
    return there


CHANGES = {
    "renamed": lambda poses: poses,
    "float16": lambda poses: poses.astype(np.float16).astype(np.float32),
    "two decimals": lambda poses: poses.round(2),
    "first frames": lambda poses: poses[:12],
    "frames from the middle": lambda poses: poses[31:47],
    "every second frame": lambda poses: poses[::2],
    "first frames in float16": lambda poses: poses[:20].astype(np.float16),
    "backwards": lambda poses: poses[::-1],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_found(walks: list[Walk], store: WalkStore, tmp_path: Path, change) -> None:
    assert found_again(store, changed(walks, tmp_path / "copy", change)).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda poses: poses + np.array([3.0, 0, 0], np.float32),
        lambda poses: poses * np.array([0.5, 0.5, 1], np.float32),
        lambda poses: poses + np.random.default_rng(1).normal(0, 2, poses.shape).astype(np.float32) * [1, 1, 0],
    ],
    ids=["moved by 3 px", "half the size", "another estimator"],
)
def test_another_measurement_of_the_same_walk_is_known_by_name_only(
    walks: list[Walk], store: WalkStore, tmp_path: Path, change
) -> None:
    other = changed(walks, tmp_path / "copy", change, prefix="")
    found = find_walks(all_of(other), all_of(store, thin=True))
    assert (found.n_same, found.n_only_by_name) == (0, N)


def test_other_walks_of_the_same_small_noise_are_not_taken_for_one_another(tmp_path: Path) -> None:
    """Standing at one place, alike but for 0.7 px of noise: harder than any recording."""
    one, two = (write_store(tmp_path / str(seed), drawn_walks(40, 60, seed), ORIGIN) for seed in (1, 2))
    found = find_walks(all_of(one), all_of(two, thin=True))
    assert (found.n_same, found.n_only_by_name) == (0, len(one))


def test_a_long_walk_keeps_few_keys_and_a_part_of_it_is_found(tmp_path: Path) -> None:
    (walk, other) = list(drawn_walks(1, 900))[:2]
    assert walk.poses is not None
    long = write_store(tmp_path / "long", [walk, other], ORIGIN)
    record = all_of(long, thin=True)
    assert [len(one.keys["poses"]) for one in record.walks] == [MOST_KEPT, MOST_KEPT]
    for start in (0, 1, 400, 870):
        cut = walk.with_changes(walk_id="cut", poses=walk.poses[start : start + 30])
        asked = all_of(write_store(tmp_path / f"cut{start}", [cut], ORIGIN))
        assert find_walks(asked, record).same.tolist() == [True]
        assert find_walks(all_of(long), asked).same.tolist() == [True, False]


def test_every_way_out_of_a_store_and_back(walks: list[Walk], store: WalkStore, tmp_path: Path) -> None:
    export_poses(store, tmp_path / "tree")
    assert found_again(store, import_walks([tmp_path / "tree"], tmp_path / "a")).all()
    for pickled in (tmp_path / "tree").rglob("000_180.pkl"):
        pickled.write_bytes(pickle.dumps(np.asarray(pickle.loads(pickled.read_bytes()), np.float16)))
    assert found_again(store, import_walks([tmp_path / "tree"], tmp_path / "b")).all()
    for walk in walks:
        write_walk(tmp_path / "files" / f"{walk.walk_id}.npz", walk.with_changes(walk_id=f"n{walk.walk_id}"))
    assert found_again(store, import_walks([tmp_path / "files"], tmp_path / "c")).all()
    pytest.importorskip("xarray")
    moved = (walk_from_movement(walk_to_movement(walk), walk_id=f"m{walk.walk_id}") for walk in walks)
    assert found_again(store, write_store(tmp_path / "d", moved, ORIGIN)).all()


def test_silhouettes_and_maps_come_back_as_the_same_walks(store: WalkStore, tmp_path: Path) -> None:
    raw = import_walks([write_silhouette_tree(tmp_path / "raw", 5)], tmp_path / "silhouettes")
    export_tree(raw, tmp_path / "aligned", InputContract(representation="silhouette"))
    again = import_walks([tmp_path / "aligned"], tmp_path / "again")
    assert found_again(raw, again).all()
    export_tree(store, tmp_path / "maps", MAPS)
    maps = import_walks([tmp_path / "maps"], tmp_path / "maps-store")
    export_tree(maps, tmp_path / "maps2", InputContract(representation="exported-skeleton-map"))
    assert found_again(maps, import_walks([tmp_path / "maps2"], tmp_path / "maps-again")).all()
    # Drawn maps and the poses that they were drawn from cannot be compared: the ids decide.
    assert find_walks(all_of(maps), all_of(store, thin=True)).same.all()


def test_what_says_nothing_is_no_content() -> None:
    still = np.full((50, 17, 3), 300.0, np.float32)
    assert len(distinct_keys(pose_keys(still))) == 1
    still[..., 2] = 0
    assert len(pose_keys(still)) == 0
    assert len(picture_keys(np.zeros((9, 8, 8), np.uint8))) == len(picture_keys(np.full((9, 8, 8), 255, np.uint8))) == 0
    hidden = still.copy()
    hidden[..., 2] = 1
    hidden[:, 5:17, 0] = 0.0  # x exactly 0: missing
    assert len(pose_keys(hidden)) == 0


def test_grey_edges_do_not_matter_to_a_picture() -> None:
    frames = np.random.default_rng(0).integers(0, 2, (20, 64, 64), np.uint8) * 255
    np.testing.assert_array_equal(picture_keys(frames), picture_keys((frames // 255 * 100 + 100).astype(np.uint8)))
    frames[3, 10, 10] ^= 255
    assert (picture_keys(frames) != picture_keys(np.roll(frames, 1, axis=2))).all()


def by_a_loop(asked: WalkPrints, known: WalkPrints) -> list[tuple[bool, bool]]:
    """The rule of ``find_walks``, read out loud."""
    answers = []
    for one in asked.walks:
        same = named = False
        for other in known.walks:
            common = [
                kind for kind in ("poses", "silhouettes", "skeleton_maps") if {kind} <= one.keys.keys() & other.keys
            ]
            content = bool(common) and len(set(one.keys[common[0]]) & set(other.keys[common[0]])) >= FEWEST_COMMON
            name = one.walk_id == other.walk_id
            same |= content or (name and (not common or one.store_digest == other.store_digest))
            named |= name
        answers.append((same, named and not same))
    return answers


@pytest.mark.parametrize("pairs_at_once", [1, 40, 1 << 20])
def test_the_rule_is_that_of_a_plain_loop(pairs_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_prints, "_PAIRS_AT_ONCE", pairs_at_once)
    random = np.random.default_rng(7)

    def some(n_walks: int) -> WalkPrints:
        kinds = [("poses",), ("poses", "silhouettes"), ("silhouettes",), ("skeleton_maps",), ()]
        walks = [
            WalkPrint(
                f"w{random.integers(30)}",
                f"s{random.integers(3)}",
                "train",
                {
                    kind: distinct_keys(random.integers(0, 60, 8).astype(np.uint32))
                    for kind in kinds[random.integers(5)]
                },
            )
            for _ in range(n_walks)
        ]
        return WalkPrints(tuple(walks))

    for n_asked, n_known in product((0, 1, 25), (0, 1, 40)):
        asked, known = some(n_asked), some(n_known)
        found = find_walks(asked, known)
        assert list(zip(found.same.tolist(), found.only_by_name.tolist(), strict=True)) == by_a_loop(asked, known)


def test_a_frame_that_all_walks_hold_takes_no_memory_for_each_pair() -> None:
    peaks = []
    for n_walks in (500, 2_000):
        numbers = np.arange(1, 10 * n_walks + 1, dtype=np.uint32).reshape(n_walks, 10)
        walks = [
            WalkPrint(str(n), "", "train", {"poses": np.append(held, np.uint32(0))}) for n, held in enumerate(numbers)
        ]
        tracemalloc.start()
        assert same_walks(walks) == {}
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 8 * peaks[0]  # of four times the walks, sixteen times the pairs


def test_a_record_is_read_as_it_was_written(store: WalkStore, tmp_path: Path) -> None:
    record = WalkPrints((*all_of(store).walks, WalkPrint("x", "s", "start", {})), complete=False)
    write_prints(tmp_path / "walks.parquet", record)
    read = read_prints(tmp_path / "walks.parquet")
    assert (read.complete, len(read)) == (False, N + 1)
    for before, now in zip(record.walks, read.walks, strict=True):
        assert (before.walk_id, before.store_digest, before.role) == (now.walk_id, now.store_digest, now.role)
        thinned = before.thinned().keys
        assert thinned.keys() == now.keys.keys()
        for kind, keys in thinned.items():
            np.testing.assert_array_equal(keys, now.keys[kind])
    first = (tmp_path / "walks.parquet").read_bytes()
    write_prints(tmp_path / "walks.parquet", record)
    assert (tmp_path / "walks.parquet").read_bytes() == first


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("role", "teacher", "row 2: role is 'teacher'; expected one of train"),
        ("walk_id", None, "row 2: has no walk_id"),
        ("poses", b"12345", "row 2: poses holds 5 bytes; expected 4 for each of 3 to 128 keys"),
        ("poses", b"1" * 4096, "row 2: poses holds 4096 bytes"),
    ],
)
def test_a_wrong_record_is_refused_by_row(store: WalkStore, tmp_path: Path, column: str, value, words: str) -> None:
    file = tmp_path / "walks.parquet"
    write_prints(file, all_of(store))
    table = pq.read_table(file)
    content = table.to_pydict()
    content[column][1] = value
    pq.write_table(pa.table(content, schema=table.schema), file)
    with pytest.raises(DataError) as refused:
        read_prints(file)
    assert str(file) in str(refused.value)
    assert words in str(refused.value)


def test_another_file_is_no_record(tmp_path: Path) -> None:
    file = tmp_path / "walks.parquet"
    pq.write_table(pa.table({"a": [1]}), file)
    with pytest.raises(DataError, match="is parquet but no record of walks"):
        read_prints(file)
    file.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match=r"walks\.parquet: is not a readable parquet file"):
        read_prints(file)
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({PRINTS.name: '{"format": "x"}'}), file)
    with pytest.raises(DataError, match="is not a record of walks"):
        read_prints(file)
