"""Layers packed for evaluation give what their steps give, for weights as they are now, and only where they may."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from scoliogait.models import convolution
from scoliogait.models.batch_norm import BatchNorm
from scoliogait.models.convolution import convolved, weights_unchanged
from scoliogait.models.fusion import Fusion
from scoliogait.models.sconet import ScoNet

needs_onednn = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch is built without oneDNN")


def _layers(n_in: int, n_out: int, kernel: int = 3, stride: int = 1) -> tuple[nn.Conv2d, BatchNorm]:
    torch.manual_seed(n_in + n_out + kernel + stride)
    conv, norm = nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False), BatchNorm(n_out).eval()
    for values in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
        assert values is not None
        values.uniform_(0.5, 1.5)
    return conv, norm


def _frames(n: int, channels: int, height: int = 16, width: int = 11) -> Tensor:
    generator = torch.Generator().manual_seed(n)
    return torch.rand(n, channels, height, width, generator=generator).contiguous(memory_format=torch.channels_last)


def _packed(conv: nn.Conv2d, norm: nn.Module, *x: Tensor, relu: bool = True) -> Tensor:
    with torch.no_grad(), weights_unchanged():
        return convolved(conv, norm, *x, relu=relu)


def _stepwise(conv: nn.Conv2d, norm: nn.Module, *x: Tensor, relu: bool = True) -> Tensor:
    with torch.no_grad():
        return convolved(conv, norm, *x, relu=relu)


@needs_onednn
@pytest.mark.parametrize("with_addition", [False, True])
@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(
    ("n_in", "n_out", "kernel", "stride", "height"),
    [
        (1, 5, 3, 1, 16),
        (6, 8, 3, 2, 16),
        (24, 40, 1, 2, 15),
        (64, 64, 3, 1, 16),
        (128, 160, 3, 1, 16),
        (128, 128, 3, 1, 7),
    ],
)
def test_one_pass_gives_what_the_steps_give(
    n_in: int, n_out: int, kernel: int, stride: int, height: int, relu: bool, with_addition: bool
) -> None:
    conv, norm = _layers(n_in, n_out, kernel, stride)
    for n_frames in (8, 3, 9):  # fewer and more than what it was packed for
        x = _frames(n_frames, n_in, height)
        added = [torch.randn_like(_stepwise(conv, norm, x))] if with_addition else []
        held = [each.clone() for each in (x, *added)]
        steps, once = _stepwise(conv, norm, x, *added, relu=relu), _packed(conv, norm, x, *added, relu=relu)
        torch.testing.assert_close(once, steps, rtol=0, atol=1e-5 * float(steps.abs().max()))
        assert once.is_contiguous(memory_format=torch.channels_last)
        assert (float(once.min()) >= 0) == relu
        assert all(torch.equal(a, b) for a, b in zip((x, *added), held, strict=True))
        assert not torch.equal(once, steps)  # it was used


def _by_optimiser(conv: nn.Conv2d, norm: BatchNorm) -> None:
    optimiser = torch.optim.SGD(conv.parameters(), lr=0.1)
    conv.weight.grad = torch.ones_like(conv.weight)
    optimiser.step()


def _behind_autograd(conv: nn.Conv2d, norm: BatchNorm) -> None:
    conv.weight.data[0, 0, 0, 0] += 1


def _as_an_array(conv: nn.Conv2d, norm: BatchNorm) -> None:
    conv.weight.detach().numpy()[0, 0, 0, 0] += 1


def _of_the_norm(conv: nn.Conv2d, norm: BatchNorm) -> None:
    assert norm.running_mean is not None
    norm.running_mean.add_(0.1)


def _loaded(conv: nn.Conv2d, norm: BatchNorm) -> None:
    conv.load_state_dict({"weight": 2 * conv.weight})


@needs_onednn
@pytest.mark.parametrize("change", [_by_optimiser, _behind_autograd, _as_an_array, _of_the_norm, _loaded])
def test_whatever_changes_a_weight_is_noticed(change: Callable[[nn.Conv2d, BatchNorm], None]) -> None:
    conv, norm = _layers(64, 64)
    x = _frames(8, 64)
    before = _packed(conv, norm, x)
    assert torch.equal(_packed(conv, norm, x), before)
    change(conv, norm)
    after = _packed(conv, norm, x)
    assert not torch.equal(after, before)
    torch.testing.assert_close(after, _stepwise(conv, norm, x), rtol=0, atol=1e-4)


@needs_onednn
@pytest.mark.parametrize(("option", "value"), [("stride", (2, 1)), ("padding", (0, 0)), ("dilation", (2, 2))])
@pytest.mark.parametrize("channels", [8, 128])
def test_a_layer_that_is_applied_otherwise_is_packed_anew(channels: int, option: str, value: tuple[int, int]) -> None:
    conv, norm = _layers(channels, channels)
    x = _frames(8, channels)
    _packed(conv, norm, x)
    setattr(conv, option, value)
    torch.testing.assert_close(_packed(conv, norm, x), _stepwise(conv, norm, x), rtol=0, atol=1e-4)


@needs_onednn
def test_a_layer_with_two_norms_gets_both() -> None:
    conv, norm = _layers(8, 8)
    other, x = BatchNorm(8).eval(), _frames(8, 8)
    steps = [_stepwise(conv, each, x) for each in (norm, other)]
    with torch.no_grad(), weights_unchanged():
        once = [convolved(conv, each, x) for each in (norm, other)]
    torch.testing.assert_close(once, steps, rtol=0, atol=1e-4)


def test_layers_that_compute_in_a_way_of_their_own_take_the_steps() -> None:
    class Twice(nn.Conv2d):
        def forward(self, x: Tensor) -> Tensor:
            return 2 * super().forward(x)

    _, norm = _layers(8, 8)
    conv, x = Twice(8, 8, 3, padding=1), _frames(8, 8)
    assert torch.equal(_packed(conv, norm, x), _stepwise(conv, norm, x))


def test_whoever_switches_onednn_off_gets_the_steps() -> None:
    (conv, norm), x = _layers(8, 8), _frames(8, 8)
    before = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        assert torch.equal(_packed(conv, norm, x), _stepwise(conv, norm, x))
    finally:
        torch._C._set_mkldnn_enabled(before)


_IN_BFLOAT16 = """
import torch
from scoliogait.models.sconet import ScoNet
with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
    print(torch.isfinite(ScoNet(2, (8, 8, 8, 8), 8, 4).eval()(torch.rand(1, 3, 2, 64, 44)).logits).all().item())
"""


def test_a_processor_on_which_onednn_refuses_bfloat16_takes_the_steps() -> None:
    environment = os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    made = subprocess.run([sys.executable, "-c", _IN_BFLOAT16], env=environment, capture_output=True, text=True)
    assert (made.stdout.strip(), made.returncode) == ("True", 0), made.stderr


@needs_onednn
def test_packed_kernels_go_with_their_layer() -> None:
    conv, norm = _layers(8, 8)
    _packed(conv, norm, _frames(2, 8))
    held = weakref.ref(conv)
    del conv
    gc.collect()
    assert held() is None


def test_gradients_hooks_and_counters_see_the_steps() -> None:
    conv, norm = _layers(8, 8)
    x = _frames(8, 8)
    steps = _stepwise(conv, norm, x)
    with weights_unchanged():
        convolved(conv, norm, x).sum().backward()
        assert conv.weight.grad is not None
        with torch.no_grad():
            with FlopCounterMode(display=False) as counter:
                assert torch.equal(convolved(conv, norm, x), steps)
            assert counter.get_total_flops() == 2 * 9 * 8 * 8 * 8 * 16 * 11
            seen: list[Tensor] = []
            hook = conv.register_forward_hook(lambda module, given, output: seen.append(output))
            assert torch.equal(convolved(conv, norm, x), steps)
            hook.remove()
            assert len(seen) == 1
            norm.train()
            assert not torch.equal(convolved(conv, norm, x), steps)


@needs_onednn
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_networks_take_it_and_keep_their_results(precision: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    for network in (ScoNet(2, (16, 24, 32, 128), 8, 4).eval(), Fusion((16, 24, 32, 128), 4, 8, 4).eval()):
        frames = torch.rand(2, 11, network.config.frame_channels, 64, 44)
        with torch.no_grad(), torch.autocast("cpu", precision, enabled=precision == torch.bfloat16):
            once, again = network(frames).logits, network(frames).logits
            with monkeypatch.context() as patch:
                patch.setattr(convolution, "_packed_for", lambda *given: None)
                steps = network(frames).logits
        assert torch.equal(once, again)
        assert torch.equal(once, steps) != convolution._computes(precision)
        torch.testing.assert_close(once, steps, rtol=0, atol=2e-6 if precision == torch.float32 else 2e-2)
