"""Names, shapes and start values of the full-size ScoNet against a recording of OpenGait's."""

import math

import pytest
import torch

from recorded import recorded_facts
from scoliogait.checkpoints.opengait import opengait_name, our_name
from scoliogait.models.build import build_model
from scoliogait.models.config import ScoNetConfig
from scoliogait.models.sconet import ScoNet

RECORDED = recorded_facts("sconet_full_parameters.json")
TOTALS = {1: 7_014_592, 2: 7_015_168}


@pytest.mark.parametrize("in_channels", [1, 2])
def test_names_shapes_and_totals(in_channels: int) -> None:
    recorded = RECORDED[f"in_channel_{in_channels}"]
    model = ScoNet(in_channels=in_channels)
    ours = {opengait_name(n): (list(p.shape), p.requires_grad) for n, p in model.named_parameters()}
    assert ours == {p["name"]: (p["shape"], p["requires_grad"]) for p in recorded["parameters"]}
    assert sum(p.numel() for p in model.parameters()) == TOTALS[in_channels]
    buffers = {opengait_name(n): list(b.shape) for n, b in model.named_buffers()}
    assert buffers == {b["name"]: b["shape"] for b in recorded["buffers"]}
    assert [our_name(name) for name in recorded["state_dict_key_order"]] == list(model.state_dict())
    assert recorded["total_parameters"] == TOTALS[in_channels]


@pytest.mark.parametrize("in_channels", [1, 2])
def test_start_values(in_channels: int) -> None:
    """Mean and deviation within five standard errors of the recorded draw, the largest value within 5 %."""
    model = build_model(ScoNetConfig(in_channels=in_channels), torch.Generator().manual_seed(11))
    parameters = {opengait_name(name): p.detach() for name, p in model.named_parameters()}
    for recorded in RECORDED[f"in_channel_{in_channels}"]["parameters"]:
        values, theirs, n = parameters[recorded["name"]], recorded["init"], recorded["numel"]
        ours = {"mean": values.mean().item(), "std": values.std().item(), "abs_max": values.abs().max().item()}
        standard_error = theirs["std"] / math.sqrt(n)  # of each of the two draws; the mean's difference has √2 of it
        assert abs(ours["mean"] - theirs["mean"]) <= 5 * math.sqrt(2) * standard_error, recorded["name"]
        assert abs(ours["std"] - theirs["std"]) <= 5 * standard_error, recorded["name"]
        assert ours["abs_max"] == pytest.approx(theirs["abs_max"], rel=0.05), recorded["name"]


def test_the_separate_maps_start_as_one_tensor() -> None:
    model = ScoNet()
    bound = math.sqrt(6 / (512 * 256 + 16 * 256))
    assert bound == pytest.approx(0.00666, abs=1e-5)
    assert bound * 0.999 < model.embed.weight.abs().max().item() <= bound * 1.000001  # the largest float32 is above it


def test_the_same_generator_gives_the_same_model() -> None:
    config = ScoNetConfig(channels=(4, 4, 6, 8), embedding=5)
    first, second = (build_model(config, torch.Generator().manual_seed(4)).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = build_model(config, torch.Generator().manual_seed(5)).state_dict()
    assert not torch.equal(first["embed.weight"], other["embed.weight"])
