"""A table of people: which walk is of which person, for recordings that do not say so themselves.

A CSV file with the columns ``id`` and ``subject``, one row a walk; other columns are not looked at, so a table of
labels serves too. ``id`` is a walk's own id, or the id of its tree, which means all walks of that id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scoliogait.data.csv_table import read_csv_table
from scoliogait.data.problems import Problem
from scoliogait.errors import DataError
from scoliogait.limits import MAX_TEXT_CHARACTERS
from scoliogait.plain_text import is_plain
from scoliogait.walk import Walk
from scoliogait.wording import first_few

_COLUMNS = ("id", "subject")


@dataclass(frozen=True)
class PeopleTable:
    """subjects: the person of each id."""

    where: str
    subjects: Mapping[str, str] = field(repr=False)

    def of(self, walk_id: str, tree_id: str | None = None) -> str | None:
        """The person of a walk; None where the table has neither of its ids."""
        return self.subjects.get(walk_id) or self.subjects.get(tree_id or walk_id)

    def name(self, walk: Walk, where: str, problems: list[Problem]) -> Walk:
        """The walk with its person. A walk that states another person gets this one, and a note says so."""
        subject = self.of(walk.walk_id, walk.origin.get("tree_id"))
        if subject is None or subject == walk.subject_id:
            return walk
        if walk.subject_id is not None:
            message = f"is of {walk.subject_id!r} by itself and of {subject!r} in {self.where}; the table counts"
            problems.append(Problem(where, "person-replaced", "note", message))
        return walk.with_changes(subject_id=subject)

    def problems(self, names: Iterable[tuple[str, str | None]]) -> list[Problem]:
        """What keeps the table from saying who is who: walks that it lacks, rows of no walk, walks that it names twice.

        names: walk id and tree id of each walk.
        """
        names = [(walk_id, tree_id or walk_id) for walk_id, tree_id in names]
        lacking = [walk_id for walk_id, tree_id in names if self.of(walk_id, tree_id) is None]
        known = {name for pair in names for name in pair}
        unknown = [id_ for id_ in self.subjects if id_ not in known]
        twice = [w for w, t in names if w != t and w in self.subjects and t in self.subjects]
        finds = (
            ("walk-without-person", lacking, "has no row for {}; add one for each"),
            ("person-without-walk", unknown, "has rows for {}, which are no walks here; remove them or add the walks"),
            ("person-twice", twice, "names {} by the walk and by its tree; keep one row"),
        )
        return [
            Problem(self.where, kind, "unusable", words.format(f"{len(ids)} ids: {first_few(ids)}"), tuple(ids))
            for kind, ids, words in finds
            if ids
        ]


def read_people(path: str | Path) -> PeopleTable:
    """Read a table of people. Raises DataError, naming file and line, for what is missing, empty or doubled."""
    table = read_csv_table(path)
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise DataError(
            f"{path}: has no column {' and no '.join(missing)}; expected id (a walk) and subject (its person)"
        )
    subjects: dict[str, str] = {}
    for number, row in table.rows:
        where = f"{path}: line {number}"
        id_, subject = (_cell(row, name, where) for name in _COLUMNS)
        if id_ in subjects:
            raise DataError(f"{where}: id {id_!r} was listed before; keep one row for each walk")
        subjects[id_] = subject
    if not subjects:
        raise DataError(f"{path}: lists no walk; expected one line a walk")
    return PeopleTable(str(path), subjects)


def _cell(row: Mapping[str, str], name: str, where: str) -> str:
    value = row[name]
    if not value:
        raise DataError(f"{where}: {name} is empty; each row needs the id of a walk and its person")
    if not is_plain(value) or len(value) > MAX_TEXT_CHARACTERS:
        raise DataError(f"{where}: {name} is {value[:40]!r}; expected text without control characters")
    return value
