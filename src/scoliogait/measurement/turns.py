"""Where a person turns round in front of the camera: the passes of a recording, towards it and away from it.

Which way somebody faces shows in the signed widths of shoulders and hips: from the front the left partner lies to the
right in the picture. In a turn they pass through nothing within some frames; where a pose estimator exchanges left and
right, or a film is cut, they change their sign at full width from one frame to the next. So exchanged sides are put
right first (``side_swaps.py``), and a sudden change that is left is a cut of the film where the person grows while seen
from the front and shrinks while seen from behind, on both sides of it; else it is not certain which side is seen, and
nothing is cut. What ``docs/screening.md`` says of turns found and missed was measured with these limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from scoliogait.measurement.body import Array, Poses, height_px, running_median, seen
from scoliogait.measurement.stride_windows import stretches
from scoliogait.skeleton import ANKLE_JOINTS, FACE_JOINTS, JOINT
from scoliogait.wording import first_few

_LEFT, _RIGHT = ([JOINT[f"{side}_{part}"] for part in ("shoulder", "hip")] for side in ("left", "right"))
# Shoulders and hips from straight in front, over the height from face to lower ankle: the medians of 100 simulated
# walkers, 90 of whom lie within a tenth of them.
_FULL_WIDTHS = np.array([0.232, 0.117])
# Of the full width: from here on a side is seen. Simulated walkers in their passes show 0.80 or more, a filmed woman
# from the side (sample sports2d_woman_side) less than 0.53; it is a heading of 53 degrees.
FACING_WIDTH = 0.6
# Of its own usual width: below this a pass has not begun, or is over. A heading of 32 degrees.
_SETTLED_WIDTH = 0.85
# A look back is shorter than a pass, which holds two strides and more. Frames where the frame rate is unknown.
MIN_PASS_S = 2.0
_MIN_PASS_FRAMES = 30
# Widths are smoothed by a median over so long, and at least over five frames.
_SMOOTH_S = 0.3
_SMOOTH_FRAMES = 9
# From one frame to the next the width of a turning person changes by less than this (0.24 in a turn of 1.3 s at 15
# frames a second, 0.62 in one of 0.5 s); exchanged sides change it by twice the width.
_SUDDEN = 1.2
# Where the trunk was not seen for so long, the person may have turned meanwhile.
_UNSEEN_TURN_S = 0.4
_UNSEEN_TURN_FRAMES = 9
# Growth (logarithm of the height) that must go with the view on both sides of a sudden change; 0.2 in a pass of two
# seconds whose middle is 7 m away.
_LEAST_GROWTH = 0.1
_MOST_LISTED = 4


@dataclass(frozen=True)
class PassSpan:
    """Frames [first, stop) in which the person faces one way. side: 1 towards the camera, -1 away from it."""

    first: int
    stop: int
    side: Literal[1, -1]

    @property
    def n_frames(self) -> int:
        """How many they are."""
        return self.stop - self.first

    @property
    def words(self) -> str:
        """Such as ``towards the camera in frames 12 to 96``, from 0, the last one included."""
        way = "towards the camera" if self.side == 1 else "away from the camera"
        return f"{way} in frames {self.first} to {self.stop - 1}"


def passes_note(passes: Sequence[PassSpan]) -> Iterator[str]:
    """A sentence that states the passes of a walk, where it holds some."""
    if passes:
        listed = first_few([one.words for one in passes], _MOST_LISTED)
        yield f"The walk holds {len(passes)} passes: {listed}. Their strides are measured together."


@dataclass(frozen=True)
class Turns:
    """What a recording shows of turns. passes: as from ``find_passes``.

    against: stretches of a pass's length in which the person goes away while seen from the front, or comes nearer while
    seen from behind, where others go the way they face.
    """

    passes: tuple[PassSpan, ...] = ()
    against: tuple[PassSpan, ...] = ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """A sentence where left and right are probably exchanged in a whole pass."""
        if not self.against:
            return ()
        listed = first_few([f"{one.first} to {one.stop - 1}" for one in self.against], _MOST_LISTED)
        return (
            f"In frames {listed} the person goes the other way than in the rest, but is seen from the same side: they "
            "walk backwards there, or the pose estimator took left for right after a turn.",
        )


def find_passes(poses: Poses, frame_rate_hz: float | None = None) -> tuple[PassSpan, ...]:
    """The passes of poses (T, 17, 3), two or more that go to and fro, without the frames of the turns between them.

    poses: with exchanged sides put right (``repair_side_swaps``). Empty where the person keeps facing one way, is seen
    from the side, or where left and right are not certain.
    """
    return look_for_turns(poses, frame_rate_hz).passes


def look_for_turns(poses: Poses, frame_rate_hz: float | None = None) -> Turns:
    """Passes of poses (T, 17, 3), and stretches whose side the way of walking contradicts; as for ``find_passes``."""
    heights = _heights_px(poses)
    if heights is None:
        return Turns()
    width = _width(poses, heights)
    known = np.flatnonzero(np.isfinite(width))
    if not len(known):
        return Turns()
    smooth = running_median(width[known], _odd(_frames(_SMOOTH_S, _SMOOTH_FRAMES, frame_rate_hz)))
    side = np.zeros(len(poses))
    side[known] = np.where(np.abs(smooth) >= FACING_WIDTH, np.sign(smooth), 0.0)
    min_frames = _frames(MIN_PASS_S, _MIN_PASS_FRAMES, frame_rate_hz)
    found = [PassSpan(first, stop, 1 if side[first] > 0 else -1) for first, stop in stretches(side)]
    spans = _long_spans(found, min_frames)
    unseen = _frames(_UNSEEN_TURN_S, _UNSEEN_TURN_FRAMES, frame_rate_hz)
    if any(_uncertain(heights, width, pair, unseen) for pair in pairwise(spans)):
        return Turns()
    against = _against_the_view([span for span in found if span.n_frames >= min_frames], heights)
    levels = np.full(len(poses), np.nan)
    levels[known] = np.abs(smooth)
    settled = [span for span in (_settled(span, levels) for span in spans) if span.n_frames >= min_frames]
    to_and_fro = not against and len({span.side for span in settled}) == 2
    return Turns(tuple(settled) if to_and_fro else (), against)


def _against_the_view(spans: Sequence[PassSpan], heights: Array) -> tuple[PassSpan, ...]:
    """Where all of them contradict their side, the whole recording is doubted elsewhere (``exchanged_sides.py``)."""
    growth = [span.side * _growth(heights, span) for span in spans]
    if max(growth, default=0.0) < _LEAST_GROWTH:
        return ()
    return tuple(span for span, own in zip(spans, growth, strict=True) if own <= -_LEAST_GROWTH)


def facing_width(poses: Poses) -> Array:
    """Width of shoulders and hips together over that from straight in front, (T,).

    About 1 from the front, -1 from behind, 0 from the side; of one of the two where the other is not seen, NaN where
    neither is.
    """
    heights = _heights_px(poses)
    return np.full(len(poses), np.nan) if heights is None else _width(poses, heights)


def _width(poses: Poses, heights: Array) -> Array:
    visible = seen(poses)
    both = visible[:, _LEFT] & visible[:, _RIGHT]
    x = poses[..., 0].astype(np.float64)
    width = np.where(both, x[:, _LEFT] - x[:, _RIGHT], 0.0).sum(axis=1)
    full = heights * (both @ _FULL_WIDTHS)
    return np.divide(width, full, out=np.full(len(poses), np.nan), where=full > 0)


def _heights_px(poses: Poses) -> Array | None:
    """From face to lower ankle, (T,), smooth, from the frames that show both where any do; None without a height."""
    visible, heights = seen(poses), height_px(poses)
    complete = visible[:, ANKLE_JOINTS].all(axis=1) & visible[:, FACE_JOINTS].any(axis=1) & (heights > 0)
    known = np.flatnonzero(complete if complete.any() else heights > 0)
    if not len(known):
        return None
    return running_median(np.interp(np.arange(len(poses)), known, heights[known]), _SMOOTH_FRAMES)


def _long_spans(found: Sequence[PassSpan], min_frames: int) -> list[PassSpan]:
    """Stretches of one side, joined over whatever is too short for a pass, that are long enough themselves."""
    return _joined([span for span in _joined(found) if span.n_frames >= min_frames])


def _joined(spans: Sequence[PassSpan]) -> list[PassSpan]:
    joined: list[PassSpan] = []
    for span in spans:
        if joined and joined[-1].side == span.side:
            span = PassSpan(joined.pop().first, span.stop, span.side)
        joined.append(span)
    return joined


def _uncertain(heights: Array, width: Array, pair: tuple[PassSpan, PassSpan], unseen: int) -> bool:
    """Whether the side changes so suddenly between two spans, and the way of walking so little, that it may be none."""
    before, after = pair
    frames = np.arange(before.first, after.stop)
    frames = frames[np.isfinite(width[frames])]
    values = width[frames]
    near = (frames[1:] >= before.stop - unseen) & (frames[:-1] < after.first + unseen)
    sudden = near & (np.abs(np.diff(values)) > _SUDDEN) & (np.diff(frames) < unseen)
    return bool(sudden.any()) and any(span.side * _growth(heights, span) < _LEAST_GROWTH for span in pair)


def _growth(heights: Array, span: PassSpan) -> float:
    """By how much (logarithm) the person is taller in the last third of a span than in the first; heights (T,): px."""
    sizes = np.log(heights[span.first : span.stop])
    third = span.n_frames // 3
    return float(np.median(sizes[-third:]) - np.median(sizes[:third]))


def _settled(span: PassSpan, levels: Array) -> PassSpan:
    """Without the frames at its ends in which the person is still, or already, turning; levels (T,): smooth widths."""
    own = levels[span.first : span.stop]
    wide = np.flatnonzero(own >= _SETTLED_WIDTH * np.nanmedian(own))
    return PassSpan(span.first + int(wide[0]), span.first + int(wide[-1]) + 1, span.side)


def _frames(seconds: float, frames: int, frame_rate_hz: float | None) -> int:
    return frames if frame_rate_hz is None else max(1, round(seconds * frame_rate_hz))


def _odd(n_frames: int) -> int:
    return max(5, n_frames | 1)
