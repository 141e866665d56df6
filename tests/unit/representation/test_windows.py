"""Windows of a walk: what the scheme promises, counted frame by frame."""

import numpy as np
import pytest

from scoliogait.errors import RecipeError
from scoliogait.representation.contract import OPENGAIT_SKELETON, InputContract
from scoliogait.representation.windows import logits_of_windows, windows_of

IN_WINDOWS = InputContract(representation="silhouette", training_frames=20, evaluation_frames="windows")


@pytest.mark.parametrize("length", [1, 2, 7, 20])
@pytest.mark.parametrize("n_frames", [1, 2, 19, 20, 21, 39, 40, 41, 60, 61, 299, 720])
def test_as_few_windows_as_cover_every_frame_spread_evenly(n_frames: int, length: int) -> None:
    windows = windows_of(n_frames, length)
    seen = np.zeros(n_frames, dtype=int)
    for start, stop in windows:
        assert 0 <= start < stop <= n_frames
        seen[start:stop] += 1
    assert seen.min() >= 1
    assert seen.max() <= 2
    if n_frames <= length:
        assert windows == [(0, n_frames)]
        return
    assert (len(windows) - 1) * length < n_frames <= len(windows) * length
    assert {stop - start for start, stop in windows} == {length}
    assert (windows[0][0], windows[-1][1]) == (0, n_frames)
    steps = np.diff([start for start, _ in windows])
    assert steps.max() - steps.min() <= 1


def test_windows_that_fit_exactly_share_no_frame() -> None:
    assert windows_of(60, 20) == [(0, 20), (20, 40), (40, 60)]
    assert windows_of(50, 20) == [(0, 20), (15, 35), (30, 50)]


def test_the_contract_decides_how_a_walk_is_scored() -> None:
    assert IN_WINDOWS.windows(50) == windows_of(50, 20)
    assert IN_WINDOWS.windows(12) == [(0, 12)]
    assert OPENGAIT_SKELETON.windows(50) == [(0, 50)]
    assert OPENGAIT_SKELETON.model_copy(update={"training_frames": 20}).windows(50) == [(0, 50)]
    assert "windows of 20 frames" in IN_WINDOWS.describe()
    assert "window" not in OPENGAIT_SKELETON.describe()


def test_windows_of_no_stated_length_are_refused() -> None:
    unknown = InputContract(representation="silhouette", evaluation_frames="windows")
    with pytest.raises(RecipeError, match=r"training_frames is not stated"):
        unknown.windows(50)


def test_a_contract_without_windows_is_written_as_before_there_were_any() -> None:
    assert not {"training_frames", "evaluation_frames"} & set(OPENGAIT_SKELETON.model_dump())
    written = IN_WINDOWS.model_dump(mode="json")
    assert (written["training_frames"], written["evaluation_frames"]) == (20, "windows")
    assert InputContract.model_validate(written) == IN_WINDOWS


def test_overlapping_windows_count_for_less() -> None:
    logits = np.zeros((6, 3), dtype=np.float32)
    windows = logits_of_windows(logits, [windows_of(50, 20), windows_of(40, 20), windows_of(9, 20)])
    assert windows.counts.tolist() == [3, 2, 1]
    assert windows.n_independent.tolist() == [2.5, 2.0, 1.0]
