"""The training task (rendering, losses, optimizer, schedule of a recipe) against the recorded first steps."""

import numpy as np
import torch

from recorded import recorded_arrays, recorded_facts, recording
from scoliogait.checkpoints.opengait import load_checkpoint
from scoliogait.data.loader import TrainingBatch
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.task import ScreeningTask, make_optimizer, make_schedule

SETTINGS = recorded_facts("trajectory.json")["published_lr"]


def recorded_batch(recorded: dict[str, np.ndarray], k: int) -> TrainingBatch:
    frames = torch.from_numpy(
        recorded["batches"][k]
    )  # uint8 n t 64 64, before the columns are cut; those of steps 0 and 1 lie first
    labels, walks = (torch.from_numpy(recorded[name][k]) for name in ("labels", "pids"))
    unmirrored = torch.zeros(len(frames), dtype=torch.bool)
    return TrainingBatch({"silhouettes": frames}, {}, labels, walks, unmirrored, k)


def test_the_published_recipe_takes_the_recorded_steps() -> None:
    recorded = recorded_arrays("trajectory_published_lr.npz")
    milestones = SETTINGS["scheduler_cfg"]["milestones"]
    recipe = load_recipe("sconet-mt-112", [f"schedule.milestones={milestones}"])
    task = ScreeningTask(recipe, load_checkpoint(recording("trajectory_initial.pt"))).train()
    optimizer = make_optimizer(recipe, task.module)
    schedule = make_schedule(recipe, optimizer)
    rates = []
    # Only the first two steps can be compared: at this rate the original differs from itself from the third on.
    for k, tolerance in ((0, 1e-4), (1, 1e-2)):
        losses = task.training_step(recorded_batch(recorded, k))
        assert abs(losses["loss"].item() - recorded["loss_sum"][k]) <= tolerance
        assert abs(losses["cross_entropy"].item() - recorded["softmax_loss"][k]) <= tolerance
        assert abs(losses["triplet"].item() - recorded["triplet_loss"][k].mean()) <= tolerance
        optimizer.zero_grad()
        losses["loss"].backward()
        optimizer.step()
    for _ in range(len(recorded["lr_used"])):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(rates, recorded["lr_used"], rtol=1e-12)
