"""Which side of the walker each frame shows, and the whole strides that lie in the stretches of one side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scoliogait.measurement.body import MIN_FRONTAL_WIDTH, Array, Mask, Poses, frontal_width, running_median

# Share of a stride's frames that must be known for the stride to be measured.
MIN_STRIDE_COVERAGE = 0.5
# Frames to either side from which the view, the height and the midline of an incomplete frame are taken.
_REACH_FRAMES = 4
# Length of the running median that view and height are taken from: the same reach.
SMOOTH_FRAMES = 2 * _REACH_FRAMES + 1
# Share of the walk's usual width below which the walker is turning: 0.9 is a heading of 26 degrees.
_MIN_WIDTH_SHARE = 0.9


def view_of_frames(poses: Poses) -> tuple[Array, Mask]:
    """Which side is seen in each frame of poses (T, 17, 3), and which frames show it clearly.

    side (T,): 1 front, -1 back, 0 while turning, side-on or long unseen. clear (T,): frames of a known side whose left
    and right are not exchanged, as estimators do now and then.
    """
    width = frontal_width(poses)
    known = np.isfinite(width)
    if not known.any():
        return np.zeros(len(poses)), np.zeros(len(poses), dtype=bool)
    filled, near = bridged(width[:, None], known)
    smooth = running_median(filled[:, 0], SMOOTH_FRAMES)
    frontal = near & (np.abs(smooth) >= MIN_FRONTAL_WIDTH)
    usual = float(np.median(np.abs(smooth[frontal]))) if frontal.any() else 0.0
    side = np.where(frontal & (np.abs(smooth) >= _MIN_WIDTH_SHARE * usual), np.sign(smooth), 0.0)
    return side, (side != 0) & ~(known & (np.sign(filled[:, 0]) == -side))


def bridged(values: Array, known: Mask) -> tuple[Array, Mask]:
    """Columns (T, k) with unknown frames filled linearly, and the frames (T,) at most four from a known one.

    values: (T, k), any unit; known: (T,), at least one of them True.
    """
    frames = np.arange(len(values))
    places = np.flatnonzero(known)
    filled = np.stack([np.interp(frames, places, column[places]) for column in values.T], axis=1)
    after = np.clip(np.searchsorted(places, frames), 0, len(places) - 1)
    before = np.maximum(after - 1, 0)
    distance = np.minimum(np.abs(places[after] - frames), np.abs(frames - places[before]))
    return filled, distance <= _REACH_FRAMES


def stride_windows(side: Array, stride_frames: float | None) -> tuple[Array, Array]:
    """Weight of each frame in each whole stride (S, T), 0..1, and the side seen in it (S,), 1 or -1.

    side (T,): as from ``view_of_frames``. stride_frames: frames of a stride; None takes each stretch as a whole.
    Strides lie one after the other inside a stretch of one side; what is left over is cut evenly from both ends, where
    the walker comes out of a turn. Frames that a stride shares with the next count in part in both.
    """
    starts = np.arange(len(side), dtype=np.float64)
    windows, sides = [], []
    for first, stop in stretches(side):
        length = stride_frames if stride_frames is not None else float(stop - first)
        n_strides = int((stop - first) / length)
        begin = first + (stop - first - n_strides * length) / 2
        for number in range(n_strides):
            low, high = begin + number * length, begin + (number + 1) * length
            windows.append(np.clip(np.minimum(starts + 1, high) - np.maximum(starts, low), 0.0, 1.0))
            sides.append(side[first])
    return np.array(windows).reshape(-1, len(side)), np.array(sides)


def stretches(side: Array) -> list[tuple[int, int]]:
    """Intervals [first, stop) of frames of one known side; side (T,): as from ``view_of_frames``."""
    edges = np.flatnonzero(np.diff(side, prepend=0.0, append=0.0)).tolist()
    return [(first, stop) for first, stop in pairwise(edges) if side[first] != 0]
