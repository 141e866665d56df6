"""What this machine can give at most on one thread, measured in the same run as what is compared with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

_SIZE = 2048
# A wide convolution: on some processors it runs at twice the rate of the matrix product of the same library.
_FRAMES, _CHANNELS, _ROWS, _COLUMNS = 32, 256, 16, 12
_CONVOLUTION_FLOPS = 2 * 9 * _CHANNELS**2 * _FRAMES * _ROWS * _COLUMNS
_READ_BYTES = 1 << 27
_ROUNDS = 5


@dataclass(frozen=True)
class Ceilings:
    """Operations/s in each precision, of a large matrix product or a wide convolution, whichever is faster. read:
    bytes/s read from memory and added up, which no processor here does slower than it writes or copies them.
    """

    fp32: float
    bf16: float
    int8: float
    read: float

    def floor_s(self, flops: float, n_bytes: float, precision: str = "fp32") -> float:
        """The least seconds for so many operations and so many bytes, which could go on at the same time."""
        rate: float = getattr(self, precision)
        return max(flops / rate, n_bytes / self.read)


def measure_ceilings() -> Ceilings:
    """The fastest of a few rounds in processor time; torch is on as many threads as the caller has set."""
    numbers = np.ones(_READ_BYTES // 8, np.uint64)
    return Ceilings(
        fp32=max(_product_rate(torch.float32), _convolution_rate(torch.float32)),
        bf16=max(_product_rate(torch.bfloat16), _convolution_rate(torch.bfloat16)),
        int8=max(_integer_product_rate(), _integer_convolution_rate()),
        read=_READ_BYTES / least_cpu_s(numbers.sum, _ROUNDS),
    )


def _product_rate(dtype: torch.dtype) -> float:
    factor = torch.rand(_SIZE, _SIZE).to(dtype)
    return 2 * _SIZE**3 / least_cpu_s(lambda: factor @ factor, _ROUNDS)


def _integer_product_rate() -> float:
    factor = torch.ones(_SIZE, _SIZE, dtype=torch.int8)
    return 2 * _SIZE**3 / least_cpu_s(lambda: torch._int_mm(factor, factor), _ROUNDS)


def _convolution_rate(dtype: torch.dtype) -> float:
    layout = torch.channels_last
    layer = nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, bias=False).to(dtype).to(memory_format=layout)
    frames = torch.rand(_FRAMES, _CHANNELS, _ROWS, _COLUMNS).to(dtype).to(memory_format=layout)
    with torch.inference_mode():
        return _CONVOLUTION_FLOPS / least_cpu_s(lambda: layer(frames), _ROUNDS)


def _integer_convolution_rate() -> float:
    """Of unsigned frames and signed weights, as quantised networks have them; 0 where torch is built without oneDNN.

    On some processors it runs at two to three times the rate of the product, which does not use all instructions.
    """
    if not torch.backends.mkldnn.is_available():
        return 0.0
    frames = torch.ones(_FRAMES, _CHANNELS, _ROWS, _COLUMNS, dtype=torch.uint8)
    frames = frames.contiguous(memory_format=torch.channels_last)
    weight, scales = torch.ones(_CHANNELS, _CHANNELS, 3, 3, dtype=torch.int8), torch.ones(_CHANNELS)
    once = [1, 1]
    packed = torch.ops.onednn.qconv_prepack(weight, scales, 1.0, 0, once, once, once, 1, list(frames.shape))
    shape: tuple[Any, ...] = (packed, scales, torch.zeros(_CHANNELS, dtype=torch.int64), None, once, once, once, 1)
    output: tuple[Any, ...] = (1.0, 0, torch.uint8, "none", [], "")
    layer = torch.ops.onednn.qconv_pointwise
    return _CONVOLUTION_FLOPS / least_cpu_s(lambda: layer(frames, 1.0, 0, *shape, *output), _ROUNDS)


def least_cpu_s(work: Callable[[], object], rounds: int) -> float:
    """Processor seconds of the fastest round; one more goes before, to warm up."""
    work()
    return min(cpu_s(work) for _ in range(rounds))


def cpu_s(work: Callable[[], object]) -> float:
    """Processor seconds of one call, all threads, user and system."""
    begin = time.process_time()
    work()
    return time.process_time() - begin
