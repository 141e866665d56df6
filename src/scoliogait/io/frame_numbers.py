"""Numbers that count frames, in file names and inside files: a constant step, and how far apart they may lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

# More frames than this for each one that is named are no gap: the numbers are times, or ids of single pictures.
MAX_FRAMES_PER_NUMBER = 10
# Fewer numbers show no constant step.
_MIN_NUMBERS_FOR_STEP = 3


def step_of(numbers: Sequence[int]) -> int:
    """The step in which these different, rising numbers go; 1 where fewer than three show none."""
    if len(numbers) < _MIN_NUMBERS_FOR_STEP:
        return 1
    return math.gcd(*(after - before for before, after in pairwise(numbers)))


def are_too_far_apart(n_named: int, n_frames: int) -> bool:
    """Whether so few numbers, over so many frames from the first to the last, are no numbers of frames."""
    return n_frames > MAX_FRAMES_PER_NUMBER * n_named


def about_step(step: int, where: str) -> tuple[str, ...]:
    """What a reader should know about a step that was removed; ``where`` the numbers stand, such as "file names"."""
    if step == 1:
        return ()
    return (
        f"The numbers in the {where} go in steps of {step}, so this is every {step}{_ending(step)} frame of a "
        f"video; the frame rate of the walk is that of the video divided by {step}.",
    )


def _ending(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
