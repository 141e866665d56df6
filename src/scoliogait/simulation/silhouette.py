"""Body-shape silhouettes: the outline of trunk, head and limbs, filled in the picture of the same camera.

The trunk is a stack of elliptic cross-sections strung on the curved spine, so that the curve shows in the flanks; shape
traits move its left and right edges. Limbs are tapered, hands and feet follow the last segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation.body import Body
from scoliogait.simulation.discs import FILLED, SUBPIXEL_BITS, discs_on_black
from scoliogait.simulation.frames import Array, line_angle_deg, points_of
from scoliogait.simulation.planting import HIPS, SHOULDERS, middle
from scoliogait.simulation.spine import Curve, spine_midline
from scoliogait.simulation.traits import Traits
from scoliogait.skeleton import JOINT

_CANVAS_PX = 128
_BODY_SHARE = 0.94

# Trunk sections from the hip joints (0) to the shoulder joints (1): half breadth and half depth in statures.
_SECTION_HEIGHTS = np.array([-0.10, 0.06, 0.22, 0.42, 0.62, 0.80, 0.93, 1.02, 1.14])
_HALF_BREADTH = {
    "female": np.array([0.092, 0.104, 0.092, 0.074, 0.080, 0.089, 0.094, 0.080, 0.040]),
    "male": np.array([0.088, 0.096, 0.088, 0.078, 0.086, 0.097, 0.102, 0.086, 0.044]),
}
_HALF_DEPTH = np.array([0.075, 0.078, 0.070, 0.062, 0.068, 0.072, 0.062, 0.052, 0.040])

# Joints along a limb, with their radii in statures.
_LIMBS = (
    (("hip", 0.052), ("knee", 0.034), ("ankle", 0.021)),
    (("shoulder", 0.027), ("elbow", 0.022), ("wrist", 0.015)),
)


@dataclass(frozen=True)
class Outline:
    """What is drawn, in walker-frame metres: trunk edge (T, n, 3), and discs with radii that limbs connect."""

    trunk: Array
    discs: Array
    radii_m: NDArray[np.float64]
    # Pairs of discs that a limb connects.
    limbs: tuple[tuple[int, int], ...]
    head: int


def body_outline(xyz: Array, body: Body, traits: Traits, curve: Curve, heading_deg: Array) -> Outline:
    """The outline of a walker with joints (T, 17, 3), in the walker's frame, for a camera seen at a heading (T,).

    The heading is 0 for a walker who comes, 180 for one who goes, as in ``camera.Path``.
    """
    discs: list[Array] = []
    radii: list[float] = []
    limbs: list[tuple[int, int]] = []
    girth = np.sqrt(traits["girth_factor"])

    def add(point: Array, radius_statures: float) -> int:
        discs.append(point)
        radii.append(radius_statures * body.stature_m)
        return len(discs) - 1

    for side in ("left", "right"):
        for limb in _LIMBS:
            limbs += pairwise([add(xyz[:, JOINT[f"{side}_{joint}"]], radius * girth) for joint, radius in limb])
        _add_hand_and_foot(xyz, body, side, add, limbs)
    ears = middle(xyz, (JOINT["left_ear"], JOINT["right_ear"]))
    neck = add(middle(xyz, SHOULDERS), 0.036)
    limbs.append((neck, add(ears, 0.032)))
    head = add(ears + np.array([0.0, 0.006, 0.02]) * body.stature_m, 0.5 * body.head_height_m / body.stature_m)
    trunk = _trunk_edge(xyz, body, traits, curve, heading_deg)
    placed = np.stack(discs, axis=1, out=np.empty((len(xyz), len(discs), 3), order="F"))
    return Outline(trunk, placed, np.array(radii), tuple(limbs), head)


def _add_hand_and_foot(
    xyz: Array, body: Body, side: str, add: Callable[[Array, float], int], limbs: list[tuple[int, int]]
) -> None:
    wrist, elbow = xyz[:, JOINT[f"{side}_wrist"]], xyz[:, JOINT[f"{side}_elbow"]]
    along = (wrist - elbow) / body.forearm_m
    limbs.append((add(wrist, 0.016), add(wrist + 0.7 * body.hand_m * along, 0.013)))
    ankle, knee = xyz[:, JOINT[f"{side}_ankle"]], xyz[:, JOINT[f"{side}_knee"]]
    shank = (ankle - knee) / body.shank_m
    # The foot stands at a right angle to the shank, in the sagittal plane.
    forward = points_of(np.zeros(len(shank)), shank[:, 2], -shank[:, 1])
    sole = ankle + 0.6 * body.ankle_height_m * shank
    limbs.append((add(sole - 0.15 * body.foot_m * forward, 0.022), add(sole + 0.6 * body.foot_m * forward, 0.022)))


def _trunk_edge(xyz: Array, body: Body, traits: Traits, curve: Curve, heading_deg: Array) -> Array:
    """Closed edge (T, 2 n, 3) as seen: up the side that is to the picture's right, down the other one.

    A section is an ellipse; seen from an angle it reaches as far as its support in the picture's horizontal direction.
    """
    hips, top = middle(xyz, HIPS), middle(xyz, SHOULDERS)
    along = np.clip(_SECTION_HEIGHTS, 0.0, 1.0)
    centre = hips[:, None] + _SECTION_HEIGHTS[:, None] * (top - hips)[:, None]
    centre = centre + _spine_bend(along, body, traits, curve)
    pelvis = line_angle_deg(xyz[:, HIPS[0]] - xyz[:, HIPS[1]], "axial")
    thorax = line_angle_deg(xyz[:, SHOULDERS[0]] - xyz[:, SHOULDERS[1]], "axial")
    turned_deg = pelvis[:, None] + along * (thorax - pelvis)[:, None] + _axial_twist_deg(along, traits)
    seen_from = np.deg2rad(heading_deg)
    facing = np.cos(seen_from)
    to_right = points_of(facing, np.zeros_like(facing), -np.sin(seen_from))
    across = np.cos(seen_from[:, None] + np.deg2rad(turned_deg))
    tilt = np.deg2rad(_section_tilt_deg(xyz, along))
    level = 0.5e-3 * traits["waist_level_mm"] * np.exp(-0.5 * ((_SECTION_HEIGHTS - 0.42) / 0.15) ** 2)
    left_m, right_m = _half_breadths(body, traits)
    depth_m = _half_depths(body, traits)
    edges = []
    for sign in (1.0, -1.0):
        breadth = np.where(sign * across >= 0, left_m, right_m)
        reach = np.sqrt((breadth * across) ** 2 + depth_m**2 * (1.0 - across**2))
        edge = centre + sign * (reach * np.cos(tilt))[..., None] * to_right[:, None]
        edge[..., 1] += sign * facing[:, None] * (reach * np.sin(tilt) + level)
        edges.append(edge)
    return np.concatenate([edges[0], edges[1][:, ::-1]], axis=1)


def _spine_bend(along: Array, body: Body, traits: Traits, curve: Curve) -> Array:
    """Offset (n, 3) of the sections from the straight trunk axis: the spine's curves, and how far the trunk follows."""
    fine = np.linspace(0.0, 1.0, 101)
    spine = spine_midline(curve, fine, body.trunk_m, traits["kyphosis_deg"], traits["lordosis_deg"])
    deviation = spine - fine[:, None] * spine[-1]
    # Soft tissue covers a good part of the deviation of the vertebrae.
    bend = 0.5 * np.stack([np.interp(along, fine, deviation[:, axis]) for axis in range(3)], axis=-1)
    bend[:, 0] += 1e-3 * traits["apical_shift_mm"] * np.sin(np.pi * along) ** 2
    bend[:, 1] = 0.0
    return bend


# Where along the trunk a sided shape trait acts: centre and width, from the hips (0) to the shoulders (1).
_BREADTH_PLACES = {
    "hip_prominence_mm": (0.06, 0.10),
    "waist_asymmetry_mm": (0.42, 0.12),
    "chest_asymmetry_mm": (0.62, 0.12),
    "scapula_prominence_mm": (0.80, 0.10),
    "neckline_asymmetry_mm": (1.05, 0.08),
}
_DEPTH_PLACES = {"flank_prominence_mm": (0.30, 0.15), "rib_prominence_mm": (0.70, 0.18)}


def _half_breadths(body: Body, traits: Traits) -> tuple[Array, Array]:
    breadth = _HALF_BREADTH[body.sex] * body.stature_m * traits["girth_factor"]
    uneven = _uneven(_BREADTH_PLACES, traits)
    return breadth + uneven, breadth - uneven


def _half_depths(body: Body, traits: Traits) -> Array:
    """From the side one sees how far the more prominent side of ribs and flanks stands out."""
    depth = _HALF_DEPTH * body.stature_m * traits["chest_depth_factor"] * np.sqrt(traits["girth_factor"])
    return depth + np.abs(_uneven(_DEPTH_PLACES, traits))


def _uneven(places: dict[str, tuple[float, float]], traits: Traits) -> Array:
    """What each section's left side has more, and its right side less, than the mean of both, in metres."""
    sections = [
        0.5e-3 * traits[name] * np.exp(-0.5 * ((_SECTION_HEIGHTS - place) / width) ** 2)
        for name, (place, width) in places.items()
    ]
    return np.sum(sections, axis=0)


def _axial_twist_deg(along: Array, traits: Traits) -> Array:
    lumbar = traits["trunk_rotation_lumbar_deg"] * np.exp(-0.5 * ((along - 0.30) / 0.15) ** 2)
    return lumbar + traits["trunk_rotation_thoracic_deg"] * np.exp(-0.5 * ((along - 0.65) / 0.18) ** 2)


def _section_tilt_deg(xyz: Array, along: Array) -> Array:
    pelvis = line_angle_deg(xyz[:, HIPS[0]] - xyz[:, HIPS[1]], "frontal")
    thorax = line_angle_deg(xyz[:, SHOULDERS[0]] - xyz[:, SHOULDERS[1]], "frontal")
    return pelvis[:, None] + along * (thorax - pelvis)[:, None]


def draw_silhouettes(trunk_px: Array, discs_px: Array, radii_px: Array, outline: Outline) -> NDArray[np.uint8]:
    """Filled outlines uint8 (T, 128, 128), 0 or 255: each body fills the canvas' height, centred on the hips' column.

    ``trunk_px`` (T, n, 2), ``discs_px`` (T, m, 2), ``radii_px`` (T, m) are projections of the outline.
    """
    top = (discs_px[..., 1] - radii_px).min(axis=1)
    bottom = (discs_px[..., 1] + radii_px).max(axis=1)
    scale = _BODY_SHARE * _CANVAS_PX / (bottom - top)
    origin = points_of(np.ascontiguousarray(trunk_px[..., 0]).mean(axis=1), 0.5 * (top + bottom))
    unit = float(1 << SUBPIXEL_BITS)

    def on_canvas(points: Array) -> NDArray[np.int32]:
        placed = (points - origin[:, None]) * scale[:, None, None] + 0.5 * (_CANVAS_PX - 1)
        return np.round(placed * unit).astype(np.int32, order="C")

    quads = _limb_quads(discs_px, radii_px, outline.limbs)
    n_frames, n_limbs = quads.shape[:2]
    quads_px = on_canvas(quads.reshape(n_frames, n_limbs * 4, 2)).reshape(n_frames, n_limbs, 4, 2)
    trunks, centres = on_canvas(trunk_px), on_canvas(discs_px)
    sizes = np.round(radii_px * scale[:, None] * unit).astype(np.int32, order="C")
    joints = np.arange(centres.shape[1]) != outline.head
    frames = discs_on_black(centres[:, joints], sizes[:, joints], _CANVAS_PX)
    for frame, canvas in enumerate(frames):
        cv2.fillPoly(canvas, [trunks[frame]], 255, cv2.LINE_8, SUBPIXEL_BITS)
        for quad in quads_px[frame]:
            cv2.fillConvexPoly(canvas, quad, 255, cv2.LINE_8, SUBPIXEL_BITS)
        size = int(sizes[frame, outline.head])
        cv2.ellipse(canvas, centres[frame, outline.head].tolist(), (round(0.78 * size), size), 0, 0, 360, *FILLED)
    return frames


def _limb_quads(discs_px: Array, radii_px: Array, limbs: tuple[tuple[int, int], ...]) -> Array:
    """Corners (T, limbs, 4, 2) of the tapered strip between two discs."""
    near, far = (list(ends) for ends in zip(*limbs, strict=True))
    start, end = discs_px[:, near], discs_px[:, far]
    along = end - start
    length = np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-6)
    normal = points_of(-along[..., 1], along[..., 0]) / length
    wide, narrow = radii_px[:, near, None], radii_px[:, far, None]
    corners = [start + wide * normal, end + narrow * normal, end - narrow * normal, start - wide * normal]
    return np.stack(corners, axis=2)
