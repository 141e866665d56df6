"""Batches from a store: the right frames, walks completed as a whole, equal shares, any number of readers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from scoliogait.data.loader import BatchShare, TrainingBatches, WalkFrames, training_loader
from scoliogait.data.sampling import WalkBatchSampler, frame_generator, sample_frames
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.representation.contract import (
    BODY_ONLY_SIGMA15_JOINT8,
    OPENGAIT_SILHOUETTE,
    OPENGAIT_SKELETON,
    InputContract,
)
from scoliogait.skeleton import JOINT
from scoliogait.training.recipe_file import load_recipe
from scoliogait.walk import Walk
from walk_fixtures import drawn_walks


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return write_store(tmp_path_factory.mktemp("loader") / "store", drawn_walks(4), {"simulated": "yes"})


def batches_of(store: WalkStore, share: BatchShare | None = None, mirror: float = 0.5) -> TrainingBatches:
    indices = np.arange(2, 12)
    sampler = WalkBatchSampler(np.arange(10), store.labels[indices], 3, 2, seed=1)
    return TrainingBatches(WalkFrames(store, OPENGAIT_SKELETON), indices, sampler, 5, 7, mirror, share)


def test_a_batch_holds_the_drawn_frames_of_the_drawn_walks(store: WalkStore) -> None:
    batches = batches_of(store)
    batch = batches.batch(4)
    assert batch.source["poses"].shape == (6, 5, 17, 3)
    np.testing.assert_array_equal(batch.walks, np.arange(2, 12)[batches.sampler.batch(4)])
    np.testing.assert_array_equal(batch.labels, store.labels[batch.walks])
    for position, walk in enumerate(batch.walks.tolist()):
        poses = store.walk(walk).poses
        assert poses is not None
        chosen = sample_frames(len(poses), 5, frame_generator(1, 4, position))
        np.testing.assert_array_equal(batch.source["poses"][position], poses[chosen])


def test_shares_put_together_are_the_whole_batch(store: WalkStore) -> None:
    whole = batches_of(store).batch(3)
    pieces = [batches_of(store, BatchShare(rank, 3)).batch(3) for rank in range(3)]
    torch.testing.assert_close(torch.cat([piece.source["poses"] for piece in pieces]), whole.source["poses"])
    for name in ("labels", "walks", "mirrored"):
        torch.testing.assert_close(torch.cat([getattr(piece, name) for piece in pieces]), getattr(whole, name))
    with pytest.raises(DataError, match=r"6 walks .* 4 processes"):
        batches_of(store, BatchShare(0, 4))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
def test_no_place_of_a_batch_is_taken_twice(n: int) -> None:
    taken = [place for rank in range(n) for place in BatchShare(rank, n).of(12)]
    assert taken == list(range(12))


@pytest.mark.slow
def test_steps_start_where_they_are_told_and_workers_change_nothing(store: WalkStore) -> None:
    batches = batches_of(store)
    batches.first_step = 2
    read_here = list(training_loader(batches))
    assert [batch.step for batch in read_here] == [2, 3, 4, 5, 6]
    for here, there in zip(read_here, training_loader(batches, workers=2), strict=True):
        assert here.step == there.step
        torch.testing.assert_close(here.source["poses"], there.source["poses"], rtol=0, atol=0)


def test_mirrored_share(store: WalkStore) -> None:
    def drawn(mirror: float) -> list[bool]:
        batches = batches_of(store, mirror=mirror)
        return [bool(m) for step in range(100) for m in batches.batch(step).mirrored]

    assert not any(drawn(0.0))
    assert all(drawn(1.0))
    assert 0.42 < np.mean(drawn(0.5)) < 0.58


def test_walks_with_gaps_are_completed_as_a_whole(tmp_path: Path) -> None:
    walks = list(drawn_walks(1))
    assert walks[1].poses is not None
    poses = walks[1].poses.copy()
    poses[3:6, JOINT["left_knee"]] = 0
    walks[1] = walks[1].with_changes(poses=poses)
    store = write_store(tmp_path / "store", walks, {})
    frames = WalkFrames(store, OPENGAIT_SKELETON)
    chosen = np.array([4, 0, 5])
    expected = OPENGAIT_SKELETON.source_frames(walks[1])["poses"][chosen]
    np.testing.assert_array_equal(frames.frames(1, chosen)["poses"], expected)
    assert (expected[0, JOINT["left_knee"], :2] > 0).all()
    # A walk without gaps comes as it is, which is what completing would give.
    straight = frames.frames(0, chosen)["poses"]
    np.testing.assert_array_equal(straight, OPENGAIT_SKELETON.source_frames(walks[0])["poses"][chosen])


def test_evaluation_sees_the_first_frames_in_order(store: WalkStore) -> None:
    short = OPENGAIT_SKELETON.model_copy(update={"max_frames": 7})
    poses = store.walk(3).poses
    assert poses is not None
    np.testing.assert_array_equal(WalkFrames(store, short).in_order(3)["poses"], poses[:7])
    np.testing.assert_array_equal(WalkFrames(store, OPENGAIT_SKELETON).in_order(3)["poses"], poses)


def test_a_store_without_the_modality_is_refused(store: WalkStore) -> None:
    with pytest.raises(DataError, match=r"its walks have poses, but .* needs silhouettes"):
        WalkFrames(store, OPENGAIT_SILHOUETTE)


def test_silhouettes_come_as_stored(tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", drawn_walks(1, silhouettes=True), {})
    frames = WalkFrames(store, OPENGAIT_SILHOUETTE).frames(2, np.array([5, 1]))["silhouettes"]
    walk: Walk = store.walk(2)
    assert walk.silhouettes is not None
    np.testing.assert_array_equal(frames, walk.silhouettes[[5, 1]])


COORDINATES = load_recipe("pose-set-112").contract


def with_gaps(walk: Walk) -> Walk:
    assert walk.poses is not None
    poses = walk.poses.copy()
    poses[2:5, JOINT["right_elbow"]] = 0
    return walk.with_changes(poses=poses)


def test_a_joint_of_confidence_zero_is_completed_wherever_it_lies(tmp_path: Path) -> None:
    """Training and evaluation see what screening sees: the repair counts such a joint as missing."""
    walks = list(drawn_walks(1))
    assert walks[1].poses is not None
    poses = walks[1].poses.copy()
    poses[3:6, JOINT["left_ankle"]] += (40.0, 90.0, 0.0)
    poses[3:6, JOINT["left_ankle"], 2] = 0
    walks[1] = walks[1].with_changes(poses=poses)
    frames = WalkFrames(write_store(tmp_path / "store", walks, {}), BODY_ONLY_SIGMA15_JOINT8)
    expected = BODY_ONLY_SIGMA15_JOINT8.source_frames(walks[1])["poses"]
    assert not np.array_equal(expected, poses)
    np.testing.assert_array_equal(frames.in_order(1)["poses"], expected)


@pytest.mark.parametrize("contract", [COORDINATES, BODY_ONLY_SIGMA15_JOINT8, OPENGAIT_SKELETON])
def test_walks_without_gaps_are_not_kept_in_memory(store: WalkStore, contract: InputContract) -> None:
    frames = WalkFrames(store, contract)
    for index in range(len(store)):
        expected = contract.source_frames(store.walk(index))["poses"]
        np.testing.assert_array_equal(frames.in_order(index)["poses"], expected)
    assert frames.kept_bytes == 0


@pytest.mark.parametrize("most_walks", [0, 1, 3, 100])
def test_memory_for_completed_walks_is_bounded(tmp_path: Path, most_walks: int) -> None:
    walks = [with_gaps(walk) for walk in drawn_walks(3)]
    store = write_store(tmp_path / "store", walks, {})
    size = max(walk.poses.nbytes for walk in walks if walk.poses is not None)
    frames = WalkFrames(store, COORDINATES, most_kept_bytes=most_walks * size)
    for _ in range(2):
        for index, walk in enumerate(walks):
            expected = COORDINATES.source_frames(walk)["poses"]
            np.testing.assert_array_equal(frames.in_order(index)["poses"], expected)
            assert frames.kept_bytes <= most_walks * size
    assert (frames.kept_bytes > 0) == (most_walks > 0)
