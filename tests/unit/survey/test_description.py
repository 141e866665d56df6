"""What a store is said to hold: counted by hand on drawn walks, and that test walks are kept out of comparisons."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.skeleton import JOINT, PAIR_NAMES
from scoliogait.survey.cohort_check import published_comparisons
from scoliogait.survey.description import describe_store
from scoliogait.walk import Walk
from walk_fixtures import drawn_walks


def store_of(folder: Path, walks: list[Walk]) -> WalkStore:
    return write_store(folder, walks, {"simulated": "yes"})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    """24 walks of 12 people; the left wrist of the first is missing in half of its frames, its ankles in all."""
    walks = list(drawn_walks(8, 12))
    poses = walks[0].poses.copy()
    poses[: len(poses) // 2, JOINT["left_wrist"]] = 0
    poses[:, [JOINT["left_ankle"], JOINT["right_ankle"]]] = 0
    walks[0] = replace(walks[0], poses=poses)
    return store_of(tmp_path_factory.mktemp("description") / "store", walks)


def test_counts_people_and_lengths(store: WalkStore) -> None:
    partition = Partition("p", store.walk_ids[:18], store.walk_ids[18:])
    found = describe_store(store, partition)
    assert found.counts["all"] == {"negative": 8, "neutral": 8, "positive": 8}
    assert found.counts["test"] == {"negative": 2, "neutral": 2, "positive": 2}
    assert found.people == {"all": 12, "train": 9, "test": 3}
    n_frames = [store.n_frames("poses", k) for k in range(24) if store.labels[k] == 1]
    neutral = next(row for row in found.lengths if row.class_name == "neutral")
    assert (neutral.shortest, neutral.median, neutral.longest) == (min(n_frames), np.median(n_frames), max(n_frames))
    assert found.n_unknown_people == 0


def test_joints_and_asymmetry_are_those_of_the_walks(store: WalkStore) -> None:
    measures = describe_store(store).measures
    assert measures is not None
    poses = store.frames("poses", 0)
    np.testing.assert_allclose(measures.confidence[0], poses[..., 2].mean(axis=0))
    half = (len(poses) // 2) / len(poses)
    assert measures.missing[0, JOINT["left_wrist"]] == pytest.approx(half)
    assert measures.missing[0, JOINT["left_ankle"]] == 1
    assert measures.missing[0].sum() == pytest.approx(2 + half)
    ankles = 3 * PAIR_NAMES.index("ankles")
    assert np.isnan(measures.asymmetry[0, ankles : ankles + 3]).all()
    np.testing.assert_allclose(measures.asymmetry[0, :ankles], postural_asymmetry(poses).ravel()[:ankles])
    np.testing.assert_allclose(measures.asymmetry[5], postural_asymmetry(store.frames("poses", 5)).ravel())


def test_classes_are_compared_without_the_test_walks(store: WalkStore, tmp_path: Path) -> None:
    ids = store.walk_ids
    partition = Partition("p", ids[:12], ids[18:], validation=ids[12:18])
    found = describe_store(store, partition)
    assert [store.walk_ids[found.measures.indices[row]] for row in found.compared] == list(ids[:18])
    assert {store.walk_ids[walk.index] for walk in found.notable} <= set(ids[:18])
    walks = [store.walk(k) for k in range(24)]
    for k in range(18, 24):
        walks[k] = replace(walks[k], poses=walks[(k + 1) % 18].poses)
    other = describe_store(store_of(tmp_path / "other", walks), partition)
    assert other.tests == found.tests
    assert other.probe == found.probe
    assert [walk.index for walk in other.notable] == [walk.index for walk in found.notable]
    np.testing.assert_array_equal(other.normalised_means, found.normalised_means)


def test_the_drawn_tilt_is_found(store: WalkStore) -> None:
    found = describe_store(store)
    strongest = max(found.tests, key=lambda test: test.epsilon_squared)
    assert strongest.name == "shoulders, vertical"
    assert {pair.cliffs_delta for pair in strongest.pairs} == {1.0}
    assert found.probe is not None
    assert found.probe.figures["macro_recall"][0] > 0.6
    assert (found.probe.n_folds, found.probe.n_walks, found.probe.n_people) == (4, 24, 12)
    reasons = [walk.reason.split(":")[0] for walk in found.notable]
    assert reasons[:3] == ["typical negative", "typical neutral", "typical positive"]
    missing = next(walk for walk in found.notable if "most joints missing" in walk.reason)
    assert missing.index == 0


def test_silhouettes_alone_and_people_nobody_knows(tmp_path: Path) -> None:
    walks = [replace(walk, poses=None, subject_id=None) for walk in drawn_walks(2, 12, silhouettes=True)]
    found = describe_store(store_of(tmp_path / "store", walks))
    assert (found.measures, found.probe, found.support, found.normalised_means) == (None, None, None, None)
    assert found.tests == found.notable == ()
    assert {row.modality for row in found.lengths} == {"silhouettes"}
    assert found.people == {"all": 6}
    assert found.n_unknown_people == 6


def test_walks_without_class_or_without_anybody(tmp_path: Path) -> None:
    walks = list(drawn_walks(2, 12))
    walks = [replace(walk, label=None) for walk in walks]
    walks[0] = replace(walks[0], poses=np.zeros_like(walks[0].poses))
    found = describe_store(store_of(tmp_path / "store", walks))
    assert found.counts["all"] == {"negative": 0, "neutral": 0, "positive": 0, "unknown": 6}
    assert found.n_unmeasured == 1
    assert len(found.compared) == 0
    assert found.tests == ()
    assert found.support is not None


def test_a_foreign_partition_is_refused(store: WalkStore) -> None:
    with pytest.raises(DataError, match="lacks 2 of the 2 ids of partition p"):
        describe_store(store, Partition("p", ("a",), ("b",)))


def test_a_cohort_too_small_for_the_published_statistics_is_refused(store: WalkStore) -> None:
    partition = Partition("p", store.walk_ids[:18], store.walk_ids[18:])
    with pytest.raises(DataError, match="has 3 people of class negative among its training walks"):
        published_comparisons(store, partition)
