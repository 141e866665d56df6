"""``metrics.json`` of a bundle: the results that were saved with the model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoliogait.checkpoints.checksums import check_sha256
from scoliogait.errors import DataError, ModelError
from scoliogait.files import read_json

METRICS = "metrics.json"


def read_metrics(bundle: Path, sha256: str) -> Mapping[str, Any]:
    """Raises ModelError for results that are missing, are not those saved with the model, or are no table."""
    path = bundle / METRICS
    check_sha256(path, sha256, "the results are not those saved with this model")
    try:
        content = read_json(path)
    except DataError as error:
        raise ModelError(f"{error}; copy the bundle again") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: is no table of results; save the model again")
    return content
