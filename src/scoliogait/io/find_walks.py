"""Which walks are meant by some paths: files, folders of many walks, folders that are one walk, and patterns.

A folder of frames (OpenPose files, pickles) is one walk; whatever else is a walk in or below it counts too. A folder of
pictures is one walk where nothing else in or below it is, and never below a folder of frames: pictures lie beside many
things. Every other folder is looked through. What belongs to the system is left out, and links that lead back end.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from glob import has_magic
from pathlib import Path

from scoliogait.io.opengait_pickle import PAV_STATS_FILE
from scoliogait.io.read import EMPTY_FOLDER, FORMATS, Format, folder_named_like_a_video, known_format
from scoliogait.io.system_files import is_system_file
from scoliogait.limits import MAX_FOLDER_DEPTH
from scoliogait.video.container import SUFFIXES

# A file of this name is meant to be a walk: where it cannot be read, that is said, and not passed over as a README is.
_NAMED_LIKE_WALKS = {".npz", ".pkl", ".c3d", ".trc", ".slp"} | SUFFIXES
_PICTURES = ".png"


@dataclass(frozen=True)
class WalkPlace:
    """A walk, a store of walks, or a path at which none was found.

    is_store: whether many walks lie there. problem: why there is no walk, what was looked for, and what to do.
    """

    path: Path
    is_store: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class FoundWalks:
    """Places in the order in which they were given; of a folder its files by name, then its folders.

    repeated: paths that lead to what was found before or back to a folder above, and are left out. no_walks: how many
    files were passed over, by the end of their name.
    """

    places: tuple[WalkPlace, ...]
    repeated: tuple[Path, ...]
    no_walks: Mapping[str, int]


def find_walks(paths: Sequence[str | Path], is_store: Callable[[Path], bool] = lambda folder: False) -> FoundWalks:
    """The walks that are meant by files, folders and patterns (``*``, ``?``, ``[...]``, and ``**`` for any folders).

    A file that is named is always a place, whatever it holds: reading it says what is wrong. A path at which there is
    nothing, and a folder without walks, are places with a problem. is_store: recognises a folder that holds many walks
    in a form of its own. Nothing is read but what formats are recognised by; no path makes this raise.
    """
    search = _Search(is_store)
    for path in paths:
        search.given(Path(path))
    return FoundWalks(tuple(search.places), tuple(search.repeated), dict(sorted(search.no_walks.items())))


@dataclass
class _Search:
    is_store: Callable[[Path], bool]
    places: list[WalkPlace] = field(default_factory=list)
    repeated: list[Path] = field(default_factory=list)
    no_walks: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[str, bool]] = field(default_factory=set)

    def given(self, path: Path) -> None:
        """A path as it was given: what is found there, or why nothing is."""
        n_before, passed_over = len(self.places) + len(self.repeated), self.no_walks.total()
        if has_magic(str(path)) and not os.path.lexists(path):
            self._pattern(path)
        elif _is_folder(path):
            self._folder(path, pictures=True)
        else:
            self._walk(path)
        if len(self.places) + len(self.repeated) == n_before:
            self._problem(path, _nothing_found(path, self.no_walks.total() - passed_over))

    def _pattern(self, pattern: Path) -> None:
        try:
            matches = sorted(_matches(pattern))
        except (ValueError, OSError, NotImplementedError) as error:
            self._problem(pattern, f"is no pattern of paths ({error}); write ** alone between two slashes")
            return
        if not matches:
            self._problem(pattern, "matches nothing; check the pattern")
        folders = {path for path in matches if _is_folder(path)}
        for path in matches:
            if not folders.isdisjoint(path.parents):
                continue  # looked through already
            if path in folders:
                self._folder(path, pictures=True)
            else:
                self._file(path)

    def _folder(self, folder: Path, pictures: bool, depth: int = 0) -> None:
        """pictures: whether a folder of pictures may be a walk here."""
        if self._is_repeated(folder, pictures):
            return
        if depth > MAX_FOLDER_DEPTH:
            self._problem(folder, f"lies more than {MAX_FOLDER_DEPTH} folders below the one given; give it by itself")
        elif self.is_store(folder):
            self.places.append(WalkPlace(folder, is_store=True))
        else:
            n_before = len(self.places) + len(self.repeated)
            try:
                children = sorted(Path(entry) for entry in os.scandir(folder))
            except OSError as error:
                self._problem(folder, f"cannot be looked through ({error.strerror or error}); check its permissions")
            else:
                self._content(folder, [child for child in children if not is_system_file(child)], pictures, depth)
                if folder.suffix.lower() in SUFFIXES and len(self.places) + len(self.repeated) == n_before:
                    self._problem(folder, folder_named_like_a_video(folder))

    def _content(self, folder: Path, children: Sequence[Path], pictures: bool, depth: int) -> None:
        known = _recognised(folder)
        frames_in = known.frames_in if known else None
        of_frames = frames_in is not None and frames_in != _PICTURES
        if of_frames:
            self.places.append(WalkPlace(folder))
        n_before = len(self.places) + len(self.repeated)
        folders = [child for child in children if _is_folder(child)]
        files = sorted(set(children).difference(folders))
        for file in files:
            if file.suffix.lower() != frames_in:
                self._file(file)
        for inner in folders:
            if inner.is_symlink() and Path(_real(folder)).is_relative_to(_real(inner)):
                self.repeated.append(inner)
            else:
                self._folder(inner, pictures and not of_frames, depth + 1)
        if frames_in == _PICTURES:
            if pictures and len(self.places) + len(self.repeated) == n_before:
                self.places.append(WalkPlace(folder))
            else:
                self.no_walks[_PICTURES] += sum(file.suffix.lower() == _PICTURES for file in files)

    def _file(self, file: Path) -> None:
        """A file that was not named, but found."""
        if file.name != PAV_STATS_FILE and (file.suffix.lower() in _NAMED_LIKE_WALKS or _recognised(file)):
            self._walk(file)
        else:
            self.no_walks[file.suffix.lower()] += 1

    def _walk(self, path: Path) -> None:
        if not self._is_repeated(path, pictures=True):
            self.places.append(WalkPlace(path))

    def _problem(self, path: Path, problem: str) -> None:
        self.places.append(WalkPlace(path, problem=f"{path}: {problem}"))

    def _is_repeated(self, path: Path, pictures: bool) -> bool:
        key = _real(path), pictures
        repeated = key in self._seen
        if repeated:
            self.repeated.append(path)
        self._seen.add(key)
        return repeated


def _matches(pattern: Path) -> Iterator[Path]:
    """What a pattern matches. ``**`` follows no link to a folder, so that none leads in a circle."""
    fixed = next(index for index, part in enumerate(pattern.parts) if has_magic(part))
    base, rest = Path(*pattern.parts[:fixed]), list(pattern.parts[fixed:])
    while rest and rest[-1] == "**":  # whatever lies below a folder: the folder itself is looked through
        rest.pop()
    for path in base.glob("/".join(rest)) if rest else [base]:
        if not any(is_system_file(Path(part)) for part in path.relative_to(base).parts):
            yield path


def _nothing_found(path: Path, n_passed_over: int) -> str:
    if not n_passed_over and _is_folder(path) and not any(path.iterdir()):
        return EMPTY_FOLDER
    looked_for = ", ".join(known.looks_like for known in FORMATS)
    files = f"{n_passed_over} file{'s' if n_passed_over > 1 else ''} here {'are' if n_passed_over > 1 else 'is'}"
    held = f"; {files} of no such kind" if n_passed_over else ""
    return f"no walk was found; looked for {looked_for}, or a store, in all its folders{held}"


def _recognised(path: Path) -> Format | None:
    try:
        return known_format(path)
    except OSError:  # a folder that may be listed, but not entered
        return None


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 -- False for every path that the machine refuses


def _real(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)
