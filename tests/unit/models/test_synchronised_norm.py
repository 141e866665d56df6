"""Batch norm over two processes against plain batch norm on the whole batch."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from scoliogait.losses import batch_all_triplet_loss, part_cross_entropy
from scoliogait.models.collectives import gather_batch, n_processes
from scoliogait.models.sconet import ScoNet
from scoliogait.models.synchronised_norm import SynchronisedBatchNorm, synchronise_batch_norm

LABELS = torch.tensor([0, 0, 1, 1])
WALK_IDS = torch.tensor([5, 7, 5, 7])  # positives sit in the other process


def small_model() -> ScoNet:
    torch.manual_seed(3)
    return ScoNet(in_channels=2, channels=(4, 4, 6, 8), embedding=5, parts=4)


def frames() -> Tensor:
    return torch.rand(4, 3, 2, 16, 12, generator=torch.Generator().manual_seed(1))


def training_step(model: nn.Module, x: Tensor, labels: Tensor, walk_ids: Tensor) -> Tensor:
    out = model.train()(x)
    loss = batch_all_triplet_loss(gather_batch(out.embeddings), gather_batch(walk_ids))
    loss = loss + part_cross_entropy(gather_batch(out.logits), gather_batch(labels))
    loss.backward()
    return loss.detach()


def gradients(module: nn.Module) -> dict[str, Tensor]:
    return {name: parameter.grad for name, parameter in module.named_parameters()}


def process(rank: int, folder: str) -> None:
    """One of two processes: half of the batch of a model, and an uneven share of a bare batch norm's batch."""
    torch.set_num_threads(1)
    store = dist.FileStore(f"{folder}/store", 2)
    dist.init_process_group("gloo", rank=rank, world_size=2, store=store, timeout=timedelta(seconds=60))
    model = synchronise_batch_norm(small_model())
    rows = slice(2 * rank, 2 * rank + 2)
    loss = training_step(model, frames()[rows], LABELS[rows], WALK_IDS[rows])
    for parameter in model.parameters():
        dist.all_reduce(parameter.grad)
        parameter.grad /= n_processes()  # as DistributedDataParallel does

    x = frames().flatten(0, 1)[slice(0, 3) if rank == 0 else slice(3, 12)].requires_grad_()
    norm = synchronise_batch_norm(nn.BatchNorm2d(2, affine=False)).train()
    (norm(x) ** 3).sum().backward()
    result = {"loss": loss, "gradients": gradients(model), "state": model.state_dict()}
    result |= {"input_gradient": x.grad, "norm_state": norm.state_dict()}
    torch.save(result, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def results() -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(process, args=(folder,), nprocs=2)
        return [torch.load(Path(folder) / f"{rank}.pt") for rank in (0, 1)]


@pytest.mark.slow
def test_two_processes_take_the_training_step_of_one(results: list[dict]) -> None:
    model = small_model()
    loss = training_step(model, frames(), LABELS, WALK_IDS)
    for result in results:
        torch.testing.assert_close(result["loss"], loss, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(result["state"], dict(model.state_dict()), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(result["gradients"], gradients(model), rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_uneven_shares_without_weights(results: list[dict]) -> None:
    x = frames().flatten(0, 1).requires_grad_()
    norm = nn.BatchNorm2d(2, affine=False)
    (norm(x) ** 3).sum().backward()
    torch.testing.assert_close(torch.cat([r["input_gradient"] for r in results]), x.grad, rtol=1e-4, atol=1e-5)
    for result in results:
        torch.testing.assert_close(result["norm_state"], dict(norm.state_dict()))


def test_one_process_computes_as_before() -> None:
    plain, synchronised = small_model(), synchronise_batch_norm(small_model())
    assert not any(type(m) in (nn.BatchNorm1d, nn.BatchNorm2d) for m in synchronised.modules())
    assert isinstance(synchronised.get_submodule("backbone.stage2.shortcut.norm"), SynchronisedBatchNorm)
    assert list(synchronised.state_dict()) == list(plain.state_dict())
    torch.testing.assert_close(
        training_step(synchronised, frames(), LABELS, WALK_IDS),
        training_step(plain, frames(), LABELS, WALK_IDS),
        rtol=0,
        atol=0,
    )
    torch.testing.assert_close(gradients(synchronised), gradients(plain), rtol=0, atol=0)
    torch.testing.assert_close(synchronised.eval()(frames()).logits, plain.eval()(frames()).logits, rtol=0, atol=0)


def test_the_replaced_norm_keeps_its_tensors_and_mode() -> None:
    norm = nn.BatchNorm1d(4, eps=1e-3, momentum=0.3).eval()
    new = synchronise_batch_norm(norm)
    assert new.weight is norm.weight
    assert new.running_var is norm.running_var
    assert (new.eps, new.momentum, new.training) == (1e-3, 0.3, False)
    assert synchronise_batch_norm(new) is new
