"""Captured walks of real people as a second source of motion: endless loops of whole gait cycles on any body.

The recordings are straight walks from the CMU Graphics Lab Motion Capture Database (see ``cmu_walks.md`` beside the
file for origin and licence). Only the directions of their bones are used; lengths are those of the simulated body.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files

import numpy as np
from scipy.interpolate import CubicSpline

from scoliogait.simulation import gait
from scoliogait.simulation.body import Body
from scoliogait.simulation.frames import Array
from scoliogait.simulation.planting import ARMS, HIPS, LEGS, SHOULDERS, even_out, middle
from scoliogait.skeleton import JOINT, N_JOINTS

_LEFT_ANKLE, _RIGHT_ANKLE = JOINT["left_ankle"], JOINT["right_ankle"]
_STRIDE_SEARCH_S = (0.75, 1.6)
# A loop may begin and end this many frames away from the exact number of strides.
_CLOSING_SLACK = 3


@dataclass(frozen=True)
class Loop:
    """A periodic walk: joints (n, 17, 3) of a whole number of strides; frame n would be frame 0 again."""

    name: str
    person: str
    joints: Array
    n_strides: int
    # Phase (cycles) of the first frame, 0 at the left heel strike.
    first_phase: float

    @cached_property
    def spline(self) -> CubicSpline:
        """Joints at each place between the frames; at ``n`` it is where it was at 0."""
        knots = np.concatenate([self.joints, self.joints[:1]])
        return CubicSpline(np.arange(len(knots)), knots, bc_type="periodic")


@cache
def captured_loops() -> tuple[Loop, ...]:
    """Every captured walk of the package as a loop, in file order."""
    with as_file(files("scoliogait.simulation") / "cmu_walks.npz") as path, np.load(path, allow_pickle=False) as stored:
        joints = stored["tenths_of_mm"].astype(np.float64) * 1e-4
        rate_hz = float(stored["frame_rate_hz"])
        ends = np.cumsum(stored["n_frames"])
        names, people = stored["name"].tolist(), stored["person"].tolist()
    walks = np.split(joints, ends[:-1])
    return tuple(make_loop(*facts, rate_hz) for facts in zip(names, people, walks, strict=True))


def make_loop(name: str, person: str, joints: Array, frame_rate_hz: float) -> Loop:
    """Cut the longest whole number of strides that closes best, and spread the remaining gap over the loop."""
    standing = _without_travel(joints)
    reach = standing[:, _LEFT_ANKLE, 2] - standing[:, _RIGHT_ANKLE, 2]
    stride = _stride_frames(reach, frame_rate_hz)
    n_strides = max(1, int((len(standing) - 1 - _CLOSING_SLACK) / stride))
    first, last = _best_closing(standing, stride * n_strides)
    n = last - first
    ramp = np.arange(n)[:, None, None] / n
    closed = standing[first:last] - ramp * (standing[last] - standing[first])
    wave = np.sum((reach[first:last] - reach[first:last].mean()) * np.exp(-2j * np.pi * n_strides * np.arange(n) / n))
    # The ankles are furthest apart, left in front, just before the left heel strike.
    return Loop(name, person, even_out(closed), n_strides, float(np.angle(wave) / (2 * np.pi)) % 1.0)


def captured_walker(loop: Loop, body: Body, phase: Array) -> Array:
    """Joints (T, 17, 3) of the loop at each phase (cycles, running), with the lengths of ``body``."""
    frames = np.mod((phase - loop.first_phase) / loop.n_strides, 1.0) * len(loop.joints)
    return on_body(loop.spline(frames), body)


def on_body(xyz: Array, body: Body) -> Array:
    """The same bone directions with the lengths of another body, standing on the floor."""
    out = np.empty((len(xyz), N_JOINTS, 3), order="F")
    centre = middle(xyz, HIPS)
    hips = _pointing(xyz[:, HIPS[0]] - xyz[:, HIPS[1]], body.hip_half_width_m)
    out[:, HIPS[0]], out[:, HIPS[1]] = centre + hips, centre - hips
    top = centre + _pointing(middle(xyz, SHOULDERS) - centre, body.trunk_m)
    shoulders = _pointing(xyz[:, SHOULDERS[0]] - xyz[:, SHOULDERS[1]], body.shoulder_half_width_m)
    out[:, SHOULDERS[0]], out[:, SHOULDERS[1]] = top + shoulders, top - shoulders
    for chains, lengths in ((LEGS, (body.thigh_m, body.shank_m)), (ARMS, (body.upper_arm_m, body.forearm_m))):
        roots = HIPS if chains is LEGS else SHOULDERS
        for root, (near, far) in zip(roots, chains.values(), strict=True):
            out[:, near] = out[:, root] + _pointing(xyz[:, near] - xyz[:, root], lengths[0])
            out[:, far] = out[:, near] + _pointing(xyz[:, far] - xyz[:, near], lengths[1])
    _put_head(out, xyz, body, top)
    return gait.stand_on_floor(out, body)


def _put_head(out: Array, xyz: Array, body: Body, top: Array) -> None:
    left, right = JOINT["left_ear"], JOINT["right_ear"]
    ears = top + _pointing(middle(xyz, (left, right)) - middle(xyz, SHOULDERS), body.neck_m)
    across = _pointing(xyz[:, left] - xyz[:, right], 1.0)
    forward = xyz[:, JOINT["nose"]] - middle(xyz, (left, right))
    forward = _pointing(forward - np.sum(forward * across, axis=1, keepdims=True) * across, 1.0)
    # Captured heads are carried level on average; the up axis completes the head's frame.
    axes = np.stack([across, np.cross(forward, across), forward], axis=1)
    for name, offset in gait.face_offsets(body).items():
        out[:, JOINT[name]] = ears + np.einsum("a,tax->tx", offset, axes)


def _pointing(vector: Array, length: float) -> Array:
    return length * vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def _without_travel(joints: Array) -> Array:
    """Joints about a hip midpoint that stays at x = z = 0; heights are kept."""
    moved = joints.copy()
    centre = middle(joints, HIPS)
    moved[..., 0] -= centre[:, None, 0]
    moved[..., 2] -= centre[:, None, 2]
    return moved


def _stride_frames(reach: Array, frame_rate_hz: float) -> float:
    """Stride period in frames: the strongest autocorrelation of the ankles' fore-aft distance."""
    low, high = (int(limit * frame_rate_hz) for limit in _STRIDE_SEARCH_S)
    centred = reach - reach.mean()
    lags = range(low, min(high, len(reach) - 8) + 1)
    agreement = [np.corrcoef(centred[:-lag], centred[lag:])[0, 1] for lag in lags]
    return float(lags[int(np.argmax(agreement))])


def _best_closing(joints: Array, wanted: float) -> tuple[int, int]:
    """First and last frame of the loop whose ends agree best in place and speed."""
    speed = np.gradient(joints, axis=0)
    best: tuple[float, int, int] | None = None
    for first in range(len(joints)):
        for last in range(first + int(wanted) - _CLOSING_SLACK, first + int(wanted) + _CLOSING_SLACK + 1):
            if not first < last < len(joints):
                continue
            gap = np.square(joints[last] - joints[first]).sum() + 4.0 * np.square(speed[last] - speed[first]).sum()
            if best is None or gap < best[0]:
                best = (float(gap), first, last)
    assert best is not None, "a captured walk is longer than one stride"
    return best[1], best[2]
