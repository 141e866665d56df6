"""The compiled drawing of skeleton maps gives torch's maps to the bit, and nothing that it lacks stops a map."""

import sys
import threading
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from map_poses import CONFIGS, random_poses
from scoliogait.representation import map_compiled, skeleton_map
from scoliogait.representation.settings import SkeletonMapConfig

# Where torch fuses products and sums, as on the processors that have these instructions.
FUSES = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")


@pytest.fixture(scope="module")
def kernels() -> ModuleType:
    pytest.importorskip("numba")
    loaded = map_compiled._loaded()
    if loaded is None and not FUSES:
        pytest.skip("on this processor torch draws, and compiled code is not used")
    assert loaded is not None
    return loaded


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> map_compiled._Compiled:
    """A process that has drawn nothing yet."""
    monkeypatch.setattr(map_compiled, "_compiled", map_compiled._Compiled())
    return map_compiled._compiled


def assert_same(kernels: ModuleType, poses: np.ndarray | torch.Tensor, config: SkeletonMapConfig) -> None:
    frames = torch.as_tensor(poses)
    shape = len(frames), 2, config.size, config.size
    compiled, by_torch = np.full(shape, 7, dtype=np.uint8), np.full(shape, 8, dtype=np.uint8)
    map_compiled.draw(kernels, compiled, frames, config)
    skeleton_map._draw_with_torch(by_torch, frames, config)
    np.testing.assert_array_equal(compiled, by_torch)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_maps_are_those_of_torch(kernels: ModuleType, name: str) -> None:
    assert_same(kernels, random_poses(50, seed=3), SkeletonMapConfig(**CONFIGS[name]))


@pytest.mark.parametrize("seed", range(40))
def test_the_maps_are_those_of_torch_for_any_setting_and_pose(kernels: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = SkeletonMapConfig(
        joints=rng.choice(["full-body", "body-only", "head-lite"]),
        sigma_limb=float(rng.choice([0.05, 1.0, 3.0, 8.0, 15.0, 128.0]) * rng.uniform(0.8, 1)),
        sigma_joint=float(rng.choice([0.05, 1.0, 4.0, 8.0, 30.0]) * rng.uniform(0.8, 1)),
        reduction=rng.choice(["max", "sum"]),
        alignment=rng.choice(["per-channel", "shared", "none"]),
        geometry=rng.choice(["square", "aspect"]),
        size=int(rng.choice([32, 64, 128])),
    )
    n_frames = int(rng.choice([1, 2, 15, 16, 17, 33]))
    poses = (
        random_poses(n_frames, seed),
        rng.normal(0, 1, (n_frames, 17, 3)) * (100, 100, 1),
        rng.normal(0, 1, (n_frames, 17, 3)) * (10.0 ** rng.integers(-20, 21), 10.0 ** rng.integers(-8, 9), 1),
        rng.integers(0, 4, (n_frames, 17, 3)) * (50.0, 50.0, 0.4),  # joints upon each other, level limbs
        random_poses(n_frames, seed) * (1, 1, 2e-3),  # confidences about the least that is drawn
    )
    for each in poses:
        assert_same(kernels, each, config)
        assert_same(kernels, each.astype(np.float32), config)


def test_odd_frames(kernels: ModuleType) -> None:
    poses = torch.from_numpy(random_poses(9))
    flat = poses.clone()
    flat[..., 1] = 5
    strided = torch.from_numpy(random_poses(18))[::2]
    turned = poses.transpose(0, 1).contiguous().transpose(0, 1)
    for frames in (poses[:0], flat, flat[:1], strided, turned, poses.half(), poses.clone().requires_grad_()):
        assert_same(kernels, frames, SkeletonMapConfig())
        assert_same(kernels, frames, SkeletonMapConfig(alignment="none"))
    assert len(kernels.draw.signatures) == len(kernels.crop.signatures) == 1  # none was compiled anew


def test_many_threads(kernels: ModuleType, fresh: map_compiled._Compiled, monkeypatch: pytest.MonkeyPatch) -> None:
    poses, config = torch.from_numpy(random_poses(200)), SkeletonMapConfig()
    expected = skeleton_map.render_pose_frames(poses, config)
    monkeypatch.setattr(map_compiled, "_loaded", lambda: kernels)
    assert map_compiled.load()
    n_threads, results = torch.get_num_threads(), []
    torch.set_num_threads(4)
    try:
        draw = lambda: results.append(skeleton_map.render_pose_frames(poses, config))  # noqa: E731
        callers = [threading.Thread(target=draw) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    finally:
        torch.set_num_threads(n_threads)
    assert len(results) == 4
    assert all(torch.equal(maps, expected) for maps in results)


def test_it_is_loaded_once_many_frames_were_drawn(
    fresh: map_compiled._Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = []
    monkeypatch.setattr(map_compiled, "_FRAMES_BEFORE_LOADING", 10)
    monkeypatch.setattr(map_compiled, "_loaded", lambda: loads.append(1) or SimpleNamespace())
    by_torch = skeleton_map._draw_with_torch
    assert [map_compiled.fastest(by_torch, 5) is by_torch for _ in range(4)] == [True, True, False, False]
    assert loads == [1]


def test_without_numba_torch_draws_the_same(fresh: map_compiled._Compiled, monkeypatch: pytest.MonkeyPatch) -> None:
    poses, config = torch.from_numpy(random_poses(5)), SkeletonMapConfig()
    expected = skeleton_map.render_pose_frames(poses, config)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, map_compiled._KERNELS, raising=False)
    assert not map_compiled.load()
    assert torch.equal(skeleton_map.render_pose_frames(poses, config), expected)


@pytest.mark.parametrize("step", ["draw", "crop"])
def test_code_with_other_bits_is_not_used(kernels: ModuleType, step: str) -> None:
    def draw(*arguments: object) -> None:
        kernels.draw(*arguments)
        intensity = arguments[-2]
        intensity[0, 64, 64] = np.nextafter(intensity[0, 64, 64], np.float32(300))

    def crop(*arguments: object) -> None:
        kernels.crop(*arguments)
        arguments[-1][5, 5, 5] ^= 1

    assert map_compiled.agrees(SimpleNamespace(draw=kernels.draw, crop=kernels.crop))
    changed = {"draw": kernels.draw, "crop": kernels.crop} | {step: {"draw": draw, "crop": crop}[step]}
    assert not map_compiled.agrees(SimpleNamespace(**changed))


def test_nothing_is_kept_for_other_processes(kernels: ModuleType) -> None:
    map_compiled.agrees(kernels)
    assert kernels.draw.stats.cache_path is None
    assert kernels.crop.stats.cache_path is None
