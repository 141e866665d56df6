"""DRF against a recording of the public implementation, and its two file forms."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from recorded import recorded_arrays, recording
from scoliogait.checkpoints.opengait import export_checkpoint, load_checkpoint
from scoliogait.models.drf import DRF

PUBLIC, AUTHORS = recording("drf/drf_small.pt"), recording("drf/DRF_118_author_style-08000.pt")
AUTHORS_ORDER = ("negative", "positive", "neutral")
TOLERANCE = 1e-4  # as stated with the recording


@cache
def recording() -> dict[str, np.ndarray]:
    return recorded_arrays("drf/drf_small.npz")


def inputs() -> tuple[Tensor, Tensor]:
    """Frames (4, 6, 2, 64, 44), cut and divided by 255, and PAV (4, 8, 3)."""
    maps = recording()["maps_uint8"][..., 10:-10].astype(np.float32) / np.float32(255)
    return torch.from_numpy(maps), torch.from_numpy(recording()["pav"])


def close(actual: Tensor, name: str) -> None:
    np.testing.assert_allclose(actual.detach().numpy(), recording()[name], rtol=0, atol=TOLERANCE)


def test_embeddings_gates_and_logits() -> None:
    model = load_checkpoint(PUBLIC)
    assert isinstance(model, DRF)
    frames, pav = inputs()
    out = model(frames, pav=pav)
    channel_gate, part_gate = model.gates(pav)
    close(model.embed_walks(frames, None), "embeddings")
    close(channel_gate, "channel_gate")
    close(part_gate, "spatial_gate")
    close(out.embeddings, "gated")
    close(out.logits, "logits")


def test_an_authors_file_gives_the_same_in_our_class_order() -> None:
    frames, pav = inputs()
    ours = load_checkpoint(AUTHORS, label_order=AUTHORS_ORDER)(frames, pav=pav)
    close(ours.logits, "logits")
    assert torch.equal(ours.logits, load_checkpoint(PUBLIC)(frames, pav=pav).logits)
    unsaid = load_checkpoint(AUTHORS)(frames, pav=pav)
    assert not np.allclose(unsaid.logits.detach().numpy(), recording()["logits"], atol=0.01)


@pytest.mark.parametrize("path", [PUBLIC, AUTHORS], ids=["public", "authors"])
def test_an_exported_file_holds_the_public_one_bit_by_bit(path: Path, tmp_path: Path) -> None:
    order = AUTHORS_ORDER if path == AUTHORS else ("negative", "neutral", "positive")
    model = load_checkpoint(path, label_order=order)
    exported = export_checkpoint(model, tmp_path / "out.pt", iteration=8000)
    content, original = (torch.load(p, weights_only=True)["model"] for p in (exported, PUBLIC))
    assert set(content) == set(original)
    assert all(torch.equal(content[name], value) for name, value in original.items())
    frames, pav = inputs()
    assert torch.equal(load_checkpoint(exported)(frames, pav=pav).logits, model(frames, pav=pav).logits)
