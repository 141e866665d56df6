"""Masks of the right values that show something else than one filled person."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from masks import as_segmented, drawn_masks, outlines, with_another, with_specks
from scoliogait.data.stated import Stated
from scoliogait.data.stored_problems import stored_problems
from scoliogait.errors import DataError
from scoliogait.io.mask_look import sights_of
from scoliogait.io.native import write_walk
from scoliogait.io.opengait_pickle import array_pickle_bytes
from scoliogait.io.read import read_walk
from scoliogait.io.silhouette_shapes import shape_doubts
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.measurement.quality import assess_quality
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.simulation.cohort import simulate_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.walk import DOUBT, Walk

MASKS = drawn_masks(30)
LARGE = drawn_masks(8, 480, 360)


@pytest.fixture(scope="module")
def walkers() -> list[np.ndarray]:
    cohort = simulate_cohort(CohortConfig(n_walks=12, n_frames=30, seed=90460, silhouettes=True))
    return [one.walk.silhouettes for one in cohort]


def stamped(frames: np.ndarray, text: str, size: float) -> np.ndarray:
    """With a text in the lower left corner."""
    place = (2, frames.shape[1] - 4)
    return np.stack([cv2.putText(frame.copy(), text, place, 0, size, 255, 1) for frame in frames])


def with_a_speck_above(frames: np.ndarray) -> np.ndarray:
    """A single speck a third of the picture above the person, which aligned frames show as a small person."""
    frames = np.pad(frames, ((0, 0), (40, 0), (0, 0)))
    frames[:, :3, 5:8] = 255
    return frames


def in_skirts(frames: np.ndarray) -> np.ndarray:
    """Each frame cut close to a walker whose skirt is as wide as the picture, two rows long at its full width."""
    frames = frames[:, :, 20:70].copy()
    triangle = np.array([[25, 55], [0, 89], [0, 90], [49, 90], [49, 89]])
    return np.stack([cv2.fillPoly(frame, [triangle], 255) for frame in frames])


def white(share: float) -> np.ndarray:
    frames = MASKS.copy()
    frames[:: round(1 / share)] = 255
    return frames


def doubts_or_refusal(frames: np.ndarray) -> str:
    try:
        return " ".join(shape_doubts(frames, "walk"))
    except DataError as error:
        return str(error)


@pytest.mark.parametrize("width_px", [1, 2, 3])
@pytest.mark.parametrize("frames", [MASKS, LARGE], ids=["small", "large"])
def test_outlines_are_refused(frames: np.ndarray, width_px: int) -> None:
    lines = outlines(frames, width_px)
    with pytest.raises(DataError, match=r"^walk: .* are outlines that are not filled; expected one filled person"):
        read_silhouettes(lines, "walk")
    assert doubts_or_refusal(align_silhouettes(lines)[0])  # soft now, and broken in places


def test_sticks_are_doubted() -> None:
    sticks = np.zeros((10, 200, 120), np.uint8)
    sticks[:, 20:100, 59:61] = 255
    sticks[:, 100:102, 40:80] = 255
    (note,) = read_silhouettes(sticks, "walk")[1]
    assert note == f"{DOUBT}10 of 10 silhouettes that were looked at are lines, nowhere as thick as a trunk."


def test_frames_white_all_over_are_doubted_and_most_of_them_refused() -> None:
    read, notes = read_silhouettes(white(0.1), "walk")
    np.testing.assert_array_equal(read, white(0.1))
    assert notes == (
        f"{DOUBT}3 of 30 silhouettes that were looked at are white all over (every pixel 128 to 255), which shows no "
        "person.",
    )
    with pytest.raises(DataError, match="white all over"):
        read_silhouettes(np.concatenate([white(1.0), MASKS[:9]]), "walk")


@pytest.mark.parametrize(
    "frames",
    [
        with_another(MASKS, 0.5),
        with_another(MASKS, 0.9),
        with_another(MASKS, 0.24),  # the heads nearly touch
        np.maximum(
            np.pad(MASKS, ((0, 0), (0, 0), (0, 60))), np.pad(np.full((25, 45), 255, np.uint8), ((85, 10), (95, 10)))
        ),
        with_another(MASKS, 0.7, size=0.6),
        with_another(MASKS, 0.7, size=1.2),
        align_silhouettes(with_another(MASKS, 0.5))[0],
        np.concatenate([np.pad(MASKS, ((0, 0), (0, 0), (0, 90))), with_another(MASKS[:6], 0.9)]),
    ],
)
def test_a_second_body_is_doubted(frames: np.ndarray) -> None:
    read, notes = read_silhouettes(frames, "walk")
    np.testing.assert_array_equal(read, frames)
    assert [note.startswith(DOUBT) and "second body" in note for note in notes] == [True]


def test_bodies_that_touch_are_doubted(walkers: list[np.ndarray]) -> None:
    for first, second in zip(walkers[::2], walkers[1::2], strict=True):
        n = min(len(first), len(second))
        both = np.zeros((n, 64, 80), np.uint8)
        both[:, :, :64] = first[:n]
        both[:, :, 16:] = np.maximum(both[:, :, 16:], second[:n])
        assert "second body" in " ".join(read_silhouettes(both, "walk")[1])


@pytest.mark.parametrize(
    "frames",
    [with_specks(MASKS, 0.002, 255), with_specks(MASKS, 0.05, 255), with_specks(MASKS, 0.01, 0)],
    ids=["few", "many", "in the person"],
)
def test_scattered_specks_are_doubted(frames: np.ndarray) -> None:
    assert [note for note in shape_doubts(frames, "walk") if "scattered specks" in note]


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (np.maximum(MASKS, (np.arange(120) >= 110).astype(np.uint8)[:, None] * 255), "white from edge to edge"),
        (stamped(MASKS, "12:00:01", 0.4), "letters of a text"),
        (stamped(LARGE, "camera 2", 0.8), "letters of a text"),
        (np.ascontiguousarray(np.rot90(MASKS, axes=(1, 2))), "wider than high"),
        (np.pad(np.full((9, 80, 40), 255), ((0, 0), (20, 20), (20, 30))), "filled boxes"),
        (with_a_speck_above(MASKS), "small white parts far above or below the person"),
        (np.repeat(MASKS[:1], 30, axis=0), "29 of 30 silhouettes that were looked at are exact copies"),
    ],
    ids=["floor", "time", "name", "lying", "box", "speck", "still"],
)
def test_other_things_are_doubted_by_name(frames: np.ndarray, words: str) -> None:
    notes = read_silhouettes(frames.astype(np.uint8), "walk")[1]
    assert [note for note in notes if words in note and note.startswith(DOUBT)]


def test_a_white_frame_around_masks_does_not_invert_them() -> None:
    framed = MASKS.copy()
    framed[:, [0, 1, -2, -1]] = 255
    framed[:, :, [0, 1, -2, -1]] = 255
    with pytest.raises(DataError, match="outlines that are not filled"):
        read_silhouettes(framed, "walk")


def test_a_picture_of_nothing_but_specks_is_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of a million parts would be labelled and measured, which takes gigabytes in a large picture."""
    grid = np.zeros((1024, 1024), np.uint8)
    grid[::2, ::2] = 255
    label, n_parts = cv2.connectedComponentsWithStatsWithAlgorithm, []

    def counted(*given: Any, **named: Any) -> Any:
        labelled = label(*given, **named)
        n_parts.append(labelled[0])
        return labelled

    monkeypatch.setattr(cv2, "connectedComponentsWithStatsWithAlgorithm", counted)
    assert sights_of(grid[None]) == ["specks"]
    assert n_parts
    assert max(n_parts) <= 2


def test_what_segmentation_leaves_is_not_doubted() -> None:
    for frames in (MASKS, LARGE):
        assert shape_doubts(as_segmented(frames), "walk") == ()
        assert shape_doubts(align_silhouettes(as_segmented(frames))[0], "walk") == ()
        assert shape_doubts(frames[:, :: len(frames[0]) // 24, :: len(frames[0]) // 24], "walk") == ()


def test_a_skirt_as_wide_as_the_picture_is_no_floor() -> None:
    skirts = in_skirts(MASKS)
    assert (skirts == 255).all(axis=2).any(axis=1).all()
    assert np.median(skirts.mean(axis=2)) < 128
    assert shape_doubts(skirts, "walk") == ()


def test_simulated_walkers_are_not_doubted(walkers: list[np.ndarray]) -> None:
    assert [shape_doubts(frames, "walk") for frames in walkers] == [()] * len(walkers)


def test_a_doubted_mask_makes_the_result_inconclusive_in_every_file(tmp_path: Path) -> None:
    file = tmp_path / "walk.pkl"
    file.write_bytes(array_pickle_bytes(with_another(MASKS, 0.9)))
    walk = read_walk(file)
    write_walk(tmp_path / "walk.npz", walk)
    for one in (walk, read_walk(tmp_path / "walk.npz")):
        (caution,) = assess_quality(one).cautions
        assert caution.startswith("24 of 24 silhouettes that were looked at show a second body")
        assert not [note for note in assess_quality(one).notes if "second body" in note]


def test_a_walk_too_short_to_be_screened_is_refused_and_not_cautioned() -> None:
    quality = assess_quality(Walk(silhouettes=MASKS[:5], notes=(f"{DOUBT}who is it?",)))
    assert quality.refusal
    assert quality.cautions == ()


def test_a_stored_walk_is_doubted_once() -> None:
    frames, notes = read_silhouettes(with_another(MASKS, 0.9), "walk")
    for said in (notes, ()):
        problems = stored_problems(Walk(silhouettes=frames, notes=said), "walk", Stated())
        assert len([problem for problem in problems if "second body" in problem.message]) == 1
