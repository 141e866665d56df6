"""Gathers walks from trees, files and folders into a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoliogait.data.problems import Problem, walk_problems
from scoliogait.data.scoliosis1k import PlannedWalk, is_tree, joining_problems, plan_walks, read_planned
from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.store_writer import prepare_walk
from scoliogait.errors import DataError
from scoliogait.io.read import check_frame_rate, is_walk, read_walk
from scoliogait.io.system_files import data_files
from scoliogait.memory import out_of_memory_in_one_line
from scoliogait.progress import Progress, no_progress
from scoliogait.walk import Walk


@dataclass(frozen=True)
class _Plan:
    walks: tuple[PlannedWalk | Path, ...]
    problems: tuple[Problem, ...]


def import_walks(
    sources: Sequence[str | Path],
    out: str | Path,
    *,
    origin: Mapping[str, str] | None = None,
    frame_rate_hz: float | None = None,
    overwrite: bool = False,
    skip_unusable: bool = False,
    problems: list[Problem] | None = None,
    progress: Progress = no_progress,
) -> WalkStore:
    """Read trees (joined by id and view), walk files, walk folders and folders of walk files into a new store.

    frame_rate_hz: for walks whose source does not state one. problems: list that receives every problem met, also when
    the import fails. Unless ``skip_unusable`` leaves them out, walks that cannot be used make the import fail after all
    were read; nothing is written then. Raises DataError for that, and as ``write_store`` does.
    """
    check_frame_rate(frame_rate_hz)
    found: list[Problem] = [] if problems is None else problems
    plan = _plan(sources)
    found += plan.problems

    def walks() -> Iterator[Walk]:
        for done, planned in enumerate(plan.walks):
            progress(done, len(plan.walks))
            walk = _read(planned, found)
            if walk is None:
                continue
            if walk.frame_rate_hz is None and frame_rate_hz is not None:
                walk = walk.with_changes(frame_rate_hz=frame_rate_hz)
            yield walk
        progress(len(plan.walks), len(plan.walks))
        n_unusable = sum(problem.severity == "unusable" for problem in found)
        if n_unusable and not skip_unusable:
            first = next(str(problem) for problem in found if problem.severity == "unusable")
            count = "1 problem makes" if n_unusable == 1 else f"{n_unusable} problems make"
            raise DataError(
                f"{count} walks unusable, the first: {first}. Mend them, or leave these walks out with --skip-unusable"
            )

    with out_of_memory_in_one_line(lambda which: _too_large(str(out), which)):
        return write_store(out, walks(), origin or {}, overwrite)


def _too_large(where: str, which: str) -> DataError:
    return DataError(f"{where}: importing ran out of {which}; give shorter recordings or smaller pictures")


def _plan(sources: Sequence[str | Path]) -> _Plan:
    trees: list[Path] = []
    files: list[Path] = []
    for source in map(Path, sources):
        if is_tree(source):
            trees.append(source)
        elif source.is_dir() and not is_walk(source) and any(data_files(source, "*.npz")):
            files += sorted(data_files(source, "*.npz"))
        else:
            files.append(source)
    planned, problems = plan_walks(trees) if trees else ([], [])
    return _Plan((*planned, *files), (*problems, *joining_problems(planned, trees)))


def _read(planned: PlannedWalk | Path, found: list[Problem]) -> Walk | None:
    """One walk as the store keeps it, or None where it is unusable; its problems are appended."""
    where = str(planned) if isinstance(planned, Path) else planned.where
    try:
        with out_of_memory_in_one_line(lambda which: _too_large(where, which)):
            return _prepared(planned, where, found)
    except DataError as error:
        found.append(Problem(where, "unreadable", "unusable", str(error).removeprefix(f"{where}: ")))
        return None


def _prepared(planned: PlannedWalk | Path, where: str, found: list[Problem]) -> Walk | None:
    walk = read_walk(planned) if isinstance(planned, Path) else read_planned(planned, found.append)
    if walk is None:
        return None
    problems = walk_problems(walk, where)
    found += problems
    if any(problem.severity == "unusable" for problem in problems):
        return None
    return prepare_walk(walk)
