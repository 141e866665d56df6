"""Recorded training of the original (SGD, MultiStep, triplet + cross-entropy) against ours.

At the published rate 0.1 the run is chaotic: the original itself, on two threads instead of one, differs by 0.1 to 1
in the loss from step 2 on. So steps are compared from stored states, and a whole run only at a low rate.
"""

import numpy as np
import pytest
import torch
from torch import Tensor

from recorded import recorded_arrays, recorded_facts, recording
from scoliogait.checkpoints.opengait import load_checkpoint, opengait_name, our_name
from scoliogait.losses import batch_all_triplet_terms, part_cross_entropy
from scoliogait.models.sconet import ScoNet

RECORDED = recorded_facts("trajectory.json")
N_STEPS = 30


class Run:
    """Our training loop on a recorded run: the original's optimiser and schedule around our model and losses."""

    def __init__(self, name: str) -> None:
        self.recorded = recorded_arrays(f"trajectory_{name}.npz")
        settings = RECORDED[name]
        optimizer, schedule = settings["optimizer_cfg"], settings["scheduler_cfg"]
        self.model = load_checkpoint(recording("trajectory_initial.pt")).train()
        assert isinstance(self.model, ScoNet)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=optimizer["lr"],
            momentum=optimizer["momentum"],
            weight_decay=optimizer["weight_decay"],
        )
        self.schedule = torch.optim.lr_scheduler.MultiStepLR(
            self.optimizer, milestones=schedule["milestones"], gamma=schedule["gamma"]
        )

    @property
    def rate(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])

    def cut_batch(self, k: int) -> np.ndarray:
        """uint8 (walks, frames, 64, 44). Batches are recorded of some steps only, or without the columns to cut."""
        batches = self.recorded["batches"]
        if "steps_of_batches" in self.recorded:
            (k,) = np.flatnonzero(self.recorded["steps_of_batches"] == k)
        return batches[k][..., 10:-10] if batches.shape[-1] == 64 else batches[k]

    def step(self, k: int) -> dict[str, Tensor]:
        frames = self.cut_batch(k).astype(np.float32) / np.float32(255)
        out = self.model(torch.from_numpy(frames).unsqueeze(2))  # n t 1 h w
        triplet = batch_all_triplet_terms(out.embeddings, torch.from_numpy(self.recorded["pids"][k]))
        labels = torch.from_numpy(self.recorded["labels"][k])
        cross_entropy = part_cross_entropy(out.logits, labels)
        loss = triplet.loss_per_part.mean() + cross_entropy
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        right = (out.logits.argmax(1) == labels[:, None]).float().mean()
        return {
            "loss_sum": loss.detach(),
            "triplet_loss": triplet.loss_per_part.detach(),
            "softmax_loss": cross_entropy.detach(),
            "accuracy": right,
        }

    def restore(self, k: int) -> None:
        """Model, momentum and schedule as the original had them before step k."""
        for _ in range(k):
            self.optimizer.step()  # without gradients it does nothing; the schedule wants to see it
            self.schedule.step()
        if k == 0:
            return
        parameters, momentum = state_before(k)
        self.model.load_state_dict({our_name(name): value for name, value in parameters.items()})
        for name, parameter in self.model.named_parameters():
            self.optimizer.state[parameter]["momentum_buffer"] = momentum[opengait_name(name)].clone()


def state_before(k: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Everything of the model and the momenta, under OpenGait's names."""
    if k == 0:
        return torch.load(recording("trajectory_initial.pt"), weights_only=True), {}
    content = recorded_arrays(f"trajectory_published_lr_state_before_step_{k:02d}.npz")
    return tensors_under(content, "model/"), tensors_under(content, "momentum/")


def tensors_under(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): torch.from_numpy(v) for n, v in arrays.items() if n.startswith(prefix)}


def relative_difference_of_change(model: torch.nn.Module, start: dict[str, Tensor], change: dict[str, Tensor]) -> float:
    """|our change − recorded change| / |recorded change|, all parameters together."""
    wrong, total = 0.0, 0.0
    for name, parameter in model.named_parameters():
        theirs = change[opengait_name(name)].double()
        ours = parameter.detach().double() - start[opengait_name(name)].double()
        wrong += (ours - theirs).square().sum().item()
        total += theirs.square().sum().item()
    return float(np.sqrt(wrong / total))


@pytest.mark.parametrize("k", [0, 10, 29])
def test_single_steps_from_stored_states(k: int) -> None:
    run = Run("published_lr")
    run.restore(k)
    assert run.rate == pytest.approx(run.recorded["lr_used"][k], rel=1e-12)
    found = run.step(k)
    assert run.rate == pytest.approx(run.recorded["lr_logged"][k], rel=1e-12)
    assert abs(found["loss_sum"].item() - run.recorded["loss_sum"][k]) <= 5e-4
    after = recorded_arrays(f"trajectory_published_lr_change_of_step_{k:02d}.npz")
    start, change = state_before(k)[0], tensors_under(after, "change/")
    assert relative_difference_of_change(run.model, start, change) <= 0.01
    buffers = dict(run.model.named_buffers())
    statistics = tensors_under(after, "after/")
    assert {our_name(name) for name in statistics} == {name for name in buffers if "running" in name}
    for name, value in statistics.items():
        torch.testing.assert_close(buffers[our_name(name)], value, rtol=0, atol=1e-3)


def test_the_first_steps_at_the_published_rate() -> None:
    run = Run("published_lr")
    first, second = run.step(0), run.step(1)
    assert abs(first["loss_sum"].item() - run.recorded["loss_sum"][0]) <= 1e-4
    assert abs(first["softmax_loss"].item() - run.recorded["softmax_loss"][0]) <= 1e-4
    np.testing.assert_allclose(first["triplet_loss"], run.recorded["triplet_loss"][0], rtol=0, atol=1e-3)
    assert first["accuracy"].item() == pytest.approx(run.recorded["accuracy"][0], abs=1e-6)
    assert abs(second["loss_sum"].item() - run.recorded["loss_sum"][1]) <= 1e-2


def test_rates_of_the_whole_schedule() -> None:
    run = Run("published_lr")
    used, logged = [], []
    for _ in range(N_STEPS):
        used.append(run.rate)
        run.optimizer.step()
        run.schedule.step()
        logged.append(run.rate)
    np.testing.assert_allclose(used, run.recorded["lr_used"], rtol=1e-12)
    np.testing.assert_allclose(logged, run.recorded["lr_logged"], rtol=1e-12)


def test_thirty_steps_at_a_low_rate() -> None:
    run = Run("low_lr")
    losses = [run.step(k)["loss_sum"].item() for k in range(N_STEPS)]
    np.testing.assert_allclose(losses, run.recorded["loss_sum"], rtol=0, atol=1e-2)
    change = tensors_under(recorded_arrays("trajectory_low_lr_change_of_30_steps.npz"), "change/")
    assert relative_difference_of_change(run.model, state_before(0)[0], change) <= 0.05
