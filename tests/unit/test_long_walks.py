"""A long walk is measured in pieces: with the numbers of one piece, and in little memory for every further frame."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import scoliogait as sg
from bundles import OPENGAIT_SILHOUETTE, untrained_bundle
from masks import drawn_masks
from scoliogait import long_frames
from scoliogait import walk as walk_module
from scoliogait.checkpoints.bundle import save_bundle
from scoliogait.data.store import WalkStore, write_store
from scoliogait.io.native import write_walk
from scoliogait.measurement import pieces, side_paths, stride_windows, trunk_outline
from scoliogait.measurement.side_swaps import exchange_pairs
from scoliogait.models.build import build_model
from scoliogait.models.config import PoseOutlineConfig
from scoliogait.representation import neighbour_fill
from scoliogait.representation.contract import InputContract
from scoliogait.representation.outline import OutlineConfig
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.settings import CoordinateConfig
from scoliogait.screening import Screener, load_model
from scoliogait.walk import Walk
from trees import write_array_pickle

MOST_BYTES_A_FRAME = 1_000


def to_and_fro(n_frames: int, n_exchanges: int = 0) -> Walk:
    """A recorded walk, played forwards and backwards, with sides exchanged and joints lost now and then."""
    walk = sg.sample("cmu_16_16_front")
    assert walk.poses is not None
    n_own, rng = len(walk.poses), np.random.default_rng(5)
    poses = walk.poses[np.abs((np.arange(n_frames) + n_own - 1) % (2 * n_own - 2) - n_own + 1)].copy()
    poses[..., :2] += rng.normal(0, 0.3, poses[..., :2].shape).astype(np.float32)
    pairs = np.zeros((n_frames, 8), bool)
    for first in rng.choice(n_frames - 10, n_exchanges, replace=False):
        pairs[first : first + 3, rng.integers(2, 8) :] = True
        poses[first : first + 3, rng.integers(5, 17)] = 0
    return Walk(poses=exchange_pairs(poses, pairs), frame_rate_hz=walk.frame_rate_hz)


@pytest.fixture(scope="module")
def screener() -> Screener:
    return load_model("builtin:pose-set")


def test_pieces_cover_every_frame_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "FRAMES_AT_ONCE", 4)
    numbers: NDArray[np.int64] = np.arange(11)
    assert np.concatenate([numbers[piece] for piece in pieces.pieces(11)]).tolist() == numbers.tolist()
    np.testing.assert_array_equal(pieces.by_pieces(lambda piece: numbers[piece, None] ** 2, 11), numbers[:, None] ** 2)
    assert pieces.by_pieces(lambda piece: np.zeros((0, 3)), 0).shape == (0, 3)


def test_results_are_those_of_one_piece(screener: Screener, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = to_and_fro(700, n_exchanges=40)
    whole = screener.screen(walk).to_dict()
    assert whole["quality"]["n_frames_exchanged"] > 0
    for module in (pieces, side_paths):
        monkeypatch.setattr(module, "FRAMES_AT_ONCE", 64)
    monkeypatch.setattr(stride_windows, "_STRIDES_AT_ONCE", 3)
    monkeypatch.setattr(neighbour_fill, "_OTHERS_AT_ONCE", 128)
    monkeypatch.setattr(neighbour_fill, "_DISTANCES_AT_ONCE", 100_000)
    in_pieces = screener.screen(walk).to_dict()
    assert in_pieces == whole


def test_poses_of_a_long_walk_lie_in_a_file_with_the_same_results(
    screener: Screener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = to_and_fro(700, n_exchanges=40)
    whole = screener.screen(recorded).to_dict()
    monkeypatch.setattr(walk_module, "_MOST_POSES_BYTES", 1000)
    write_walk(tmp_path / "walk.npz", recorded)
    walk = sg.read_walk(tmp_path / "walk.npz", walk_id=recorded.walk_id)
    assert walk.poses is not None
    assert long_frames._file_of(walk.poses) is not None
    assert screener.screen(walk).to_dict() == whole | {"source": walk.source}
    np.testing.assert_array_equal(walk.poses, recorded.poses)
    with pytest.raises(ValueError, match="read-only"):
        walk.poses[0] = 1


def test_filling_gaps_takes_little_memory_for_a_further_frame() -> None:
    """Of 32 rows two products and what the second is made of, 392 bytes, and a mask; no copy of all poses."""
    few, many = 35_000, 50_000
    peaks = []
    for n_frames in (few, many):
        poses = to_and_fro(n_frames).poses
        assert poses is not None
        poses = np.where(np.random.default_rng(1).random((n_frames, 17, 1)) < 0.02, np.float32(0), poses)
        tracemalloc.start()
        complete_poses(poses, "repair", 720)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert 392 < (peaks[1] - peaks[0]) / (many - few) < 550


def test_a_further_frame_takes_little_memory(screener: Screener, tmp_path: Path) -> None:
    """From the file to the result, as differences, so that what a model and a piece take does not count."""
    few, many = 10_000, 20_000
    peaks = []
    for n_frames in (few, many):
        write_walk(tmp_path / "walk.npz", to_and_fro(n_frames))
        tracemalloc.start()
        screener.screen(sg.read_walk(tmp_path / "walk.npz"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / (many - few) < MOST_BYTES_A_FRAME


OUTLINE = InputContract(
    representation="coordinates+outline",
    coordinates=CoordinateConfig(),
    outline=OutlineConfig(scale_px=(1.0,) * 12),
    max_frames=40,
)
SILHOUETTE = OPENGAIT_SILHOUETTE.model_copy(update={"max_frames": 40})


@pytest.fixture(scope="module", params=["outline", "silhouette"])
def looking_at_masks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Screener:
    folder = tmp_path_factory.mktemp(request.param) / "model"
    if request.param == "silhouette":
        return load_model(untrained_bundle(folder, SILHOUETTE))
    module = build_model(PoseOutlineConfig(width=6, outline_width=7, embedding=5, parts=2), torch.Generator())
    return load_model(save_bundle(folder, module, OUTLINE, temperature=1.0, provenance={}, metrics={}))


def write_with_masks(path: Path, n_frames: int, *, aligned: bool) -> Path:
    """A walk with soft silhouettes of every size that both ways of reading take; not packed, which takes long."""
    own = drawn_masks(23, 64, 64) // 255 * np.array([200, 255] * 32, np.uint8)
    walk = to_and_fro(n_frames)
    masks = own[np.arange(n_frames) % len(own)]
    np.savez(
        path,
        format="scoliogait-walk-1",
        poses=walk.poses,
        frame_rate_hz=walk.frame_rate_hz,
        silhouettes=masks,
        silhouettes_aligned=aligned,
    )
    return path


@pytest.mark.parametrize("aligned", [True, False])
def test_silhouettes_in_a_file_give_the_results_of_those_in_memory(
    looking_at_masks: Screener, aligned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_with_masks(tmp_path / "walk.npz", 300, aligned=aligned)
    in_memory = looking_at_masks.screen(sg.read_walk(path)).to_dict()
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", 1000)
    monkeypatch.setattr(long_frames, "_PIECE_BYTES", 7 * 64 * 64)
    monkeypatch.setattr(trunk_outline, "_AXES_AT_ONCE", 64)
    walk = sg.read_walk(path)
    assert walk.silhouettes is not None
    assert long_frames._file_of(walk.silhouettes) is not None
    assert looking_at_masks.screen(walk).to_dict() == in_memory


@pytest.mark.parametrize("aligned", [True, False])
def test_a_further_frame_with_a_silhouette_takes_little_memory(
    looking_at_masks: Screener, aligned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of poses alone; pages of the file, which are not counted here, are given back (``test_long_frames.py``)."""
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", 1 << 20)
    few, many = 2_000, 6_000
    peaks = []
    for n_frames in (few, many):
        path = write_with_masks(tmp_path / "walk.npz", n_frames, aligned=aligned)
        tracemalloc.start()
        looking_at_masks.screen(sg.read_walk(path))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / (many - few) < MOST_BYTES_A_FRAME


def in_store(walk: Walk, folder: Path) -> Path:
    write_store(folder, [walk.with_changes(walk_id="walk")], {}, overwrite=True)
    return folder


def in_pickles(walk: Walk, folder: Path) -> Path:
    for name in ("silhouettes", "poses"):
        write_array_pickle(folder / f"{name}.pkl", getattr(walk, name))
    return folder


@pytest.mark.parametrize("written", [in_store, in_pickles])
def test_a_further_frame_takes_little_memory_in_stores_and_pickles(
    looking_at_masks: Screener,
    written: Callable[[Walk, Path], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", 1 << 20)
    monkeypatch.setattr(walk_module, "_MOST_POSES_BYTES", 100_000)
    few, many = 2_000, 6_000
    peaks = []
    for n_frames in (few, many):
        walk = sg.read_walk(write_with_masks(tmp_path / "walk.npz", n_frames, aligned=True))
        path = written(walk, tmp_path / "walks")
        del walk
        tracemalloc.start()
        read = WalkStore.open(path).walk(0) if written is in_store else sg.read_walk(path)
        looking_at_masks.screen(read)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert read.poses is not None
        assert long_frames._file_of(read.poses) is not None
    assert (peaks[1] - peaks[0]) / (many - few) < MOST_BYTES_A_FRAME


def test_a_long_walk_of_a_store_lies_in_a_file_with_the_same_results(
    looking_at_masks: Screener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = sg.read_walk(write_with_masks(tmp_path / "walk.npz", 300, aligned=True))
    assert recorded.silhouettes is not None
    first = to_and_fro(20).with_changes(
        walk_id="first", silhouettes=recorded.silhouettes[:20], silhouettes_aligned=True
    )
    store = write_store(tmp_path / "store", [first, recorded], {})
    in_memory = looking_at_masks.screen(store.walk(1)).to_dict()
    monkeypatch.setattr(long_frames, "_MOST_IN_MEMORY_BYTES", 1000)
    monkeypatch.setattr(long_frames, "_PIECE_BYTES", 7 * 64 * 64)
    walk = store.walk(1)
    assert walk.silhouettes is not None
    assert long_frames._file_of(walk.silhouettes) is not None
    assert not np.shares_memory(walk.silhouettes, store._array("silhouettes"))
    np.testing.assert_array_equal(walk.silhouettes, recorded.silhouettes)
    np.testing.assert_array_equal(walk.poses, recorded.poses)
    assert looking_at_masks.screen(walk).to_dict() == in_memory


def test_long_poses_of_a_store_lie_in_a_file_as_those_of_other_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = to_and_fro(50)
    store = write_store(tmp_path / "store", [recorded], {})
    for most_bytes, in_file in ((1000, True), (1 << 20, False)):
        monkeypatch.setattr(walk_module, "_MOST_POSES_BYTES", most_bytes)
        poses = store.walk(0).poses
        assert poses is not None
        assert isinstance(long_frames._file_of(poses), long_frames._NamelessFile) is in_file
        assert not np.shares_memory(poses, store._array("poses"))
        np.testing.assert_array_equal(poses, recorded.poses)


def test_what_nobody_can_write_is_shared_and_all_else_is_copied(tmp_path: Path) -> None:
    masks = np.zeros((3, 64, 64), np.uint8)
    masks[:, 8:56, 24:40] = 255
    walk = Walk(silhouettes=masks)
    assert walk.silhouettes is not None
    assert not np.shares_memory(walk.silhouettes, masks)
    view = masks[1:]
    view.setflags(write=False)
    behind_a_view = Walk(silhouettes=view).silhouettes
    assert behind_a_view is not None
    assert not np.shares_memory(behind_a_view, masks)
    renamed = walk.with_changes(walk_id="other")
    assert renamed.silhouettes is not None
    assert np.shares_memory(renamed.silhouettes, walk.silhouettes)
    with pytest.raises(ValueError, match="read-only"):
        renamed.silhouettes[0] = 1
