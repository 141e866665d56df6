"""Coordinates: what must not matter (place, size, unseen joints) and what must (10 mm at the shoulder)."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.representation.coordinates import coordinates, mirror_coordinates
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.settings import CoordinateConfig
from scoliogait.skeleton import FACE_JOINTS, JOINT, N_JOINTS
from walk_fixtures import mirror_poses

CONFIG = CoordinateConfig()


def walker(frames: int = 6, seed: int = 0) -> Tensor:
    """Poses in pixels, 400 px tall or so, confidence 0.5 to 1."""
    rng = np.random.default_rng(seed)
    poses = rng.uniform([300, 100, 0.5], [500, 500, 1.0], (frames, N_JOINTS, 3))
    return torch.from_numpy(poses.astype(np.float32))


def test_hips_in_the_middle_and_height_one() -> None:
    out = coordinates(walker(), CONFIG)
    assert out.shape == (6, N_JOINTS, 3)
    assert out.dtype == torch.float32
    hips = out[:, [JOINT["left_hip"], JOINT["right_hip"]], :2].mean(dim=1)
    torch.testing.assert_close(hips, torch.zeros(6, 2), rtol=0, atol=1e-6)
    y = out[..., 1]
    torch.testing.assert_close(y.amax(1) - y.amin(1), torch.ones(6), rtol=0, atol=1e-6)
    assert torch.equal(out[..., 2], walker()[..., 2])


def test_ten_millimetres_at_the_shoulder_are_kept() -> None:
    """A figure of 1.6 m that fills 400 px: 2.5 px, in float32 exact to a thousandth of that."""
    poses = walker()
    poses[:, JOINT["nose"], 1], poses[:, JOINT["left_ankle"], 1] = 95.0, 505.0
    raised = poses.clone()
    raised[:, JOINT["left_shoulder"], 1] -= 2.5
    moved = coordinates(poses, CONFIG) - coordinates(raised, CONFIG)
    torch.testing.assert_close(moved[:, JOINT["left_shoulder"], 1], torch.full((6,), 2.5 / 410), rtol=1e-3, atol=0)


def test_place_size_and_batch_shape_do_not_matter() -> None:
    poses = walker()
    elsewhere = poses * torch.tensor([0.25, 0.25, 1.0]) + torch.tensor([900.0, -30.0, 0.0])
    expected = coordinates(poses, CONFIG)
    torch.testing.assert_close(coordinates(elsewhere, CONFIG), expected, rtol=0, atol=1e-5)
    assert torch.equal(coordinates(poses.unflatten(0, (2, 3)), CONFIG), expected.unflatten(0, (2, 3)))


@pytest.mark.parametrize("names", [["nose"], ["left_hip"], ["left_hip", "right_hip"], ["left_ankle", "right_eye"]])
def test_unseen_joints_have_no_influence(names: list[str]) -> None:
    joints = [JOINT[name] for name in names]
    poses = walker()
    poses[:, joints, 2] = 0.0
    thrown = poses.clone()
    thrown[:, joints, :2] = torch.tensor([-5000.0, 9000.0])
    out = coordinates(poses, CONFIG)
    assert torch.equal(coordinates(thrown, CONFIG), out)
    assert out[:, joints].abs().max() == 0
    assert out.abs().amax(dim=(1, 2)).min() > 0


def test_joints_outside_the_set_are_as_unseen() -> None:
    poses = walker()
    unseen = poses.clone()
    unseen[:, FACE_JOINTS, 2] = 0.0
    assert torch.equal(coordinates(poses, CoordinateConfig(joints="body-only")), coordinates(unseen, CONFIG))


def test_frames_without_height_are_empty() -> None:
    poses = walker(3)
    poses[0, :, 2] = 0.0
    poses[1, :, 1] = 77.0
    out = coordinates(poses, CONFIG)
    assert out[:2].abs().max() == 0
    assert out.isfinite().all()


def test_repaired_poses_of_a_walk_without_a_face() -> None:
    poses = walker().numpy()
    poses[:, FACE_JOINTS] = 0.0
    out = coordinates(torch.from_numpy(complete_poses(poses, "repair")), CONFIG)
    assert torch.equal(out, coordinates(torch.from_numpy(poses), CONFIG))


def test_mirroring_agrees_with_mirrored_pixels() -> None:
    poses = walker()
    mirrored = torch.from_numpy(mirror_poses(poses.numpy(), axis_x_px=320.0))
    expected = coordinates(mirrored, CONFIG)
    torch.testing.assert_close(mirror_coordinates(coordinates(poses, CONFIG)), expected, rtol=0, atol=1e-6)
    assert torch.equal(mirror_coordinates(mirror_coordinates(expected)), expected)


@pytest.mark.parametrize(
    "poses", [torch.zeros(4, 17, 2), torch.zeros(4, 18, 3), torch.zeros(4, 17, 3, dtype=torch.uint8)]
)
def test_other_input_is_refused(poses: Tensor) -> None:
    with pytest.raises(ModelError, match="coordinates: poses have shape"):
        coordinates(poses, CONFIG)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValidationError, match="joint_set"):
        CoordinateConfig.model_validate({"joint_set": "body-only"})
