"""Facts and figures as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scoliogait.errors import ModelError


def plain_json(value: Any, where: str) -> Any:
    """Mappings, sequences, numpy values and paths as what JSON can hold; NaN and infinity become None.

    ``where`` names the value in the message of the ModelError that is raised for anything else.
    """
    if isinstance(value, Mapping):
        return {str(key): plain_json(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, np.ndarray | np.generic):
        return plain_json(value.tolist(), where)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Path):
        return value.as_posix()
    if value is None or isinstance(value, str | int):
        return value
    raise ModelError(
        f"{where}: a {type(value).__name__} cannot be stored with a model; give text, numbers or lists of them"
    )
