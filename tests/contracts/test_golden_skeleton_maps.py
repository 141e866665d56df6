"""Skeleton maps against recordings of OpenGait's pretreatment: every stage, every case, every setting we offer."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from devices import DEVICES
from recorded import recorded_arrays, recorded_facts
from scoliogait.errors import DataError
from scoliogait.io.read import read_walk
from scoliogait.representation.map_crop import figure_rows
from scoliogait.representation.map_raster import Gaussian, draw_joints, draw_limbs, grey_levels
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.skeleton_map import (
    draw_levels,
    normalise_poses,
    render_skeleton_maps,
)
from scoliogait.skeleton import LIMBS, N_JOINTS

META = recorded_facts("skeleton_meta.json")
MAPS = recorded_arrays("skeleton_maps.npz")
RAW = recorded_arrays("skeleton_raw_heatmaps.npz")
VARIANTS = recorded_arrays("skeleton_variants.npz")
SETTINGS = {
    "s8": SkeletonMapConfig(),
    "s15": SkeletonMapConfig(sigma_limb=15.0, sigma_joint=15.0),
    "s1.5": SkeletonMapConfig(sigma_limb=1.5, sigma_joint=1.5),
    "s8_noalign": SkeletonMapConfig(alignment="none"),
}
# The original's last bit is partly rounding luck (two roundings towards zero on exact steps).
LEAST_IDENTICAL = 0.97


def assert_agrees(maps: torch.Tensor, recorded: np.ndarray) -> None:
    assert maps.dtype == torch.uint8
    assert tuple(maps.shape) == recorded.shape
    off = np.abs(maps.cpu().numpy().astype(int) - recorded)
    assert off.max() <= 1
    assert (off == 0).mean() >= LEAST_IDENTICAL


def recorded_map(case: str, setting: str) -> np.ndarray:
    """Where the original's crop changes nothing, map_s8 stands for map_s8_noalign too: they were equal bit for bit."""
    return MAPS.get(f"{case}/map_{setting}", MAPS[f"{case}/map_s8"])


def levels_of(poses: np.ndarray, config: SkeletonMapConfig, device: str) -> torch.Tensor:
    normalised = normalise_poses(torch.from_numpy(complete_poses(poses)).to(device))
    levels = torch.empty((len(poses), 2, 128, 128), device=device)
    draw_levels(normalised, config, levels, torch.empty_like(levels))
    return levels


@pytest.mark.parametrize("case", META["cases"])
def test_completed_and_normalised_poses(case: str) -> None:
    tolerance = 1e-4 if META["cases"][case]["dtype"] == "float32" else 1e-6
    poses = MAPS[f"{case}/input"]
    before = poses.copy()
    completed = complete_poses(poses)
    np.testing.assert_array_equal(poses, before)
    np.testing.assert_allclose(completed, MAPS[f"{case}/padded"], rtol=tolerance, atol=tolerance)
    recorded = MAPS[f"{case}/normalised"]
    in_torch = normalise_poses(torch.from_numpy(completed))
    np.testing.assert_allclose(in_torch.numpy(), recorded, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("case", META["cases"])
def test_maps(case: str, setting: str, device: str) -> None:
    poses = torch.from_numpy(MAPS[f"{case}/input"]).to(device)
    before = poses.clone()
    maps = render_skeleton_maps(poses, SETTINGS[setting])
    assert maps.device == poses.device
    assert torch.equal(poses, before)
    assert_agrees(maps, recorded_map(case, setting))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("case", META["cases"])
def test_first_and_last_row(case: str, setting: str, device: str) -> None:
    levels = levels_of(MAPS[f"{case}/input"], SETTINGS[setting], device)
    np.testing.assert_array_equal(figure_rows(levels).cpu().numpy(), MAPS[f"{case}/rows_{setting}"])


@pytest.mark.parametrize("device", DEVICES)
def test_one_sigma_per_channel(device: str) -> None:
    poses = torch.from_numpy(MAPS["walker_clean/input"]).to(device)
    maps = render_skeleton_maps(poses, SkeletonMapConfig(sigma_limb=1.5, sigma_joint=8.0))
    recorded = np.stack([MAPS["walker_clean/map_s1.5"][:, 0], MAPS["walker_clean/map_s8"][:, 1]], axis=1)
    assert_agrees(maps, recorded)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", sorted({k.rsplit("/", 1)[0] for k in RAW if k.endswith("raw_limb")}))
def test_single_gaussians(name: str, device: str) -> None:
    case, frame, sigma = name.split("/")
    normalised = normalise_poses(torch.from_numpy(complete_poses(MAPS[f"{case}/input"])).to(device))
    pose = normalised[int(frame[1:]), None]
    style = Gaussian(float(sigma[1:]), "max")
    canvas, scratch = torch.empty((1, 128, 128), device=device), torch.empty((2, 128, 128), device=device)
    for index, limb in enumerate(LIMBS):
        draw_limbs(pose, (limb,), style, canvas, scratch)
        np.testing.assert_allclose(canvas[0].cpu() / 256, RAW[f"{name}/raw_limb"][index], rtol=0, atol=1e-5)
    for joint in range(N_JOINTS):
        draw_joints(pose, (joint,), style, canvas, scratch)
        np.testing.assert_allclose(canvas[0].cpu() / 256, RAW[f"{name}/raw_joint"][joint], rtol=0, atol=1e-5)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("sigma", ["8.0", "1.5"])
def test_merged_gaussians_and_grey_canvas(sigma: str, device: str) -> None:
    name = f"walker_clean/first8/s{sigma}"
    config = SkeletonMapConfig(sigma_limb=float(sigma), sigma_joint=float(sigma))
    levels = levels_of(MAPS["walker_clean/input"][:8], config, device).cpu().numpy()
    for channel, kind in enumerate(("limb", "joint")):
        off = np.abs(levels[:, channel] - RAW[f"{name}/img_{kind}"][:, 0])
        assert off.max() <= 1
        assert (off == 0).mean() >= 0.999
        intensity = torch.from_numpy(RAW[f"{name}/max_{kind}"]).to(device)
        grey = grey_levels(intensity * 256, torch.empty_like(intensity)).cpu().numpy()
        np.testing.assert_array_equal(grey, RAW[f"{name}/img_{kind}"][:, 0])


@pytest.mark.parametrize("device", DEVICES)
def test_grey_ramp(device: str) -> None:
    # A Gaussian is never negative or NaN, so those two recorded inputs are left out.
    drawn = RAW["colormap/in"] >= 0
    intensity = torch.from_numpy(RAW["colormap/in"][drawn]).to(device)
    grey = grey_levels(intensity * 256, torch.empty_like(intensity)).cpu().numpy()
    np.testing.assert_array_equal(grey, RAW["colormap/out"][drawn])
    assert len(np.setdiff1d(np.arange(256), grey)) == 24


# Settings of the original that ours can express, and how. The rest are refused: see REFUSED.
def _confidence_one(poses: np.ndarray) -> np.ndarray:
    return np.concatenate([poses[..., :2], np.ones_like(poses[..., 2:])], axis=-1)


EXPRESSED = {
    "use_score_false": (_confidence_one(VARIANTS["input"]), SkeletonMapConfig()),
    "final_32": (VARIANTS["input"], SkeletonMapConfig(size=32)),
    "pad_simple_complete": (VARIANTS["input"], SkeletonMapConfig()),
    "T1_flat_y_conf0": (VARIANTS["T1_flat_y_conf0/input"], SkeletonMapConfig()),
    "all_zero": (VARIANTS["all_zero/input"], SkeletonMapConfig()),
}
# Defects (a pose scaled twice in place, a start row that wraps, an imputer that is skipped) and other canvases, which
# no published model used.
REFUSED = {
    "scaling_0.5": {"scaling": 0.5},
    "scaling_2": {"scaling": 2.0},
    "offset_2_s8": {"offset": 2},
    "offset_2_s1.5": {"offset": 2, "sigma_limb": 1.5, "sigma_joint": 1.5},
    "canvas_96": {"canvas_px": 96},
    "canvas_64": {"canvas_px": 64},
    "pad_simple_missing": {"missing": "simple"},
    "coco17_with_transfer": {"transfer_to_coco17": True},
    "use_conf_false": {"use_conf": False},
}
RAISING_UPSTREAM = {"T1_zero_xy_conf_kept", "T1_flat_y", "nan_input", "T0"}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", EXPRESSED)
def test_other_settings(name: str, device: str) -> None:
    poses, config = EXPRESSED[name]
    assert_agrees(render_skeleton_maps(torch.from_numpy(poses).to(device), config), VARIANTS[f"{name}/map"])


@pytest.mark.parametrize("name", REFUSED)
def test_refused_settings(name: str) -> None:
    with pytest.raises(ValidationError):
        SkeletonMapConfig(**REFUSED[name])


def test_openpose_order(tmp_path: Path) -> None:
    # The recorded poses have confidences above 1, which the reader clips, so only the order comes from the reader.
    marks = np.column_stack([np.arange(18) + 100.0, np.arange(18) * 20.0 + 100.0, np.ones(18)])
    content = {"people": [{"pose_keypoints_2d": marks.flatten().tolist()}]}
    (tmp_path / "000_keypoints.json").write_text(json.dumps(content))
    order = (read_walk(tmp_path).poses[0, :, 0] - 100).astype(int)
    maps = render_skeleton_maps(VARIANTS["coco18_transfer/input"][:, order])
    assert_agrees(maps, VARIANTS["coco18_transfer/map"])


@pytest.mark.parametrize("name", ["T1_zero_xy_conf_kept", "T1_flat_y"])
def test_a_frame_without_height_is_black_where_the_original_fails(name: str) -> None:
    maps = render_skeleton_maps(VARIANTS[f"{name}/input"])
    assert maps.shape == (1, 2, 64, 64)
    assert not maps.any()


def test_nan_and_empty_walks_are_refused() -> None:
    poses = VARIANTS["input"].copy()
    poses[2, 5, 0] = np.nan
    with pytest.raises(DataError, match="NaN"):
        render_skeleton_maps(poses)
    with pytest.raises(DataError, match="at least one frame"):
        render_skeleton_maps(poses[:0])


def test_every_recorded_variant_is_accounted_for() -> None:
    assert META["errors"].keys() == EXPRESSED.keys() | REFUSED.keys() | RAISING_UPSTREAM | {"coco18_transfer"}
