"""A convolution, the batch norm behind it and a ReLU: step by step, or in evaluation on a CPU in one pass.

There oneDNN computes, from kernels in a memory layout of its own. Kernels that come as they are it lays out anew in
every call, which for wide layers and a few frames takes as long as a good part of the products. So in evaluation they
are laid out once, with the norm folded into them, and ReLU and addition happen where the outputs are written. Results
differ from those of the single steps by rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils._python_dispatch import is_in_torch_dispatch_mode

from scoliogait.models.batch_norm import normalised_relu
from scoliogait.models.winograd import PADDING, bias_of, by_rows, convolve, is_wide, kernels_of_rows, shape_of_rows

_Options = tuple[Sequence[int], Sequence[int], Sequence[int], int]

# All that was packed, and what of it is known to be of the weights as they are.
_packed: WeakKeyDictionary[nn.Conv2d, dict[torch.dtype, _Packed]] = WeakKeyDictionary()
_checked: ContextVar[dict[tuple[nn.Conv2d, nn.Module, torch.dtype], _Packed] | None] = ContextVar(
    "checked", default=None
)


@contextmanager
def weights_unchanged() -> Iterator[None]:
    """Inside, where no weight may change, convolutions in evaluation on a CPU take one pass.

    What was packed in an earlier block serves again if all weights are still the same numbers, which is looked at once.
    """
    token = _checked.set({})
    try:
        yield
    finally:
        _checked.reset(token)


def convolved(conv: nn.Module, norm: nn.Module, x: Tensor, added: Tensor | None = None, relu: bool = True) -> Tensor:
    """The norm of the convolution of frames x (B, C, H, W), plus ``added``, and never negative with ``relu``."""
    dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
    packed = _packed_for(conv, norm, x, dtype)
    if packed is not None:
        return packed(x.to(dtype), added, relu)
    if relu:
        return normalised_relu(norm, convolve(conv, x), added)
    y: Tensor = norm(convolve(conv, x))
    return y if added is None else y + added


def _packed_for(conv: nn.Module, norm: nn.Module, x: Tensor, dtype: torch.dtype) -> _Packed | None:
    """The layers packed, where they can be."""
    checked = _checked.get()
    if checked is None or not isinstance(conv, nn.Conv2d) or not isinstance(norm, _BatchNorm):
        return None
    if not _in_one_pass(conv, norm, x, dtype):
        return None
    if (conv, norm, dtype) not in checked:
        held = _packed.setdefault(conv, {})
        packed = held.get(dtype)
        if packed is None or not packed.is_of(conv, norm, dtype):
            packed = held[dtype] = _Packed.of(conv, norm, x.shape, dtype)
        checked[conv, norm, dtype] = packed
    return checked[conv, norm, dtype]


def _in_one_pass(conv: nn.Conv2d, norm: _BatchNorm, x: Tensor, dtype: torch.dtype) -> bool:
    return (
        x.device.type == "cpu"
        and conv.weight.dtype == torch.float32
        and dtype in (torch.float32, torch.bfloat16)
        and not norm.training
        and norm.running_mean is not None
        and conv.padding_mode == "zeros"
        and not isinstance(conv.padding, str)
        and type(conv).forward is nn.Conv2d.forward
        and bool(torch.backends.mkldnn.enabled)
        # Gradients, and whoever looks at single operations or modules, need the steps.
        and not torch.is_grad_enabled()
        and not is_in_torch_dispatch_mode()
        and not (torch.compiler.is_compiling() or torch.jit.is_tracing())
        and not (conv._forward_hooks or conv._forward_pre_hooks or norm._forward_hooks or norm._forward_pre_hooks)
        and _computes(dtype)
    )


@cache
def _computes(dtype: torch.dtype) -> bool:
    """Whether oneDNN is there and computes in this precision: without AVX-512 or its like it refuses bfloat16."""
    number, once = torch.zeros(1, 1, 1, 1, dtype=dtype), ((0, 0), (1, 1), (1, 1), 1)
    try:
        kernel = torch.ops.mkldnn._reorder_convolution_weight(number, *once, number.shape)
        torch.ops.mkldnn._convolution_pointwise(number, kernel, None, *once, "none", [], None)
    except (AttributeError, RuntimeError):
        return False
    return True


def _options(conv: nn.Conv2d, dtype: torch.dtype) -> _Options:
    assert not isinstance(conv.padding, str)
    return PADDING if _by_rows(conv, dtype) else conv.padding, conv.stride, conv.dilation, conv.groups


def _by_rows(conv: nn.Conv2d, dtype: torch.dtype) -> bool:
    return is_wide(conv) and dtype == torch.float32


def _weights(conv: nn.Conv2d, norm: _BatchNorm) -> tuple[Tensor | None, ...]:
    return conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.weight, norm.bias


@dataclass(frozen=True, eq=False)
class _Packed:
    """A layer's kernels as the library lays them out: one, or six of a row each (``winograd.py``).

    made_of: copies of the weights of layer and norm, and the norm's eps. options: padding, stride, dilation, groups.
    """

    made_of: tuple[Tensor | None, ...]
    eps: float
    kernels: tuple[Tensor, ...]
    bias: Tensor
    options: _Options

    @classmethod
    def of(cls, conv: nn.Conv2d, norm: _BatchNorm, shape: Sequence[int], dtype: torch.dtype) -> _Packed:
        """shape: that of most frames to come."""
        assert norm.running_mean is not None
        assert norm.running_var is not None
        weight, bias = nn.utils.fuse_conv_bn_weights(
            conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        )
        wide, options = _by_rows(conv, dtype), _options(conv, dtype)
        kernels = tuple(
            torch.ops.mkldnn._reorder_convolution_weight(kernel, *options, shape_of_rows(shape) if wide else shape)
            for kernel in (kernels_of_rows(weight) if wide else (weight.to(dtype),))
        )
        made_of = tuple(None if each is None else each.clone() for each in _weights(conv, norm))
        return cls(made_of, norm.eps, kernels, bias.to(dtype), options)

    def is_of(self, conv: nn.Conv2d, norm: _BatchNorm, dtype: torch.dtype) -> bool:
        """Whether layer and norm still hold the same numbers and are applied alike."""
        pairs = zip(self.made_of, _weights(conv, norm), strict=True)
        same = (a is b if a is None or b is None else torch.equal(a, b) for a, b in pairs)
        return self.eps == norm.eps and self.options == _options(conv, dtype) and all(same)

    def __call__(self, x: Tensor, added: Tensor | None, relu: bool) -> Tensor:
        if len(self.kernels) > 1:
            y = by_rows(x, lambda place, rows: self._product(place, rows, bias_of(place, self.bias)))
            y = y.contiguous(memory_format=torch.channels_last)
            y = y if added is None else y.add_(added)
            return y.relu_() if relu else y
        if added is None:
            return self._product(0, x, self.bias, "relu" if relu else "none")
        both: Tensor = torch.ops.mkldnn._convolution_pointwise.binary(
            x, added, self.kernels[0], self.bias, *self.options, "add", 1.0, "relu" if relu else None, [], None
        )
        return both

    def _product(self, place: int, x: Tensor, bias: Tensor | None, after: str = "none") -> Tensor:
        y: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x, self.kernels[place], bias, *self.options, after, [], None
        )
        return y
