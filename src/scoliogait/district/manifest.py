"""The manifest of a run on many machines: a Parquet table with a row for each walk, read some rows at a time.

It is sorted by id. So one pass that keeps nothing finds an id that comes twice, and the order of the results is known
before there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from scoliogait.district.content_print import ContentPrint
from scoliogait.errors import DataError
from scoliogait.files import atomic_file, sha256_of
from scoliogait.plain_text import is_plain
from scoliogait.table_file import ROWS_AT_ONCE, table_in_batches, table_metadata

_ROOT = b"scoliogait.root"
_REMEDY = "make it with 'scoliogait manifest'"
STORE, UNKNOWN = "store", "unknown"

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("path", pa.string()),
        pa.field("walk_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("n_bytes", pa.int64()),
        pa.field("modified_ns", pa.int64()),
        pa.field("sha256", pa.string()),
        pa.field("same_as", pa.string()),
    ]
)


@dataclass(frozen=True)
class ManifestRow:
    """A walk that is to be screened.

    path: below the root, with slashes. walk_id: which walk of a store it is; None elsewhere. kind: the format that was
    recognised, ``store``, or ``unknown``. n_bytes, modified_ns, sha256: what the content was. same_as: the id of
    the first walk with the same content; None for the first itself.
    """

    id: str
    path: str
    walk_id: str | None
    kind: str
    n_bytes: int
    modified_ns: int
    sha256: str | None
    same_as: str | None = None

    @property
    def content(self) -> ContentPrint:
        return ContentPrint(self.n_bytes, self.modified_ns, self.sha256)


@dataclass(frozen=True)
class Manifest:
    """A manifest that was checked row by row. root: the folder below which all paths lie. digest: of its bytes."""

    path: Path
    root: Path
    digest: str
    n_rows: int
    n_doubles: int

    def rows(self) -> Iterator[ManifestRow]:
        """In the order of their ids; only some are in memory at a time.

        Raises DataError where the file has more or fewer rows than when it was checked.
        """
        n_rows = 0
        for table in table_in_batches(self.path, SCHEMA, _REMEDY):
            n_rows += len(table)
            if n_rows > self.n_rows:
                break
            for values in table.to_pylist():
                yield ManifestRow(**values)
        if n_rows != self.n_rows:
            raise DataError(
                f"{self.path}: was replaced during the run: {self.n_rows:,} rows before, now {n_rows:,}"
                f"{' or more' * (n_rows > self.n_rows)}; choose another folder for its results, or restore it"
            )


def open_manifest(path: str | Path, root: str | Path | None = None) -> Manifest:
    """Check all rows of a manifest, keeping none of them. root: where the walks lie here, if not where it was made.

    Raises DataError, naming file, row and column, for a table that is none or lacks a column, an empty one, a root that
    is no folder, an id that comes twice or out of order, and a path that leads out of the root.
    """
    path = Path(path)
    n_rows = n_doubles = 0
    before: str | None = None
    for table in table_in_batches(path, SCHEMA, _REMEDY):
        for values in table.to_pylist():
            _check_row(values, f"{path}: row {n_rows + 1}", before)
            before = values["id"]
            n_rows += 1
            n_doubles += values["same_as"] is not None
    if not n_rows:
        raise DataError(f"{path}: lists no walk; {_REMEDY}")
    return Manifest(path, _root(path, root), sha256_of(path), n_rows, n_doubles)


def write_manifest(path: str | Path, root: Path, rows: Iterable[ManifestRow]) -> None:
    """rows: sorted by id. Raises DataError where it cannot be written."""
    schema = SCHEMA.with_metadata({_ROOT: str(root).encode("utf-8", "surrogateescape")})
    with atomic_file(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        held: list[dict[str, object]] = []
        for row in rows:
            held.append(asdict(row))
            if len(held) == ROWS_AT_ONCE:
                writer.write_table(pa.Table.from_pylist(held, schema))
                held.clear()
        if held:
            writer.write_table(pa.Table.from_pylist(held, schema))


def is_manifest(path: Path) -> bool:
    """Whether there is an older manifest."""
    try:
        return path.is_file() and _ROOT in table_metadata(path, _REMEDY)
    except DataError:
        return False


def _root(path: Path, given: str | Path | None) -> Path:
    held = table_metadata(path, _REMEDY).get(_ROOT)
    if given is None and held is None:
        raise DataError(f"{path}: does not say where its walks lie; give --root, the folder below which its paths are")
    root = Path(given) if given is not None else Path((held or b"").decode("utf-8", "surrogateescape"))
    if not root.is_dir():
        source = "" if given is not None else ", as the manifest says; give --root with the place of the walks here"
        raise DataError(f"{root}: is no folder on this machine{source}")
    return root.absolute()


def _check_row(values: dict[str, object], where: str, before: str | None) -> None:
    for name in ("id", "path", "kind", "n_bytes", "modified_ns"):
        if values[name] is None:
            raise DataError(f"{where}: {name} is empty; expected a value in each row; {_REMEDY}")
    id_, path = str(values["id"]), str(values["path"])
    if not is_plain(id_):
        raise DataError(f"{where}: id {id_!r} holds control characters; expected plain text; {_REMEDY}")
    if before is not None and id_ == before:
        raise DataError(f"{where}: id {id_!r} comes twice; expected each once; {_REMEDY}")
    if before is not None and id_ < before:
        raise DataError(f"{where}: id {id_!r} comes after {before!r}; expected rows sorted by id; {_REMEDY}")
    if not _is_inside(path):
        raise DataError(f"{where}: path {path!r} leads out of the root; expected a path below it; {_REMEDY}")


def _is_inside(path: str) -> bool:
    """By its spelling; whether a link leads out is seen when the walk is read."""
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts and "\0" not in path
