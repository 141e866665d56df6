from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from scoliogait.errors import DataError
from scoliogait.io.silhouette_png import read_silhouette_folder


def frames(n_frames: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n_frames, 40, 30), dtype=np.uint8)


def test_reads_what_another_library_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "wälk 1"  # letters outside ASCII
    folder.mkdir()
    for index, frame in enumerate(frames()):
        Image.fromarray(frame).save(folder / f"{index:03d}.png")
    walk = read_silhouette_folder(folder)
    np.testing.assert_array_equal(walk.silhouettes, frames())
    assert not walk.silhouettes_aligned
    assert walk.frame_size_px == (30, 40)
    assert walk.walk_id == "wälk 1"


def test_frames_are_ordered_by_name_as_text(tmp_path: Path) -> None:
    for number, frame in zip((1, 2, 10), frames(3), strict=True):
        Image.fromarray(frame).save(tmp_path / f"{number}.png")
    np.testing.assert_array_equal(read_silhouette_folder(tmp_path).silhouettes, frames(3)[[0, 2, 1]])


def test_colour_is_read_as_grey(tmp_path: Path) -> None:
    colour = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "0.png"), colour)
    blue, green, red = (colour[..., channel].astype(float) for channel in range(3))
    expected = 0.114 * blue + 0.587 * green + 0.299 * red
    read = read_silhouette_folder(tmp_path).silhouettes
    assert read is not None
    assert np.abs(read[0] - expected).max() < 1.1  # the decoder rounds its weights and cuts off


def test_damaged_and_unequal_pictures_are_named(tmp_path: Path) -> None:
    for index, frame in enumerate(frames()):
        Image.fromarray(frame).save(tmp_path / f"{index}.png")
    Image.fromarray(frames()[0][:20]).save(tmp_path / "2.png")
    with pytest.raises(DataError, match=r"2\.png: is 30x20 px, the first picture 0\.png is 30x40 px"):
        read_silhouette_folder(tmp_path)
    for content in (b"", b"no picture", (tmp_path / "1.png").read_bytes()[:20]):
        (tmp_path / "2.png").write_bytes(content)
        with pytest.raises(DataError, match=r"2\.png: is not a readable picture"):
            read_silhouette_folder(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no \.png"):
        read_silhouette_folder(tmp_path)
