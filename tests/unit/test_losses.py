"""Losses: laws, bad input, low precision and devices. The numbers themselves are in tests/contracts."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.losses import batch_all_triplet_loss, batch_all_triplet_terms, part_cross_entropy

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_case_solved_by_hand() -> None:
    """Points 0, 1 (same walk) and 1.5 on a line; margin 1."""
    points = torch.tensor([0.0, 1.0, 1.5]).view(3, 1, 1)
    terms = batch_all_triplet_terms(points, torch.tensor([7, 7, 9]), margin=1.0)
    # d(a,p) - d(a,n) + 1 is -0.5 and 0.5 for anchor 0, 1.5 and 0.5 for anchor 1, -0.5 and 0.5 for anchor 1.5
    assert terms.active_triplets.tolist() == [4]
    torch.testing.assert_close(terms.loss_per_part, torch.tensor([(0.5 + 1.5 + 0.5 + 0.5) / 4]))
    torch.testing.assert_close(terms.hard_loss_per_part, torch.tensor([1.5]))
    torch.testing.assert_close(terms.mean_distance, torch.tensor([2 * (1 + 1.5 + 0.5) / 9]))


@pytest.mark.parametrize("labels", [[3, 3, 3, 3], [5]], ids=["one walk only", "one sample"])
def test_a_batch_without_negatives_gives_zero_and_a_gradient(labels: list[int]) -> None:
    embeddings = random(len(labels), 6, 4).requires_grad_()
    loss = batch_all_triplet_loss(embeddings, torch.tensor(labels))
    loss.backward()
    assert loss.item() == 0
    assert embeddings.grad is not None
    assert (embeddings.grad == 0).all()


def test_identical_embeddings_have_a_finite_gradient() -> None:
    embeddings = torch.zeros(4, 5, 2, requires_grad=True)
    loss = batch_all_triplet_loss(embeddings, torch.tensor([0, 0, 1, 1]))
    loss.backward()
    torch.testing.assert_close(loss, torch.tensor(0.2))
    assert (embeddings.grad == 0).all()


def test_the_order_of_the_batch_and_the_place_of_the_origin_do_not_matter() -> None:
    embeddings, labels = random(9, 6, 3), torch.tensor([0, 0, 1, 2, 2, 2, 1, 0, 3])
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))
    loss = batch_all_triplet_loss(embeddings, labels)
    torch.testing.assert_close(batch_all_triplet_loss(embeddings[order], labels[order]), loss)
    torch.testing.assert_close(batch_all_triplet_loss(embeddings + 3, labels * 10 - 4), loss, rtol=1e-5, atol=1e-5)


def test_the_gradient_is_that_of_finite_differences() -> None:
    labels = torch.tensor([0, 0, 1, 2, 2])
    embeddings = random(5, 3, 2).requires_grad_()
    batch_all_triplet_loss(embeddings, labels).backward()
    direction = random(5, 3, 2, seed=5)
    step = 1e-3
    with torch.no_grad():
        ahead, behind = (batch_all_triplet_loss(embeddings + s * direction, labels) for s in (step, -step))
    torch.testing.assert_close((ahead - behind) / (2 * step), (embeddings.grad * direction).sum(), rtol=5e-3, atol=1e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_low_precision_is_computed_in_float32(dtype: torch.dtype) -> None:
    labels = torch.tensor([0, 1, 2, 1])
    low = (100 * random(4, 8, 3)).to(dtype).requires_grad_()  # squares would overflow float16
    loss = batch_all_triplet_loss(low, labels)
    torch.testing.assert_close(loss, batch_all_triplet_loss(low.float(), labels))
    loss.backward()
    assert low.grad is not None
    assert low.grad.dtype == dtype
    assert torch.isfinite(low.grad).all()
    torch.testing.assert_close(
        part_cross_entropy(low[:, :3] / 400, labels),
        part_cross_entropy(low[:, :3].float() / 400, labels),
        rtol=1e-2,
        atol=0,
    )


@pytest.mark.parametrize("device", DEVICES)
def test_autocast_does_not_reach_the_losses(device: str) -> None:
    embeddings, logits, labels = (
        random(6, 8, 3).to(device),
        random(6, 3, 4).to(device),
        torch.arange(6, device=device) % 3,
    )
    expected = batch_all_triplet_loss(embeddings, labels) + part_cross_entropy(logits, labels)
    with torch.autocast(device, torch.bfloat16):
        actual = batch_all_triplet_loss(embeddings, labels) + part_cross_entropy(logits, labels)
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=0)


def test_class_weights_against_a_loop() -> None:
    logits, labels, weights = random(5, 3, 4), torch.tensor([0, 2, 1, 1, 2]), [0.2, 1.0, 3.0]
    total, norm = 0.0, 0.0
    for n in range(5):
        for p in range(4):
            log_probabilities = (16 * logits[n, :, p]).log_softmax(0)
            total -= weights[labels[n]] * log_probabilities[labels[n]].item()
            norm += weights[labels[n]]
    actual = part_cross_entropy(logits, labels, label_smoothing=0.0, class_weights=weights)
    torch.testing.assert_close(actual, torch.tensor(total / norm), rtol=1e-5, atol=1e-6)
    equal = part_cross_entropy(logits, labels, class_weights=[2.0, 2.0, 2.0])
    torch.testing.assert_close(equal, part_cross_entropy(logits, labels))


def test_each_part_is_a_sample() -> None:
    logits, labels = random(5, 3, 4), torch.tensor([0, 2, 1, 1, 2])
    per_part = [F.cross_entropy(16 * logits[:, :, p], labels, label_smoothing=0.1) for p in range(4)]
    torch.testing.assert_close(part_cross_entropy(logits, labels), torch.stack(per_part).mean())


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ModelError, match=r"embeddings \(4, 8\) and labels \(4,\)"):
        batch_all_triplet_loss(torch.zeros(4, 8), torch.zeros(4))
    with pytest.raises(ModelError, match=r"labels \(3,\)"):
        batch_all_triplet_loss(torch.zeros(4, 8, 2), torch.zeros(3))
    with pytest.raises(ModelError, match=r"expected \(N, K, P\)"):
        part_cross_entropy(torch.zeros(4, 3), torch.zeros(4, dtype=torch.long))
    with pytest.raises(ModelError, match="2 class weights for 3 classes"):
        part_cross_entropy(torch.zeros(4, 3, 2), torch.zeros(4, dtype=torch.long), class_weights=[1.0, 2.0])
