"""What a curve does to a walker: the table of posture, movement and body-shape traits, and how they are drawn.

A trait of a person = healthy mean + background variation (partly shared within its family, partly its own) + what the
curve adds. A curve acts in three ways: by its presence (``onset``: posture and gait, full from about 9 degrees on and
the same for a mild and a severe curve, as gait laboratories report), by becoming structural (``structural``: torsion
and body shape, from about 13 degrees on), and by its size (``per_deg`` of Cobb angle, levelling off above
``COMPENSATION_DEG`` because long-standing curves compensate). Sided traits follow the side of the curve.

Healthy means and spreads follow the clinical literature collected in docs/simulated-cohort.md; effect sizes that no one
has measured are chosen so that the cohort meets the published statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scoliogait.simulation import gait
from scoliogait.simulation.spine import Curve

COMPENSATION_DEG = 40.0
ONSET_DEG = 6.9
ONSET_WIDTH_DEG = 0.8
STRUCTURAL_DEG = 13.0
STRUCTURAL_WIDTH_DEG = 1.2
# Share of the variance of a person's background variation that is common to a family of traits. Posture hangs together:
# a straight person who stands obliquely does so with head, shoulders and trunk, much as a curve would have it.
SHARED_VARIANCE = {"posture": 0.5, "torsion": 0.1, "shape": 0.05, "unevenness": 0.05, "movement": 0.1, "build": 0.05}
# Standard deviation from one walk of a person to the next, as a share of that between people.
WALK_TO_WALK = 0.25


Levels = tuple[float, float, float]


@dataclass(frozen=True)
class Trait:
    """One measurable property of a walker.

    sided: positive towards (or higher, larger, further forward on) the walker's left, and then its healthy mean is 0.
    onset: change by the presence of a curve. structural: change by a structural curve. per_deg: change per degree of
    Cobb angle. For a sided trait they are towards the convex side. thoracic, thoracolumbar, lumbar: how much of it a
    curve of that level brings.
    """

    name: str
    family: str
    sided: bool
    mean: float
    sd: float
    onset: float = 0.0
    per_deg: float = 0.0
    structural: float = 0.0
    thoracic: float = 1.0
    thoracolumbar: float = 1.0
    lumbar: float = 1.0


def _sided(name: str, sd: float, onset: float, per_deg: float, levels: Levels = (1, 1, 1)) -> Trait:
    return Trait(name, "posture", True, 0.0, sd, onset, per_deg, 0.0, *levels)


def _torsion(name: str, sd: float, structural: float, per_deg: float, levels: Levels = (1, 1, 1)) -> Trait:
    return Trait(name, "torsion", True, 0.0, sd, 0.0, per_deg, structural, *levels)


def _shape(name: str, sd: float, structural: float, per_deg: float, levels: Levels = (1, 1, 1)) -> Trait:
    return Trait(name, "shape", True, 0.0, sd, 0.0, per_deg, structural, *levels)


def _uneven(name: str, sd: float, onset: float, per_deg: float = 0.0) -> Trait:
    return Trait(name, "unevenness", True, 0.0, sd, onset, per_deg)


def _carriage(name: str, mean: float, sd: float, onset: float, per_deg: float = 0.0) -> Trait:
    return Trait(name, "movement", False, mean, sd, onset, per_deg)


def _build(name: str, mean: float, sd: float, structural: float, per_deg: float = 0.0) -> Trait:
    return Trait(name, "build", False, mean, sd, 0.0, per_deg, structural)


TRAITS: tuple[Trait, ...] = (
    # Posture seen in the joints.
    _sided("shoulder_tilt_deg", 1.3, 2.3, 0.005, (1.1, 0.9, 0.7)),
    _sided("trunk_shift_mm", 9.5, 15.0, 0.04, (0.9, 1.1, 1.1)),
    _sided("head_shift_mm", 6.0, 9.0, 0.02),
    _sided("head_tilt_deg", 1.6, 2.4, 0.005),
    _sided("pelvic_obliquity_deg", 1.2, -1.8, -0.01, (0.8, 1.0, 1.2)),
    _sided("arm_abduction_difference_deg", 2.5, 3.4, 0.02, (0.8, 1.1, 1.2)),
    _sided("elbow_flexion_difference_deg", 7.0, 8.0, 0.02),
    _sided("leg_abduction_difference_deg", 1.8, 2.6, 0.01),
    # Turned parts, seen in the joints by their foreshortening only.
    _torsion("pelvic_rotation_deg", 2.0, 1.6, 0.04),
    _torsion("thorax_rotation_deg", 2.4, -2.1, -0.05, (1.1, 1.0, 0.8)),
    _torsion("shoulder_protraction_deg", 2.0, -1.7, -0.04, (1.2, 0.9, 0.7)),
    # Body shape seen in the silhouette.
    _shape("apical_shift_mm", 5.0, 4.0, 0.12),
    _shape("waist_asymmetry_mm", 6.0, 4.8, 0.14, (0.8, 1.1, 1.2)),
    _shape("waist_level_mm", 7.0, 5.6, 0.16, (0.8, 1.1, 1.2)),
    _shape("hip_prominence_mm", 5.0, -4.0, -0.12, (0.8, 1.1, 1.2)),
    _shape("chest_asymmetry_mm", 5.0, 4.0, 0.12, (1.2, 0.9, 0.6)),
    _shape("scapula_prominence_mm", 5.0, 4.0, 0.12, (1.2, 0.9, 0.6)),
    _shape("rib_prominence_mm", 5.0, 4.0, 0.12, (1.2, 0.9, 0.6)),
    _shape("flank_prominence_mm", 5.0, 4.0, 0.12, (0.6, 1.1, 1.2)),
    _shape("neckline_asymmetry_mm", 4.5, 3.6, 0.10, (1.2, 0.9, 0.7)),
    _shape("trunk_rotation_thoracic_deg", 2.2, 1.8, 0.06, (1.2, 0.9, 0.6)),
    _shape("trunk_rotation_lumbar_deg", 2.2, 1.8, 0.06, (0.6, 1.1, 1.2)),
    # Movement that differs between the sides.
    _uneven("arm_swing_asymmetry", 0.13, 0.08),
    _uneven("step_length_asymmetry_deg", 0.8, 0.4),
    _uneven("step_time_asymmetry", 0.008, 0.004),
    _uneven("knee_range_asymmetry", 0.04, 0.015),
    _uneven("pelvic_obliquity_unevenness", 0.12, 0.11),
    _uneven("pelvic_rotation_unevenness", 0.14, 0.13),
    _uneven("thorax_list_unevenness", 0.14, 0.13),
    _uneven("thorax_rotation_unevenness", 0.14, 0.13),
    # Movement and carriage.
    _carriage("stride_time_s", 1.04, 0.05, 0.034),
    _carriage("stride_length_statures", gait.STRIDE_LENGTH_STATURES, 0.045, -0.024),
    _carriage("stride_time_variation", 0.024, 0.006, 0.004),
    _carriage("step_width_mm", 90.0, 22.0, 15.0),
    _carriage("pelvic_obliquity_range_deg", gait.PELVIC_OBLIQUITY_RANGE_DEG, 2.0, -0.9),
    _carriage("pelvic_rotation_range_deg", gait.PELVIC_ROTATION_RANGE_DEG, 2.2, -2.0),
    _carriage("thorax_list_range_deg", gait.THORAX_LIST_RANGE_DEG, 1.1, -0.9),
    _carriage("thorax_rotation_range_deg", gait.THORAX_ROTATION_RANGE_DEG, 1.8, -1.6),
    _carriage("trunk_sway_range_mm", gait.TRUNK_SWAY_RANGE_MM, 4.0, 3.2),
    _carriage("arm_swing_range_deg", gait.ARM_SWING_RANGE_DEG, 8.0, -2.0),
    _carriage("elbow_range_deg", gait.ELBOW_RANGE_DEG, 7.0, -1.5),
    _carriage("knee_range_factor", 1.0, 0.07, 0.0),
    _carriage("trunk_lean_deg", 2.0, 2.0, -1.4),
    _carriage("head_forward_deg", 0.0, 4.0, 2.5),
    _carriage("arm_abduction_deg", 9.0, 2.5, 1.8),
    # Build, the same on both sides.
    _build("kyphosis_deg", 36.0, 7.0, -4.5, -0.12),
    _build("lordosis_deg", 40.0, 7.0, -3.0, -0.10),
    _build("trunk_length_factor", 1.0, 0.02, -0.010, -0.0006),
    _build("girth_factor", 1.0, 0.09, -0.045, -0.0015),
    _build("chest_depth_factor", 1.0, 0.08, -0.050, -0.0015),
)
TRAIT_NAMES: tuple[str, ...] = tuple(trait.name for trait in TRAITS)
SIDED_NAMES: tuple[str, ...] = tuple(trait.name for trait in TRAITS if trait.sided)

Traits = dict[str, float]


def onset(cobb_deg: float) -> float:
    """How far the body reacts to the presence of a curve, 0 to 1: nothing when straight, full for every real curve."""
    return _step(cobb_deg, ONSET_DEG, ONSET_WIDTH_DEG)


def structure(cobb_deg: float) -> float:
    """How far a curve has become structural, 0 to 1: vertebrae turned, ribs and flanks following."""
    return _step(cobb_deg, STRUCTURAL_DEG, STRUCTURAL_WIDTH_DEG)


@lru_cache(maxsize=8)  # each trait of a person asks for the same
def _step(cobb_deg: float, middle_deg: float, width_deg: float) -> float:
    """A smooth step that is exactly 0 at no curve."""
    zero = 1.0 / (1.0 + np.exp(middle_deg / width_deg))
    step = 1.0 / (1.0 + np.exp((middle_deg - cobb_deg) / width_deg))
    return float((step - zero) / (1.0 - zero))


def curve_effect(trait: Trait, curve: Curve) -> float:
    """What a curve adds to a trait, in the trait's unit; odd in the side of the curve for sided traits, else even."""
    size = COMPENSATION_DEG * np.tanh(curve.cobb_deg / COMPENSATION_DEG)
    level = getattr(trait, curve.level)
    sign = curve.direction if trait.sided else 1.0
    steps = trait.onset * onset(curve.cobb_deg) + trait.structural * structure(curve.cobb_deg)
    return float(sign * level * (steps + trait.per_deg * size))


def draw_traits(rng: np.random.Generator, curve: Curve) -> Traits:
    """One person's traits: background variation plus the consequences of the curve."""
    shared = dict(zip(SHARED_VARIANCE, rng.standard_normal(len(SHARED_VARIANCE)), strict=True))
    own = rng.standard_normal(len(TRAITS))
    traits = {}
    for trait, z in zip(TRAITS, own, strict=True):
        common = SHARED_VARIANCE[trait.family]
        family = shared[trait.family] * np.sign(trait.onset + trait.structural or 1.0)
        background = np.sqrt(common) * family + np.sqrt(1.0 - common) * z
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
    bounded = {name: min(max(traits[name], low), high) for name, (low, high) in _BOUNDS.items()}
    return traits | bounded
