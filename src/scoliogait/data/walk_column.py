"""What is known of walks besides their frames, a value a walk: site, sex, camera, date. From a table, or from a store.

A table is CSV with one key column: ``id`` (a walk id, or the tree's id of all walks of that id) or ``subject`` (the
person, who has the same value in all walks). Where both are there, ``id`` is the key, as in a table of labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoliogait.data.csv_table import CsvTable, read_csv_table
from scoliogait.data.roster import ListedWalk
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.wording import nearest

ID, SUBJECT, CLASS = "id", "subject", "class"


@dataclass(frozen=True)
class WalkColumn:
    """One value a walk, as text. where: the table or store. values: by walk id; a walk whose cell is empty has none."""

    name: str
    where: str
    values: Mapping[str, str]


def read_walk_column(
    name: str, walks: Sequence[ListedWalk], table: str | Path | None, store: WalkStore | None
) -> WalkColumn:
    """A column of the table where one is given, else of the store, for these walks.

    Raises DataError for an unknown column, naming those there are, where neither table nor store is given, and as
    ``table_column`` does.
    """
    if table is not None:
        return table_column(read_csv_table(table), name, walks)
    if store is None:
        raise DataError(f"--by {name}: there is no table to take it from; add --table people.csv")
    return store_column(store, name, walks)


def table_column(table: CsvTable, name: str, walks: Sequence[ListedWalk]) -> WalkColumn:
    """A column of a table for these walks; an empty cell is an unknown value.

    Raises DataError for an unknown or a key column, a table without a key, a key that comes twice or is empty, and
    walks that no line names.
    """
    key = next((column for column in (ID, SUBJECT) if column in table.columns), None)
    if key is None:
        raise DataError(
            f"{table.path}: has neither a column {ID} (walk) nor {SUBJECT} (person), only {', '.join(table.columns)}; "
            "name the key column so"
        )
    usable = [column for column in table.columns if column not in (ID, SUBJECT, CLASS)]
    _check_name(name, usable, str(table.path))
    cells: dict[str, str] = {}
    for number, row in table.rows:
        if not row[key]:
            raise DataError(f"{table.path}: line {number}: the {key} is empty; name the {_WORDS[key]}")
        if row[key] in cells:
            raise DataError(f"{table.path}: line {number}: {key} {row[key]} comes twice; keep one line for each")
        cells[row[key]] = row[name]
    values = {walk.id: _cell(cells, walk, key) for walk in walks}
    lacking = [walk for walk in walks if values[walk.id] is None]
    if lacking:
        raise DataError(_lacking(table.path, name, key, lacking, len(walks)))
    return WalkColumn(name, str(table.path), {walk: value for walk, value in values.items() if value})


def store_column(store: WalkStore, name: str, walks: Sequence[ListedWalk]) -> WalkColumn:
    """What a store itself knows: view, source, frame rate and size, frames, and what the origin of its walks says.

    Raises DataError for a name that is none of them.
    """
    facts = {id_: store.walk_facts(index) for index, id_ in enumerate(store.walk_ids)}
    known = sorted({key for one in facts.values() for key in one})
    _check_name(name, known, str(store.path))
    values = {walk.id: facts[walk.id].get(name, "") for walk in walks}
    return WalkColumn(name, str(store.path), {walk: value for walk, value in values.items() if value})


_WORDS = {ID: "walk", SUBJECT: "person"}


def _cell(cells: Mapping[str, str], walk: ListedWalk, key: str) -> str | None:
    if key == SUBJECT:
        return cells.get(walk.subject_id) if walk.subject_id is not None else None
    return cells.get(walk.id, cells.get(walk.tree_id or walk.id))


def _lacking(path: Path, name: str, key: str, lacking: Sequence[ListedWalk], n_walks: int) -> str:
    nameless = sum(walk.subject_id is None for walk in lacking) if key == SUBJECT else 0
    if nameless:
        return (
            f"{path}: names people, and the person of {nameless} of {n_walks} walks is unknown, the first: "
            f"{next(w.id for w in lacking if w.subject_id is None)}; give a table with the column {ID}"
        )
    first = lacking[0].id if key == ID else f"{lacking[0].id}, of {lacking[0].subject_id}"
    return (
        f"{path}: has no line for {len(lacking)} of {n_walks} walks, the first: {first}; add them, with an empty cell "
        f"where {name} is unknown"
    )


def _check_name(name: str, known: Sequence[str], where: str) -> None:
    if name not in known:
        close = nearest(name, known)
        meant = f"did you mean {close}: " if close else ""
        raise DataError(f"{where}: has no column {name!r} to compare by; {meant}it has {', '.join(known) or 'none'}")
