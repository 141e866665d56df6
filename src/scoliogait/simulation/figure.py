"""A dressed figure around the joints of a walker: trunk, head with a face and hair, limbs, hands and shoes.

Its shape is the same on both sides, so whatever is uneven in a picture of it are its joints, and the light.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scoliogait.simulation.appearance import Appearance, Colour
from scoliogait.simulation.body import Body
from scoliogait.simulation.frames import Array
from scoliogait.simulation.planting import HIPS, SHOULDERS, SIGN, middle
from scoliogait.simulation.surface import Surface, ellipsoid, joined_surfaces, plain, tube, unit
from scoliogait.skeleton import JOINT

# Sections of the trunk from the hip joints (0) to the shoulder joints (1): half breadth and half depth in statures.
_SECTIONS = np.array([-0.12, -0.04, 0.06, 0.22, 0.42, 0.62, 0.80, 0.92, 1.00, 1.05, 1.10, 1.16, 1.22])
_BREADTH = {
    "female": np.array([0.070, 0.095, 0.104, 0.092, 0.076, 0.082, 0.092, 0.102, 0.106, 0.096, 0.070, 0.046, 0.034]),
    "male": np.array([0.068, 0.092, 0.096, 0.088, 0.081, 0.090, 0.101, 0.110, 0.112, 0.100, 0.072, 0.048, 0.036]),
}
_DEPTH = np.array([0.060, 0.076, 0.078, 0.070, 0.062, 0.068, 0.072, 0.062, 0.050, 0.044, 0.040, 0.036, 0.032])
_X = np.array([1.0, 0.0, 0.0])
_AROUND = 24
_BANDS = 30
# The shirt ends here, in trunk lengths from the hip joints to the shoulder joints.
_WAIST = 0.12
_NECKLINE = 1.13
# A plain chest has no front; a print on it is on the front only. Places in trunk lengths and in shares of the breadth.
_PRINT = (0.62, 0.80)
# Radii along a limb in statures, from its first joint to its second.
_THIGH = (0.050, 0.052, 0.047, 0.040, 0.035)
_SHANK = (0.035, 0.038, 0.037, 0.029, 0.024)
_SLEEVE = (0.027, 0.030, 0.031, 0.031, 0.030)
_UPPER_ARM = (0.024, 0.024, 0.023, 0.022, 0.022)
_FOREARM = (0.021, 0.023, 0.021, 0.018, 0.015)
_NECK = (0.036, 0.033, 0.031)


def figure_surface(joints: Array, body: Body, looks: Appearance) -> Surface:
    """The surface of a figure with joints (T, 17, 3) in metres: x to the walker's left, y up, z forward."""
    return joined_surfaces([_trunk(joints, body, looks), *_head(joints, body, looks), *_limbs(joints, body, looks)])


def _trunk(joints: Array, body: Body, looks: Appearance) -> Surface:
    hips, top = middle(joints, HIPS), middle(joints, SHOULDERS)
    heights = np.linspace(_SECTIONS[0], _SECTIONS[-1], _BANDS + 1)
    share = np.clip(heights, 0.0, 1.0)[:, None]
    lines = [joints[:, left] - joints[:, right] for left, right in (HIPS, SHOULDERS)]
    across = unit(lines[0])[:, None] * (1 - share) + unit(lines[1])[:, None] * share
    across = unit(across)
    along = unit(top - hips)[:, None]
    ahead = unit(np.cross(across, along))
    breadth, depth = (
        np.interp(heights, _SECTIONS, half)[:, None] * body.stature_m * looks.girth
        for half in (_BREADTH[body.sex], _DEPTH)
    )
    centres = hips[:, None] + heights[:, None] * (top - hips)[:, None]
    return tube(centres, breadth * across, depth * ahead, _trunk_colours(heights, looks))


def _trunk_colours(heights: Array, looks: Appearance) -> Array:
    at = (heights[:-1] + heights[1:]) / 2
    colours = plain(looks.shirt, _BANDS, _AROUND)
    colours[at < _WAIST] = looks.trousers
    colours[at > _NECKLINE] = looks.skin
    # From the left (0) over the front (a quarter) and the right to the back.
    ahead = np.sin(2 * np.pi * (np.arange(_AROUND) + 0.5) / _AROUND)
    printed = (at > _PRINT[0]) & (at < _PRINT[1])
    colours[np.ix_(printed, ahead > 0.75)] = 255 - 0.8 * np.array(looks.shirt)
    return colours


def _head(joints: Array, body: Body, looks: Appearance) -> Iterator[Surface]:
    left, right, nose = (joints[:, JOINT[name]] for name in ("left_ear", "right_ear", "nose"))
    ears = (left + right) / 2
    across = unit(left - right)
    ahead = unit((nose - ears) - np.sum((nose - ears) * across, axis=1, keepdims=True) * across)
    up = np.cross(ahead, across)
    half_m = 0.5 * body.head_height_m

    def at(to_left: float, to_top: float, to_front: float) -> Array:
        """A place on or near the head, in half heights from its middle."""
        return middle_of_head + half_m * (to_left * across + to_top * up + to_front * ahead)

    def lump(place: Array, wide: float, deep: float, high: float, colour: Colour) -> Surface:
        return ellipsoid(place, half_m * wide * across, half_m * deep * ahead, half_m * high * up, plain(colour, 6, 10))

    shoulders = middle(joints, SHOULDERS)
    neck = shoulders[:, None] + np.array([0.0, 0.5, 0.95])[:, None] * (ears - shoulders)[:, None]
    radii = np.array(_NECK)[:, None] * body.stature_m
    yield tube(neck, radii * across[:, None], radii * ahead[:, None], plain(looks.skin, len(_NECK) - 1, 14))
    middle_of_head = ears + half_m * (0.10 * up + 0.12 * ahead)
    axes = (0.74 * half_m * across, 0.86 * half_m * ahead, half_m * up)
    yield ellipsoid(middle_of_head, *axes, _head_colours(looks))
    crown = middle_of_head + half_m * (0.14 * up - 0.10 * ahead)
    yield ellipsoid(crown, 0.78 * half_m * across, 0.86 * half_m * ahead, 0.98 * half_m * up, plain(looks.hair, 16, 20))
    dark: Colour = (40, 30, 30)
    lips: Colour = (150, 70, 70)
    yield lump(at(0.0, -0.12, 0.86), 0.10, 0.18, 0.20, looks.skin)
    yield lump(at(0.0, -0.48, 0.72), 0.24, 0.06, 0.05, lips)
    for side in (1.0, -1.0):
        yield lump(at(0.70 * side, -0.10, -0.06), 0.08, 0.16, 0.24, looks.skin)
        yield lump(at(0.28 * side, 0.12, 0.72), 0.15, 0.08, 0.08, (240, 240, 240))
        yield lump(at(0.28 * side, 0.12, 0.78), 0.08, 0.06, 0.07, dark)
        yield lump(at(0.28 * side, 0.30, 0.74), 0.20, 0.06, 0.04, looks.hair)


def _head_colours(looks: Appearance) -> Array:
    bands, around = 20, 28
    high = np.sin(np.pi * ((np.arange(bands) + 0.5) / bands - 0.5))[:, None]
    angle = 2 * np.pi * (np.arange(around) + 0.5) / around
    ahead = np.sqrt(1 - high**2) * np.sin(angle)
    colours = plain(looks.skin, bands, around)
    colours[(high > 0.55) | ((ahead < -0.15) & (high > -0.6)) | ((ahead < 0.15) & (high > 0.0))] = looks.hair
    return colours


def _limbs(joints: Array, body: Body, looks: Appearance) -> Iterator[Surface]:
    stature = body.stature_m
    for side, sign in SIGN.items():
        hip, knee, ankle, shoulder, elbow, wrist = (
            joints[:, JOINT[f"{side}_{part}"]] for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
        )
        girth = looks.girth * stature
        yield _limb(hip, knee, girth, _THIGH, looks.trousers)
        yield _limb(knee, ankle, girth, _SHANK, looks.trousers)
        sleeve = shoulder + 0.55 * (elbow - shoulder)
        yield _limb(shoulder, sleeve, girth, _SLEEVE, looks.shirt)
        yield _limb(sleeve, elbow, girth, _UPPER_ARM, looks.skin)
        yield _limb(elbow, wrist, girth, _FOREARM, looks.skin)
        yield _ball(hip, 0.050 * girth, looks.trousers)
        yield _ball(knee, 0.034 * girth, looks.trousers)
        yield _ball(shoulder, 0.027 * girth, looks.shirt)
        yield _ball(elbow, 0.0215 * girth, looks.skin)
        yield _ball(wrist, 0.0148 * girth, looks.skin)
        yield _hand(wrist, elbow, body, looks.skin)
        yield _shoe(ankle, knee, body, looks.shoes, sign)


def _limb(start: Array, end: Array, girth_m: float, radii: tuple[float, ...], colour: Colour) -> Surface:
    share = np.linspace(0.0, 1.0, len(radii))[:, None]
    centres = end[:, None] + share * (start - end)[:, None]
    across, ahead = _frame(start - end)
    sizes = girth_m * np.array(radii[::-1])[:, None]
    return tube(centres, sizes * across[:, None], sizes * ahead[:, None], plain(colour, len(radii) - 1, 14))


def _frame(up: Array) -> tuple[Array, Array]:
    """Unit vectors across, nearly to the walker's left, and ahead, of a part that points up along (T, 3)."""
    ahead = unit(np.cross(_X, up))
    return unit(np.cross(up, ahead)), ahead


def _ball(centre: Array, radius_m: float, colour: Colour) -> Surface:
    x, y, z = (np.broadcast_to(radius_m * axis, centre.shape) for axis in np.eye(3))
    return ellipsoid(centre, x, z, y, plain(colour, 8, 12))


def _hand(wrist: Array, elbow: Array, body: Body, colour: Colour) -> Surface:
    along = unit(wrist - elbow)
    across, ahead = _frame(-along)
    thick, wide, half = 0.011 * body.stature_m, 0.020 * body.stature_m, 0.42 * body.hand_m
    return ellipsoid(wrist + half * along, thick * across, wide * ahead, -half * along, plain(colour, 8, 10))


def _shoe(ankle: Array, knee: Array, body: Body, colour: Colour, sign: float) -> Surface:
    """At a right angle to the shank, its toes a little outwards."""
    up = unit(knee - ankle)
    across, ahead = _frame(up)
    ahead = unit(ahead + 0.12 * sign * across)
    across = unit(np.cross(up, ahead))
    centre = ankle - 0.55 * body.ankle_height_m * up + 0.22 * body.foot_m * ahead
    half_m, wide_m, high_m = 0.56 * body.foot_m, 0.030 * body.stature_m, 0.75 * body.ankle_height_m
    return ellipsoid(centre, wide_m * across, half_m * ahead, high_m * up, plain(colour, 8, 14))
