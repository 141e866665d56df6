"""Scoliosis1K and OpenGait trees: ``<root>/<id>/<class>/<view>/`` with pickles or pictures, one tree a modality.

Silhouette, pose and derived trees of the same data are read together: what lies under the same id and view is one walk.
In Scoliosis1K an id is one recording, not one person, and persons are unknown. Where an id has several views, its walks
are named ``<id>-<view>`` and the id is taken as the person, as OpenGait does.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoliogait.data.problems import Problem
from scoliogait.data.store_format import MODALITIES
from scoliogait.data.tree_walks import StatedWalk, joined, place_of, read_stated
from scoliogait.errors import DataError
from scoliogait.files import read_json
from scoliogait.io.opengait_pickle import PAV_STATS_FILE, load_array_pickle, pickles_of
from scoliogait.io.read import format_of, is_walk, read_walk
from scoliogait.io.restricted_pickle import load_arrays
from scoliogait.io.silhouette_png import OTHER_PICTURES
from scoliogait.io.system_files import data_files, is_system_file
from scoliogait.labels import ScreeningClass, parse_class
from scoliogait.walk import Walk
from scoliogait.wording import first_few

# Written by our export at the root of a tree.
FACTS_FILE = "export.json"
TREE_KIND = "scoliogait-tree"

# What a recording has once; where several parts say it, the first counts.
_FIRST_COUNTS = ("frame_size_px", "frame_rate_hz", "people", "mirror_difference")

# How files that hold frames of a walk end.
_FRAME_FILES = ("*.pkl", "*.png", "*.json")

OnProblem = Callable[[Problem], None]


@dataclass(frozen=True)
class TreeEntry:
    """One walk folder of one tree."""

    root: Path
    id: str
    class_name: str
    view: str

    @property
    def folder(self) -> Path:
        return self.root / self.id / self.class_name / self.view

    def label(self) -> ScreeningClass:
        """Raises DataError naming the folder when the class is spelled in an unknown way."""
        return parse_class(self.class_name, str(self.root / self.id / self.class_name))


@dataclass(frozen=True)
class PlannedWalk:
    """The folders, at most one a tree, that make up one walk; stated: what an exported tree says of it besides."""

    walk_id: str
    tree_id: str
    entries: tuple[TreeEntry, ...]
    several_of_id: bool
    origin: Mapping[str, str]
    stated: StatedWalk | None = None

    @property
    def where(self) -> str:
        return str(self.entries[0].folder)

    @property
    def subject_id(self) -> str | None:
        """The person: as stated, else the id of several views."""
        if self.stated is not None:
            return self.stated.subject_id
        return self.tree_id if self.several_of_id else None


@dataclass(frozen=True)
class _About:
    """What a root says: of all its walks, and of each."""

    origin: Mapping[str, str]
    stated: Mapping[str, StatedWalk]

    def stated_of(self, entry: TreeEntry) -> StatedWalk | None:
        return self.stated.get(place_of(entry.folder))


def is_tree(root: str | Path) -> bool:
    """Whether the folder has the three levels of a tree and is not a walk itself."""
    root = Path(root)
    return root.is_dir() and not is_walk(root) and any(True for _ in _folders_at_depth_three(root))


def scan_tree(root: str | Path) -> list[TreeEntry]:
    """All walk folders of a tree in the order of their paths. Raises DataError when there is none."""
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root}: is no folder; expected the root of a tree <id>/<class>/<view>, or a store")
    entries = [TreeEntry(root, *folder.relative_to(root).parts) for folder in _folders_at_depth_three(root)]
    if not entries:
        raise DataError(f"{root}: holds no walk; expected folders <id>/<class>/<view> with pickles or pictures")
    return entries


def plan_walks(roots: Sequence[str | Path]) -> tuple[list[PlannedWalk], list[Problem]]:
    """What to read for each walk of some trees, and the problems that show without reading.

    The walks come in an order that says nothing about their class (by a checksum of the id): the ids of Scoliosis1K are
    sorted by class. Walks with a problem are left out of the plan. Raises DataError when a root holds no walk.
    """
    entries_of_all = [entry for root in roots for entry in scan_tree(root)]
    problems = [problem for root in roots for problem in _misplaced_files(Path(root))]
    spoiled: set[tuple[str, str]] = set()
    for entry in entries_of_all:
        found = list(_entry_problems(entry))
        if found:
            problems += found
            spoiled.add((entry.id, entry.view))
    by_id: dict[str, list[TreeEntry]] = defaultdict(list)
    for entry in entries_of_all:
        if (entry.id, entry.view) not in spoiled:
            by_id[entry.id].append(entry)
    about = {root: _About(_root_origin(root), read_stated(root)) for root in map(Path, roots)}
    walks: list[PlannedWalk] = []
    for tree_id, entries in by_id.items():
        found = list(_id_problems(entries))
        problems += found
        if not found:
            walks += _walks_of_id(tree_id, entries, about, problems)
    return sorted(
        walks, key=lambda walk: hashlib.sha256(walk.walk_id.encode("utf-8", "surrogateescape")).digest()
    ), problems


def _walks_of_id(
    tree_id: str,
    entries: Sequence[TreeEntry],
    about: Mapping[Path, _About],
    problems: list[Problem],
) -> Iterator[PlannedWalk]:
    """The walks of one id, one a view; appends the problems of the views that are left out."""
    by_view: dict[str, list[TreeEntry]] = defaultdict(list)
    for entry in entries:
        by_view[entry.view].append(entry)
    several = len(by_view) > 1
    for view, places in by_view.items():
        found = list(_place_problems(places))
        try:
            stated = joined(filter(None, (about[entry.root].stated_of(entry) for entry in places)))
        except DataError as error:
            found.append(Problem(str(places[0].folder), "contradiction", "unusable", str(error)))
        problems += found
        if not found:
            walk_id = f"{tree_id}-{view}" if several else tree_id
            origin = {key: value for entry in places for key, value in about[entry.root].origin.items()}
            yield PlannedWalk(stated.walk_id if stated else walk_id, tree_id, tuple(places), several, origin, stated)


def joining_problems(planned: Iterable[PlannedWalk], roots: Sequence[str | Path]) -> list[Problem]:
    """Walks that are in some of the trees only: without them, no modality would be complete."""
    return [
        Problem(
            plan.where,
            "not-in-every-tree",
            "doubtful",
            f"walk {plan.walk_id!r} is not in {', '.join(lacking)}; add it there or leave it out",
        )
        for plan in planned
        if (lacking := [str(root) for root in roots if Path(root) not in {entry.root for entry in plan.entries}])
    ]


def read_planned(plan: PlannedWalk, on_problem: OnProblem, layout: str | None = None) -> Walk | None:
    """Read and join the folders of one walk; None, after reporting each problem, when one of them cannot be read.

    layout: the order of the joints, for the folders that hold any (see ``read_walk``).
    """
    parts: list[Walk] = []
    problems: list[Problem] = []
    for entry in plan.entries:
        try:
            of_joints = layout if layout is not None and format_of(entry.folder).joints else None
            parts.append(read_walk(entry.folder, layout=of_joints))
        except DataError as error:
            problems += _reading_problems(entry, error)
    if not problems:
        try:
            return _joined(plan, parts)
        except DataError as error:
            problems.append(Problem(plan.where, "recorded-twice", "unusable", str(error)))
    for problem in problems:
        on_problem(problem)
    return None


def _joined(plan: PlannedWalk, parts: Sequence[Walk]) -> Walk:
    fields: dict[str, Any] = {}
    origin = dict(plan.origin)
    for part in parts:
        for name in (*MODALITIES, "asymmetry", *_FIRST_COUNTS):
            value = getattr(part, name)
            if value is None or (name in _FIRST_COUNTS and name in fields):
                continue
            if name in fields:
                raise DataError(f"{name} are also in {part.source}; give each modality once")
            fields[name] = value
        if part.silhouettes is not None:
            fields["silhouettes_aligned"] = part.silhouettes_aligned
        origin |= part.origin
    if plan.several_of_id:
        origin["tree_id"] = plan.tree_id
    notes = [note for part in parts for note in part.notes]
    first = plan.entries[0]
    fields |= {"view": first.view, "source": plan.where} | _stated_fields(plan.stated, "silhouettes" in fields)
    if plan.stated is not None:
        origin |= plan.stated.origin
        notes = [*plan.stated.notes, *notes]
    return Walk(
        walk_id=plan.walk_id,
        subject_id=plan.subject_id,
        label=first.label(),
        origin=origin,
        notes=tuple(dict.fromkeys(notes)),
        **fields,
    )


def _stated_fields(stated: StatedWalk | None, with_silhouettes: bool) -> dict[str, Any]:
    if stated is None:
        return {}
    names = (*_FIRST_COUNTS, *(("silhouettes_aligned",) if with_silhouettes else ()))
    known = {name: value for name in names if (value := getattr(stated, name)) is not None}
    return {"view": stated.view, "source": stated.source} | known


def tree_facts(root: Path) -> dict[str, Any] | None:
    """What ``export.json`` says of a tree of our export; None for other trees. DataError when it is not JSON."""
    if not (root / FACTS_FILE).is_file():
        return None
    facts = read_json(root / FACTS_FILE)
    return facts if isinstance(facts, dict) and facts.get("kind") == TREE_KIND else None


def _root_origin(root: Path) -> dict[str, str]:
    """What a tree says about all its walks: the origin of the store it was exported from, whose range the PAVs have."""
    origin: dict[str, str] = {}
    facts = tree_facts(root)
    if facts is not None:
        of_store = facts.get("store_origin", {})
        if not isinstance(of_store, dict):
            raise DataError(f"{root / FACTS_FILE}: store_origin is no table of texts; export the tree again")
        origin |= {str(key): str(value) for key, value in of_store.items()}
    if (root / PAV_STATS_FILE).is_file():
        statistics = load_arrays(root / PAV_STATS_FILE)
        partition = statistics.get("stats_partition") if isinstance(statistics, dict) else None
        origin["pav_stats_partition"] = str(partition or "all walks")
    return origin


def _folders_at_depth_three(root: Path) -> Iterator[Path]:
    for id_folder in _subfolders(root):
        for class_folder in _subfolders(id_folder):
            yield from _subfolders(class_folder)


def _subfolders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:  # which know what is a folder without another look at each
        folders = [folder / entry.name for entry in entries if _is_folder(entry)]
    return sorted(path for path in folders if not is_system_file(path))


def _misplaced_files(root: Path) -> Iterator[Problem]:
    """Frames that lie above the folders of their views, where nothing reads them."""
    for id_folder in _subfolders(root):
        for folder in (id_folder, *_subfolders(id_folder)):
            names = sorted(
                path.name for ending in _FRAME_FILES for path in data_files(folder, ending) if path.is_file()
            )
            if names:
                message = (
                    f"holds {first_few(names)}, which no walk takes: expected <id>/<class>/<view> around them; move "
                    "them into a folder of their view"
                )
                yield Problem(str(folder), "misplaced-file", "doubtful", message)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A link that leads in a circle is none; ``DirEntry.is_dir`` raises OSError for it."""
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _entry_problems(entry: TreeEntry) -> Iterator[Problem]:
    where = str(entry.folder)
    if not is_walk(entry.folder):
        kinds = sorted({path.suffix.lower() for path in entry.folder.iterdir() if not is_system_file(path)} - {""})
        held = f" but {first_few(kinds)}" if kinds else ""
        remedy = "write its pictures as .png" if OTHER_PICTURES.intersection(kinds) else "fill or remove it"
        message = f"holds no pickle, .png picture or keypoint file{held}; {remedy}"
        yield Problem(where, "empty-folder", "unusable", message)
    try:
        entry.label()
    except DataError as error:
        message = str(error).removeprefix(f"{entry.folder.parent}: ")
        yield Problem(where, "unknown-class", "unusable", f"{message}; rename the folder {entry.class_name!r}")


def _place_problems(entries: Sequence[TreeEntry]) -> Iterator[Problem]:
    """Contradictions between the folders of one id and view."""
    where = str(entries[0].folder)
    if len({entry.root for entry in entries}) < len(entries):
        names = " and ".join(sorted(entry.class_name for entry in entries))
        message = f"id {entries[0].id!r} comes twice in one tree, as {names}; keep one folder"
        yield Problem(where, "duplicate-id", "unusable", message)


def _id_problems(entries: Sequence[TreeEntry]) -> Iterator[Problem]:
    """Contradictions between all folders of one id: a person has one class."""
    folders = {entry.class_name.lower(): entry.folder.parent for entry in entries}
    if len({entry.label() for entry in entries}) > 1:
        message = (
            f"id {entries[0].id!r} has several classes: {', '.join(map(str, folders.values()))}; keep the right one"
        )
        yield Problem(str(entries[0].folder), "several-classes", "unusable", message)


def _reading_problems(entry: TreeEntry, error: DataError) -> list[Problem]:
    """One problem a damaged pickle of the folder, or the error as it came."""
    damaged = []
    for path in pickles_of(entry.folder):
        try:
            load_array_pickle(path)
        except DataError as damage:
            damaged.append(str(damage))
    return [_as_problem(message, entry) for message in damaged or [str(error)]]


def _as_problem(message: str, entry: TreeEntry) -> Problem:
    where, separator, rest = message.partition(": ")
    if separator and where.startswith(str(entry.folder)):
        return Problem(where, "unreadable", "unusable", rest)
    return Problem(str(entry.folder), "unreadable", "unusable", message)
