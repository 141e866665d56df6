"""What is known of some walks without reading a frame: id, class and person. Splits and hazards need no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scoliogait.data.csv_table import read_csv_table
from scoliogait.data.partition import Partition
from scoliogait.data.people_table import PeopleTable
from scoliogait.data.scoliosis1k import plan_walks
from scoliogait.data.store import WalkStore, is_store
from scoliogait.errors import DataError
from scoliogait.labels import CLASS_NAMES, UNKNOWN_LABEL, parse_class
from scoliogait.provenance import is_simulated

_COLUMNS = ("id", "class")


@dataclass(frozen=True)
class ListedWalk:
    """One walk: its id, class id (-1 unknown), person (None unknown), and the id that its tree gives all its views."""

    id: str
    label: int
    subject_id: str | None = None
    tree_id: str | None = None


@dataclass(frozen=True)
class Roster:
    """Walks and where they are listed; simulated when they, or some of them, are. Raises DataError for an id twice."""

    where: str
    walks: tuple[ListedWalk, ...]
    simulated: bool = False

    def __post_init__(self) -> None:
        if len({walk.id for walk in self.walks}) < len(self.walks):
            raise DataError(f"{self.where}: lists an id more than once; list each walk once")

    def find(self, names: Iterable[str]) -> tuple[list[ListedWalk], list[str]]:
        """The walks that a partition's ids name, and the ids that name none.

        A walk id means that walk, a tree id all walks of that id, as in the store.
        """
        by_id = {walk.id: walk for walk in self.walks}
        by_tree_id: dict[str, list[ListedWalk]] = {}
        for walk in self.walks:
            by_tree_id.setdefault(walk.tree_id or walk.id, []).append(walk)
        found: list[ListedWalk] = []
        unknown: list[str] = []
        for name in names:
            named = [by_id[name]] if name in by_id else by_tree_id.get(name, [])
            found += named
            if not named:
                unknown.append(name)
        return found, unknown

    def class_counts(self, partition: Partition) -> dict[str, dict[str, int]]:
        """Walks of each class on each side of a partition, of those listed here."""
        labels = {side: [walk.label for walk in self.find(ids)[0]] for side, ids in partition.sides.items()}
        return {side: {name: listed.count(k) for k, name in enumerate(CLASS_NAMES)} for side, listed in labels.items()}

    def require(self, partition: Partition) -> None:
        """DataError unless every id of the partition names a walk and no walk is named twice."""
        found, unknown = self.find(partition.ids)
        if unknown:
            raise DataError(
                f"{self.where}: lacks {len(unknown)} of the {len(partition.ids)} ids of {partition.words}, "
                f"the first: {unknown[0]}; choose the partition that belongs to this data"
            )
        if len({walk.id for walk in found}) < len(found):
            raise DataError(
                f"{partition.words}: names a walk twice, by its own id and by that of its tree; list it once"
            )


def read_roster(sources: Sequence[str | Path]) -> Roster:
    """The walks of one store, of one table of labels (``.csv``), or of trees that are read together.

    Raises DataError when there is none, or as the readers do.
    """
    first = Path(sources[0])
    if is_store(first) or first.suffix.lower() == ".csv":
        if len(sources) > 1:
            raise DataError(f"{sources[1]}: one store or table is read at a time; give only {first}")
        return store_roster(WalkStore.open(first)) if is_store(first) else read_label_table(first)
    return tree_roster(sources)


def store_roster(store: WalkStore) -> Roster:
    """The walks of a store."""
    columns = zip(store.walk_ids, store.labels.tolist(), store.subject_ids, store.tree_ids, strict=True)
    return Roster(str(store.path), tuple(ListedWalk(*row) for row in columns), store.simulated)


def tree_roster(roots: Sequence[str | Path]) -> Roster:
    """The walks of trees that are read together; those with a problem in their folders are left out.

    Raises DataError when a root holds no walk.
    """
    planned, _ = plan_walks(roots)
    walks = [ListedWalk(plan.walk_id, int(plan.entries[0].label()), plan.subject_id, plan.tree_id) for plan in planned]
    simulated = any(is_simulated(plan.origin) for plan in planned)
    return Roster(" + ".join(map(str, roots)), tuple(walks), simulated)


def with_people(roster: Roster, people: PeopleTable | None) -> Roster:
    """The same walks, each of the person that the table names."""
    if people is None:
        return roster
    walks = [replace(w, subject_id=people.of(w.id, w.tree_id) or w.subject_id) for w in roster.walks]
    return replace(roster, walks=tuple(walks))


def read_label_table(path: str | Path) -> Roster:
    """A CSV file with the columns ``id``, ``class`` and, where known, ``subject``; an empty cell is unknown.

    Raises DataError naming file and line for missing columns, an empty or repeated id, or an unknown class.
    """
    table = read_csv_table(path)
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise DataError(
            f"{path}: has no column {' and no '.join(missing)}; expected the columns id, class and, "
            "where people are known, subject"
        )
    walks = [_listed(row, f"{path}: line {number}") for number, row in table.rows]
    if not walks:
        raise DataError(f"{path}: lists no walk; expected one line a walk")
    return Roster(str(path), tuple(walks))


def _listed(row: Mapping[str, str], where: str) -> ListedWalk:
    id_, class_name, subject = (row.get(name, "") for name in (*_COLUMNS, "subject"))
    if not id_:
        raise DataError(f"{where}: the id is empty; name the walk")
    return ListedWalk(id_, int(parse_class(class_name, where)) if class_name else UNKNOWN_LABEL, subject or None)
