"""Sums and joins over the processes of a training run that gradients pass through. With one process they do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

_alone: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def alone() -> Iterator[None]:
    """Inside, this process computes as if there were no group: the others, who do other things, need not answer."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def n_processes() -> int:
    """Processes in the current group; 1 when there is no group, and inside ``alone``."""
    grouped = dist.is_available() and dist.is_initialized() and not _alone.get()
    return dist.get_world_size() if grouped else 1


def process_rank() -> int:
    """This process's place in the current group; 0 when there is no group."""
    return dist.get_rank() if n_processes() > 1 else 0


def sum_over_processes(value: Tensor) -> Tensor:
    """A new tensor: the sum of every process's ``value``, without gradient."""
    total = value.detach().clone()
    if n_processes() > 1:
        dist.all_reduce(total)
    return total


def gather_batch(value: Tensor) -> Tensor:
    """(N, ...) of each process -> (sum of N, ...), in the order of the processes, the same on every process.

    The gradient of each process's rows is the sum over all processes, so that a loss which every process computes on
    the gathered batch, and whose parameter gradients are then averaged over the processes (as DistributedDataParallel
    does), has the gradient of that loss in a single process. Every process must bring the same shape.
    """
    return _Gather.apply(value) if n_processes() > 1 else value


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        value = value.contiguous()
        parts = [torch.empty_like(value) for _ in range(n_processes())]
        dist.all_gather(parts, value)
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = sum_over_processes(gradients[0].contiguous())
        return total.chunk(n_processes())[process_rank()]
