from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from masks import drawn_masks
from scoliogait import long_frames
from scoliogait.errors import DataError
from scoliogait.io.silhouette_png import read_silhouette_folder

MASKS = drawn_masks()
RED, WHITE, BLUE = (200, 30, 20), (255, 255, 255), (20, 30, 200)


@pytest.fixture(autouse=True, params=["in memory", "in a file"])
def _place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the pictures of a walk lie, which changes nothing."""
    if request.param == "in a file":
        monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", -1)
        monkeypatch.setattr(long_frames, "_PIECE_BYTES", 1)


def write(folder: Path, pictures: list[Image.Image], names: list[str] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for index, picture in enumerate(pictures):
        picture.save(folder / (names[index] if names else f"{index:03d}.png"))
    return folder


def grey(frames: np.ndarray = MASKS) -> list[Image.Image]:
    return [Image.fromarray(frame) for frame in frames]


def coloured(person: tuple[int, ...], ground: tuple[int, ...]) -> list[Image.Image]:
    return [Image.fromarray(np.where(frame[..., None], person, ground).astype(np.uint8)) for frame in MASKS]


def palette(frames: np.ndarray, colours: list[int], **options: int) -> list[Image.Image]:
    pictures = [Image.fromarray(frame) for frame in frames]
    for picture in pictures:
        picture.putpalette(colours)
        picture.info |= options
    return pictures


def photo() -> np.ndarray:
    generator = np.random.default_rng(3)
    return generator.integers(0, 256, (*MASKS.shape, 3), dtype=np.uint8)


def cut_outs() -> list[Image.Image]:
    return [Image.fromarray(np.dstack([p, mask])) for p, mask in zip(photo(), MASKS, strict=True)]


def test_reads_what_another_library_wrote(tmp_path: Path) -> None:
    walk = read_silhouette_folder(write(tmp_path / "wälk 1", grey()))  # letters outside ASCII
    np.testing.assert_array_equal(walk.silhouettes, MASKS)
    assert not walk.silhouettes_aligned
    assert walk.frame_size_px == (90, 120)
    assert walk.walk_id == "wälk 1"
    assert walk.notes == ()


def test_frames_are_ordered_by_number_and_gaps_are_black(tmp_path: Path) -> None:
    walk = read_silhouette_folder(write(tmp_path, grey(), ["1.png", "2.png", "8.png", "9.png", "10.png", "11.png"]))
    assert walk.silhouettes is not None
    np.testing.assert_array_equal(walk.silhouettes[[0, 1, 7, 8, 9, 10]], MASKS)
    assert not walk.silhouettes[2:7].any()
    assert len(walk.notes) == 2


one = MASKS // 255
ONE_READING: dict[str, tuple[list[Image.Image], str]] = {
    "0 and 1": (grey(one), "values 0 and 1"),
    "one bit": ([Image.fromarray(frame).convert("1") for frame in MASKS], ""),
    "16 bits": ([Image.fromarray(frame.astype(np.uint16) * 257) for frame in MASKS], "65535"),
    "16 bits, low": ([Image.fromarray(frame.astype(np.uint16)) for frame in MASKS], "16 bits"),
    "inverted": (grey(255 - MASKS), "white background"),
    "cut-outs": (cut_outs(), "alpha"),
    "grey with alpha": ([Image.merge("LA", (mask, mask)) for mask in grey()], "alpha"),
    "opaque alpha": ([mask.convert("RGBA") for mask in grey()], ""),
    "grey as RGB": ([mask.convert("RGB") for mask in grey()], ""),
    "red on black": (coloured(RED, (0, 0, 0)), "#c81e14"),
    "red on white": (coloured(RED, WHITE), "#c81e14"),
    "two indices": (palette(one, [0, 0, 0, 128, 0, 0]), "#800000"),
    "two near colours": (palette(one, [0, 0, 0, 1, 1, 1]), "values 0 and 1"),
    "index without colour": (palette(one, [255, 255, 255, 0, 0, 0], transparency=0), "alpha"),
}


@pytest.mark.parametrize("name", ONE_READING)
def test_masks_of_one_reading_are_the_person(tmp_path: Path, name: str) -> None:
    pictures, words = ONE_READING[name]
    walk = read_silhouette_folder(write(tmp_path, pictures))
    np.testing.assert_array_equal(walk.silhouettes, MASKS)
    assert bool(walk.notes) == bool(words)
    assert words in " ".join(walk.notes)


def test_pictures_of_8_and_of_16_bits_in_one_folder(tmp_path: Path) -> None:
    wide = [Image.fromarray(frame.astype(np.uint16)) for frame in MASKS[3:]]
    walk = read_silhouette_folder(write(tmp_path, [*grey(MASKS[:3]), *wide]))
    np.testing.assert_array_equal(walk.silhouettes, MASKS)
    assert walk.notes == ("Silhouettes of 16 bits with values up to 255 were read as 0 to 255.",)


def test_a_picture_of_the_background_alone_is_an_empty_frame(tmp_path: Path) -> None:
    for person, ground in ((RED, WHITE), (RED, BLUE)):
        pictures = [*coloured(person, ground), Image.new("RGB", (90, 120), ground)]
        frames = read_silhouette_folder(write(tmp_path / str(ground[0]), pictures)).silhouettes
        np.testing.assert_array_equal(frames, [*MASKS, np.zeros((120, 90))])


several = np.where(MASKS, 1, 0).astype(np.uint8)
several[:, 5:40, 2:20] = 2
SEVERAL_READINGS: dict[str, tuple[list[Image.Image], str]] = {
    "three labels": (grey(several), "labels 0, 1, 2"),
    "three colours": (palette(several, [0, 0, 0, 128, 0, 0, 0, 128, 0]), "3 colours (#000000, #008000, #800000)"),
    "photographs": ([Image.fromarray(picture) for picture in photo()], "photograph"),
    "alpha in some": ([*cut_outs()[:4], *[m.convert("RGBA") for m in grey()[4:]]], "004.png does not"),
    "colour in some": ([*coloured(RED, (0, 0, 0))[:5], *grey()[5:]], "005.png does not"),
}


@pytest.mark.parametrize("name", SEVERAL_READINGS)
def test_pictures_of_several_readings_are_refused(tmp_path: Path, name: str) -> None:
    pictures, words = SEVERAL_READINGS[name]
    with pytest.raises(DataError) as caught:
        read_silhouette_folder(write(tmp_path, pictures))
    message = str(caught.value)
    assert message.startswith(str(tmp_path))
    assert words in message


def test_a_colour_that_changes_is_said(tmp_path: Path) -> None:
    pictures = [*coloured(RED, (0, 0, 0))[:3], *coloured(BLUE, (0, 0, 0))[3:]]
    walk = read_silhouette_folder(write(tmp_path, pictures))
    np.testing.assert_array_equal(walk.silhouettes, MASKS)
    assert "differs between pictures (#141ec8, #c81e14)" in walk.notes[0]


def test_damaged_and_unequal_pictures_are_named(tmp_path: Path) -> None:
    write(tmp_path, grey(), [f"{index}.png" for index in range(len(MASKS))])
    Image.fromarray(MASKS[0][:20]).save(tmp_path / "2.png")
    with pytest.raises(DataError, match=r"2\.png: is 90x20 px, the first picture 0\.png is 90x120 px; .* size of the"):
        read_silhouette_folder(tmp_path)
    for content in (b"", b"no picture", (tmp_path / "1.png").read_bytes()[:20]):
        (tmp_path / "2.png").write_bytes(content)
        with pytest.raises(DataError, match=r"2\.png: is not a readable picture"):
            read_silhouette_folder(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "._000.png").write_bytes(b"fork")
    with pytest.raises(DataError, match=r"holds no \.png"):
        read_silhouette_folder(tmp_path)


def test_letters_of_any_kind_in_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "步行"
    folder.mkdir()
    cv2.imencode(".png", MASKS[0])[1].tofile(folder / "кадр.png")
    np.testing.assert_array_equal(read_silhouette_folder(folder).silhouettes, MASKS[:1])


def test_names_count_in_any_case(tmp_path: Path) -> None:
    walk = read_silhouette_folder(write(tmp_path, grey(), [f"{i:03d}.{'PNG' if i % 2 else 'png'}" for i in range(6)]))
    np.testing.assert_array_equal(walk.silhouettes, MASKS)
    assert walk.notes == ()


def test_pictures_of_other_kinds_between_the_frames_are_named(tmp_path: Path) -> None:
    names = [f"{i:03d}.{'jpg' if i == 2 else 'png'}" for i in range(6)]
    notes = read_silhouette_folder(write(tmp_path, grey(), names)).notes
    assert notes[-1] == "1 picture of another kind than PNG was not read: 002.jpg; write all frames as .png."
