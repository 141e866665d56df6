"""Gathers walks from trees, files and folders into a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoliogait.data.kept_problems import keep
from scoliogait.data.kept_videos import KeptVideos
from scoliogait.data.modality_check import HeldFrames, modality_problems
from scoliogait.data.people_table import read_people
from scoliogait.data.problems import Problem, walk_problems
from scoliogait.data.recorded_twice import print_of, twice_problems
from scoliogait.data.scoliosis1k import PlannedWalk, is_tree, joining_problems, plan_walks, read_planned
from scoliogait.data.stated import Stated
from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.store_writer import prepare_walk
from scoliogait.data.stored_problems import problems_as_stored
from scoliogait.errors import DataError, NotUsableError
from scoliogait.identity.walk_prints import WalkPrint
from scoliogait.io.backend_names import backend_named, check_one_video
from scoliogait.io.read import check_frame_rate, known_format, read_walk
from scoliogait.io.system_files import data_files
from scoliogait.memory import out_of_memory_in_one_line
from scoliogait.progress import Progress, no_progress
from scoliogait.result_states import NOT_USABLE, UNREADABLE
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
    layout: str | None = None,
    subjects: str | Path | None = None,
    backend: str | None = None,
    overwrite: bool = False,
    skip_unusable: bool = False,
    problems: list[Problem] | None = None,
    progress: Progress = no_progress,
    pictures: Progress = no_progress,
) -> WalkStore:
    """Read trees (joined by id and view), walks, and folders of walk files and videos into a new store.

    frame_rate_hz, layout: as ``read_walk`` takes them; a walk that states another rate is unusable. subjects: a table
    of people (see ``people_table``), which must name every walk and no other. backend: what finds joints, as
    ``read_walk`` takes it; then all sources must be videos. problems: list that receives every
    problem met, also when the import fails. Unless ``skip_unusable`` leaves them out, walks that cannot be used make
    the import fail after all were read; nothing is written then. Raises DataError for that, and as ``write_store``
    does. The store keeps what a check of it would find (see ``kept_problems``). Until it is written, walks of videos
    are kept beside it: the next import into ``out`` need not read them again. pictures: progress within a video.
    """
    check_frame_rate(frame_rate_hz)
    found: list[Problem] = [] if problems is None else problems
    looks = None if backend is None else backend_named(backend, layout)
    stated = Stated(frame_rate_hz, layout, None if subjects is None else read_people(subjects), looks)
    plan = _plan(sources)
    check_one_video(looks, len(plan.walks))
    found += plan.problems
    names = [_names(planned) for planned in plan.walks]
    videos = KeptVideos(out)
    held: list[HeldFrames] = []
    prints: list[WalkPrint] = []
    as_stored: list[list[Problem]] = []

    def walks() -> Iterator[Walk]:
        for done, planned in enumerate(plan.walks):
            progress(done, len(plan.walks), _where(planned))
            read = _read(planned, found, stated, videos, pictures)
            if read is None:
                continue
            walk, of_walk = read
            as_stored.append(of_walk)
            held.append(HeldFrames.of(walk, _where(planned)))
            prints.append(print_of(walk))
            names[done] = (walk.walk_id, walk.origin.get("tree_id"))
            yield walk
        progress(len(plan.walks), len(plan.walks))
        found.extend(modality_problems(held, {problem.where for problem in plan.problems}))
        found.extend(twice_problems(prints, [one.where for one in held]))
        _refuse_people(stated, names, found)
        n_unusable = sum(problem.severity == "unusable" for problem in found)
        if n_unusable and not skip_unusable:
            first = next(str(problem) for problem in found if problem.severity == "unusable")
            count = "1 problem makes" if n_unusable == 1 else f"{n_unusable} problems make"
            kept = f"; what was read of {videos.n_kept} videos is kept for the next import" if videos.n_kept else ""
            raise DataError(
                f"{count} walks unusable, the first: {first}. Mend them, or leave these walks out with --skip-unusable"
                f"{kept}"
            )

    with out_of_memory_in_one_line(lambda which: _too_large(str(out), which)):
        store = write_store(out, walks(), origin or {}, overwrite)
    keep(store, as_stored)
    videos.remove()
    return store


def _too_large(where: str, which: str) -> DataError:
    return DataError(f"{where}: importing ran out of {which}; give shorter recordings or smaller pictures")


def _plan(sources: Sequence[str | Path]) -> _Plan:
    trees: list[Path] = []
    files: list[Path] = []
    left_out: list[Problem] = []
    for source in map(Path, sources):
        if is_tree(source):
            trees.append(source)
        else:
            found = _walk_files(source)
            left_out += _passed_over(source, found) if found else ()
            files += found or [source]
    planned, problems = plan_walks(trees) if trees else ([], [])
    first_of = {file.resolve(): file for file in sorted(reversed(files), key=Path.is_symlink, reverse=True)}
    for file in files:
        if first_of[file.resolve()] is not file:
            left_out.append(Problem(str(file), "repeated", "note", f"is {first_of[file.resolve()]} and is left out"))
    files = [file for file in files if first_of[file.resolve()] is file]
    return _Plan((*planned, *files), (*left_out, *problems, *joining_problems(planned, trees)))


def _walk_files(folder: Path) -> list[Path]:
    """Walk files and videos in a folder that is no walk itself; pictures beside them make it none."""
    known = known_format(folder) if folder.is_dir() else None
    if not folder.is_dir() or (known is not None and known.frames_in != ".png"):
        return []
    return sorted(file for file in data_files(folder, "*") if file.suffix.lower() == ".npz" or _is_video(file))


def _passed_over(folder: Path, found: Sequence[Path]) -> Iterator[Problem]:
    """A note on what else lies in a folder of walks."""
    others = sorted(set(data_files(folder, "*")) - set(found))
    folders = [path for path in others if path.is_dir()]
    kinds = Counter(path.suffix.lower() or "without an ending" for path in others if path not in folders)
    parts = [f"{count} {ending}" for ending, count in kinds.items()]
    if folders:
        parts.append("1 folder (give it by itself)" if len(folders) == 1 else f"{len(folders)} folders (give each)")
    if parts:
        yield Problem(str(folder), "passed-over", "note", f"passed over what is no walk file: {', '.join(parts)}")


def _is_video(file: Path) -> bool:
    known = known_format(file)
    return known is not None and known.watched


def _names(planned: PlannedWalk | Path) -> tuple[str, str | None]:
    """Walk id and tree id, as far as they are known before reading."""
    return (planned.stem, None) if isinstance(planned, Path) else (planned.walk_id, planned.tree_id)


def _where(planned: PlannedWalk | Path) -> str:
    return str(planned) if isinstance(planned, Path) else planned.where


def _refuse_people(stated: Stated, names: Sequence[tuple[str, str | None]], found: list[Problem]) -> None:
    """DataError, also where unusable walks are left out, when the table of people does not fit the walks."""
    problems = [] if stated.people is None else stated.people.problems(names)
    found += problems
    if problems:
        raise DataError(str(problems[0]))


def _read(
    planned: PlannedWalk | Path, found: list[Problem], stated: Stated, videos: KeptVideos, pictures: Progress
) -> tuple[Walk, list[Problem]] | None:
    """One walk as the store keeps it, and what a check of the store would find in it; None where it is unusable.

    Its own problems are appended.
    """
    where = _where(planned)
    try:
        with out_of_memory_in_one_line(lambda which: _too_large(where, which)):
            if isinstance(planned, Path):
                walk: Walk | None = _walk_of(planned, stated, videos, pictures)
            elif stated.backend is not None:
                raise DataError(f"{where}: a tree holds no videos; leave out --backend")
            else:
                walk = read_planned(planned, found.append, stated.layout)
            return None if walk is None else _prepared(walk, where, found, stated)
    except DataError as error:
        # The words of ``screen`` for the same file.
        state = NOT_USABLE if isinstance(error, NotUsableError) else UNREADABLE
        found.append(Problem(where, state.replace(" ", "-"), "unusable", str(error).removeprefix(f"{where}: ")))
        return None


def _walk_of(path: Path, stated: Stated, videos: KeptVideos, pictures: Progress) -> Walk:
    if not (path.is_file() and _is_video(path)):
        return read_walk(path, layout=stated.layout, backend=stated.backend)
    looks = backend_named(stated.backend, stated.layout)
    return videos.read(path, looks, lambda video: read_walk(video, progress=pictures, backend=looks))


def _prepared(walk: Walk, where: str, found: list[Problem], stated: Stated) -> tuple[Walk, list[Problem]] | None:
    walk = stated.complete(walk, where, found)
    problems = walk_problems(walk, where)
    found += problems
    if any(problem.severity == "unusable" for problem in problems):
        return None
    stored = prepare_walk(walk)
    of_walk = problems if stored is walk else walk_problems(stored, where)
    return stored, problems_as_stored(stored, where, of_walk)
