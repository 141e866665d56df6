"""Batch norm with its own sums against torch's in float64, and over two processes against that on the whole batch."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from scoliogait.losses import batch_all_triplet_loss, part_cross_entropy
from scoliogait.models.batch_norm import BatchNorm, normalised_relu, synchronise_batch_norm
from scoliogait.models.collectives import gather_batch, n_processes
from scoliogait.models.sconet import ScoNet

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


def channels_last(*shape: int, mean: float = 0.0, seed: int = 0) -> Tensor:
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) + mean
    return values.contiguous(memory_format=torch.channels_last)


def with_gradients(norm: nn.BatchNorm2d | BatchNorm, x: Tensor, relu: bool, added: Tensor | None) -> dict[str, Tensor]:
    """All that a step of training takes from a norm: its output, gradients of all that went in, and its buffers."""
    inputs = {"x": x.detach().requires_grad_(), "weight": norm.weight, "bias": norm.bias}
    if added is not None:
        inputs["added"] = added.detach().requires_grad_()
    if isinstance(norm, BatchNorm) and relu:
        y = normalised_relu(norm, inputs["x"], inputs.get("added"))
    else:
        y = norm(inputs["x"]) + inputs.get("added", 0)
        y = F.relu(y) if relu else y
    # A gradient with a mean of its own and a share along x, so that both sums matter.
    gradient = (channels_last(*x.shape, seed=1) + 0.5 + (x - x.mean()) / 4).to(y.dtype)
    found = dict(zip(inputs, torch.autograd.grad(y, list(inputs.values()), gradient), strict=True))
    return {"y": y.detach(), **found, **dict(norm.named_buffers())}


def new_norm(kind: type[nn.Module], channels: int, dtype: torch.dtype = torch.float32, **settings: object) -> nn.Module:
    norm = kind(channels, **settings)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for values in (norm.weight, norm.bias):
            values.copy_(torch.randn(channels, generator=generator))
    return norm.to(dtype).train()


def relative_errors(found: dict[str, Tensor], exact: dict[str, Tensor]) -> dict[str, float]:
    return {name: float((found[name] - value).abs().max() / value.abs().max()) for name, value in exact.items()}


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (13, 16, 9, 11), (70, 5, 3, 1), (1, 130, 64, 44)])
def test_channels_last_is_that_of_float64(
    shape: tuple[int, ...], momentum: float | None, residual: bool, relu: bool
) -> None:
    x = channels_last(*shape, mean=3)
    added = channels_last(*shape, seed=3) if residual else None
    if relu:  # no output so near 0 that rounding decides what passes
        added = torch.zeros_like(x) if added is None else added
        y = new_norm(nn.BatchNorm2d, shape[1], torch.float64)(x.double()) + added
        added = added + torch.where(y.abs() < 1e-3, 0.1, 0.0).float()
    ours = with_gradients(new_norm(BatchNorm, shape[1], momentum=momentum), x, relu, added)
    double = None if added is None else added.double()
    exact_norm = new_norm(nn.BatchNorm2d, shape[1], torch.float64, momentum=momentum)
    exact = with_gradients(exact_norm, x.double(), relu, double)
    assert ours["y"].is_contiguous(memory_format=torch.channels_last)
    assert ours["num_batches_tracked"] == 1
    for name, error in relative_errors(ours, exact).items():
        assert error < 1e-5, f"{name}: {error:.1e}"


@pytest.mark.parametrize(
    ("x", "tolerance"),
    [
        (channels_last(6, 5, 7, 3, mean=2).contiguous(), 1e-5),
        (channels_last(300, 900, 1, 1, mean=2).flatten(1), 1e-5),
        (channels_last(6, 5, 7, 3, mean=2).bfloat16(), 0.02),
    ],
    ids=["channels first", "two dimensions", "bfloat16"],
)
def test_sums_over_processes_take_any_layout_and_precision(x: Tensor, tolerance: float) -> None:
    ours, kind = new_norm(BatchNorm, x.shape[1]), nn.BatchNorm2d if x.ndim == 4 else nn.BatchNorm1d
    exact = new_norm(kind, x.shape[1], torch.float64)
    found, wanted = x.clone().requires_grad_(), x.double().requires_grad_()
    y, y_exact = ours.in_training(found), exact(wanted)
    assert (y.dtype, y.stride()) == (x.dtype, x.stride())
    for each in (y, y_exact):
        (each**3).sum().backward()
    for one, other in ((y, y_exact), (ours.weight.grad, exact.weight.grad), (ours.bias.grad, exact.bias.grad)):
        assert (one - other).abs().max() <= tolerance * other.abs().max()
    assert (found.grad - wanted.grad).norm() <= tolerance * wanted.grad.norm()
    torch.testing.assert_close(ours.running_var.double(), exact.running_var, rtol=1e-5, atol=0)


def test_many_rows_far_from_zero_are_summed_precisely_where_torch_is_loose() -> None:
    x = channels_last(64, 4, 64, 44, mean=100)
    exact = with_gradients(new_norm(nn.BatchNorm2d, 4, torch.float64), x.double(), False, None)
    ours = relative_errors(with_gradients(new_norm(BatchNorm, 4), x, False, None), exact)
    torchs = relative_errors(with_gradients(new_norm(nn.BatchNorm2d, 4), x, False, None), exact)
    assert max(ours.values()) < 1e-5
    assert all(torchs[name] > 10 * ours[name] for name in ("y", "x", "weight", "running_var"))


def test_one_process_computes_as_before() -> None:
    plain, synchronised = small_model(), synchronise_batch_norm(small_model())
    assert not any(type(m) in (nn.BatchNorm1d, nn.BatchNorm2d) for m in synchronised.modules())
    assert isinstance(synchronised.get_submodule("backbone.stage2.shortcut.norm"), BatchNorm)
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
