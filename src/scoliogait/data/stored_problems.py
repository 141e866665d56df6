"""The rules that a walk of a store is held to: those of reading and those of every walk."""

from __future__ import annotations

from scoliogait.data.problems import Problem, walk_problems
from scoliogait.data.stated import Stated
from scoliogait.errors import DataError
from scoliogait.io.recognise_layout import check_plausible_poses
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.walk import Walk


def stored_problems(walk: Walk, where: str, stated: Stated) -> list[Problem]:
    """What reading would refuse today, since a store may be older than a rule; and what is checked in every walk."""
    walk, refused = _as_read(walk, where, stated)
    return [*refused, *walk_problems(walk, where)]


def problems_as_stored(walk: Walk, where: str, known: list[Problem]) -> list[Problem]:
    """The same of a walk whose ``walk_problems`` are ``known``, and of which nothing is stated besides."""
    return [*_as_read(walk, where, Stated())[1], *known]


def _as_read(walk: Walk, where: str, stated: Stated) -> tuple[Walk, list[Problem]]:
    problems: list[Problem] = []
    try:
        walk = stated.complete(walk, where, problems)
        if walk.poses is not None:
            check_plausible_poses(walk.poses, where)
        if walk.silhouettes is not None:
            _, changes = read_silhouettes(walk.silhouettes, where)
            new = [words for words in changes if words not in walk.notes]
            problems += [Problem(where, "silhouette-values", "doubtful", f"as stored: {words}") for words in new]
    except DataError as error:
        message = f"{str(error).removeprefix(f'{where}: ')}; a store cannot mend this, import the walk again"
        problems.append(Problem(where, "refused-by-reader", "unusable", message))
    return walk, problems
