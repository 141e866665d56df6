"""What this machine can give at most on one thread, measured in the same run as what is compared with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

_SIZE = 1024
_COPIED_BYTES = 1 << 27
_ROUNDS = 5


@dataclass(frozen=True)
class Ceilings:
    """fp32: FLOP/s of a large matrix product. copied: bytes/s copied in memory, each byte counted once."""

    fp32: float
    copied: float

    def floor_s(self, flops: float, n_bytes: float) -> float:
        """The least seconds for so many operations and so many bytes, which could go on at the same time."""
        return max(flops / self.fp32, n_bytes / self.copied)


def measure_ceilings() -> Ceilings:
    """The fastest of a few rounds in processor time; torch is on as many threads as the caller has set."""
    factor = torch.rand(_SIZE, _SIZE)
    source, target = np.ones(_COPIED_BYTES, np.uint8), np.ones(_COPIED_BYTES, np.uint8)
    product_s = least_cpu_s(lambda: factor @ factor, _ROUNDS)
    copy_s = least_cpu_s(lambda: np.copyto(target, source), _ROUNDS)
    return Ceilings(fp32=2 * _SIZE**3 / product_s, copied=_COPIED_BYTES / copy_s)


def least_cpu_s(work: Callable[[], object], rounds: int) -> float:
    """Processor seconds of the fastest round; one more goes before, to warm up."""
    work()
    return min(cpu_s(work) for _ in range(rounds))


def cpu_s(work: Callable[[], object]) -> float:
    """Processor seconds of one call, all threads, user and system."""
    begin = time.process_time()
    work()
    return time.process_time() - begin
