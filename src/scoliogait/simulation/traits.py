"""What a curve does to a walker: the table of posture, movement and body-shape traits, and how they are drawn.

A trait of a person = healthy mean + background variation (partly shared within its family, partly its own) + what the
curve adds. A curve acts in two ways: by its presence (``onset``: full from about 10 degrees on, the same for a mild and
a severe curve, as gait laboratories report) and by its size (``per_deg`` of Cobb angle, levelling off above
``COMPENSATION_DEG`` because long-standing curves compensate). Sided traits follow the side of the curve.

Healthy means and spreads follow the clinical literature collected in docs/simulated-cohort.md; effect sizes that nobody
has measured are chosen so that the cohort meets the published statistics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoliogait.simulation import gait
from scoliogait.simulation.spine import Curve

COMPENSATION_DEG = 40.0
ONSET_DEG = 7.3
ONSET_WIDTH_DEG = 0.8
# Variance of a person's background variation that is shared within a family of traits.
SHARED_VARIANCE = 0.12
# Standard deviation from one walk of a person to the next, as a share of that between people.
WALK_TO_WALK = 0.35


@dataclass(frozen=True)
class Trait:
    """One measurable property of a walker.

    sided: positive towards (or higher, larger, further forward on) the walker's left, and then its healthy mean is 0.
    onset: change by the presence of a curve. per_deg: change per degree of Cobb angle. For a sided trait both are
    towards the convex side. thoracic, thoracolumbar, lumbar: how much of it a curve of that level brings.
    """

    name: str
    family: str
    sided: bool
    mean: float
    sd: float
    onset: float = 0.0
    per_deg: float = 0.0
    thoracic: float = 1.0
    thoracolumbar: float = 1.0
    lumbar: float = 1.0


def _sided(name: str, sd: float, onset: float, per_deg: float, levels: tuple[float, float, float] = (1, 1, 1)) -> Trait:
    return Trait(name, "posture", True, 0.0, sd, onset, per_deg, *levels)


def _shape(name: str, sd: float, onset: float, per_deg: float, levels: tuple[float, float, float] = (1, 1, 1)) -> Trait:
    return Trait(name, "shape", True, 0.0, sd, onset, per_deg, *levels)


def _uneven(name: str, sd: float, onset: float, per_deg: float = 0.0) -> Trait:
    return Trait(name, "unevenness", True, 0.0, sd, onset, per_deg)


def _range(name: str, mean: float, sd: float, onset: float, per_deg: float = 0.0) -> Trait:
    return Trait(name, "movement", False, mean, sd, onset, per_deg)


def _stance(name: str, mean: float, sd: float, onset: float, per_deg: float = 0.0) -> Trait:
    return Trait(name, "stance", False, mean, sd, onset, per_deg)


TRAITS: tuple[Trait, ...] = (
    # Posture seen in the joints.
    _sided("shoulder_tilt_deg", 1.3, 1.5, 0.015, (1.1, 0.9, 0.7)),
    _sided("trunk_shift_mm", 8.0, 10.0, 0.10, (0.9, 1.1, 1.1)),
    _sided("head_shift_mm", 6.0, 5.0, 0.03),
    _sided("head_tilt_deg", 1.6, 1.8, 0.015),
    _sided("pelvic_obliquity_deg", 1.1, -0.7, -0.01, (0.8, 1.0, 1.2)),
    _sided("pelvic_rotation_deg", 2.0, 1.2, 0.02),
    _sided("thorax_rotation_deg", 2.0, -1.2, -0.09, (1.1, 1.0, 0.8)),
    _sided("shoulder_protraction_deg", 2.0, -0.8, -0.06, (1.2, 0.9, 0.7)),
    _sided("arm_abduction_difference_deg", 2.0, 2.0, 0.04, (0.8, 1.1, 1.2)),
    _sided("elbow_flexion_difference_deg", 4.0, 3.0, 0.03),
    _sided("leg_abduction_difference_deg", 0.9, 0.9, 0.01),
    # Body shape seen in the silhouette.
    _shape("apical_shift_mm", 5.0, 0.5, 0.25),
    _shape("waist_asymmetry_mm", 6.0, 0.5, 0.32, (0.8, 1.1, 1.2)),
    _shape("waist_level_mm", 7.0, 0.5, 0.35, (0.8, 1.1, 1.2)),
    _shape("hip_prominence_mm", 5.0, -0.3, -0.25, (0.7, 1.1, 1.3)),
    _shape("chest_asymmetry_mm", 5.0, 0.3, 0.25, (1.3, 0.9, 0.5)),
    _shape("scapula_prominence_mm", 5.0, 0.3, 0.25, (1.3, 0.9, 0.5)),
    _shape("neckline_asymmetry_mm", 4.5, 0.5, 0.18, (1.2, 0.9, 0.7)),
    _shape("trunk_rotation_thoracic_deg", 2.2, 0.2, 0.12, (1.3, 0.8, 0.4)),
    _shape("trunk_rotation_lumbar_deg", 2.2, 0.2, 0.12, (0.4, 1.1, 1.4)),
    # Movement that differs between the sides.
    _uneven("arm_swing_asymmetry", 0.13, 0.08),
    _uneven("step_length_asymmetry_deg", 0.8, 0.25),
    _uneven("step_time_asymmetry", 0.008, 0.002),
    _uneven("knee_range_asymmetry", 0.04, 0.015),
    _uneven("pelvic_obliquity_unevenness", 0.12, 0.09),
    _uneven("pelvic_rotation_unevenness", 0.14, 0.10),
    _uneven("thorax_list_unevenness", 0.14, 0.11),
    _uneven("thorax_rotation_unevenness", 0.14, 0.11),
    # Movement.
    _range("stride_time_s", 1.04, 0.05, 0.032),
    _range("stride_length_statures", gait.STRIDE_LENGTH_STATURES, 0.045, -0.026),
    _range("stride_time_variation", 0.024, 0.006, 0.003),
    _range("step_width_mm", 90.0, 22.0, 12.0),
    _range("pelvic_obliquity_range_deg", gait.PELVIC_OBLIQUITY_RANGE_DEG, 2.0, -1.2),
    _range("pelvic_rotation_range_deg", gait.PELVIC_ROTATION_RANGE_DEG, 2.3, -1.5),
    _range("thorax_list_range_deg", gait.THORAX_LIST_RANGE_DEG, 1.1, -0.6),
    _range("thorax_rotation_range_deg", gait.THORAX_ROTATION_RANGE_DEG, 1.8, -1.4),
    _range("trunk_sway_range_mm", gait.TRUNK_SWAY_RANGE_MM, 4.0, 2.6),
    _range("arm_swing_range_deg", gait.ARM_SWING_RANGE_DEG, 8.0, -2.0),
    _range("elbow_range_deg", gait.ELBOW_RANGE_DEG, 7.0, -1.5),
    _range("knee_range_factor", 1.0, 0.07, 0.0),
    # Carriage and build, the same on both sides.
    _stance("trunk_lean_deg", 2.0, 2.0, -0.9),
    _stance("head_forward_deg", 0.0, 4.0, 1.5),
    _stance("kyphosis_deg", 36.0, 7.0, -2.0, -0.22),
    _stance("lordosis_deg", 40.0, 7.0, -1.0, -0.12),
    _stance("arm_abduction_deg", 9.0, 2.5, 1.2),
    _stance("trunk_length_factor", 1.0, 0.02, -0.002, -0.0008),
    _stance("girth_factor", 1.0, 0.09, -0.03, -0.0015),
    _stance("chest_depth_factor", 1.0, 0.08, -0.02, -0.003),
)
TRAIT_NAMES: tuple[str, ...] = tuple(trait.name for trait in TRAITS)
SIDED_NAMES: tuple[str, ...] = tuple(trait.name for trait in TRAITS if trait.sided)
_FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(trait.family for trait in TRAITS))

Traits = dict[str, float]


def onset(cobb_deg: float) -> float:
    """How far the body reacts to the presence of a curve, 0 to 1: nothing when straight, full for every real curve."""
    zero = 1.0 / (1.0 + np.exp(ONSET_DEG / ONSET_WIDTH_DEG))
    reaction = 1.0 / (1.0 + np.exp((ONSET_DEG - cobb_deg) / ONSET_WIDTH_DEG))
    return float((reaction - zero) / (1.0 - zero))


def curve_effect(trait: Trait, curve: Curve) -> float:
    """What a curve adds to a trait, in the trait's unit; odd in the side of the curve for sided traits, else even."""
    size = COMPENSATION_DEG * np.tanh(curve.cobb_deg / COMPENSATION_DEG)
    level = getattr(trait, curve.level)
    sign = curve.direction if trait.sided else 1.0
    return float(sign * level * (trait.onset * onset(curve.cobb_deg) + trait.per_deg * size))


def neutral_traits() -> Traits:
    """A straight, even, average walker."""
    return {trait.name: trait.mean for trait in TRAITS}


def draw_traits(rng: np.random.Generator, curve: Curve) -> Traits:
    """One person's traits: background variation plus the consequences of the curve."""
    shared = dict(zip(_FAMILIES, rng.standard_normal(len(_FAMILIES)), strict=True))
    own = rng.standard_normal(len(TRAITS))
    traits = {}
    for trait, z in zip(TRAITS, own, strict=True):
        family = shared[trait.family]
        background = np.sqrt(SHARED_VARIANCE) * family + np.sqrt(1.0 - SHARED_VARIANCE) * z
        traits[trait.name] = trait.mean + trait.sd * float(background) + curve_effect(trait, curve)
    return _kept_possible(traits)


def vary_between_walks(rng: np.random.Generator, traits: Traits) -> Traits:
    """The same person on another walk."""
    steps = WALK_TO_WALK * rng.standard_normal(len(TRAITS))
    return _kept_possible({t.name: traits[t.name] + t.sd * float(z) for t, z in zip(TRAITS, steps, strict=True)})


# No walker leaves these bounds, however unlucky the draw.
_BOUNDS = {
    "stride_time_s": (0.8, 1.4),
    "stride_length_statures": (0.55, 1.0),
    "stride_time_variation": (0.005, 0.06),
    "step_width_mm": (20.0, 180.0),
    "pelvic_obliquity_range_deg": (1.0, 18.0),
    "pelvic_rotation_range_deg": (1.0, 20.0),
    "thorax_list_range_deg": (0.5, 10.0),
    "thorax_rotation_range_deg": (1.0, 16.0),
    "trunk_sway_range_mm": (0.0, 40.0),
    "arm_swing_range_deg": (4.0, 75.0),
    "elbow_range_deg": (2.0, 60.0),
    "girth_factor": (0.7, 1.4),
    "chest_depth_factor": (0.7, 1.4),
    "arm_abduction_deg": (2.0, 20.0),
}


def _kept_possible(traits: Traits) -> Traits:
    bounded = {name: float(np.clip(traits[name], low, high)) for name, (low, high) in _BOUNDS.items()}
    return traits | bounded
