"""Poses at uneven times, as phones record them, put on an even rate: strides are counted in pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.people import Poses
from scoliogait.limits import MAX_FRAMES

# Pictures that lie farther from an even beat than this share of it are put on one.
_UNEVEN = 0.25
# Joints are not made up over a longer time without a picture, in beats: three, and what times are rounded by.
_LONGEST_GAP = 3.2


def evenly_timed(poses: Poses, times_s: NDArray[np.float64], path: Path) -> tuple[Poses, float]:
    """The poses (T, 17, 3) and their rate in Hz: the same array where the pictures come evenly, else put on a beat.

    The beat is the mean of the usual times from one picture to the next (their median is as coarse as the clock of the
    file). Raises DataError where it is so short that more than ``MAX_FRAMES`` would be needed.
    """
    steps = np.diff(times_s)
    usual = np.abs(steps / np.median(steps) - 1) <= _UNEVEN
    lasts_s = float(times_s[-1])
    if usual.all():
        return poses, len(steps) / lasts_s
    n_steps = round(lasts_s / float(steps[usual].mean()))
    if n_steps >= MAX_FRAMES:
        raise DataError(
            f"{path}: its times are not those of one recording ({steps[usual].mean():.3g} s between pictures, "
            f"{lasts_s:.3g} s in all); convert it again, or give a part of it"
        )
    return on_an_even_beat(poses, times_s, n_steps), n_steps / lasts_s


def on_an_even_beat(poses: Poses, times_s: NDArray[np.float64], n_steps: int) -> Poses:
    """Poses (n_steps + 1, 17, 3) at even times: joints move evenly between the pictures that show them.

    A joint is missing where its nearest pictures on both sides lie farther apart than three beats.
    """
    beats, beat_s = np.linspace(0.0, float(times_s[-1]), n_steps + 1, retstep=True)
    even = np.zeros((len(beats), *poses.shape[1:]), dtype=np.float32)
    for joint in range(poses.shape[1]):
        shown = np.flatnonzero(poses[:, joint, 2] > 0)
        if not len(shown):
            continue
        at = times_s[shown]
        after = np.searchsorted(at, beats - 1e-9).clip(0, len(at) - 1)
        before = np.where(np.abs(at[after] - beats) < 1e-9, after, after - 1).clip(0)
        inside = (beats >= at[0] - 1e-9) & (beats <= at[-1] + 1e-9)
        near = inside & (at[after] - at[before] <= _LONGEST_GAP * beat_s)
        for value in range(3):
            even[near, joint, value] = np.interp(beats[near], at, poses[shown, joint, value])
    return even
