"""The backbone's memory layout follows precision and device, and changes nothing but rounding."""

import pytest
import torch

from scoliogait.models.resnet9 import ResNet9


def trained_once(width: int, bfloat16: bool) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    backbone = ResNet9(2, (width, width, 2 * width, 2 * width)).train()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        features = backbone(torch.rand(12, 2, 64, 44))
    features.float().square().mean().backward()
    return features, torch.cat([p.grad.flatten() for p in backbone.parameters() if p.grad is not None])


# Widths below 16: where a channels-last backward pass in float32 used to crash the process.
@pytest.mark.parametrize("width", [4, 8, 16])
def test_bfloat16_trains_channels_last_and_agrees_with_float32(width: int) -> None:
    exact, exact_gradient = trained_once(width, bfloat16=False)
    fast, fast_gradient = trained_once(width, bfloat16=True)
    assert exact.is_contiguous()
    assert fast.is_contiguous(memory_format=torch.channels_last)
    assert fast.dtype == torch.bfloat16
    assert (fast.float() - exact).norm() < 0.02 * exact.norm()
    # Each layer rounds to eight bits, forth and back.
    assert torch.cosine_similarity(fast_gradient, exact_gradient, dim=0) > 0.98


def test_evaluation_is_channels_last_for_one_channel_too() -> None:
    backbone = ResNet9(1, (4, 4, 8, 8)).eval()
    with torch.no_grad():
        assert backbone(torch.rand(3, 1, 64, 44)).is_contiguous(memory_format=torch.channels_last)
