"""What this machine can give at most on one thread, measured in the same run as what is compared with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

_SIZE = 2048
# A wide convolution: on some processors it runs at twice the rate of the matrix product of the same library.
_FRAMES, _CHANNELS, _ROWS, _COLUMNS = 32, 256, 16, 12
_COPIED_BYTES = 1 << 27
_ROUNDS = 5


@dataclass(frozen=True)
class Ceilings:
    """Operations/s in each precision, of a large matrix product or a wide convolution, whichever is faster; int8 of the
    product alone. copied: bytes/s copied in memory, each byte counted once.
    """

    fp32: float
    bf16: float
    int8: float
    copied: float

    def floor_s(self, flops: float, n_bytes: float, precision: str = "fp32") -> float:
        """The least seconds for so many operations and so many bytes, which could go on at the same time."""
        rate: float = getattr(self, precision)
        return max(flops / rate, n_bytes / self.copied)


def measure_ceilings() -> Ceilings:
    """The fastest of a few rounds in processor time; torch is on as many threads as the caller has set."""
    source, target = np.ones(_COPIED_BYTES, np.uint8), np.ones(_COPIED_BYTES, np.uint8)
    copy_s = least_cpu_s(lambda: np.copyto(target, source), _ROUNDS)
    return Ceilings(
        fp32=max(_product_rate(torch.float32), _convolution_rate(torch.float32)),
        bf16=max(_product_rate(torch.bfloat16), _convolution_rate(torch.bfloat16)),
        int8=_integer_product_rate(),
        copied=_COPIED_BYTES / copy_s,
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
        seconds = least_cpu_s(lambda: layer(frames), _ROUNDS)
    return 2 * 9 * _CHANNELS**2 * _FRAMES * _ROWS * _COLUMNS / seconds


def least_cpu_s(work: Callable[[], object], rounds: int) -> float:
    """Processor seconds of the fastest round; one more goes before, to warm up."""
    work()
    return min(cpu_s(work) for _ in range(rounds))


def cpu_s(work: Callable[[], object]) -> float:
    """Processor seconds of one call, all threads, user and system."""
    begin = time.process_time()
    work()
    return time.process_time() - begin
