"""The true asymmetry of a simulated walk: what its Postural Asymmetry Vector would be without camera and noise."""

from __future__ import annotations

import numpy as np

from scoliogait.measurement.body import FIGURE_HEIGHT
from scoliogait.simulation.body import Body
from scoliogait.simulation.frames import Array
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.mocap import captured_loops, captured_walker
from scoliogait.simulation.planting import mirror_walker, plant_traits
from scoliogait.simulation.traits import Traits
from scoliogait.skeleton import ANKLE_JOINTS, FACE_JOINTS, LEFT_OF_PAIRS, PAIR_NAMES, RIGHT_OF_PAIRS

_PHASES = 120
HIPS, SHOULDERS, ANKLES = (PAIR_NAMES.index(name) for name in ("hips", "shoulders", "ankles"))


def regular_walk(body: Body, traits: Traits, source: str) -> Array:
    """Joints (T, 17, 3) of the walker with these traits over exact gait cycles, 120 equal steps of time each.

    source: the motion's name as in ``Motion.source``; a captured loop is gone through once, with all its strides.
    Nothing varies from stride to stride, and there is no turn. x to the walker's left, y up, z forward, in metres.
    """
    if source == "published curves":
        phase = _even_phase(1, traits)
        return plant_traits(symmetric_walker(body, phase), body, traits)
    name = source.removeprefix("captured ").removesuffix(" mirrored")
    loop = next(loop for loop in captured_loops() if loop.name == name)
    joints = captured_walker(loop, body, _even_phase(loop.n_strides, traits))
    return plant_traits(mirror_walker(joints) if source.endswith(" mirrored") else joints, body, traits)


def _even_phase(n_strides: int, traits: Traits) -> Array:
    even = np.arange(n_strides * _PHASES) / _PHASES
    return even - traits["step_time_asymmetry"] * np.sin(np.pi * even) ** 2


def true_asymmetry(joints_m: Array) -> Array:
    """Signed asymmetry (8, 3) of joints (T, 17, 3) over whole cycles, seen straight from the front without perspective.

    Rows as PAIR_NAMES; columns, units and signs as in ``representation.robust_asymmetry``: vertical, midline from the
    body's axis (mean of the middles of shoulders, hips and ankles), angular of the mean line.
    """
    rise, run, middle = _frontal(joints_m)
    axis = middle[:, [SHOULDERS, HIPS, ANKLES]].mean(axis=1, keepdims=True)
    mean_rise, mean_run = rise.mean(axis=0), run.mean(axis=0)
    return np.stack([mean_rise, (middle - axis).mean(axis=0), np.arctan2(mean_rise, np.abs(mean_run))], axis=-1)


def true_midline_from_hips(joints_m: Array) -> Array:
    """The midline (8,) of ``true_asymmetry``, but from the middle of the hips, as the literal form measures it."""
    _, _, middle = _frontal(joints_m)
    return (middle - middle[:, HIPS : HIPS + 1]).mean(axis=0)


def _frontal(joints_m: Array) -> tuple[Array, Array, Array]:
    """Rise, run and middle (T, 8) of each pair in 1/128 of the height from the face to the lower ankle."""
    y = joints_m[..., 1]
    height = y[:, FACE_JOINTS].max(axis=1) - y[:, ANKLE_JOINTS].min(axis=1)
    unit = (FIGURE_HEIGHT / height)[:, None]
    left, right = joints_m[:, LEFT_OF_PAIRS], joints_m[:, RIGHT_OF_PAIRS]
    run, rise = (unit * (left[..., axis] - right[..., axis]) for axis in (0, 1))
    return rise, run, (left[..., 0] + right[..., 0]) / 2 * unit
