"""One file a frame: the numbers in the names say which frame a file is, whatever their zeros and the order as text.

The number of a frame is the run of digits that differs between the names of a folder. Numbers that are missing are
frames without content. Names that cannot be of one recording are refused, and so are numbers that are no frame numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from scoliogait.errors import DataError
from scoliogait.io.frame_numbers import about_step, are_too_far_apart, step_of

_N_NAMED = 4

T = TypeVar("T")


@dataclass(frozen=True)
class FrameFiles:
    """The files of a recording in the order of their frames.

    paths: the files. frames: for each the frame it holds, from 0 on. n_frames: frames of the recording, those without a
    file included. notes: what a reader should know about the numbers, one sentence each.
    """

    paths: tuple[Path, ...]
    frames: tuple[int, ...]
    n_frames: int
    notes: tuple[str, ...] = ()

    def spread(self, contents: Sequence[T], nothing: T) -> list[T]:
        """The content of each frame, from that of each file; ``nothing`` where a frame has no file."""
        spread = [nothing] * self.n_frames
        for frame, content in zip(self.frames, contents, strict=True):
            spread[frame] = content
        return spread


def frame_files(folder: Path, paths: Sequence[Path], suffix: str) -> FrameFiles:
    """Order files, at least one, by the frame numbers in their names (without ``suffix``, in any case).

    Raises DataError, beginning with the folder, when names have no number, when two or more patterns of names lie in
    the folder (several recordings, or a stray file), when a number comes twice, and when far more numbers are missing
    than there are files.
    """
    named: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: path.name):
        stem = path.name[: -len(suffix)]
        if stem in named:
            raise DataError(f"{folder}: {named[stem].name} and {path.name} are the same frame; keep one file a frame")
        named[stem] = path
    if len(named) == 1:
        return FrameFiles(tuple(named.values()), (0,), 1)
    runs = _one_pattern(folder, list(named), suffix)
    numbers = _frame_numbers(folder, runs, suffix)
    stems = sorted(numbers, key=numbers.__getitem__)
    for first, second in pairwise(stems):
        if numbers[first] == numbers[second]:
            raise DataError(
                f"{folder}: {first}{suffix} and {second}{suffix} have the same frame number; keep one file a frame"
            )
    step = step_of([numbers[stem] for stem in stems])
    frames = tuple((numbers[stem] - numbers[stems[0]]) // step for stem in stems)
    _refuse_wide_gap(folder, stems, frames, suffix)
    notes = (*_about_order(named, stems), *about_step(step, "file names"), *_about_gaps(frames))
    return FrameFiles(tuple(named[stem] for stem in stems), frames, frames[-1] + 1, notes)


def _one_pattern(folder: Path, stems: Sequence[str], suffix: str) -> dict[str, list[str]]:
    """Text and digits of each name in turn (digits at odd places); DataError unless the text is one for all."""
    runs = {stem: re.split(r"([0-9]+)", stem) for stem in stems}
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for stem, parts in runs.items():
        groups[tuple(parts[::2])].append(stem)
    if len(groups) == 1 and len(next(iter(groups))) > 1:
        return runs
    if len(groups) == len(stems):
        raise DataError(
            f"{folder}: the names {_listed([f'{stem}{suffix}' for stem in stems])} share no text with one number that "
            f"counts frames; name the files of one recording frame_000{suffix}, frame_001{suffix}, ..."
        )
    biggest = sorted(groups.values(), key=len, reverse=True)
    found = _listed([_pattern(group, suffix) for group in biggest])
    raise DataError(
        f"{folder}: holds files of several kinds: {found}; keep one recording in a folder, and other files elsewhere"
    )


def _pattern(stems: Sequence[str], suffix: str) -> str:
    """Such as ``'front_*.png' (30 files)``, or the name where it is one file."""
    if len(stems) == 1:
        return f"{stems[0]}{suffix}"
    return f"{re.sub(r'[0-9]+(?=[^0-9]*$)', '*', stems[0])}{suffix} ({len(stems)} files)"


def _frame_numbers(folder: Path, runs: dict[str, list[str]], suffix: str) -> dict[str, int]:
    """The frame number of each name: of the runs of digits that differ, the one that never repeats and jumps least."""
    columns = list(zip(*(map(int, parts[1::2]) for parts in runs.values()), strict=True))
    differing = [column for column in columns if len(set(column)) > 1]
    if len(differing) < 2:  # no number differs where names differ in zeros only
        return dict(zip(runs, differing[0] if differing else columns[-1], strict=True))
    unique = [column for column in differing if len(set(column)) == len(column)]
    if not unique or any(_contradict(unique[0], other) for other in differing):
        raise DataError(
            f"{folder}: two numbers differ between the names, which begin with {_listed(_beginnings(runs, columns))}; "
            "keep one recording in a folder, with one number that counts frames"
        )
    least = min(unique, key=lambda column: max(column) - min(column))
    return dict(zip(runs, least, strict=True))


def _contradict(frames: Sequence[int], other: Sequence[int]) -> bool:
    """Whether the other numbers do not grow with the frames, all different, as the times of the frames would."""
    order = sorted(range(len(frames)), key=frames.__getitem__)
    return any(other[b] <= other[a] for a, b in pairwise(order))


def _beginnings(runs: dict[str, list[str]], columns: Sequence[Sequence[int]]) -> list[str]:
    """How names begin, up to the number that differs and takes the fewest values."""
    n_values = [len(set(column)) for column in columns]
    repeating = min((n, place) for place, n in enumerate(n_values) if n > 1)[1]
    return sorted({"".join(parts[: 2 * repeating + 2]) for parts in runs.values()})


def _refuse_wide_gap(folder: Path, stems: Sequence[str], frames: Sequence[int], suffix: str) -> None:
    if not are_too_far_apart(len(frames), frames[-1] + 1):
        return
    wide, after = max((after - before, index) for index, (before, after) in enumerate(pairwise(frames), 1))
    raise DataError(
        f"{folder}: {wide - 1} frames are missing between {stems[after - 1]}{suffix} and {stems[after]}{suffix}, and "
        f"there are {len(frames)} files in all; name files by frame number, not by time, and keep one recording "
        "in a folder"
    )


def _about_order(named: dict[str, Path], stems: Sequence[str]) -> tuple[str, ...]:
    if list(named) == list(stems):
        return ()
    return ("The numbers in the file names say the order of the frames; the names as text are in another order.",)


def _about_gaps(frames: Sequence[int]) -> tuple[str, ...]:
    n_missing = frames[-1] + 1 - len(frames)
    if not n_missing:
        return ()
    first = next(before + 1 for before, after in pairwise(frames) if after > before + 1)
    return (
        f"{n_missing} of {frames[-1] + 1} frames have no file, the first after {first} frames; they count as frames "
        "that show nobody.",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_N_NAMED])
    return shown if len(names) <= _N_NAMED else f"{shown} and {len(names) - _N_NAMED} more"
