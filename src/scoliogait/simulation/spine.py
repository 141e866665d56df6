"""The midline of a spine with one scoliotic curve of given Cobb angle, side and level.

The spine runs from S1 (0) to C7 (1). Between its end vertebrae the frontal inclination swings from +Cobb/2 to -Cobb/2;
outside of them it goes back to the vertical, as compensating curves do. A straight tilt on top brings C7 to where the
trunk carries it, which leaves the Cobb angle as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoliogait.simulation.frames import Array

Side = Literal["left", "right"]
Level = Literal["thoracic", "thoracolumbar", "lumbar"]


@dataclass(frozen=True)
class LevelFacts:
    """Where a curve of this level lies (fractions of the way from S1 to C7), and how often it is to the right."""

    apex: float
    extent: float
    right_share: float


# Apices at T8, T12/L1 and L2/L3. Shares of sides: 6,824 schoolchildren in Chongming.
LEVELS: dict[Level, LevelFacts] = {
    "thoracic": LevelFacts(apex=0.60, extent=0.38, right_share=0.603),
    "thoracolumbar": LevelFacts(apex=0.39, extent=0.38, right_share=0.245),
    "lumbar": LevelFacts(apex=0.24, extent=0.34, right_share=0.353),
}


@dataclass(frozen=True)
class Curve:
    """A frontal curve. ``side`` is the side of its convexity, to the walker's left or right."""

    cobb_deg: float
    side: Side
    level: Level

    @property
    def direction(self) -> float:
        """+1 when the spine deviates to the walker's left, else -1."""
        return 1.0 if self.side == "left" else -1.0


def mirrored(curve: Curve) -> Curve:
    """The same curve on the other side."""
    return Curve(curve.cobb_deg, "right" if curve.side == "left" else "left", curve.level)


def frontal_inclination_deg(curve: Curve, along: Array) -> Array:
    """Lean of the midline towards the walker's left at each place along the spine (0 = S1, 1 = C7)."""
    facts = LEVELS[curve.level]
    offset = (along - facts.apex) / facts.extent
    inside = -np.sin(np.pi * np.clip(offset, -0.5, 0.5))
    beyond = np.clip(np.abs(offset) - 0.5, 0.0, 0.6) / 0.6
    return 0.5 * curve.cobb_deg * curve.direction * inside * (0.5 + 0.5 * np.cos(np.pi * beyond))


def spine_midline(
    curve: Curve, along: Array, length_m: float, kyphosis_deg: float = 0.0, lordosis_deg: float = 0.0
) -> Array:
    """Points (n, 3) of the midline from S1 at the origin, with C7 brought straight above S1 in the frontal plane.

    ``along`` must rise from 0 to 1. x to the walker's left, y up, z forward, in metres.
    """
    lean = np.deg2rad(frontal_inclination_deg(curve, along))
    sideways, up = _integrate(np.sin(lean), along), _integrate(np.cos(lean), along)
    lean = lean - np.arctan2(sideways[-1], up[-1])
    tip = np.deg2rad(_sagittal_inclination_deg(along, kyphosis_deg, lordosis_deg))
    steps = np.stack([np.sin(lean), np.cos(lean), np.tan(tip)], axis=-1)
    steps = steps / np.linalg.norm(steps, axis=-1, keepdims=True)
    points = np.stack([_integrate(steps[:, axis], along) for axis in range(3)], axis=-1)
    return length_m * points


def _sagittal_inclination_deg(along: Array, kyphosis_deg: float, lordosis_deg: float) -> Array:
    """Forward lean: lordosis turns it backwards below L1, kyphosis forwards again above."""
    lumbar = 0.39
    return np.where(
        along < lumbar,
        0.5 * lordosis_deg * np.cos(np.pi * along / lumbar),
        -0.5 * lordosis_deg + 0.5 * (kyphosis_deg) * (1 - np.cos(np.pi * (along - lumbar) / (1 - lumbar))),
    )


def _integrate(values: Array, along: Array) -> Array:
    pieces = 0.5 * (values[1:] + values[:-1]) * np.diff(along)
    return np.concatenate([[0.0], np.cumsum(pieces)])
