"""The ground-truth table of a cohort: one row a walk, one column a fact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scoliogait.errors import DataError
from scoliogait.files import atomic_file

TRUTH_FILE = "truth.parquet"


def write_truth(path: str | Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the table atomically; every row has the same names."""
    with atomic_file(path) as temporary:
        pq.write_table(pa.Table.from_pylist(list(rows)), temporary)


def read_truth(path: str | Path) -> list[dict[str, Any]]:
    """Read the table. Raises DataError naming the file when it is missing or damaged."""
    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: is no ground-truth table ({error}); write the cohort again") from error
    return rows
