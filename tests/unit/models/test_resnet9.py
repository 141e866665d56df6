"""The backbone's memory layout follows precision and device, and changes nothing but rounding."""

from copy import deepcopy

import pytest
import torch

from scoliogait.models.convolution import weights_unchanged
from scoliogait.models.resnet9 import ResNet9


def trained_once(width: int, bfloat16: bool) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    backbone = ResNet9(2, (width, width, 2 * width, 2 * width)).train()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        features = backbone(torch.rand(12, 2, 64, 44))
    features.float().square().mean().backward()
    return features, torch.cat([p.grad.flatten() for p in backbone.parameters() if p.grad is not None])


@pytest.mark.parametrize("width", [4, 8, 16])
def test_bfloat16_trains_channels_last_and_agrees_with_float32(width: int) -> None:
    exact, exact_gradient = trained_once(width, bfloat16=False)
    fast, fast_gradient = trained_once(width, bfloat16=True)
    assert fast.is_contiguous(memory_format=torch.channels_last)
    assert fast.dtype == torch.bfloat16
    assert (fast.float() - exact).norm() < 0.02 * exact.norm()
    # Each layer rounds to eight bits, forth and back.
    assert torch.cosine_similarity(fast_gradient, exact_gradient, dim=0) > 0.98


@pytest.mark.parametrize("channels", [(4, 4, 8, 8), (16, 16, 24, 32)])
def test_narrow_backbones_train_channels_first_in_float32(channels: tuple[int, int, int, int]) -> None:
    """Where a channels-last backward pass used to crash the process."""
    features = ResNet9(1, channels).train()(torch.rand(3, 1, 64, 44))
    features.sum().backward()
    assert features.is_contiguous()


def test_float32_trains_channels_last_and_is_as_near_to_float64_as_channels_first() -> None:
    torch.manual_seed(0)
    fast = ResNet9(2, (16, 16, 32, 32)).train()
    exact = deepcopy(fast).double()
    frames = torch.rand(12, 2, 64, 44)
    features, expected = fast(frames), exact(frames.double())
    assert features.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(features.double(), expected, rtol=0, atol=2e-5)
    for y in (features, expected):
        y.square().mean().backward()
    found = {**dict(fast.named_buffers()), **{name: p.grad for name, p in fast.named_parameters()}}
    wanted = {**dict(exact.named_buffers()), **{name: p.grad for name, p in exact.named_parameters()}}
    for name, value in wanted.items():
        assert (found[name] - value).float().norm() <= 2e-5 * value.float().norm(), name


def test_evaluation_is_channels_last_for_one_channel_too() -> None:
    backbone = ResNet9(1, (4, 4, 8, 8)).eval()
    with torch.no_grad():
        assert backbone(torch.rand(3, 1, 64, 44)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("training", [True, False])
def test_whoever_listens_to_a_shortcut_hears_it(training: bool) -> None:
    backbone = ResNet9(1, (4, 4, 8, 8)).train(training)
    heard: list[torch.Size] = []
    backbone.stage2.shortcut.register_forward_hook(lambda module, given, output: heard.append(output.shape))
    with torch.no_grad(), weights_unchanged():
        backbone(torch.rand(3, 1, 64, 44))
    assert heard == [torch.Size([3, 4, 32, 22])]
