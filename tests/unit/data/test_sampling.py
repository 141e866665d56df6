"""What batches promise beyond the recordings: reproducibility, balance, and a remedy in each error."""

import numpy as np
import pytest

from scoliogait.data.sampling import WalkBatchSampler, frame_generator, sample_frames
from scoliogait.errors import DataError

LABELS = np.array([0] * 20 + [1] * 5 + [2] * 9)
WALKS = np.arange(len(LABELS))


def test_a_batch_depends_on_seed_and_step_only() -> None:
    one, other = (WalkBatchSampler(WALKS, LABELS, 8, 2, seed=7) for _ in range(2))
    forwards = [one.batch(step) for step in range(6)]
    for step in (5, 0, 3, 3, 1):
        np.testing.assert_array_equal(other.batch(step), forwards[step])
    assert any((WalkBatchSampler(WALKS, LABELS, 8, 2, seed=8).batch(s) != forwards[s]).any() for s in range(6))
    assert len({tuple(batch) for batch in forwards}) == 6


def test_frames_depend_on_seed_step_and_position_only() -> None:
    drawn = {key: tuple(sample_frames(100, 10, frame_generator(*key))) for key in np.ndindex(2, 3, 4)}
    assert len(set(drawn.values())) == len(drawn)
    assert all(tuple(sample_frames(100, 10, frame_generator(*key))) == frames for key, frames in drawn.items())


def test_walk_and_frame_streams_are_apart() -> None:
    sampler = WalkBatchSampler(np.arange(100), np.zeros(100), 10, 1, seed=5)
    assert tuple(sampler.batch(3)) != tuple(sample_frames(100, 10, frame_generator(5, 3, 0)))


def test_balanced_batches_hold_every_class_equally() -> None:
    sampler = WalkBatchSampler(WALKS, LABELS, 8, 2, seed=0, class_balanced=True)
    counts = np.stack([np.bincount(LABELS[sampler.batch(step)], minlength=3) for step in range(6)])
    assert (counts.sum(1) == 16).all()
    assert (counts >= 4).all()  # 8 = 3 + 3 + 2 identities
    assert (counts <= 6).all()
    np.testing.assert_array_equal(counts.sum(0), [32, 32, 32])  # the remainder goes round


def test_balanced_batches_draw_again_from_a_small_class() -> None:
    sampler = WalkBatchSampler(WALKS, LABELS, 24, 1, seed=0, class_balanced=True)
    batch = sampler.batch(0)
    assert (np.bincount(LABELS[batch]) == 8).all()
    assert len(set(batch[LABELS[batch] == 0])) == 8
    assert len(set(batch[LABELS[batch] == 1])) <= 5


def test_classes_as_identities_give_p_classes_of_k_walks() -> None:
    batch = WalkBatchSampler(LABELS, LABELS, 3, 4, seed=0).batch(0)
    assert sorted(LABELS[batch]) == [0] * 4 + [1] * 4 + [2] * 4
    assert len(set(batch)) == 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros(0), np.zeros(0), 8, 8, 0), "expected one of each per walk"),
        ((np.arange(4), np.zeros(3), 8, 8, 0), "expected one of each per walk"),
        ((np.arange(4), np.zeros(4), 0, 8, 0), "at least 1 x 1"),
        ((np.array([0, 0, 1]), np.array([0, 1, 1]), 2, 1, 0, True), "identity: walk"),
    ],
)
def test_what_cannot_be_sampled_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(DataError, match=message):
        WalkBatchSampler(*arguments)
