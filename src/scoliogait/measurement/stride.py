"""Does the person walk, and how long is a stride: read from the feet, which rise in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import height_px, seen
from scoliogait.skeleton import JOINT

SLOWEST_STRIDE_HZ = 0.5
FASTEST_STRIDE_HZ = 1.6
# A stride of 1.6 Hz needs samples at more than twice that rate, with some room for its shape.
MIN_FRAME_RATE_HZ = 6.0
# Where the frame rate is unknown a stride may have this many frames: 15 to 30 frames a second allow no others.
SHORTEST_STRIDE_FRAMES = 9.0
LONGEST_STRIDE_FRAMES = 60.0
# Real walkers, front, back and side: 0.80 to 0.96. A man who waves, squats and turns: 0.48.
MIN_RHYTHM = 0.6
# Standard deviation in % of the body's height. Real walkers: 4.6 to 7.7. The man who does not walk: 1.2.
MIN_SWING_PERCENT = 1.8
_WINDOW_S = 4.0
_WINDOW_FRAMES = 120
# Of a recording of an unknown, higher rate: windows that hold two strides of it, and its longest stride.
_LONG_WINDOW_FRAMES = 300
_SLOW_STRIDE_FRAMES = 180.0
_MIN_SAMPLES = 10
# Instead of a stride rate: the stride is longer than any that is looked for.
_SLOWER = 0.0
_LEFT, _RIGHT = JOINT["left_ankle"], JOINT["right_ankle"]


@dataclass(frozen=True)
class StrideEvidence:
    """What the feet show.

    walking_share: share of the windows (4 s or 120 frames, half overlapping) in which the feet alternate, 0..1.
    rhythm: share of the movement's power around one stride rate, 0..1; swing_percent: standard deviation of the height
        difference of the ankles in % of body height. Both are of the best window.
    stride_frames: frames of a stride (two steps), None where nothing alternates. n_strides: strides seen.
    """

    walking_share: float
    rhythm: float
    swing_percent: float
    stride_frames: float | None
    n_strides: float


NO_EVIDENCE = StrideEvidence(0.0, 0.0, 0.0, None, 0.0)
# That there is walking, without how much.
ANY_EVIDENCE = StrideEvidence(1.0, 1.0, 100.0, None, 0.0)


@dataclass(frozen=True)
class _Search:
    """Where to look for a stride, in frames and in strides per frame."""

    slowest: float
    fastest: float
    window_frames: int
    half_width: float
    rate_known: bool


def find_strides(poses: NDArray[np.float32], frame_rate_hz: float | None = None) -> StrideEvidence:
    """Evidence of walking in poses (T, 17, 3): the height difference of the ankles must swing at one stride rate.

    The side of the view does not matter: a swinging foot leaves the floor in every view, and perspective adds to it.
    Frames without both ankles are bridged linearly. A stride takes 0.6 to 2 s, or 9 to 60 frames where the frame rate
    is None; then the feet must not swing more strongly at a slower pace, as they do in a recording of a higher rate. A
    stride on the very limit of the search is not found: the true one lies beyond it, and of an unknown frame rate no
    stride is found where more windows end on the slow limit than show one.
    Returns ``NO_EVIDENCE`` when fewer than 10 frames show both ankles.
    """
    difference = _ankle_difference_percent(poses)
    if len(difference) < _MIN_SAMPLES:
        return NO_EVIDENCE
    search = _search(frame_rate_hz)
    found = [_rhythm_swing_rate(window, search) for window in _windows(difference, search.window_frames)]
    rates = [rate for rhythm, swing, rate in found if rhythm >= MIN_RHYTHM and swing >= MIN_SWING_PERCENT]
    # Without a walking window the best one shows how far from walking it was.
    rhythm, swing, _ = max(found, key=lambda window: (window[1] >= MIN_SWING_PERCENT, window[0]))
    if not rates or (frame_rate_hz is None and (_n_slower(found) > len(rates) or _swings_more_slowly(difference))):
        return StrideEvidence(0.0, rhythm, swing, None, 0.0)
    share, strides_per_frame = len(rates) / len(found), float(np.median(rates))
    n_strides = share * len(difference) * strides_per_frame
    return StrideEvidence(share, rhythm, swing, 1 / strides_per_frame, n_strides)


def shows_walking(poses: NDArray[np.float32], frame_rate_hz: float | None = None) -> bool:
    """Whether ``find_strides`` sees any walking, at the cost of the first window that shows it."""
    if frame_rate_hz is None:
        return find_strides(poses).stride_frames is not None  # all windows have a say
    difference = _ankle_difference_percent(poses)
    if len(difference) < _MIN_SAMPLES:
        return False
    search = _search(frame_rate_hz)
    windows = (_rhythm_swing_rate(window, search) for window in _windows(difference, search.window_frames))
    return any(rhythm >= MIN_RHYTHM and swing >= MIN_SWING_PERCENT for rhythm, swing, _ in windows)


def _search(frame_rate_hz: float | None) -> _Search:
    if frame_rate_hz is None:
        return _Search(1 / LONGEST_STRIDE_FRAMES, 1 / SHORTEST_STRIDE_FRAMES, _WINDOW_FRAMES, 0.01, rate_known=False)
    slowest, fastest = SLOWEST_STRIDE_HZ / frame_rate_hz, FASTEST_STRIDE_HZ / frame_rate_hz
    return _Search(slowest, fastest, round(_WINDOW_S * frame_rate_hz), 0.3 / frame_rate_hz, rate_known=True)


def _ankle_difference_percent(poses: NDArray[np.float32]) -> NDArray[np.float64]:
    both = seen(poses)[:, [_LEFT, _RIGHT]].all(axis=1)
    height = height_px(poses)
    frames = np.flatnonzero(both & (height > 0))
    if not len(frames):
        return np.empty(0)
    values = 100.0 * (poses[frames, _LEFT, 1] - poses[frames, _RIGHT, 1]) / height[frames]
    return np.interp(np.arange(frames[0], frames[-1] + 1), frames, values)


def _windows(signal: NDArray[np.float64], length: int) -> list[NDArray[np.float64]]:
    if len(signal) <= length:
        return [signal]
    starts = range(0, len(signal) - length + 1, max(1, length // 2))
    return [signal[start : start + length] for start in starts]


def _periodogram(signal: NDArray[np.float64], n_points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies per frame, and the power at each in no particular unit; under a Hann window, of an even number."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(len(signal)) / len(signal))
    power = np.abs(np.fft.rfft(signal * hann, n_points)) ** 2
    power[1:-1] *= 2  # of both directions; the first and last frequency have one
    return np.asarray(np.fft.rfftfreq(n_points), np.float64), np.asarray(power, np.float64)


def _n_slower(found: list[tuple[float, float, float]]) -> int:
    """Windows whose feet swing, at a slower pace than any that is looked for."""
    return sum(swing >= MIN_SWING_PERCENT and rate == _SLOWER for _, swing, rate in found)


def _swings_more_slowly(difference: NDArray[np.float64]) -> bool:
    """Whether strides longer than any that is looked for swing most, which a window of two strides cannot show."""
    power: dict[bool, list[float]] = {True: [], False: []}
    for window in _windows(difference, _LONG_WINDOW_FRAMES):
        frequency, spectrum = _periodogram(_without_trend(window), 8 * len(window))
        for slow in power:
            fastest = 1 / LONGEST_STRIDE_FRAMES if slow else 1 / SHORTEST_STRIDE_FRAMES
            slowest = 1 / _SLOW_STRIDE_FRAMES if slow else 1 / LONGEST_STRIDE_FRAMES
            power[slow].append(float(spectrum[(frequency >= slowest) & (frequency <= fastest)].max(initial=0.0)))
    return float(np.median(power[True])) > float(np.median(power[False]))


def _rhythm_swing_rate(signal: NDArray[np.float64], search: _Search) -> tuple[float, float, float]:
    signal = _without_trend(signal)
    swing = float(signal.std())
    frequency, power = _periodogram(signal, 8 * len(signal))
    allowed = np.flatnonzero((frequency >= search.slowest) & (frequency <= search.fastest))
    if swing == 0 or not len(allowed):
        return 0.0, swing, search.slowest
    strongest = allowed[power[allowed].argmax()]
    rate = float(frequency[strongest])
    if strongest in (allowed[0], allowed[-1]):
        return 0.0, swing, _SLOWER if strongest == allowed[0] else rate  # the limit of the search, not a stride
    # The main lobe of the window is at least this wide, whatever the movement.
    half_width = max(search.half_width, 1.5 / len(signal))
    around = np.abs(frequency - rate) <= half_width
    if not search.rate_known and power[around].max() > power[allowed].max():
        return 0.0, swing, _SLOWER  # another frame rate than assumed
    return float(power[around].sum() / power.sum()), swing, rate


def _without_trend(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Less its parabola: a person who comes nearer shows a slow trend; it is no step."""
    time = np.linspace(-1, 1, len(signal))
    return signal - np.polyval(np.polyfit(time, signal, 2), time)
