import cv2
import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from masks import drawn_masks
from scoliogait.errors import DataError
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.representation.silhouette import align_silhouettes

MASKS = drawn_masks()
PERSON = MASKS > 0


def soft(frames: np.ndarray, sigma: float) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in frames])


def shrunk(frames: np.ndarray, size: int) -> np.ndarray:
    return np.stack([cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA) for frame in frames])


@pytest.mark.parametrize(
    "frames",
    [
        MASKS,
        soft(MASKS, 0.7),
        soft(MASKS, 2.0),
        shrunk(MASKS, 64),
        shrunk(MASKS, 32),
        align_silhouettes(MASKS)[0],
        align_silhouettes(soft(MASKS, 1.5))[0],
        np.where(PERSON, 250, 0).astype(np.uint8),
        np.zeros((3, 40, 30), np.uint8),
        np.concatenate([MASKS, np.zeros_like(MASKS)]),
        MASKS[:, 12:110, 34:57],  # cut close to the person
        MASKS[:, 30:60, 30:60],  # the person fills most of the picture
    ],
    ids=lambda frames: f"{frames.shape[1]}x{frames.shape[2]}-{len(np.unique(frames))}",
)
def test_masks_stay_as_they_are_to_the_bit(frames: np.ndarray) -> None:
    before = frames.copy()
    read, notes = read_silhouettes(frames, "walk")
    np.testing.assert_array_equal(read, before)
    np.testing.assert_array_equal(frames, before)
    assert (read.dtype, notes) == (np.uint8, ())


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (PERSON.astype(np.uint8), "values 0 and 1"),
        (PERSON.astype(np.int64), "values 0 and 1"),
        (np.where(PERSON, 38, 0).astype(np.uint8), "values 0 and 38"),
        (np.where(PERSON, 128, 0).astype(np.uint8), "values 0 and 128"),
        (np.where(PERSON, 200, 0).astype(np.uint8), "values 0 and 200"),
        (MASKS.astype(np.uint16), "16 bits with values up to 255"),
        (np.where(PERSON, 65535, 0).astype(np.uint16), "values 0 and 65535"),
        (np.where(PERSON, 1, 0).astype(np.uint16), "values 0 and 1"),
        (np.where(PERSON, 235, 16).astype(np.uint8), "values 16 and 235"),
        (255 - MASKS, "white background"),
        (np.where(PERSON, 0, 1).astype(np.uint8), "white background"),
        (np.concatenate([255 - MASKS, np.full_like(MASKS, 255)])[:6], "white background"),
    ],
)
def test_other_values_with_one_reading_get_it_and_a_sentence(frames: np.ndarray, words: str) -> None:
    read, notes = read_silhouettes(frames, "walk")
    np.testing.assert_array_equal(read, MASKS)
    assert read.dtype == np.uint8
    assert words in " ".join(notes)
    again, nothing = read_silhouettes(read, "walk")
    assert nothing == ()
    np.testing.assert_array_equal(again, read)


def test_bool_is_a_mask() -> None:
    read, notes = read_silhouettes(PERSON, "walk")
    np.testing.assert_array_equal(read, MASKS)
    assert notes == ()


def test_soft_edges_are_turned_and_stretched_with_the_rest() -> None:
    edges = soft(MASKS, 1.0)
    np.testing.assert_array_equal(read_silhouettes(255 - edges, "walk")[0], edges)
    dim, notes = read_silhouettes((edges // 4).astype(np.uint8), "walk")
    assert np.abs(dim.astype(int) - edges).max() <= 5
    assert "values 0 and 63 were read as 0 and 255, values between them in proportion" in notes[0]
    half = (edges * 0.6).astype(np.uint8)
    np.testing.assert_allclose(read_silhouettes(half, "walk")[0].astype(int), edges, atol=2)


def labels(*values: int) -> np.ndarray:
    """The person in the first value, and other things beside in the others."""
    frames = np.where(PERSON, values[0], 0).astype(np.uint8)
    for place, value in enumerate(values[1:]):
        frames[:, 5 + 30 * place : 30 + 30 * place, 2:20] = value
    return frames


def photographs(n_frames: int = 3) -> np.ndarray:
    with get_sample_data("grace_hopper.jpg") as file:
        grey = np.asarray(Image.open(file).convert("L"))
    return np.stack([np.roll(grey, frame, axis=0) for frame in range(n_frames)])


def high_contrast(frames: np.ndarray) -> np.ndarray:
    return np.clip((frames.astype(float) - 127) * 1.8 + 127, 0, 255).astype(np.uint8)


changing_labels = np.concatenate([labels(1)[:3], labels(2)[3:]])
mixed = np.concatenate([MASKS[:3], 255 - MASKS[3:]])
cut_out = np.where(PERSON[:3], np.stack([cv2.resize(p, (90, 120)) for p in photographs()]), 0).astype(np.uint8)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (labels(1, 2), "labels 0, 1, 2"),
        (labels(255, 128), "labels 0, 128, 255"),
        (labels(15, 255), "labels 0, 15, 255"),  # a person beside a region that is to be ignored
        (labels(200, 220, 240), "labels 0, 200, 220, 240"),
        (changing_labels, "labels 0, 1, 2"),
        (photographs(), "photograph"),
        (high_contrast(photographs()), "photograph"),
        (photographs() // 4, "photograph"),
        (photographs().astype(np.uint16) * 257, "photograph"),
        (cut_out, "photograph"),
        (np.random.default_rng(0).integers(0, 256, (4, 40, 30), dtype=np.uint8), "photograph"),
        (np.random.default_rng(0).integers(0, 4, (4, 40, 30), dtype=np.uint8), "values 0, 1, 2, 3"),
        (np.full((3, 40, 30), 255, np.uint8), "value 255 everywhere"),
        (mixed, "3 of 6 silhouettes have a white background"),
    ],
)
def test_values_without_one_reading_are_refused(frames: np.ndarray, words: str) -> None:
    with pytest.raises(DataError) as caught:
        read_silhouettes(frames, "walk")
    message = str(caught.value)
    assert message.startswith("walk: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("values", [np.zeros((0, 4, 4), np.uint8), np.ones((4, 4), np.uint8), np.ones((2, 4, 4))])
def test_what_is_no_mask_is_left_to_the_check_of_a_walk(values: np.ndarray) -> None:
    read, notes = read_silhouettes(values, "walk")
    assert read is values
    assert notes == ()


@pytest.mark.parametrize(("n_frames", "begins"), [(40, "1 of 40"), (19, "Doubtful: 1 of 19")])
def test_a_few_inverted_frames_are_turned_and_named(n_frames: int, begins: str) -> None:
    right = drawn_masks(n_frames)
    frames = right.copy()
    frames[7] = 255 - frames[7]
    before = frames.copy()
    read, notes = read_silhouettes(frames, "x")
    np.testing.assert_array_equal(read, right)
    np.testing.assert_array_equal(frames, before)
    assert notes == (f"{begins} silhouettes were inverted, unlike the frames beside them, and were turned.",)


def test_a_person_who_fills_the_picture_is_left_and_doubted() -> None:
    near = np.zeros((30, 100, 60), np.uint8)
    for frame, half in enumerate(np.linspace(8, 29.9, 30).astype(int)):
        near[frame, 50 - half : 50 + half, 30 - half : 30 + half] = 255
    near[-2:] = 255
    near[-2:, 40:60, :10] = 0
    read, notes = read_silhouettes(near, "x")
    np.testing.assert_array_equal(read, near)
    assert notes[0].startswith("Doubtful: 2 of 30 silhouettes have a white border")
