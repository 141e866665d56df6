"""Frame rate and size of the picture, where a ``.npz`` archive of another program states them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError

_RATE = ("frame_rate_hz", "fps")
_SIZE = ("frame_size_px", "frame_size")
FACTS = (*_RATE, *_SIZE)


def rate_and_size(arrays: Mapping[str, NDArray[Any]], path: Path) -> tuple[float | None, tuple[int, int] | None]:
    """Hz and (width, height) in px, None where unknown; DataError for anything else under their names."""
    rate = next((arrays[name] for name in _RATE if name in arrays), None)
    size = next((arrays[name] for name in _SIZE if name in arrays), None)
    return (
        None if rate is None else float(_numbers(rate, 1, "one number of frames a second", path)[0]),
        None if size is None else tuple(_numbers(size, 2, "width and height in px", path).astype(int).tolist()),
    )


def _numbers(value: NDArray[Any], n_values: int, expected: str, path: Path) -> NDArray[np.float64]:
    if value.dtype.kind not in "fiu" or value.size != n_values or not np.isfinite(value).all() or (value <= 0).any():
        raise DataError(f"{path}: {expected} expected; came shape {value.shape}, dtype {value.dtype}")
    return value.ravel().astype(np.float64)
