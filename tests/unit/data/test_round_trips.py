"""Whatever a Walk records comes back from every place where it can be kept, field by field."""

from collections.abc import Callable
from dataclasses import MISSING
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from scoliogait.data.importing import import_walks
from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.store_format import NEWER_COLUMNS
from scoliogait.data.tree_export import export_poses, export_tree
from scoliogait.data.tree_walks import StatedWalk
from scoliogait.errors import DataError
from scoliogait.files import read_json, sha256_of, write_json
from scoliogait.io.native import write_walk
from scoliogait.io.read import read_walk
from scoliogait.labels import ScreeningClass
from scoliogait.representation.contract import InputContract
from scoliogait.walk import PeopleSeen, Walk
from trees import noisy_poses, silhouettes

N_FRAMES = 40
FULL = Walk(
    walk_id="a-front",
    poses=noisy_poses(3, N_FRAMES),
    silhouettes=silhouettes(1, N_FRAMES),
    silhouettes_aligned=True,
    skeleton_maps=np.random.default_rng(0).integers(0, 256, (5, 2, 64, 64), dtype=np.uint8),
    asymmetry=np.linspace(0, 1, 24, dtype=np.float32).reshape(8, 3),
    frame_rate_hz=29.97,
    view="front",
    label=ScreeningClass.NEUTRAL,
    subject_id="patient 7",
    frame_size_px=(640, 480),
    source="/clinic/recording 1.json",
    origin={"licence": "CC-BY-4.0", "tree_id": "a"},
    people=PeopleSeen(2, 12, 1, 40, "walks, and is larger", ("person 1", "person 2"), ("They crossed.",)),
    notes=("One joint was not sure.", "Frames 3 to 5 are missing."),
    mirror_difference=np.linspace(0, 2, 16, dtype=np.float32).reshape(8, 2),
)
BARE = Walk(walk_id="b", poses=noisy_poses(4, N_FRAMES), label=ScreeningClass.POSITIVE)


def assert_same(read: Walk, walk: Walk, without: tuple[str, ...] = ()) -> None:
    for name in set(Walk.__dataclass_fields__) - set(without):
        np.testing.assert_equal(getattr(read, name), getattr(walk, name), err_msg=name)


def through_a_file(walk: Walk, folder: Path) -> Walk:
    write_walk(folder / "walk.npz", walk)
    return read_walk(folder / "walk.npz")


def through_a_store(walk: Walk, folder: Path) -> Walk:
    return write_store(folder / "store", [walk], {}).walk(0)


def through_trees(walk: Walk, folder: Path) -> Walk:
    """Each kind of array in a tree of its own, and all of them imported."""
    store = write_store(folder / "store", [walk], {})
    roots = [folder / "poses"]
    export_poses(store, roots[0])
    kinds = {"silhouette": walk.silhouettes, "exported-skeleton-map": walk.skeleton_maps}
    for representation in (kind for kind, frames in kinds.items() if frames is not None):
        roots.append(folder / representation)
        export_tree(store, roots[-1], InputContract.model_validate({"representation": representation}))
    return import_walks(roots, folder / "again").walk(0)


def test_the_walk_of_these_tests_has_something_in_every_field() -> None:
    """A field that Walk gets later fails here, and then below, until it has a place everywhere."""
    for name, field in Walk.__dataclass_fields__.items():
        default: Any = field.default if field.default is not MISSING else field.default_factory()  # type: ignore[misc]
        assert not np.array_equal(getattr(FULL, name), default), name


@pytest.mark.parametrize("walk", [FULL, BARE], ids=["full", "bare"])
@pytest.mark.parametrize("through", [through_a_store, through_trees])
def test_every_field_comes_back(tmp_path: Path, through: Callable[[Walk, Path], Walk], walk: Walk) -> None:
    assert_same(through(walk, tmp_path), walk)


def test_a_file_keeps_every_field_and_where_it_lies_is_its_source(tmp_path: Path) -> None:
    read = through_a_file(FULL, tmp_path)
    assert_same(read, FULL, without=("source", "origin"))
    assert read.source == str(tmp_path / "walk.npz")
    assert read.origin == {**FULL.origin, "source": FULL.source}


def test_people_are_known_again_after_export_and_import(tmp_path: Path) -> None:
    walks = [FULL, FULL.with_changes(walk_id="a-back", view="back"), BARE]
    store = write_store(tmp_path / "store", walks, {"name": "clinic"})
    export_poses(store, tmp_path / "tree")
    again = import_walks([tmp_path / "tree"], tmp_path / "again")
    who = dict(zip(again.walk_ids, again.subject_ids, strict=True))
    assert who == {"a-front": "patient 7", "a-back": "patient 7", "b": None}


def test_trees_of_different_stores_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    for name, rate in (("one", 15.0), ("two", 25.0)):
        store = write_store(tmp_path / f"{name}-store", [FULL.with_changes(frame_rate_hz=rate)], {})
        if name == "one":
            export_poses(store, tmp_path / name)
        else:
            export_tree(store, tmp_path / name, InputContract(representation="silhouette"))
    with pytest.raises(DataError, match=r"frame_rate_hz is 15\.0 in one tree and 25\.0 in another") as caught:
        import_walks([tmp_path / "one", tmp_path / "two"], tmp_path / "again")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["[]", '{"format": "scoliogait-tree-walks", "version": 1, "walks": {"a": 3}}'])
def test_a_damaged_list_of_walks_is_named(tmp_path: Path, content: str) -> None:
    export_poses(write_store(tmp_path / "store", [BARE], {}), tmp_path / "tree")
    (tmp_path / "tree" / "walks.json").write_text(content)
    with pytest.raises(DataError, match=r"walks\.json: .*"):
        import_walks([tmp_path / "tree"], tmp_path / "again")


def test_folders_that_the_list_does_not_name_are_read_as_they_stand(tmp_path: Path) -> None:
    export_poses(write_store(tmp_path / "store", [FULL], {}), tmp_path / "tree")
    (tmp_path / "tree" / "a").rename(tmp_path / "tree" / "renamed")
    walk = import_walks([tmp_path / "tree"], tmp_path / "again").walk(0)
    assert (walk.walk_id, walk.subject_id, walk.frame_rate_hz) == ("renamed", None, None)


def test_a_store_written_before_some_columns_had_a_place_opens_as_it_was(tmp_path: Path) -> None:
    """As an older program wrote it: without these columns, and with the digest that it had."""
    bare = FULL.with_changes(people=None, notes=(), mirror_difference=None)
    store = write_store(tmp_path / "store", [bare, BARE], {})
    table = store.path / "walks.parquet"
    pq.write_table(pq.read_table(table).drop_columns(list(NEWER_COLUMNS)), table)
    header = read_json(store.path / "store.json") | {"table_sha256": sha256_of(table)}
    write_json(store.path / "store.json", header)
    old = WalkStore.open(store.path)
    assert old.digest == store.digest
    assert_same(old.walk(0), FULL, without=("people", "notes", "mirror_difference"))
    assert (old.walk(0).people, old.walk(0).notes, old.walk(0).mirror_difference) == (None, (), None)


def test_what_is_stated_beside_a_tree_covers_every_field_without_an_array_or_a_folder() -> None:
    elsewhere = {"poses", "silhouettes", "skeleton_maps", "asymmetry", "label"}
    assert set(StatedWalk.model_fields) == set(Walk.__dataclass_fields__) - elsewhere


def test_a_program_that_knows_no_mirror_difference_reads_trees_of_walks_without_one(tmp_path: Path) -> None:
    export_poses(write_store(tmp_path / "store", [BARE], {}), tmp_path / "tree")
    assert "mirror" not in (tmp_path / "tree" / "walks.json").read_text()
