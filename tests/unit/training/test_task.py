"""The pieces around the model: losses by recipe, mirroring, layouts, learning rates."""

import math

import numpy as np
import pytest
import torch

from scoliogait.data.loader import TrainingBatch
from scoliogait.losses import batch_all_triplet_loss, part_cross_entropy
from scoliogait.models.blocks import ModelOutput
from scoliogait.models.build import build_model
from scoliogait.training.loggers import montage
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.task import ScreeningTask, cosine_factor, make_optimizer, make_schedule, training_losses
from walk_fixtures import drawn_poses

TINY = ["model.channels=[4,4,8,8]", "model.embedding=8", "model.parts=4"]
LABELS = torch.tensor([0, 0, 1, 2])
WALKS = torch.tensor([5, 5, 6, 6])


def task_of(*overrides: str) -> ScreeningTask:
    recipe = load_recipe("small-ske", [*TINY, *overrides])
    return ScreeningTask(recipe, build_model(recipe.model, torch.Generator().manual_seed(0)))


def a_batch(mirrored: list[bool] | None = None) -> TrainingBatch:
    generator = np.random.default_rng(0)
    poses = np.stack([drawn_poses(3, lean, generator) for lean in (0, 2, 9, 18)])
    flags = torch.tensor(mirrored or [False] * 4)
    return TrainingBatch({"poses": torch.from_numpy(poses)}, {}, LABELS, WALKS, flags, 0)


def an_output() -> ModelOutput:
    generator = torch.Generator().manual_seed(1)
    return ModelOutput(torch.randn(4, 8, 2, generator=generator), torch.randn(4, 3, 2, generator=generator) / 4)


def recipe_with(*overrides: str) -> Recipe:
    return load_recipe("small-ske", list(overrides))


@pytest.mark.parametrize(("kind", "together"), [("walk", WALKS), ("class", LABELS)])
def test_losses_are_the_weighted_sum(kind: str, together: torch.Tensor) -> None:
    recipe = recipe_with(
        f"losses.triplet={{labels: {kind}, weight: 0.5, margin: 0.3}}",
        "losses.cross_entropy={weight: 2, scale: 8, label_smoothing: 0.2, class_weights: [1, 2, 3]}",
    )
    out = an_output()
    losses = training_losses(out, LABELS, WALKS, recipe.losses)
    triplet = batch_all_triplet_loss(out.embeddings, together, 0.3)
    cross_entropy = part_cross_entropy(out.logits, LABELS, 8, 0.2, (1, 2, 3))
    assert losses["loss"].item() == pytest.approx(2 * cross_entropy.item() + 0.5 * triplet.item(), rel=1e-6)
    assert losses["triplet"].item() == pytest.approx(triplet.item())
    right = (out.logits.mean(-1).argmax(-1) == LABELS).float().mean()
    assert losses["batch_accuracy"] == right


def test_without_triplet_only_cross_entropy_remains() -> None:
    losses = training_losses(an_output(), LABELS, WALKS, recipe_with("losses.triplet.labels=none").losses)
    assert losses["triplet"] == 0
    assert losses["loss"] == losses["cross_entropy"]


def test_mirrored_walks_are_flipped_and_the_others_left() -> None:
    task = task_of()
    plain = task.inputs(a_batch())["frames"]
    mirrored = task.inputs(a_batch([True, False, False, True]))["frames"]
    assert plain.shape == (4, 3, *task.recipe.contract.frame_shape)
    torch.testing.assert_close(mirrored[1:3], plain[1:3], rtol=0, atol=0)
    torch.testing.assert_close(mirrored[[0, 3]], plain[[0, 3]].flip(-1), rtol=0, atol=0)
    assert (mirrored[3] != plain[3]).any()


def test_maps_are_drawn_in_full_precision_under_autocast() -> None:
    task = task_of()
    expected = task.inputs(a_batch())["frames"]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(task.inputs(a_batch())["frames"], expected, rtol=0, atol=0)


def test_cosine_rates_rise_then_fall() -> None:
    recipe = recipe_with("schedule={name: cosine, warmup_steps: 4, final_fraction: 0.1}", "trainer.steps=24")
    factor = cosine_factor(recipe.schedule, 24)  # type: ignore[arg-type]
    assert [factor(s) for s in range(4)] == [0.25, 0.5, 0.75, 1.0]
    assert factor(4) == 1.0
    assert factor(14) == pytest.approx(0.1 + 0.9 * (1 + math.cos(math.pi / 2)) / 2)
    assert factor(24) == pytest.approx(0.1)
    falling = [factor(s) for s in range(4, 25)]
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_optimizers_follow_the_recipe(kind: str) -> None:
    momentum = ", momentum: 0.8" if kind == "sgd" else ""
    task = task_of(f"optimizer={{name: {kind}, lr: 0.02, weight_decay: 0.003{momentum}}}")
    optimizer = make_optimizer(task.recipe, task.module)
    assert type(optimizer).__name__.lower() == kind
    group = optimizer.param_groups[0]
    assert group["weight_decay"] == 0.003
    assert sum(p.numel() for p in group["params"]) == sum(p.numel() for p in task.module.parameters())
    schedule = make_schedule(task.recipe, optimizer)
    first = 0.02 / task.recipe.schedule.warmup_steps  # type: ignore[union-attr]
    assert schedule.get_last_lr() == [pytest.approx(first)]


def test_pictures_show_limbs_red_and_joints_green() -> None:
    frames = torch.zeros(2, 3, 2, 4, 5)
    frames[1, 2, 0, 0, 0] = 1.0
    frames[0, 0, 1, 3, 4] = 0.5
    picture = montage(frames)
    assert picture.shape == (8, 15, 3)
    assert tuple(picture[4, 10]) == (255, 0, 0)
    assert tuple(picture[3, 4]) == (0, 128, 0)
    assert montage(frames[:, :, :1])[4, 10].tolist() == [255, 255, 255]


def test_tied_frames_of_the_recipe_reach_the_network() -> None:
    assert task_of().module.even_ties is False
    assert task_of("trainer.tied_frames=all").module.even_ties is True
