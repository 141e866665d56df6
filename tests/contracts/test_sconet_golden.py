"""ScoNet against recordings of OpenGait's: evaluation, training statistics, losses and gradients."""

from functools import cache

import numpy as np
import pytest
import torch

from recorded import recorded_arrays, recorded_facts, recording
from scoliogait.checkpoints.opengait import load_checkpoint, opengait_name
from scoliogait.losses import batch_all_triplet_loss, batch_all_triplet_terms, part_cross_entropy
from scoliogait.models.sconet import ScoNet

CASES = list(recorded_facts("sconet_small.json")["cases"])
WITH_GRADIENTS = [c for c in CASES if c.split("/")[1] in ("fixed", "packed")]
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@cache
def recordings(channels: str) -> dict[str, np.ndarray]:
    return recorded_arrays(f"sconet_small_{channels}.npz")


def load(case: str) -> tuple[ScoNet, dict[str, np.ndarray], torch.Tensor, list[int] | None]:
    """The model, the arrays of the case, the frames (cut and divided by 255), and lengths where they are packed."""
    channels, name = case.split("/")
    arrays = {k.removeprefix(f"{name}/"): v for k, v in recordings(channels).items() if k.startswith(f"{name}/")}
    model = load_checkpoint(recording(f"sconet_small_{channels}.pt"))
    frames = arrays["input_uint8"]
    cut = 0 if name == "uncut64" else 10 * (frames.shape[-1] // 64)
    frames = frames[..., cut : frames.shape[-1] - cut].astype(np.float32) / np.float32(255)
    if channels == "c1":
        frames = frames[:, :, None]  # n t 1 h w
    lengths = None
    if "seqL" in arrays:
        frames, lengths = frames[0], arrays["seqL"][0].tolist()
    return model, arrays, torch.from_numpy(frames), lengths


def close(actual: torch.Tensor, expected: np.ndarray, tolerance: float) -> None:
    np.testing.assert_allclose(actual.detach().cpu().numpy(), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", CASES)
def test_evaluation(case: str, device: str) -> None:
    model, arrays, frames, lengths = load(case)
    model, frames = model.to(device), frames.to(device)
    with torch.no_grad():
        out = model(frames, lengths)
        packed = frames if lengths else frames.flatten(0, 1)
        pooled = model.walk_features(packed, lengths or [frames.shape[1]] * frames.shape[0])
        strips = model.strips(pooled)
        features, _ = model.neck(model.embed(strips))
    close(out.logits, arrays["eval_logits"], 1e-4)
    close(out.logits, arrays["eval_logits_fp64"], 1e-4)
    close(out.embeddings, arrays["eval_embed"], 1e-3)
    close(pooled, arrays["eval_tp"], 1e-3)
    close(strips, arrays["eval_hpp"], 1e-3)
    close(features, arrays["eval_bnneck_feat"], 1e-3)


@pytest.mark.parametrize("case", CASES)
def test_training_forward_and_running_statistics(case: str) -> None:
    model, arrays, frames, lengths = load(case)
    with torch.no_grad():
        out = model.train()(frames, lengths)
    if "train_logits" not in arrays:
        pytest.fail(f"{case}: nothing recorded in training mode")
    close(out.logits, arrays["train_logits"], 1e-4)
    close(out.embeddings, arrays["train_embed"], 1e-3)
    ours = {opengait_name(name): value for name, value in model.named_buffers() if "running" in name}
    recorded = {k.removeprefix("train_buffers/"): v for k, v in arrays.items() if k.startswith("train_buffers/")}
    assert set(ours) == {name for name in recorded if "num_batches" not in name}
    for name, value in ours.items():
        close(value, recorded[name], 1e-4)


@pytest.mark.parametrize("case", WITH_GRADIENTS)
def test_losses_and_gradients(case: str) -> None:
    model, arrays, frames, lengths = load(case)
    labels, walk_ids = torch.from_numpy(arrays["labels"]), torch.from_numpy(arrays["pids"])
    out = model.train()(frames, lengths)
    triplet = batch_all_triplet_loss(out.embeddings, walk_ids)
    cross_entropy = part_cross_entropy(out.logits, labels)
    terms = batch_all_triplet_terms(out.embeddings, walk_ids)
    close(triplet + cross_entropy, arrays["train_loss_sum"], 1e-3)
    close(cross_entropy, arrays["train_info/softmax/loss"], 1e-3)
    close(terms.loss_per_part, arrays["train_info/triplet/loss"], 1e-3)
    close(terms.hard_loss_per_part, arrays["train_info/triplet/hard_loss"], 1e-3)
    close(terms.active_triplets, arrays["train_info/triplet/loss_num"], 0)
    # The recorded mean includes the diagonal, whose recorded distances are rounding noise.
    close(terms.mean_distance, arrays["train_info/triplet/mean_dist"], 1e-2)
    right = out.logits.argmax(1) == labels[:, None]
    close(right.float().mean(), arrays["train_info/softmax/accuracy"], 1e-6)
    parameters = dict(model.named_parameters())
    for loss, prefix in ((triplet + cross_entropy, "train_grad"), (cross_entropy, "train_grad_softmax_only")):
        gradients = torch.autograd.grad(loss, list(parameters.values()), retain_graph=True)
        for name, gradient in zip(parameters, gradients, strict=True):
            recorded = arrays[f"{prefix}/{opengait_name(name)}"]
            error = np.linalg.norm(gradient.numpy() - recorded) / np.linalg.norm(recorded)
            assert error < 0.02, f"{prefix} {name}: {error:.4f}"
