"""From files, folders, trees and stores to the rows of a manifest, and what there is to say of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from scoliogait.data.store import WalkStore
from scoliogait.data.store_format import HEADER_FILE
from scoliogait.district.content_print import ContentPrint, content_print
from scoliogait.district.manifest import STORE, UNKNOWN, ManifestRow
from scoliogait.errors import DataError
from scoliogait.io.find_walks import FoundWalks, WalkPlace, find_walks
from scoliogait.io.read import known_format
from scoliogait.io.tree_path import place_in_tree
from scoliogait.plain_text import escaped, is_storable
from scoliogait.progress import Progress


@dataclass(frozen=True)
class ListedWalks:
    """root: the folder below which all lie. rows: sorted by id. found: what was left out. n_in_trees: how many lie in
    folders ``<id>/<class>/<view>``. problems: why nothing was found at a path, by the path of its row."""

    root: Path
    rows: tuple[ManifestRow, ...]
    found: FoundWalks
    n_in_trees: int
    problems: Mapping[str, str]

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many walks there are of each kind."""
        return Counter(row.kind for row in self.rows)

    @property
    def n_bytes(self) -> int:
        """Of all recordings; each store is counted by its header alone."""
        return sum(row.n_bytes for row in self.rows)

    @property
    def doubles(self) -> tuple[ManifestRow, ...]:
        """Walks whose content is that of a walk before them."""
        return tuple(row for row in self.rows if row.same_as is not None)


def list_walks(
    paths: Sequence[str | Path], root: str | Path | None, with_sha256: bool, progress: Progress
) -> ListedWalks:
    """Raises DataError when a path does not exist, or a walk lies outside of the root, also through a link."""
    for path in paths:
        if not os.path.lexists(path) and not any(sign in str(path) for sign in "*?["):
            raise DataError(f"{path}: does not exist; give files, folders or patterns")
    found = find_walks(paths, lambda folder: (folder / HEADER_FILE).is_file())
    if not found.places:
        raise DataError("no walk was found; give files, folders or patterns that lead to walks")
    for place in found.places:
        if place.problem is not None and not os.path.lexists(place.path):
            raise DataError(place.problem)
    base = _common_folder(found.places) if root is None else Path(os.path.abspath(root))  # noqa: PTH100 -- no links
    if not base.is_dir():
        raise DataError(f"{base}: is no folder; give --root, the folder below which all walks lie")
    real_base = Path(os.path.realpath(base))
    rows: list[ManifestRow] = []
    n_in_trees = 0
    for done, place in enumerate(found.places):
        progress(done, len(found.places), place.path.name)
        rows += _rows_of(place, _below(place.path, base, real_base), with_sha256)
        n_in_trees += place.path.is_dir() and place_in_tree(place.path) is not None
    progress(len(found.places), len(found.places))
    problems = {_below(one.path, base, real_base): one.problem for one in found.places if one.problem is not None}
    return ListedWalks(base, tuple(_with_doubles(rows)), found, n_in_trees, problems)


def _common_folder(places: Sequence[WalkPlace]) -> Path:
    folders = {os.path.abspath(place.path if place.is_store else place.path.parent) for place in places}  # noqa: PTH100
    try:
        common = os.path.commonpath(folders)
    except ValueError as error:  # on two drives
        raise DataError("the walks lie on two drives; make a manifest for each") from error
    only_store = len(places) == 1 and places[0].is_store
    return Path(common).parent if only_store else Path(common)


def _below(path: Path, base: Path, real_base: Path) -> str:
    absolute = PurePath(os.path.abspath(path))  # noqa: PTH100 -- links stay
    if not absolute.is_relative_to(base):
        raise DataError(f"{path}: lies outside of the root {base}; give --root, a folder that holds all walks")
    if not Path(os.path.realpath(path)).is_relative_to(real_base):
        raise DataError(
            f"{path}: a link leads out of the root {base}; give the folder that it leads to, or a --root with both"
        )
    below = absolute.relative_to(base).as_posix()
    if not is_storable(below):
        raise DataError(f"{escaped(str(path))}: its name is no UTF-8; rename it")
    return below


def _rows_of(place: WalkPlace, path: str, with_sha256: bool) -> Iterator[ManifestRow]:
    id_ = escaped(path)
    try:
        content = content_print(place.path, with_sha256)
    except DataError:  # screening it says what is wrong
        content = ContentPrint(0, 0)
    row = ManifestRow(id_, path, None, _kind(place), content.n_bytes, content.modified_ns, content.sha256)
    if not place.is_store:
        yield row
        return
    try:
        walk_ids = WalkStore.open(place.path).walk_ids
    except DataError:
        yield replace(row, kind=UNKNOWN)
        return
    for walk_id in walk_ids:
        yield replace(row, id=f"{id_}: {walk_id}", walk_id=walk_id)


def _kind(place: WalkPlace) -> str:
    if place.is_store:
        return STORE
    try:
        known = None if place.problem else known_format(place.path)
    except OSError:
        known = None
    return UNKNOWN if known is None else known.name


def _with_doubles(rows: list[ManifestRow]) -> Iterator[ManifestRow]:
    """Sorted by id; walks of a store are never doubles: the store refuses them."""
    first: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: row.id):
        if row.sha256 is None or row.kind == STORE:
            yield row
        else:
            earlier = first.setdefault(row.sha256, row.id)
            yield row if earlier == row.id else replace(row, same_as=earlier)
