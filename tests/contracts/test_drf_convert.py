"""A converted author-style file gives, from its bundle, what was recorded of the public implementation."""

from pathlib import Path

import numpy as np
import pytest
import torch

from recorded import recorded_arrays, recording
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.convert import convert_checkpoint
from scoliogait.walk import Walk

AUTHOR_STYLE = recording("drf/DRF_118_author_style-08000.pt")
RECORDED = recorded_arrays("drf/drf_small.npz")
ORDER = ("negative", "positive", "neutral")


@pytest.mark.parametrize("preset", ["drf-author-118-aligned", "umgrl-drf", "drf-author-118-aligned-exported"])
def test_the_module_of_the_bundle_gives_the_recorded_logits(preset: str, tmp_path: Path) -> None:
    convert_checkpoint(AUTHOR_STYLE, preset, ORDER, tmp_path / "model")
    bundle = load_bundle(tmp_path / "model")
    frames = torch.from_numpy(RECORDED["maps_uint8"][..., 10:-10].astype(np.float32) / np.float32(255))
    with torch.no_grad():
        logits = bundle.module(frames, pav=torch.from_numpy(RECORDED["pav"])).logits
    np.testing.assert_allclose(logits.numpy(), RECORDED["logits"], rtol=0, atol=1e-4)


def test_walks_with_exported_maps_and_pav_give_the_recorded_logits_through_the_contract(tmp_path: Path) -> None:
    convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned-exported", ORDER, tmp_path / "model")
    bundle = load_bundle(tmp_path / "model")
    for maps, pav, logits in zip(RECORDED["maps_uint8"], RECORDED["pav"], RECORDED["logits"], strict=True):
        walk = Walk(walk_id="w", skeleton_maps=maps, asymmetry=pav)
        np.testing.assert_allclose(bundle.mean_logits(walk).numpy(), logits.mean(axis=1), rtol=0, atol=1e-4)
