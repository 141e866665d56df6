"""Batch norm over the batch of all processes, on the CPU too; torch's SyncBatchNorm runs on accelerators only."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from scoliogait.models.collectives import n_processes, sum_over_processes


class SynchronisedBatchNorm(_BatchNorm):
    """Batch norm whose statistics in training are those of the batch gathered over the processes, on any device.

    Outputs, running statistics and gradients equal those of plain batch norm on the gathered batch, also when the
    processes bring different numbers of samples. Parameters and buffers keep the names of plain batch norm. It is no
    subclass of torch's SyncBatchNorm, which DistributedDataParallel refuses on a CPU.
    """

    def _check_input_dim(self, x: Tensor) -> None:
        """Any number of dimensions, as (N, C, ...)."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or n_processes() == 1:
            return super().forward(x)
        n, mean, variance = _batch_statistics(x)
        self._update_running(n, mean, variance)
        return _Normalise.apply(x, self.weight, self.bias, mean, torch.rsqrt(variance + self.eps), n)

    def _update_running(self, n: Tensor, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        momentum = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance * (n / (n - 1)), momentum)  # the running variance is the unbiased one


def synchronise_batch_norm(module: nn.Module) -> nn.Module:
    """The module with every batch norm replaced by one that synchronises; parameters and buffers are the same tensors.

    It needs no process group: with a single process the result computes what it did before. On GPUs, torch's
    ``SyncBatchNorm.convert_sync_batchnorm`` does the same faster.
    """
    if isinstance(module, _BatchNorm) and not isinstance(module, SynchronisedBatchNorm):
        return _synchronised(module)
    for name, child in module.named_children():
        setattr(module, name, synchronise_batch_norm(child))
    return module


def _synchronised(norm: _BatchNorm) -> SynchronisedBatchNorm:
    new = SynchronisedBatchNorm(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
    new.weight, new.bias = norm.weight, norm.bias
    new.running_mean, new.running_var = norm.running_mean, norm.running_var
    new.num_batches_tracked = norm.num_batches_tracked
    return new.train(norm.training)


def _batch_statistics(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """x (N, C, ...) -> number of values per channel, mean (C,) and biased variance (C,) over all processes."""
    axes = [axis for axis in range(x.ndim) if axis != 1]
    with torch.no_grad():
        local_variance, local_mean = torch.var_mean(x.float(), dim=axes, correction=0)
        local_n = local_mean.new_tensor(x.numel() / x.shape[1])
        n = sum_over_processes(local_n)
        mean = sum_over_processes(local_mean * local_n) / n
        # Squared distances to the common mean: sums of squares would cancel.
        spread = (local_variance + (local_mean - mean) ** 2) * local_n
        return n, mean, sum_over_processes(spread) / n


class _Normalise(torch.autograd.Function):
    """(x - mean) / deviation · weight + bias; its gradient knows that both moments come from every process's x."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        mean: Tensor,
        inverse_deviation: Tensor,
        n: Tensor,
    ) -> Tensor:
        shape = _per_channel(x)
        normalised = (x.float() - mean.view(shape)) * inverse_deviation.view(shape)
        ctx.save_for_backward(normalised, weight, inverse_deviation, n)
        if weight is None or bias is None:
            return normalised.to(x.dtype)
        return (normalised * weight.view(shape) + bias.view(shape)).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = gradients[0].float()
        normalised, weight, inverse_deviation, n = ctx.saved_tensors
        shape = _per_channel(normalised)
        axes = [axis for axis in range(normalised.ndim) if axis != 1]
        for_bias = gradient.sum(dim=axes)
        for_weight = (gradient * normalised).sum(dim=axes)
        mean_gradient = (sum_over_processes(for_bias) / n).view(shape)
        mean_product = (sum_over_processes(for_weight) / n).view(shape)
        for_x = (gradient - mean_gradient - normalised * mean_product) * inverse_deviation.view(shape)
        if weight is None:
            return for_x.to(gradients[0].dtype), None, None, None, None, None
        return (for_x * weight.view(shape)).to(gradients[0].dtype), for_weight, for_bias, None, None, None


def _per_channel(x: Tensor) -> tuple[int, ...]:
    return (1, -1, *(1 for _ in range(x.ndim - 2)))
