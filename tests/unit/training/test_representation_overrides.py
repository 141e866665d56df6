"""Each ablation of the representation is one line: it parses, draws, and changes what the model sees."""

import numpy as np
import pytest
import torch

from scoliogait.errors import RecipeError
from scoliogait.skeleton import JOINT
from scoliogait.training.recipe_file import load_recipe
from scoliogait.walk import Walk
from walk_fixtures import drawn_poses, drawn_silhouettes

MAPS = "contract.skeleton_map."
ABLATIONS = [
    f"{MAPS}joints=full-body",
    f"{MAPS}joints=head-lite",
    f"{MAPS}geometry=aspect",
    f"{MAPS}sigma_limb=8",
    f"{MAPS}sigma_joint=4",
    f"{MAPS}reduction=sum",
    f"{MAPS}alignment=per-channel",
    f"{MAPS}alignment=none",
    "contract.cut_columns=false",
]


def a_walk() -> Walk:
    """Arms spread, so that geometry and crop have something to decide about, and thin enough maps at sigma 2."""
    poses = drawn_poses(4, 9.0, np.random.default_rng(0))
    for side, sign in (("left", 1), ("right", -1)):
        poses[:, JOINT[f"{side}_wrist"], 0] += sign * 40
    return Walk(walk_id="w", poses=poses)


def frames_of(*overrides: str) -> torch.Tensor:
    recipe = load_recipe("body-only-sgd-112", [f"{MAPS}sigma_limb=3", f"{MAPS}sigma_joint=2", *overrides])
    return recipe.contract.model_input(a_walk())["frames"]


@pytest.mark.parametrize("override", ABLATIONS)
def test_one_line_changes_the_input(override: str) -> None:
    before, after = frames_of(), frames_of(override)
    assert after.shape[:3] == before.shape[:3]
    assert after.min() >= 0
    assert 0.5 < after.max() <= 1
    if override == "contract.cut_columns=false":
        assert (before.shape[-1], after.shape[-1]) == (44, 64)
        assert torch.equal(after[..., 10:54], before)
    else:
        assert after.shape == before.shape
        assert (after - before).abs().max() > 0.02


def test_several_at_once_and_their_opposites() -> None:
    settings = [f"{MAPS}sigma_limb=15", f"{MAPS}sigma_joint=8", f"{MAPS}reduction=sum", f"{MAPS}joints=full-body"]
    there = frames_of(*settings)
    back = frames_of(
        *settings, f"{MAPS}sigma_limb=3", f"{MAPS}sigma_joint=2", f"{MAPS}reduction=max", f"{MAPS}joints=body-only"
    )
    assert not torch.equal(there, frames_of())
    assert torch.equal(back, frames_of())


def test_the_size_is_two_lines_because_the_picture_and_the_map_must_agree() -> None:
    with pytest.raises(RecipeError, match=r"size_px is 128 but skeleton_map\.size is 64"):
        frames_of("contract.size_px=128")
    assert frames_of("contract.size_px=128", f"{MAPS}size=128").shape == (4, 2, 128, 88)


def test_the_fusion_recipe_draws_maps_by_the_same_lines() -> None:
    walk = a_walk()
    both = Walk(walk_id="w", poses=walk.poses, silhouettes=drawn_silhouettes(walk.poses), silhouettes_aligned=True)
    before, after = (
        load_recipe("fusion-112", overrides).contract.model_input(both)["frames"]
        for overrides in ([], [f"{MAPS}sigma_limb=15"])
    )
    assert before.shape == (4, 3, 64, 44)
    assert torch.equal(before[:, [0, 2]], after[:, [0, 2]])  # silhouette and joints are as they were
    assert (after[:, 1] - before[:, 1]).abs().max() > 0.1
