"""Weights of the best steps, kept beside the training states that a resumed run starts from."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from safetensors import SafetensorError
from torch import nn

from scoliogait.errors import DataError
from scoliogait.evaluation.headline import HEADLINE
from scoliogait.files import atomic_file
from scoliogait.training.history import History, best_steps

_WEIGHTS_NAME = re.compile(r"weights-(\d+)\.safetensors")
# The newest state and the one before it, in case the newest is damaged.
STATES_KEPT = 2


def weights_path(folder: Path, step: int) -> Path:
    return folder / f"weights-{step:06d}.safetensors"


def save_weights(folder: Path, step: int, module: nn.Module) -> None:
    """Write the weights after ``step``, atomically, overwriting those of an earlier attempt at the same step."""
    state = {name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
    with atomic_file(weights_path(folder, step)) as temporary:
        temporary.write_bytes(safetensors.torch.save(state))


def load_weights(folder: Path, step: int, module: nn.Module) -> None:
    """Load the weights of a step, strictly. Raises DataError naming the file when it is missing or damaged."""
    path = weights_path(folder, step)
    try:
        module.load_state_dict(safetensors.torch.load(path.read_bytes()))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(f"{path}: weights cannot be read ({' '.join(str(error).split())}); train again") from error


def weight_steps(folder: Path) -> list[int]:
    names = (_WEIGHTS_NAME.fullmatch(path.name) for path in folder.glob("weights-*.safetensors"))
    return sorted(int(name[1]) for name in names if name)


def tidy(folder: Path, history: History, keep_best: int) -> None:
    """Remove states but the newest two, and weights that are among the best neither now nor as of a kept state.

    A run that resumes from the older state must find what was best then, so that it ends with the same files as a run
    that was never interrupted.
    """
    steps = saved_steps(folder)
    for step in steps[:-STATES_KEPT]:
        state_path(folder, step).unlink(missing_ok=True)
    kept: set[int] = set()
    for until in steps[-STATES_KEPT:]:
        kept |= best_steps(history.validations(until), HEADLINE, keep_best)
    _remove_weights_but(folder, kept)


def tidy_at_end(folder: Path, history: History, keep_best: int) -> None:
    """Keep the best weights of the whole run and the last state."""
    for step in saved_steps(folder)[:-1]:
        state_path(folder, step).unlink(missing_ok=True)
    _remove_weights_but(folder, best_steps(history.validations(), HEADLINE, keep_best))


def rewind(folder: Path) -> int:
    """Prepare a folder for resuming: find the newest intact state, remove what is newer, return its step (0: none)."""
    step = newest_intact_step(folder)
    for later in saved_steps(folder):
        if later > step:
            state_path(folder, later).unlink()
    for later in weight_steps(folder):
        if later > step:
            weights_path(folder, later).unlink()
    return step


def _remove_weights_but(folder: Path, kept: set[int]) -> None:
    for step in weight_steps(folder):
        if step not in kept:
            weights_path(folder, step).unlink()


_STATE_NAME = re.compile(r"state-(\d+)\.ckpt")


def state_path(folder: Path, step: int) -> Path:
    return folder / f"state-{step:06d}.ckpt"


class AtomicCheckpointIO(TorchCheckpointIO):
    """Lightning's checkpoint files, but a kill or a full disk while writing leaves the file before it as it was.

    Reading admits tensors and plain containers only. Raises DataError naming the file when it cannot be written.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        # Through memory, so that every failure to write is an OSError of the operating system.
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        with atomic_file(path) as temporary:
            temporary.write_bytes(buffer.getbuffer())

    def load_checkpoint(
        self, path: str | Path, map_location: Any = lambda storage, _: storage, weights_only: bool | None = None
    ) -> dict[str, Any]:
        return torch.load(path, map_location=map_location, weights_only=True)


def saved_steps(folder: Path) -> list[int]:
    """Steps of the training states in a folder, damaged ones included, in rising order."""
    names = (_STATE_NAME.fullmatch(path.name) for path in folder.glob("state-*.ckpt"))
    return sorted(int(name[1]) for name in names if name)


def newest_intact_step(folder: Path) -> int:
    """Step of the newest state whose content passes its checksums, 0 without any. Damaged files are passed over."""
    return next((step for step in reversed(saved_steps(folder)) if is_intact(state_path(folder, step))), 0)


def is_intact(path: Path) -> bool:
    """True when every part of a torch file, which is a ZIP archive with checksums, can be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile, ValueError, EOFError):
        return False
