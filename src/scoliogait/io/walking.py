"""Does a followed person walk or stand: do the ankles swing against each other, does the body travel?

A first look, to choose between people; whether the chosen walk can be screened is judged later, with a frame rate.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from scoliogait.io.bodies import Array, centres_px
from scoliogait.io.people import Indices, Poses
from scoliogait.measurement.body_size import sizes_px, visible
from scoliogait.skeleton import JOINT

Movement = Literal["walks", "stands", "moves"]

# Standard deviation of the ankles' difference in body heights: simulated walkers 0.058 and more, real ones from 0.046,
# standing people with two and a half times the usual estimator noise 0.038 and less. Whoever stays in place needs more.
_LEAST_SWING, _MOST_STANDING_SWING = 0.028, 0.042
# Share of the movement's power around one rate: walkers 0.58 and more; standing people with that much swing below 0.5.
_LEAST_RHYTHM = 0.5
# Way in the picture in body heights, and change of log size (of somebody who comes nearer).
_WALKING_WAY, _STANDING_WAY = 0.6, 0.25
_WALKING_CHANGE, _STANDING_CHANGE = 0.3, 0.15
_SMOOTH_FRAMES = 7
_WINDOW_FRAMES = 120
_FEWEST_FRAMES = 10
# A walker filmed for less than a stride can look as if they stood.
_FEWEST_STANDING_FRAMES = 30
_SLOWEST_CYCLES = 1.2
_FASTEST_RATE = 0.2  # cycles a frame
_LEFT, _RIGHT = JOINT["left_ankle"], JOINT["right_ankle"]


def movement(poses: Poses, frame: Indices) -> tuple[Movement, float]:
    """What a person does, and in which share of the recording's windows (120 frames) the ankles alternate, 0..1.

    "walks": they alternate, or swing while the body travels. "stands": no swing, no way. "moves": neither is clear, or
    too few frames show it. poses (F, 17, 3) of one person at the increasing frames (F,).
    """
    sizes = sizes_px(poses)
    size = float(np.nanmedian(sizes)) if np.isfinite(sizes).any() else 0.0
    if not size:
        return "moves", 0.0
    way, change = _travel(centres_px(poses, sizes) / size, np.log(np.where(np.isfinite(sizes), sizes, size)))
    rests = way <= _STANDING_WAY and change <= _STANDING_CHANGE
    least_swing = _MOST_STANDING_SWING if rests else _LEAST_SWING
    swing, share = _swing_and_share(poses, frame, size, least_swing)
    travels = way >= _WALKING_WAY or change >= _WALKING_CHANGE
    if share or (travels and swing >= least_swing):
        return "walks", share or 1.0
    stands = rests and swing < least_swing and len(frame) >= _FEWEST_STANDING_FRAMES
    return ("stands" if stands else "moves"), 0.0


def _travel(centre: Array, log_size: Array) -> tuple[float, float]:
    """Range of the smoothed place, in body heights, and of the smoothed log size."""
    values = _moving_mean(np.column_stack([centre, log_size]), _SMOOTH_FRAMES)
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    x, y, change = high - low
    return float(np.hypot(x, y)), float(change)


def _moving_mean(values: Array, n: int) -> Array:
    """Means of ``n`` neighbours (an odd number) of values (T, C) over time; the first and the last value go on."""
    around = np.pad(values, ((n // 2, n // 2), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(around, n, axis=0).mean(axis=-1)


def _swing_and_share(poses: Poses, frame: Indices, size_px: float, least_swing: float) -> tuple[float, float]:
    """The largest swing of a window in body heights, and the share of the windows whose swing has one rhythm."""
    both = visible(poses)[:, [_LEFT, _RIGHT]].all(axis=1)
    if both.sum() < _FEWEST_FRAMES:
        return 0.0, 0.0
    seen = frame[both]
    apart = (poses[both, _LEFT, :2].astype(np.float64) - poses[both, _RIGHT, :2]) / size_px
    frames = np.arange(seen[0], seen[-1] + 1)
    signal = np.stack([np.interp(frames, seen, apart[:, axis]) for axis in (0, 1)])
    last = max(0, len(frames) - _WINDOW_FRAMES)
    found = [_swing_and_rhythm(signal[:, s : s + _WINDOW_FRAMES]) for s in range(0, last + 1, _WINDOW_FRAMES // 2)]
    walking = [swing >= least_swing and rhythm >= _LEAST_RHYTHM for swing, rhythm in found]
    return max(swing for swing, _ in found), float(np.mean(walking))


def _swing_and_rhythm(signal: Array) -> tuple[float, float]:
    """Of the ankles' difference (2, n): standard deviation, and share of the power around one rate.

    The rhythm is that of the height alone where that is clearer: a turn of the body moves the ankles across.
    """
    n = signal.shape[1]
    time = np.linspace(-1, 1, n)
    trend = np.polynomial.polynomial.polyval(time, np.polynomial.polynomial.polyfit(time, signal.T, 2))
    moving = _moving_mean((signal - trend).T, 3).T
    power = np.square(np.abs(np.fft.rfft(moving * np.hanning(n), n=8 * n, axis=1)))
    swing = float(np.sqrt(moving.var(axis=1).sum()))
    return swing, max(_rhythm(power.sum(axis=0), n), _rhythm(power[1], n))


def _rhythm(power: Array, n: int) -> float:
    rate = np.arange(len(power)) / (8 * n)
    allowed = (rate >= _SLOWEST_CYCLES / n) & (rate <= _FASTEST_RATE)
    if not allowed.any() or power.sum() == 0:
        return 0.0
    main = rate[allowed][power[allowed].argmax()]
    return float(power[np.abs(rate - main) <= 1.5 / n].sum() / power.sum())
