"""Parquet tables of ours: read only where columns, types, rows and size are what they must be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scoliogait.errors import DataError
from scoliogait.incoming import require_file
from scoliogait.limits import MAX_TABLE_BYTES, MAX_TABLE_ROWS, MAX_TEXT_CHARACTERS

# Of a column of lists; ours hold 24 values a row at most.
_MAX_VALUES_PER_ROW = 64
# Of a table that is read or written bit by bit.
ROWS_AT_ONCE = 1_024


def read_table(path: str | Path, schema: pa.Schema, remedy: str, newer: Collection[str] = ()) -> pa.Table:
    """The columns of ``schema``, in its order; further columns are not read. The file's own metadata come along.

    newer: columns that files of earlier versions lack; those that are missing come back empty.
    Size, rows and types are checked in the file's footer before a row is read. Raises DataError naming the file, and
    ending in the remedy, when it is no parquet file, is above a limit, or a column is missing or of another type.
    """
    with _opened(path, remedy) as file:
        held = _held(file, schema, newer)
        _check_footer(file, held, path, remedy)
        table = _read(held, path, remedy).cast(held.with_metadata(file.schema_arrow.metadata))
    for index, field in enumerate(schema):
        if field.name not in held.names:
            table = table.add_column(index, field, pa.nulls(len(table), field.type))
    return table


def read_rows(path: str | Path, schema: pa.Schema, remedy: str, newer: Collection[str] = ()) -> list[dict[str, Any]]:
    """The rows of the same table, by column; without what casts columns, which takes longer to load than to read few.

    Raises DataError as ``read_table`` does.
    """
    with _opened(path, remedy) as file:
        held = _held(file, schema, newer)
        _check_footer(file, held, path, remedy)
        rows = _read(held, path, remedy).to_pylist()
    return [{name: row.get(name) for name in schema.names} for row in rows]


def _held(file: pq.ParquetFile, schema: pa.Schema, newer: Collection[str]) -> pa.Schema:
    """The schema without those of the newer columns that the file lacks."""
    return pa.schema([field for field in schema if field.name not in newer or field.name in file.schema_arrow.names])


def table_in_batches(
    path: str | Path, schema: pa.Schema, remedy: str, rows_at_once: int = ROWS_AT_ONCE
) -> Iterator[pa.Table]:
    """The same columns, so many rows at a time: the memory that it takes does not grow with the file.

    Checks as ``read_table`` does, before the first rows are given. Raises DataError as it does.
    """
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with _opened(path, remedy) as file:
        _check_footer(file, schema, path, remedy)
    with _opened(path, remedy, texts) as file:
        for batch in file.iter_batches(rows_at_once, columns=schema.names):
            table = pa.Table.from_batches([batch]).select(schema.names)
            for name in texts:
                _check_texts(table[name], f"{path}: column {name}", remedy)
            table = table.cast(schema)
            table.validate(full=True)
            yield table


def table_metadata(path: str | Path, remedy: str) -> dict[bytes, bytes]:
    """What the writer of a table said about it, without reading a row. Raises DataError as ``read_table`` does."""
    with _opened(path, remedy) as file:
        return dict(file.schema_arrow.metadata or {})


@contextmanager
def _opened(path: str | Path, remedy: str, packed: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """packed: columns of texts that come as a dictionary."""
    if not Path(path).is_file():
        reason = "it is a folder" if Path(path).is_dir() else "no such file"
        raise DataError(f"{path}: is not a readable parquet file ({reason}); {remedy}")
    require_file(path, MAX_TABLE_BYTES)
    try:
        with pq.ParquetFile(path, read_dictionary=list(packed)) as file:
            yield file
    except (OSError, ValueError, KeyError, TypeError, MemoryError, pa.ArrowException) as error:
        raise DataError(f"{path}: is not a readable parquet file ({' '.join(str(error).split())}); {remedy}") from error


def _check_footer(file: pq.ParquetFile, schema: pa.Schema, path: str | Path, remedy: str) -> None:
    facts, held = file.metadata, file.schema_arrow
    missing = [name for name in schema.names if held.get_field_index(name) < 0]
    if missing:
        raise DataError(f"{path}: lacks the columns {', '.join(missing)}; {remedy}")
    for wanted in schema:
        found = held.field(wanted.name).type
        if not (found == wanted.type or _is_list_of_same(found, wanted.type)):
            raise DataError(f"{path}: column {wanted.name} holds {found}; expected {wanted.type}; {remedy}")
    n_bytes = sum(facts.row_group(index).total_byte_size for index in range(facts.num_row_groups))
    if n_bytes > MAX_TABLE_BYTES or not 0 <= facts.num_rows <= MAX_TABLE_ROWS:
        raise DataError(
            f"{path}: holds {facts.num_rows:,} rows, {n_bytes:,} bytes unpacked; at most {MAX_TABLE_ROWS:,} rows and "
            f"{MAX_TABLE_BYTES:,} bytes are read; {remedy}"
        )
    n_values = _most_values(file, schema)
    if n_values > _MAX_VALUES_PER_ROW * max(facts.num_rows, 1):
        raise DataError(f"{path}: a column holds {n_values:,} values in {facts.num_rows:,} rows; {remedy}")


def _most_values(file: pq.ParquetFile, schema: pa.Schema) -> int:
    """Values of the longest column that is read; those of a list count one by one."""
    # Passes over the columns part by part. pyarrow (26.0) ends the process, without an exception, when the facts of a
    # damaged column are asked for; here it raises OSError for such a one.
    file.scan_contents(columns=schema.names)
    facts = file.metadata
    read = [c for c in range(facts.num_columns) if facts.schema.column(c).path.partition(".")[0] in schema.names]
    groups = map(facts.row_group, range(facts.num_row_groups))
    return max((group.column(c).num_values for group in groups for c in read), default=0)


def _read(schema: pa.Schema, path: str | Path, remedy: str) -> pa.Table:
    """The columns of a schema; texts as dictionaries."""
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    # Texts come as a dictionary first: one long text that stands in a million rows is then still one.
    with pq.ParquetFile(path, read_dictionary=texts) as packed:
        table = packed.read(columns=schema.names, use_threads=False).select(schema.names)
    for name in texts:
        _check_texts(table[name], f"{path}: column {name}", remedy)
    table.validate(full=True)
    return table


def _check_texts(column: pa.ChunkedArray, where: str, remedy: str) -> None:
    """column: texts as dictionaries."""
    longest = [_longest(chunk.dictionary) for chunk in column.chunks]
    most = sum(len(chunk) * length for chunk, length in zip(column.chunks, longest, strict=True))
    if max(longest, default=0) > MAX_TEXT_CHARACTERS or (most > MAX_TABLE_BYTES and _n_bytes(column) > MAX_TABLE_BYTES):
        raise DataError(f"{where} holds texts of {_n_bytes(column):,} bytes, which are too long; {remedy}")


def _longest(texts: pa.StringArray) -> int:
    """Bytes of the longest of some texts."""
    if not len(texts):
        return 0
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return int(np.diff(ends).max())


def _n_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of all texts of a column, written out."""
    import pyarrow.compute as pc  # takes 9 MB, and few tables come near the limit

    lengths = (pc.take(pc.binary_length(chunk.dictionary), chunk.indices) for chunk in column.chunks)
    return sum(pc.sum(of_chunk.cast(pa.int64())).as_py() or 0 for of_chunk in lengths)


def _is_list_of_same(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Lists of the same values; the name of the values inside differs between writers."""
    return pa.types.is_list(found) and pa.types.is_list(wanted) and found.value_type == wanted.value_type
