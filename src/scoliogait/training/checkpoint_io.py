"""Training state on disk: written whole or not at all, and checked before it is trusted."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from scoliogait.files import atomic_file

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
