"""Rendered walkers of the study of videos: both passes as the whole chain measures them, with their truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.video_file import read_video
from scoliogait.measurement.body import FIGURE_HEIGHT
from scoliogait.measurement.camera_roll import find_camera_roll
from scoliogait.measurement.mirror_difference import mirror_difference
from scoliogait.measurement.pass_strides import Look, look_at, measure_strides
from scoliogait.measurement.side_swaps import repair_side_swaps
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_statistics import combine_strides, joined
from scoliogait.simulation.filming import FilmedWalker
from studies.rendered_walkers import ReadPass, ReadsVideo, read_pass, rendered_walker

Array = NDArray[np.float64]
PASSES = {"towards": (0,), "away": (1,), "both": (0, 1)}
# Of 1/128 of the height, the same, and rad: %, % and degrees.
UNITS = np.array([100 / FIGURE_HEIGHT, 100 / FIGURE_HEIGHT, np.rad2deg(1.0)])


@dataclass(frozen=True, eq=False)
class Filmed:
    """A walker and what was seen of both ways; captured: whether a captured walk moves them."""

    walker: FilmedWalker
    passes: tuple[ReadPass, ReadPass]
    captured: bool


@dataclass(frozen=True, eq=False)
class Found:
    """Measured values (8, 3) and half widths in units of ``UNITS``; the roll, its error and half width in degrees."""

    values: Array
    half_widths: Array
    roll_deg: float
    roll_sd_deg: float
    roll_half_width_deg: float


def filmed_walkers(seed: int, numbers: Iterable[int], kept: Path, read: ReadsVideo = read_video) -> list[Filmed]:
    """Walkers of a seed whose both passes were read."""
    found = []
    for number in numbers:
        walker = rendered_walker(seed, number)
        there, back = (read_pass(walker, seed, number, way, 0, kept, read) for way in (0, 1))
        found.append(Filmed(walker, (there, back), walker.loop is not None))
    return found


def look(seen_pass: ReadPass) -> Look | None:
    """A pass as it is measured; None where nothing or no stride was seen."""
    if not len(seen_pass.poses):
        return None
    poses, _ = repair_side_swaps(seen_pass.poses)
    stride_frames = find_strides(poses, seen_pass.rate_hz).stride_frames
    if stride_frames is None:
        return None
    return look_at(poses, stride_frames, mirror_difference(seen_pass.poses, seen_pass.sides_px))


def placed_by_pass(passes: Sequence[ReadPass]) -> Array:
    """Values (passes, 8, 2) of each pass that shows a stride, at the roll of all, heights and midlines in 1/128."""
    looks = [one for seen_pass in passes if (one := look(seen_pass)) is not None]
    roll = find_camera_roll([one.angles for one in looks])
    return np.array([combine_strides(measure_strides(one, roll.angle), 0.0).values[:, :2] for one in looks])


def measure(passes: Sequence[ReadPass], scale: float = 1.0) -> Found | None:
    """All passes together, as a session does; None where one of them shows no stride.

    scale: what the least errors of joints, which videos have, are multiplied by; 0 leaves them out.
    """
    looks = [one for seen_pass in passes if (one := look(seen_pass)) is not None]
    if len(looks) < len(passes):
        return None
    roll = find_camera_roll([one.angles for one in looks])
    strides = joined([measure_strides(one, roll.angle) for one in looks])
    strides = replace(strides, least_errors=scale * strides.least_errors)
    found = combine_strides(strides, roll.error, roll.freedom)
    angle, error, half = np.rad2deg([roll.angle, roll.error, roll.half_width]).tolist()
    return Found(found.values * UNITS, found.half_widths * UNITS, angle, error, half)
