"""Folders, trees and videos in; a manifest out, and what will be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scoliogait.district.list_walks import ListedWalks, list_walks
from scoliogait.district.manifest import is_manifest, write_manifest
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing
from scoliogait.progress import Progress, no_progress


def make_manifest(
    paths: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    root: str | Path | None = None,
    checksums: bool = True,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> ListedWalks:
    """List the walks of files, folders, trees, stores and patterns in a Parquet table, with what they hold now.

    root: the folder below which all lie; without it the smallest that holds them. checksums: take the sha256 of each,
    which finds doubles and changes of which size and time say nothing; it reads everything once. Returns what was
    listed: ``rows``, ``kinds``, ``doubles``. Raises DataError for a path that does not exist or that leads out of the
    root, and where ``out`` is named as another kind of file, exists or cannot be written.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    if not given:
        raise DataError("no path is given; give files, folders or patterns")
    refuse_existing(Path(out), overwrite, is_manifest, "a manifest")
    if Path(out).suffix.lower() != ".parquet":
        raise DataError(f"{out}: a manifest is a Parquet table; give a name that ends in .parquet")
    listed = list_walks(given, root, checksums, progress)
    write_manifest(out, listed.root, listed.rows)
    return listed
