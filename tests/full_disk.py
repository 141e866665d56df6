"""A disk that is full after so many bytes."""

import errno
import io
from typing import Any

import pytest


def fill_disk(monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    """From now on only ``free_bytes`` more can be written, over all files that pathlib opens for writing."""
    left = [free_bytes]
    true_open = io.open

    class _File(io.FileIO):
        def write(self, content: Any) -> int:
            left[0] -= len(content)
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(content)

    def open_limited(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if not set(mode) & set("wxa+"):
            return true_open(file, mode, *args, **kwargs)
        raw = _File(file, mode.replace("b", "").replace("t", ""))
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding="utf-8")

    monkeypatch.setattr(io, "open", open_limited)
