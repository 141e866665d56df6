"""Losses against recordings of OpenGait's, and against naive loops where the original is wrong."""

import numpy as np
import pytest
import torch

from recorded import recorded_arrays, recorded_facts
from scoliogait.losses import batch_all_triplet_loss, batch_all_triplet_terms, part_cross_entropy, part_distances

RECORDED = recorded_facts("losses.json")
ARRAYS = recorded_arrays("losses.npz")

# The original mixes distances of different anchors here, or raises.
DEFECTS = ("unequal_counts_silent", "unequal_counts_2_6", "unequal_counts_error", "all_same_label")
FAITHFUL = [name for name in RECORDED["triplet"] if name not in DEFECTS]
# Their gradients hang on the recorded rounding noise of zero distances (README of the recordings).
NOISY_GRADIENT = {"duplicates": 2e-2, "large_norm": 2e-2}
NO_GRADIENT_TO_COMPARE = ("all_identical", "p8k1")
# How far the recorded distance of a walk to itself (K = 1: it is the only positive) or to its duplicate is off zero; it
# enters a single term, and hardly the mean.
DISTANCE_NOISE = {"p8k1": RECORDED["triplet"]["p8k1"]["self_distance_max"], "duplicates": 3e-3}
# 1e-4 relative plus 1e-5, as stated with the recordings
LOSS = {"rtol": 1e-4, "atol": 1e-5}


def triplet_case(name: str) -> tuple[dict[str, np.ndarray], torch.Tensor, torch.Tensor, float]:
    arrays = {k.removeprefix(f"triplet/{name}/"): v for k, v in ARRAYS.items() if k.startswith(f"triplet/{name}/")}
    embeddings = torch.from_numpy(arrays["embeddings"]).requires_grad_()
    return arrays, embeddings, torch.from_numpy(arrays["labels"]), RECORDED["triplet"][name]["margin"]


def naive_terms(
    embeddings: np.ndarray, labels: np.ndarray, margin: float
) -> tuple[list[float], list[int], list[float]]:
    """Loss, active triplets and largest term of each part, by loops over anchor, positive and negative in float64."""
    points = embeddings.astype(np.float64)
    losses, counts, hardest = [], [], []
    for part in range(points.shape[2]):
        terms = [0.0]
        for a, anchor in enumerate(points[:, :, part]):
            for p, positive in enumerate(points[:, :, part]):
                for n, negative in enumerate(points[:, :, part]):
                    if labels[a] == labels[p] and labels[a] != labels[n]:
                        to_positive, to_negative = np.linalg.norm(anchor - positive), np.linalg.norm(anchor - negative)
                        terms.append(max(0.0, to_positive - to_negative + margin))
        active = [term for term in terms if term > 0]
        losses.append(float(np.mean(active)) if active else 0.0)
        counts.append(len(active))
        hardest.append(max(terms))
    return losses, counts, hardest


def test_every_recorded_case_is_compared() -> None:
    assert set(FAITHFUL) | set(DEFECTS) == set(RECORDED["triplet"])


@pytest.mark.parametrize("name", FAITHFUL)
def test_triplet_values(name: str) -> None:
    recorded, embeddings, labels, margin = triplet_case(name)
    terms = batch_all_triplet_terms(embeddings, labels, margin)
    assert terms.loss_per_part.dtype == torch.float32
    loss = batch_all_triplet_loss(embeddings, labels, margin)
    np.testing.assert_allclose(loss.detach(), RECORDED["triplet"][name]["loss_mean"], **LOSS)
    noise = DISTANCE_NOISE.get(name, 0.0)
    np.testing.assert_allclose(terms.loss_per_part.detach(), recorded["loss_per_part"], rtol=1e-4, atol=1e-5 + noise)
    np.testing.assert_allclose(terms.hard_loss_per_part, recorded["info_hard_loss"], rtol=1e-4, atol=1e-5 + noise)
    np.testing.assert_array_equal(terms.active_triplets, recorded["info_loss_num"])


@pytest.mark.parametrize("name", [*FAITHFUL, "unequal_counts_silent", "unequal_counts_2_6"])
def test_distances(name: str) -> None:
    """Off the diagonal: the recorded self-distances are rounding noise, ours are 0."""
    recorded, embeddings, labels, margin = triplet_case(name)
    points = embeddings.detach().double().permute(2, 0, 1)  # p n e
    exact = (points[:, :, None] - points[:, None]).norm(dim=-1)
    ours = part_distances(embeddings.detach())
    torch.testing.assert_close(ours.double(), exact, rtol=1e-5, atol=1e-6)
    assert (ours.diagonal(dim1=1, dim2=2) == 0).all()
    # The original expands the square, whose rounding error grows with the squared norms and weighs more the smaller
    # the distance is; where two embeddings coincide only a bound of 3e-3 is left.
    squares = points.square().sum(-1)
    cancellation = 4 * torch.finfo(torch.float32).eps * (squares[:, :, None] + squares[:, None]) / exact
    tolerance = 1e-4 * exact + torch.where(exact < 1e-6, 3e-3, cancellation)
    off_diagonal = ~torch.eye(len(labels), dtype=torch.bool)
    assert ((ours - torch.from_numpy(recorded["distance"])).abs() <= tolerance)[:, off_diagonal].all()
    mean_distance = batch_all_triplet_terms(embeddings, labels, margin).mean_distance
    torch.testing.assert_close(mean_distance.double(), exact.mean(dim=(1, 2)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", FAITHFUL)
def test_triplet_gradients(name: str) -> None:
    recorded, embeddings, labels, margin = triplet_case(name)
    batch_all_triplet_loss(embeddings, labels, margin).backward()
    assert embeddings.grad is not None
    assert embeddings.grad.dtype == embeddings.dtype
    ours, theirs = embeddings.grad.float().numpy(), recorded["grad_of_mean"].astype(np.float32)
    assert np.isfinite(ours).all()
    if name in NO_GRADIENT_TO_COMPARE:
        return
    assert np.linalg.norm(ours - theirs) <= NOISY_GRADIENT.get(name, 1e-3) * np.linalg.norm(theirs)


@pytest.mark.parametrize("name", list(RECORDED["triplet"]))
def test_triplet_against_loops(name: str) -> None:
    _, embeddings, labels, margin = triplet_case(name)
    terms = batch_all_triplet_terms(embeddings, labels, margin)
    losses, counts, hardest = naive_terms(embeddings.detach().numpy(), labels.numpy(), margin)
    np.testing.assert_allclose(terms.loss_per_part.detach(), losses, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(terms.hard_loss_per_part, hardest, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(terms.active_triplets, counts)


@pytest.mark.parametrize("name", ["unequal_counts_silent", "unequal_counts_2_6"])
def test_the_original_is_wrong_for_unequal_counts(name: str) -> None:
    """The recorded loss is off by far more than any tolerance: the difference is the original's defect, not ours."""
    recorded, embeddings, labels, margin = triplet_case(name)
    ours = batch_all_triplet_terms(embeddings, labels, margin).loss_per_part.detach().numpy()
    assert np.abs(ours - recorded["loss_per_part"]).max() > 1e-3


@pytest.mark.parametrize("name", list(RECORDED["softmax"]))
def test_cross_entropy(name: str) -> None:
    arrays = {k.removeprefix(f"softmax/{name}/"): v for k, v in ARRAYS.items() if k.startswith(f"softmax/{name}/")}
    arguments = RECORDED["softmax"][name]["args"]
    smoothing = arguments.get("eps", 0.1) if arguments.get("label_smooth", True) else 0.0
    logits = torch.from_numpy(arrays["logits"]).requires_grad_()
    loss = part_cross_entropy(logits, torch.from_numpy(arrays["labels"]), arguments["scale"], smoothing)
    loss.backward()
    assert loss.dtype == torch.float32
    np.testing.assert_allclose(loss.detach(), arrays["loss"], **LOSS)
    ours, theirs = logits.grad.float().numpy(), arrays["grad"].astype(np.float32)
    assert np.linalg.norm(ours - theirs) <= 1e-3 * np.linalg.norm(theirs) + 1e-7


@pytest.mark.parametrize("name", list(RECORDED["aggregator"]))
def test_weighted_sum(name: str) -> None:
    arrays = {
        k.removeprefix(f"aggregator/{name}/"): v for k, v in ARRAYS.items() if k.startswith(f"aggregator/{name}/")
    }
    triplet_weight, entropy_weight = (term["loss_term_weight"] for term in RECORDED["aggregator"][name]["loss_cfg"])
    embeddings = torch.from_numpy(arrays["embeddings"]).requires_grad_()
    logits = torch.from_numpy(arrays["logits"]).requires_grad_()
    triplet = batch_all_triplet_loss(embeddings, torch.from_numpy(arrays["pids"]))
    loss = triplet_weight * triplet + entropy_weight * part_cross_entropy(logits, torch.from_numpy(arrays["labels"]))
    loss.backward()
    np.testing.assert_allclose(loss.detach(), arrays["loss_sum"], **LOSS)
    for tensor, key in ((embeddings, "grad_embeddings"), (logits, "grad_logits")):
        assert np.linalg.norm(tensor.grad.numpy() - arrays[key]) <= 1e-3 * np.linalg.norm(arrays[key])
