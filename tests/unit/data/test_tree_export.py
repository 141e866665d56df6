import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from full_disk import fill_disk
from scoliogait.data.importing import import_walks
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.tree_export import export_poses, export_tree
from scoliogait.errors import DataError
from scoliogait.io.restricted_pickle import load_arrays
from scoliogait.labels import ScreeningClass
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.representation.contract import InputContract
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.skeleton_map import render_skeleton_maps
from scoliogait.walk import Walk
from trees import CLASSES, VIEW, noisy_poses, read_trees, silhouettes, write_pose_tree, write_silhouette_tree

MAPS = InputContract(representation="skeleton-map", skeleton_map=SkeletonMapConfig())
SILHOUETTES = InputContract(representation="silhouette")
GIVEN_MAPS = InputContract(representation="exported-skeleton-map")
N_WALKS = 5
IDS = tuple(f"{index:05d}" for index in range(N_WALKS))
PARTITION = Partition("mine", train=IDS[:3], test=IDS[3:])


@pytest.fixture
def store(tmp_path: Path) -> WalkStore:
    trees = [write_pose_tree(tmp_path / "pose", N_WALKS), write_silhouette_tree(tmp_path / "sil", N_WALKS)]
    return import_walks(trees, tmp_path / "store", frame_rate_hz=15)


def plain_load(path: Path) -> np.ndarray:
    """As OpenGait reads it."""
    return np.asarray(pickle.loads(path.read_bytes()))


def opengait_folder(root: Path, id_: str) -> Path:
    """The only walk of an id, found as OpenGait does: by listing class and view folders."""
    (folder,) = [view for class_ in (root / id_).iterdir() for view in class_.iterdir()]
    return folder


def test_poses_and_silhouettes_come_out_as_they_went_in(tmp_path: Path, store: WalkStore) -> None:
    export_poses(store, tmp_path / "p")
    export_tree(store, tmp_path / "s", SILHOUETTES)
    for index, id_ in enumerate(IDS):
        class_name = ("positive", "negative", "neutral", "neutral")[index % 4]
        place = Path(id_, class_name, VIEW, f"{VIEW}.pkl")
        np.testing.assert_array_equal(plain_load(tmp_path / "p" / place), noisy_poses(index))
        np.testing.assert_array_equal(plain_load(tmp_path / "s" / place), silhouettes(index))
    facts = json.loads((tmp_path / "s" / "export.json").read_text())
    assert facts["store_digest"] == store.digest
    assert facts["contract"]["representation"] == "silhouette"


def test_a_tree_of_an_export_gives_the_same_store(tmp_path: Path, store: WalkStore) -> None:
    export_poses(store, tmp_path / "p")
    export_tree(store, tmp_path / "s", SILHOUETTES)
    again = import_walks([tmp_path / "s", tmp_path / "p"], tmp_path / "again", frame_rate_hz=15)
    assert again.digest == store.digest


def test_simulated_walks_stay_simulated_on_the_road(tmp_path: Path) -> None:
    walk = Walk(walk_id="x", poses=noisy_poses(0), label=ScreeningClass.NEUTRAL)
    export_poses(write_store(tmp_path / "s", [walk], {"simulated": "yes"}), tmp_path / "tree")
    again = import_walks([tmp_path / "tree"], tmp_path / "again")
    assert again.walk(0).origin["simulated"] == "yes"
    assert again.origin == {"simulated": "yes"}
    mixed = write_store(tmp_path / "mixed", [again.walk(0), walk.with_changes(walk_id="real")], {})
    assert mixed.origin["simulated"] == "yes"
    assert write_store(tmp_path / "real", [walk], {}).origin == {}


def test_maps_and_pavs_are_those_of_the_representation(tmp_path: Path, store: WalkStore) -> None:
    export_tree(store, tmp_path / "m", MAPS, PARTITION)
    vectors = np.stack([postural_asymmetry(noisy_poses(index)) for index in range(N_WALKS)])
    low, high = vectors[:3].min(axis=0), vectors[:3].max(axis=0)
    for index, id_ in enumerate(IDS):
        folder = opengait_folder(tmp_path / "m", id_)
        assert sorted(path.name for path in folder.iterdir()) == ["0_heatmap.pkl", "1_pav.pkl"]
        maps, pavs = (plain_load(folder / name) for name in ("0_heatmap.pkl", "1_pav.pkl"))
        assert (maps.dtype, maps.shape) == (np.uint8, (12, 2, 64, 64))
        assert (pavs.dtype, pavs.shape) == (np.float32, (12, 8, 3))
        np.testing.assert_array_equal(maps, render_skeleton_maps(noisy_poses(index)).numpy())
        for row in range(8):
            for column in range(3):
                spread = high[row, column] - low[row, column]
                expected = (vectors[index, row, column] - low[row, column]) / spread if spread else 0.0
                np.testing.assert_allclose(pavs[:, row, column], min(max(expected, 0), 1), atol=1e-6)
    stats = pickle.loads((tmp_path / "m" / "pav_stats.pkl").read_bytes())
    np.testing.assert_array_equal(stats["pav_min"], low)
    np.testing.assert_array_equal(stats["pav_max"], high)
    assert stats["stats_partition"] == "mine.json"
    assert json.loads((tmp_path / "m" / "mine.json").read_text())["TRAIN_SET"] == list(PARTITION.train)


def test_without_a_partition_the_range_is_of_all_walks_and_says_so(tmp_path: Path, store: WalkStore) -> None:
    export_tree(store, tmp_path / "m", MAPS)
    stats = load_arrays(tmp_path / "m" / "pav_stats.pkl")
    assert stats["stats_partition"] is None
    vectors = np.stack([postural_asymmetry(noisy_poses(index)) for index in range(N_WALKS)])
    np.testing.assert_array_equal(stats["pav_max"], vectors.max(axis=0))
    facts = json.loads((tmp_path / "m" / "export.json").read_text())
    assert facts["pav_statistics"] == "dataset"
    assert facts["partition"] is None


def test_exported_maps_are_imported_and_exported_again_unchanged(tmp_path: Path, store: WalkStore) -> None:
    export_tree(store, tmp_path / "m", MAPS, PARTITION)
    maps_store = write_store(tmp_path / "maps", read_trees([tmp_path / "m"]), {})
    assert maps_store.modalities == {"skeleton_maps"}
    assert maps_store.walk(0).origin["pav_stats_partition"] == "mine.json"
    export_tree(maps_store, tmp_path / "m2", GIVEN_MAPS)
    for id_ in IDS:
        for name in ("0_heatmap.pkl", "1_pav.pkl"):
            first, second = (plain_load(opengait_folder(tmp_path / root, id_) / name) for root in ("m", "m2"))
            np.testing.assert_array_equal(first, second)


def test_the_settings_of_the_contract_reach_the_maps(tmp_path: Path, store: WalkStore) -> None:
    config = SkeletonMapConfig(joints="body-only", sigma_limb=15.0, alignment="shared", size=128)
    contract = InputContract(representation="skeleton-map", skeleton_map=config, size_px=128)
    export_tree(store, tmp_path / "m", contract)
    maps = plain_load(opengait_folder(tmp_path / "m", IDS[0]) / "0_heatmap.pkl")
    assert torch.equal(torch.from_numpy(maps), render_skeleton_maps(noisy_poses(0), config))
    recorded = json.loads((tmp_path / "m" / "export.json").read_text())["contract"]
    assert InputContract.model_validate(recorded) == contract


def test_a_random_cohort_survives_the_road_there_and_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    for trial in range(5):
        folder = tmp_path / str(trial)
        walks = [
            Walk(
                walk_id=f"{rng.integers(1e9):x}",
                poses=noisy_poses(int(rng.integers(1e9)), n_frames=int(rng.integers(1, 9))),
                label=ScreeningClass(int(rng.integers(3))),
                view=f"{rng.integers(1000):03d}_180",
            )
            for _ in range(rng.integers(1, 7))
        ]
        export_poses(write_store(folder / "store", walks, {}), folder / "tree")
        read = {walk.walk_id: walk for walk in read_trees([folder / "tree"])}
        assert len(read) == len(walks)
        for walk in walks:
            np.testing.assert_array_equal(read[walk.walk_id].poses, walk.poses)
            assert (read[walk.walk_id].label, read[walk.walk_id].view) == (walk.label, walk.view)


def test_several_views_of_an_id_go_back_into_its_folder(tmp_path: Path) -> None:
    walks = [
        Walk(walk_id=f"7-{v}", poses=noisy_poses(0), view=v, label=ScreeningClass.NEUTRAL, origin={"tree_id": "7"})
        for v in ("000_180", "001_180")
    ]
    export_poses(write_store(tmp_path / "store", walks, {}), tmp_path / "tree")
    assert sorted(p.name for p in (tmp_path / "tree" / "7" / "neutral").iterdir()) == ["000_180", "001_180"]


def test_what_cannot_be_exported_is_refused_before_anything_is_written(tmp_path: Path, store: WalkStore) -> None:
    nameless = write_store(tmp_path / "a", [Walk(walk_id="x", poses=noisy_poses(0))], {})
    walk = Walk(walk_id="../x", poses=noisy_poses(0), label=ScreeningClass.NEUTRAL)
    escaping = write_store(tmp_path / "b", [walk], {})
    blind = write_store(tmp_path / "c", [walk.with_changes(walk_id="x", poses=None, silhouettes=silhouettes(0))], {})
    dots = write_store(tmp_path / "d", [walk.with_changes(walk_id="..")], {})
    out = tmp_path / "out"
    with pytest.raises(DataError, match="walk 'x': has no class"):
        export_poses(nameless, out)
    for bad in (escaping, dots):
        with pytest.raises(DataError, match="cannot be a folder name"):
            export_poses(bad, out)
    with pytest.raises(DataError, match="has no poses"):
        export_poses(blind, out)
    with pytest.raises(DataError, match="its walks have no poses, which such a tree is made of"):
        export_tree(blind, out, MAPS)
    with pytest.raises(DataError, match="its walks have no skeleton_maps"):
        export_tree(store, out, GIVEN_MAPS)
    with pytest.raises(DataError, match=r"holds no walk of 1 of the 2 ids asked for \(99999\)"):
        export_tree(store, out, MAPS, Partition("p", (IDS[0],), ("99999",)))
    assert not out.exists()
    (out / "mine").mkdir(parents=True)
    with pytest.raises(DataError, match="is not an exported tree; choose another folder"):
        export_poses(store, out, overwrite=True)
    (out / "export.json").write_text("[]")
    with pytest.raises(DataError, match="is not an exported tree; choose another folder"):
        export_poses(store, out, overwrite=True)


def test_an_exported_tree_is_replaced_only_on_demand(tmp_path: Path, store: WalkStore) -> None:
    export_poses(store, tmp_path / "p")
    with pytest.raises(DataError, match="give --overwrite"):
        export_tree(store, tmp_path / "p", SILHOUETTES)
    export_tree(store, tmp_path / "p", SILHOUETTES, overwrite=True)
    assert plain_load(opengait_folder(tmp_path / "p", IDS[0]) / f"{VIEW}.pkl").shape == (10, 64, 64)


@pytest.mark.parametrize("free_bytes", [0, 3000, 200_000])
def test_a_full_disk_leaves_no_half_tree(
    tmp_path: Path, store: WalkStore, monkeypatch: pytest.MonkeyPatch, free_bytes: int
) -> None:
    with monkeypatch.context() as patch:
        fill_disk(patch, free_bytes)
        with pytest.raises(DataError, match=r"tree: cannot be written \(No space left on device\)"):
            export_tree(store, tmp_path / "new" / "tree", MAPS)
    assert list((tmp_path / "new").iterdir()) == []


def test_the_test_trees_use_every_accepted_spelling() -> None:
    assert {name.lower() for name in CLASSES} == {"positive", "negative", "neutral", "critical"}
