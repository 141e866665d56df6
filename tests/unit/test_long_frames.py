"""Frames of a long walk lie in a temporary file; what reads them gives the same, piece by piece, in little memory."""

import errno
import gc
import pickle
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from masks import as_segmented, drawn_masks, with_another, with_specks
from scoliogait import long_frames
from scoliogait.errors import DataError
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.long_frames import each, in_pieces, is_fixed, kept, of_frames
from scoliogait.walk import Walk

FRAMES = np.random.default_rng(0).integers(0, 256, (50, 6, 4), dtype=np.uint8)
MASKS = drawn_masks(40)
PERSON = MASKS > 0


@pytest.fixture
def all_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short a walk is, and one frame at a time."""
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", -1)
    monkeypatch.setattr(long_frames, "_PIECE_BYTES", 1)


def in_a_file(array: np.ndarray) -> bool:
    return long_frames._file_of(array) is not None


@pytest.mark.usefixtures("all_in_files")
def test_what_lies_in_a_file_is_an_array_that_nobody_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    frames = kept([FRAMES[:20], FRAMES[20:]], FRAMES.shape, np.uint8)
    assert in_a_file(frames)
    assert not sys.platform.startswith("linux") or list(tmp_path.iterdir()) == []
    np.testing.assert_array_equal(frames, FRAMES)
    np.testing.assert_array_equal(frames[7:, ::2], FRAMES[7:, ::2])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(frames)), FRAMES)
    assert is_fixed(frames)
    assert is_fixed(frames[3:])
    with pytest.raises(ValueError, match="WRITEABLE"):
        frames.setflags(write=True)
    walk = Walk(silhouettes=frames)
    assert walk.silhouettes is frames
    part = walk.with_changes(silhouettes=frames[5:9]).silhouettes
    assert part is not None
    assert in_a_file(part)


def test_a_short_walk_stays_in_memory() -> None:
    frames = kept(in_pieces(FRAMES), FRAMES.shape, np.uint8)
    assert not in_a_file(frames)
    assert is_fixed(frames)
    np.testing.assert_array_equal(frames, FRAMES)


@pytest.mark.parametrize("most", [-1, 1 << 20])
def test_fewer_frames_than_there_is_room_for(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", most)
    frames = kept([FRAMES[:3], FRAMES[:0], FRAMES[3:8]], FRAMES.shape, np.uint8)
    np.testing.assert_array_equal(frames, FRAMES[:8])
    assert is_fixed(frames)
    assert kept([], FRAMES.shape, np.uint8).shape == (0, 6, 4)


def test_pieces_cover_every_frame_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_frames, "_PIECE_BYTES", 7 * 24 + 5)
    assert [len(piece) for piece in in_pieces(FRAMES)] == [7] * 7 + [1]
    np.testing.assert_array_equal(np.concatenate(list(in_pieces(FRAMES))), FRAMES)
    np.testing.assert_array_equal(np.stack(list(each(FRAMES))), FRAMES)
    np.testing.assert_array_equal(of_frames(lambda piece: piece.max(axis=2), FRAMES), FRAMES.max(axis=2))


@pytest.mark.usefixtures("all_in_files")
def test_without_a_place_for_files_frames_are_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    frames = kept(in_pieces(FRAMES), FRAMES.shape, np.uint8)
    assert not in_a_file(frames)
    np.testing.assert_array_equal(frames, FRAMES)


@pytest.mark.usefixtures("all_in_files")
def test_many_walks_at_once_do_not_take_all_files_that_a_process_may_open(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    monkeypatch.setattr(long_frames, "_MOST_FILES", len(long_frames._FILES) + 2)
    walks = [Walk(silhouettes=kept(in_pieces(FRAMES), FRAMES.shape, np.uint8)) for _ in range(4)]
    assert [in_a_file(walk.silhouettes) for walk in walks if walk.silhouettes is not None] == [True, True, False, False]
    assert all(np.array_equal(walk.silhouettes, FRAMES) for walk in walks if walk.silhouettes is not None)
    walks.clear()
    gc.collect()
    assert in_a_file(kept(in_pieces(FRAMES), FRAMES.shape, np.uint8))


@pytest.mark.usefixtures("all_in_files")
@pytest.mark.skipif(not hasattr(long_frames.os, "posix_fallocate"), reason="this system cannot reserve room on a disk")
def test_without_room_on_the_disk_frames_are_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(long_frames.os, "posix_fallocate", full)
    frames = kept(in_pieces(FRAMES), FRAMES.shape, np.uint8)
    assert not in_a_file(frames)
    np.testing.assert_array_equal(frames, FRAMES)


@pytest.mark.usefixtures("all_in_files")
def test_a_disk_that_fails_on_the_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no disk that is always full")
    monkeypatch.setattr(long_frames, "TemporaryFile", lambda buffering: full.open("wb", buffering))
    monkeypatch.delattr(long_frames.os, "posix_fallocate")
    with pytest.raises(DataError, match=r"cannot be written here \(No space left on device\).*TMPDIR"):
        kept(in_pieces(FRAMES), FRAMES.shape, np.uint8)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures memory as Linux counts it")
def test_pages_of_a_file_are_given_back_after_each_piece() -> None:
    n_bytes = 64 << 20
    frames = kept((np.ones((256, 64, 64), np.uint8) for _ in range(64)), (1 << 14, 64, 64), np.uint8)
    assert in_a_file(frames)
    before = mapped_bytes()
    mapped = []
    for piece in in_pieces(frames):
        assert piece.all()
        mapped.append(mapped_bytes() - before)
    assert 0 < max(mapped) < n_bytes / 16
    assert int(frames.sum()) == n_bytes
    assert mapped_bytes() - before > n_bytes / 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures memory as Linux counts it")
def test_pages_of_a_map_are_given_back_where_nobody_writes(tmp_path: Path) -> None:
    np.save(tmp_path / "frames.npy", np.ones((1 << 14, 64, 64), np.uint8))
    frames = np.load(tmp_path / "frames.npy", mmap_mode="r").view(np.ndarray)
    before = mapped_bytes()
    assert all(piece.all() for piece in in_pieces(frames))
    assert mapped_bytes() - before < 16 << 20
    changed = np.load(tmp_path / "frames.npy", mmap_mode="c").view(np.ndarray)
    changed[:] = 7
    assert all((piece == 7).all() for piece in in_pieces(changed))
    assert (changed == 7).all()


def mapped_bytes() -> int:
    """Of files, in the memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile")) * 1024


def read_or_refused(frames: np.ndarray) -> tuple[Any, ...]:
    try:
        masks, notes = read_silhouettes(frames, "walk")
    except DataError as error:
        return (str(error),)
    return masks.tobytes(), masks.dtype, masks.shape, notes


def other_masks() -> Iterator[np.ndarray]:
    """What has one reading, several, or none."""
    turned = MASKS.copy()
    turned[[3, 9]] = 255 - turned[[3, 9]]
    yield from (MASKS, PERSON, PERSON.astype(np.int64), np.where(PERSON, 235, 16).astype(np.uint8), 255 - MASKS, turned)
    yield from (MASKS.astype(np.uint16), np.where(PERSON, 65535, 0).astype(">u2"), MASKS.astype(np.int64) - 5)
    yield from (with_specks(MASKS, 0.001, 20), with_specks(MASKS, 0.02, 255), with_another(MASKS, 0.5))
    yield from (as_segmented(MASKS), np.tile(MASKS[:1], (40, 1, 1)), np.concatenate([MASKS, np.full_like(MASKS, 255)]))
    yield np.random.default_rng(1).integers(0, 256, MASKS.shape, dtype=np.uint8)
    yield np.random.default_rng(1).integers(0, 5, MASKS.shape, dtype=np.uint8)


@pytest.mark.parametrize("frames", list(other_masks()))
def test_masks_in_a_file_are_read_as_those_in_memory(frames: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory = read_or_refused(frames)
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", -1)
    monkeypatch.setattr(long_frames, "_PIECE_BYTES", 1)
    lying_in_a_file = kept(in_pieces(frames), frames.shape, frames.dtype)
    assert in_a_file(lying_in_a_file)
    assert read_or_refused(lying_in_a_file) == in_memory
