"""Walk and frame sampling against the recorded behaviour of the original (collate function, samplers, data set)."""

import numpy as np
import pytest

from recorded import recorded_arrays, recorded_facts
from scoliogait.data.sampling import (
    WalkBatchSampler,
    all_frames,
    evaluation_batches,
    frame_generator,
    sample_frames,
)
from scoliogait.errors import DataError

RECORD = recorded_facts("sampling.json")
COLLATE, SAMPLER, DATASET = RECORD["collate"], RECORD["sampler"], RECORD["dataset"]


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return recorded_arrays("sampling.npz")


def facts_of(length: int, indices: np.ndarray) -> dict[str, object]:
    """The facts that the recorder wrote down of one draw."""
    steps = np.diff(indices)
    return {
        "L": length,
        "drawn": len(indices),
        "has_repeats": len(np.unique(indices)) < len(indices),
        "sorted": bool((steps >= 0).all()),
        "strictly_increasing": len(indices) > 1 and bool((steps > 0).all()),
    }


@pytest.mark.parametrize("case", ["fixed_unordered_30", "fixed_unordered_30_two_features"])
def test_unordered_frames_have_the_recorded_facts(case: str) -> None:
    recorded = COLLATE[case]
    n_frames = recorded["sampler_cfg"]["frames_num_fixed"]
    for position, (length, facts) in enumerate(
        zip(recorded["sequence_lengths"], recorded["per_sequence"], strict=True)
    ):
        ours = sample_frames(length, n_frames, frame_generator(3, 5, position))
        wanted = {key: facts[key] for key in ("L", "drawn", "has_repeats", "sorted", "strictly_increasing")}
        assert facts_of(length, ours) == wanted
        assert 0 <= ours.min() <= ours.max() < length
        assert len(ours) == recorded["item_shapes"][0][position][0]


@pytest.mark.parametrize("case", [name for name, c in COLLATE.items() if name.startswith("all_ordered")])
def test_ordered_frames_are_the_recorded_ones(case: str, arrays: dict[str, np.ndarray]) -> None:
    recorded = COLLATE[case]
    limit = recorded["sampler_cfg"].get("frames_all_limit", 10**9)
    ours = [all_frames(length, limit) for length in recorded["sequence_lengths"]]
    for i, indices in enumerate(ours):
        np.testing.assert_array_equal(indices, arrays[f"{case}/indices/{i}"])
    assert [[len(indices) for indices in ours]] == recorded["seqL"]
    assert sum(map(len, ours)) == recorded["item_shapes"][0][0][0]


def test_a_walk_without_frames_is_refused_as_by_the_original() -> None:
    assert "raises" in COLLATE["empty_sequence"]
    with pytest.raises(DataError, match="0 frames"):
        sample_frames(0, 30, frame_generator(0, 0, 0))


@pytest.mark.parametrize(("case", "length"), [("statistics_L40", 40), ("statistics_L20", 20)])
def test_every_frame_is_drawn_as_often_as_recorded(case: str, length: int, arrays: dict[str, np.ndarray]) -> None:
    recorded = arrays[f"statistics/L{length}/histogram_of_2000_draws"]
    n_frames = COLLATE[case]["sampler_cfg"]["frames_num_fixed"] if "sampler_cfg" in COLLATE[case] else 30
    draws = [sample_frames(length, n_frames, frame_generator(11, step, 0)) for step in range(2000)]
    ours = np.bincount(np.concatenate(draws), minlength=length)
    assert ours.sum() == recorded.sum()
    expected = 2000 * n_frames / length
    # Without replacement each frame is drawn at most once a time, so its count scatters less than a binomial one.
    share = n_frames / length
    spread = np.sqrt(2000 * share * (1 - share)) if length >= n_frames else np.sqrt(expected)
    for histogram in (ours, recorded):
        assert np.abs(histogram - expected).max() < 4.5 * spread
        assert histogram.std() == pytest.approx(spread, rel=0.5)


TRIPLET_CASES = [name for name in SAMPLER if name.startswith("triplet")]


@pytest.mark.parametrize("case", TRIPLET_CASES)
def test_batches_have_the_recorded_facts(case: str, arrays: dict[str, np.ndarray]) -> None:
    recorded = SAMPLER[case]
    identities = np.repeat(np.arange(len(recorded["sequences_per_pid"])), recorded["sequences_per_pid"])
    n_identities, walks_each = recorded["batch_size"]
    sampler = WalkBatchSampler(identities, np.zeros_like(identities), n_identities, walks_each, seed=4)
    ours = np.stack([sampler.batch(step) for step in range(1000)])
    wanted = recorded["facts_over_40_batches"]
    theirs = arrays[f"{case}/batches"]
    assert set(map(len, ours)) == set(wanted["batch_len"])
    for batches in (ours, theirs):
        drawn = identities[batches]
        distinct = {len(set(row)) for row in drawn}
        assert distinct == set(wanted["distinct_pids_per_batch"])
        assert max(np.bincount(row).max() for row in drawn) == wanted["max_count_of_one_pid"]
        repeats = {len(row) - len(set(row)) for row in batches}
        assert set(wanted["repeated_index_in_batch"]) <= repeats | set(wanted["repeated_index_in_batch"])
    if wanted["repeated_index_in_batch"] == [0]:
        assert all(len(set(row)) == len(row) for row in ours)
    if not recorded["batch_shuffle"]:
        # Shuffling within a batch has no effect on the losses, so ours stays grouped.
        assert all((np.diff(identities[row]) != 0).sum() <= n_identities - 1 for row in ours)
    # Each identity comes up equally often.
    counts = np.bincount(identities[ours].ravel(), minlength=len(recorded["sequences_per_pid"]))
    assert counts / counts.sum() == pytest.approx(1 / len(counts), rel=0.12)


INFERENCE_CASES = [name for name in SAMPLER if name.startswith("inference")]


@pytest.mark.parametrize("case", INFERENCE_CASES)
def test_evaluation_batches_are_the_recorded_ones(case: str) -> None:
    recorded = SAMPLER[case]
    world = recorded.get("world_size", 1)
    if "raises" in recorded:
        n, batch_size, world = 7, 3, 2
        with pytest.raises(DataError, match="cannot be shared"):
            evaluation_batches(n, batch_size, 0, world)
        return
    for rank, wanted in enumerate(recorded["per_rank"]):
        assert evaluation_batches(recorded["n"], recorded["batch_size"], rank, world) == wanted


def test_identities_follow_the_recorded_data_set() -> None:
    """Several recordings of one id are one identity of the sampler, in the recorded grouping."""
    train = DATASET["train"]
    _, identities = np.unique(train["label_list"], return_inverse=True)
    sampler = WalkBatchSampler(identities, np.zeros(train["len"]), 4, 3, seed=0)
    allowed = {frozenset(members) for members in train["indices_dict"].values()}
    for step in range(20):
        batch = sampler.batch(step).reshape(4, 3)
        assert all(any(set(row) <= members for members in allowed) for row in batch)
        assert {train["label_list"][row[0]] for row in batch} == set(train["label_set"])
