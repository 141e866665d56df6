"""Skeleton maps against the plain per-frame drawing of benchmarks.reference.maps.py, and laws."""

import threading

import numpy as np
import pytest
import torch
from benchmarks.reference.maps import literal_skeleton_maps
from pydantic import ValidationError

from devices import DEVICES
from map_poses import CONFIGS, random_poses
from scoliogait.errors import ModelError
from scoliogait.representation.map_crop import crop_boxes, resize_boxes
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.skeleton_map import (
    draw_levels,
    normalise_poses,
    render_pose_frames,
    render_skeleton_maps,
)
from scoliogait.skeleton import JOINT, JOINT_SETS
from walker import draw_walker


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", CONFIGS)
def test_against_plain_drawing(name: str, device: str) -> None:
    config = SkeletonMapConfig(**CONFIGS[name])
    poses = random_poses(24)
    maps = render_pose_frames(torch.from_numpy(poses).to(device), config).cpu().numpy()
    off = np.abs(maps.astype(int) - literal_skeleton_maps(poses, config))
    # One level beside a grey level that the ramp lowers by one is two levels.
    assert off.max() <= 2
    assert (off <= 1).mean() > 0.9999
    assert (off == 0).mean() > 0.97


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", CONFIGS)
def test_a_batch_gives_the_maps_of_its_frames(name: str, device: str) -> None:
    config = SkeletonMapConfig(**CONFIGS[name])
    poses = torch.from_numpy(random_poses(70, seed=1)).to(device)
    together = render_pose_frames(poses, config)
    alone = torch.cat([render_pose_frames(poses[frame : frame + 1], config) for frame in range(0, 70, 7)])
    assert torch.equal(together[::7], alone)
    order = torch.randperm(70, generator=torch.Generator().manual_seed(0))
    assert torch.equal(render_pose_frames(poses[order.to(device)], config), together[order.to(device)])


@pytest.mark.parametrize("name", CONFIGS)
def test_bytes_of_the_cpu_are_the_floats_of_a_gpu(name: str) -> None:
    """The form that a GPU takes, run on the CPU: grey levels and crops in floats."""
    config = SkeletonMapConfig(**CONFIGS[name])
    poses = torch.from_numpy(np.concatenate([random_poses(30, seed=2), draw_walker(10)]))
    levels = torch.empty((40, 2, 128, 128))
    scratch = torch.empty_like(levels)
    lit = draw_levels(normalise_poses(poses), config, levels, scratch)
    boxes = crop_boxes(levels, config.alignment, config.geometry)
    in_floats = resize_boxes(levels, boxes, config.size, lit, scratch)
    if name == "published":  # both ways of resizing are taken
        assert len((boxes == torch.tensor([0, 128, 0, 128])).all(dim=-1).unique()) == 2
    assert torch.equal(render_pose_frames(poses, config), in_floats)


@pytest.mark.parametrize("device", DEVICES)
def test_walks_in_a_batch(device: str) -> None:
    poses = torch.from_numpy(random_poses(60)).float().to(device).reshape(3, 20, 17, 3)
    config = SkeletonMapConfig()
    maps = render_pose_frames(poses, config)
    assert maps.shape == (3, 20, 2, 64, 64)
    assert maps.device == poses.device
    for walk in range(3):
        assert torch.equal(maps[walk], render_pose_frames(poses[walk], config))
    assert render_pose_frames(poses[0, 0], config).shape == (2, 64, 64)
    assert render_pose_frames(poses[:, :0], config).shape == (3, 0, 2, 64, 64)


@pytest.mark.parametrize("device", DEVICES)
def test_place_and_scale_do_not_matter(device: str) -> None:
    # Coordinates in eighths of a pixel: shifts and doublings are exact.
    poses = torch.from_numpy(np.round(random_poses(16) * 8) / 8).to(device)
    moved = poses.clone()
    moved[..., :2] = moved[..., :2] * 2 + torch.tensor([512.0, -256.0], dtype=poses.dtype, device=device)
    for settings in CONFIGS.values():
        config = SkeletonMapConfig(**settings)
        assert torch.equal(render_pose_frames(moved, config), render_pose_frames(poses, config))


def test_the_input_stays_as_it_is() -> None:
    poses = random_poses(10)
    poses[4, 7] = 0
    tensor, before = torch.from_numpy(poses.copy()), poses.copy()
    for missing in ("as-published", "repair"):
        config = SkeletonMapConfig(missing=missing)
        render_skeleton_maps(poses, config)
        render_skeleton_maps(tensor, config)
        render_pose_frames(tensor, config)
    np.testing.assert_array_equal(poses, before)
    np.testing.assert_array_equal(tensor.numpy(), before)


def test_arrays_and_tensors_give_the_same_maps() -> None:
    poses = random_poses(10).astype(np.float32)
    assert torch.equal(render_skeleton_maps(poses), render_skeleton_maps(torch.from_numpy(poses)))
    completed = torch.from_numpy(complete_poses(poses))
    assert torch.equal(render_skeleton_maps(poses), render_pose_frames(completed, SkeletonMapConfig()))


@pytest.mark.parametrize("joints", JOINT_SETS)
def test_only_the_joint_set_is_drawn(joints: str) -> None:
    poses = random_poses(6)
    poses[:, JOINT["nose"], 1] = poses[:, JOINT["left_eye"], 1]  # moved joints stay within the height of the figure
    poses[..., 2] = 0.9
    config = SkeletonMapConfig(joints=joints)
    reference = render_pose_frames(torch.from_numpy(poses), config)
    for name in ("left_ear", "nose", "left_elbow"):
        hidden = poses.copy()
        hidden[:, JOINT[name], 2] = 0
        drawn = JOINT[name] in JOINT_SETS[joints]
        assert torch.equal(render_pose_frames(torch.from_numpy(hidden), config), reference) is not drawn


def test_sum_is_at_least_max_and_confidence_0_is_black() -> None:
    poses = torch.from_numpy(random_poses(8))
    largest = render_pose_frames(poses, SkeletonMapConfig(alignment="none"))
    summed = render_pose_frames(poses, SkeletonMapConfig(alignment="none", reduction="sum"))
    assert (summed.int() >= largest.int() - 1).all()
    assert summed.float().mean() > largest.float().mean()
    poses[..., 2] = 0
    for settings in CONFIGS.values():
        assert not render_pose_frames(poses, SkeletonMapConfig(**settings)).any()


def test_shared_alignment_keeps_the_channels_in_register() -> None:
    poses = torch.from_numpy(draw_walker(4))
    poses[:, JOINT["left_ankle"] :, 2] = 0.0005  # no joint below the knees is drawn
    poses[:, JOINT["left_knee"] : JOINT["left_ankle"], 2] = 0.02
    shared = SkeletonMapConfig(alignment="shared", sigma_limb=1.5, sigma_joint=8.0)
    apart = SkeletonMapConfig(sigma_limb=1.5, sigma_joint=8.0)
    nose_row = {
        name: [int(image.float().sum(dim=1).ne(0).int().argmax()) for image in render_pose_frames(poses, config)[0]]
        for name, config in (("shared", shared), ("apart", apart))
    }
    assert nose_row["apart"] == [0, 0]  # both channels start at the top, though the thin one starts lower
    assert nose_row["shared"][0] > nose_row["shared"][1] == 0


def test_a_joint_never_seen_is_repaired() -> None:
    poses = draw_walker(6)
    complete = render_skeleton_maps(poses, SkeletonMapConfig(alignment="none", missing="repair"))
    poses[:, JOINT["left_wrist"]] = 0
    repaired = render_skeleton_maps(poses, SkeletonMapConfig(alignment="none", missing="repair"))
    published = render_skeleton_maps(poses, SkeletonMapConfig(alignment="none"))
    right_side = slice(0, 28)  # the walker faces the camera: pixels far from the left arm
    assert torch.equal(repaired[..., right_side], complete[..., right_side])
    assert not torch.equal(published[..., right_side], complete[..., right_side])


@pytest.mark.parametrize("device", DEVICES)
def test_mixed_precision_around_it_changes_nothing(device: str) -> None:
    poses = torch.from_numpy(random_poses(8)).to(device)
    config = SkeletonMapConfig(sigma_limb=2.0)
    reference = render_pose_frames(poses, config)
    with torch.autocast(device, dtype=torch.bfloat16):
        assert torch.equal(render_pose_frames(poses, config), reference)


def test_maps_are_ordinary_tensors() -> None:
    maps = render_skeleton_maps(random_poses(4))
    assert not maps.is_inference()
    weight = torch.ones(1, requires_grad=True)
    (maps.float() * weight).sum().backward()
    assert weight.grad.item() == maps.float().sum().item()


def test_threads_share_the_work_and_torch_keeps_its_own() -> None:
    poses = torch.from_numpy(random_poses(130))
    config = SkeletonMapConfig()
    n_threads = torch.get_num_threads()
    results: list[torch.Tensor] = []
    try:
        torch.set_num_threads(1)
        reference = render_pose_frames(poses, config)
        torch.set_num_threads(3)
        callers = [threading.Thread(target=lambda: results.append(render_pose_frames(poses, config))) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(n_threads)
    assert len(results) == 4
    assert all(torch.equal(maps, reference) for maps in results)


@pytest.mark.parametrize(
    "wrong", [{"joints": "legs"}, {"sigma_limb": 0.0}, {"sigma_joint": -1.0}, {"size": 65}, {"sigma": 8.0}]
)
def test_wrong_settings_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        SkeletonMapConfig(**wrong)


@pytest.mark.parametrize("wrong", [torch.zeros(4, 16, 3), torch.zeros(4, 17, 3, dtype=torch.int64), torch.zeros(3)])
def test_wrong_frames_are_refused(wrong: torch.Tensor) -> None:
    with pytest.raises(ModelError, match="skeleton maps: poses have shape"):
        render_pose_frames(wrong, SkeletonMapConfig())
