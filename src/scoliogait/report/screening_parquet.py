"""The table of many screenings as Parquet: the same columns as the CSV file, with their types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scoliogait.errors import DataError
from scoliogait.files import atomic_file
from scoliogait.report.screening_table import COLUMNS, Cell
from scoliogait.table_file import ROWS_AT_ONCE, read_table, table_metadata

_TEXTS = frozenset(
    ("file", "walk_id", "outcome", "predicted", "headline", "reason", "notes", "view", "joints_never_seen", "source")
) | {"model", "model_digest", "training_walks", "statements"}
_COUNTS = frozenset(("n_frames", "n_frames_exchanged", "n_people", "n_frames_together", "walker"))
# Which inputs a table is of, and which model made it; another table is not taken for it.
_MADE_OF = b"scoliogait.screenings"
# Statistics of few rows would be larger than the rows. A part is written and read quickly, the table of all is small.
_PART = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}
_WHOLE = {"compression": "zstd", "write_statistics": False}


def _type_of(column: str) -> pa.DataType:
    return pa.string() if column in _TEXTS else pa.int64() if column in _COUNTS else pa.float64()


SCHEMA = pa.schema([pa.field(column, _type_of(column)) for column in COLUMNS])


def write_screenings(path: Path, rows: Sequence[Mapping[str, Cell]], made_of: str) -> None:
    """Rows as ``screening_row`` gives them. made_of: names the inputs and the model."""
    schema = SCHEMA.with_metadata({_MADE_OF: made_of.encode("ascii")})
    table = pa.Table.from_pylist([dict(row) for row in rows], schema)
    with atomic_file(path) as temporary:
        pq.write_table(table, temporary, **_PART)


def read_screenings(path: Path, made_of: str, n_rows: int, columns: Sequence[str] = COLUMNS) -> pa.Table:
    """The table that ``write_screenings`` wrote. Raises DataError where it is another one, damaged or of other rows."""
    remedy = "remove it and run again"
    held = table_metadata(path, remedy).get(_MADE_OF)
    table = read_table(path, pa.schema([SCHEMA.field(column) for column in columns]), remedy)
    if held != made_of.encode("ascii") or len(table) != n_rows:
        raise DataError(f"{path}: holds other walks than its name says; {remedy}")
    return table


def outcomes_in(path: Path, made_of: str, n_rows: int) -> Counter[str] | None:
    """How many rows came to what; None where there is no such table of so many rows, or it is damaged."""
    if not path.is_file():
        return None
    try:
        return Counter(read_screenings(path, made_of, n_rows, ("outcome",))["outcome"].to_pylist())
    except DataError:
        return None


@contextmanager
def merged_screenings(path: Path, made_of: str) -> Iterator[Callable[[pa.Table], None]]:
    """Takes tables one after the other; the file appears at ``path`` when the block ends well."""
    schema = SCHEMA.with_metadata({_MADE_OF: made_of.encode("ascii")})
    held: list[pa.Table] = []

    with atomic_file(path) as temporary, pq.ParquetWriter(temporary, schema, **_WHOLE) as writer:

        def write() -> None:
            if held:
                writer.write_table(pa.concat_tables(held).replace_schema_metadata(schema.metadata))
                held.clear()

        def add(table: pa.Table) -> None:
            held.append(table)
            if sum(map(len, held)) >= ROWS_AT_ONCE:
                write()

        yield add
        write()
