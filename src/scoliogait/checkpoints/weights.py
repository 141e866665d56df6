"""``model.safetensors`` of a bundle: read without executing anything, and only if it is what the config says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from scoliogait.checkpoints.checksums import check_sha256, require_file
from scoliogait.errors import DataError, ModelError
from scoliogait.limits import MAX_TENSORS


def plain_state(module: nn.Module, where: Path) -> dict[str, Tensor]:
    """Parameters and buffers on the CPU, floats as float32. Raises ModelError when one is NaN or infinite."""
    state = {name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
    state = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    check_finite(state, where)
    return state


def write_weights(state: dict[str, Tensor], path: Path, target: Path) -> None:
    """Raises DataError naming ``target``, the folder that the user asked for, when the disk is full."""
    try:
        save_file(state, path)
    except SafetensorError as error:  # so it reports a full disk
        raise DataError(
            f"{target}: cannot be written ({error}); free some disk space or choose another folder"
        ) from error


def read_weights(path: Path, module: nn.Module, sha256: str) -> dict[str, Tensor]:
    """The state dict in ``path``; it fits ``module`` and has this checksum. ModelError as ``load_bundle`` says.

    Names and shapes are compared in the header before a tensor is read; ``module`` may lie on the meta device.
    """
    require_file(path)
    try:
        _check_shapes(_held_shapes(path), module, path)
        check_sha256(path, sha256, "the weights are not those saved with this config.json")
        state = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, AttributeError, RuntimeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); it may be cut off, copy the bundle again") from error
    check_finite(state, path)
    return state


def _held_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    with safe_open(path, framework="pt") as file:
        names = file.keys()
        if len(names) > MAX_TENSORS:
            raise ModelError(f"{path}: holds {len(names):,} tensors; at most {MAX_TENSORS:,} are read")
        return {name: tuple(file.get_slice(name).get_shape()) for name in names}


def _check_shapes(held: Mapping[str, tuple[int, ...]], module: nn.Module, path: Path) -> None:
    wanted = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    for name in sorted(held.keys() | wanted.keys()):
        if held.get(name) != wanted.get(name):
            raise ModelError(
                f"{path}: weights do not fit the architecture in config.json: {name} is {held.get(name, 'missing')} in "
                f"the file and {wanted.get(name, 'missing')} in the architecture; the files belong to different models"
            )


def check_finite(state: Mapping[str, Tensor], where: str | Path) -> None:
    """Raises ModelError naming the first tensor with NaN or infinite values."""
    for name, value in state.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise ModelError(
                f"{where}: {name} holds NaN or infinite values; the training diverged, take another checkpoint"
            )
