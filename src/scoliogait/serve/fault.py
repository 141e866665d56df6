"""A fault of the program as a log may hold it: its kind and place, without its words, which may be names of people."""

from __future__ import annotations

import traceback
from pathlib import Path


def place_of(error: BaseException) -> str:
    """Such as ``KeyError in pages.py:27``, the last place that is ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames if "scoliogait" in frame.filename]
    return f"{type(error).__name__} in {ours[-1] if ours else 'a library'}"
