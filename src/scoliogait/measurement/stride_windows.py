"""Which side of the walker each frame shows, and the whole strides that lie in the stretches of one side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import MIN_FRONTAL_WIDTH, Array, Mask, Poses, frontal_width, running_median

# Share of a stride's frames that must be known for the stride to be measured.
MIN_STRIDE_COVERAGE = 0.5
# Strides whose frames are summed at once.
_STRIDES_AT_ONCE = 128
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


@dataclass(frozen=True, eq=False)
class StrideWindows:
    """The whole strides of a walk. A stride has few of its frames, so only these are kept, stride after stride.

    frames (n,): numbers of the frames of all strides; weights (n,): how much of each lies in the stride, above 0 to 1;
    a frame that two strides share counts in part in both. starts (S,): where each stride begins in them. sides (S,):
    the side seen in each, 1 front, -1 back.
    """

    frames: NDArray[np.intp]
    weights: Array
    starts: NDArray[np.intp]
    sides: Array

    def sums(self, of_frames: Callable[[NDArray[np.intp]], Array | Mask]) -> Array:
        """Weighted sums (S, k) over each stride. of_frames: what the frames of these numbers (n,) have, (n, k)."""
        sums = np.zeros((len(self.starts), of_frames(self.frames[:0]).shape[1]))
        ends = np.append(self.starts, len(self.frames))
        for first in range(0, len(sums), _STRIDES_AT_ONCE):
            strides = slice(first, first + _STRIDES_AT_ONCE)
            begin, end = ends[first], ends[min(strides.stop, len(sums))]
            weighted = self.weights[begin:end, None] * of_frames(self.frames[begin:end])
            sums[strides] = np.add.reduceat(weighted, self.starts[strides] - begin, axis=0)
        return sums

    @property
    def lengths(self) -> Array:
        """Frames of each stride, (S,)."""
        return np.add.reduceat(self.weights, self.starts) if len(self.starts) else np.zeros(0)


def stride_windows(side: Array, stride_frames: float | None) -> StrideWindows:
    """The whole strides of a walk whose frames show ``side`` (T,), as from ``view_of_frames``.

    stride_frames: frames of a stride; None takes each stretch as a whole. Strides lie one after the other inside a
    stretch of one side; what is left over is cut evenly from both ends, where the walker comes out of a turn.
    """
    frames, weights, starts, sides = [np.zeros(0, dtype=np.intp)], [np.zeros(0)], [], []
    n_entries = 0
    for first, stop in stretches(side):
        length = stride_frames if stride_frames is not None else float(stop - first)
        n_strides = int((stop - first) / length)
        begin = first + (stop - first - n_strides * length) / 2
        for number in range(n_strides):
            low, high = begin + number * length, begin + (number + 1) * length
            inside = np.arange(int(low), min(int(np.ceil(high)), len(side)))
            frames.append(inside)
            weights.append(np.clip(np.minimum(inside + 1, high) - np.maximum(inside, low), 0.0, 1.0))
            starts.append(n_entries)
            sides.append(side[first])
            n_entries += len(inside)
    return StrideWindows(
        np.concatenate(frames), np.concatenate(weights), np.array(starts, dtype=np.intp), np.array(sides)
    )


def stretches(side: Array) -> list[tuple[int, int]]:
    """Intervals [first, stop) of frames of one known side; side (T,): as from ``view_of_frames``."""
    edges = np.flatnonzero(np.diff(side, prepend=0.0, append=0.0)).tolist()
    return [(first, stop) for first, stop in pairwise(edges) if side[first] != 0]
