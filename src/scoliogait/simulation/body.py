"""A young walker's body: sex, age, stature and segment lengths.

Proportions are fractions of stature after Drillis and Contini (1966) as given by Winter (2009). The distances between
left and right joint *centres* are smaller than the breadths of that table; a pose estimator marks centres.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

Sex = Literal["female", "male"]

_AGES_YEARS = (10, 11, 12, 13, 14, 15, 16, 17)
# Ends from the growth literature; between them a growth spurt, two years earlier in girls.
_MEAN_STATURE_M: dict[Sex, tuple[float, ...]] = {
    "female": (1.38, 1.44, 1.51, 1.56, 1.59, 1.605, 1.615, 1.62),
    "male": (1.38, 1.43, 1.49, 1.56, 1.63, 1.68, 1.71, 1.73),
}
_STATURE_SD_M = 0.065

# Fraction of stature, and the relative spread of that fraction between people.
_SEGMENTS: dict[str, tuple[float, float]] = {
    "trunk_m": (0.288, 0.012),
    "shoulder_half_width_m": (0.103, 0.03),
    "hip_half_width_m": (0.0525, 0.04),
    "upper_arm_m": (0.186, 0.025),
    "forearm_m": (0.146, 0.025),
    "hand_m": (0.108, 0.02),
    "thigh_m": (0.245, 0.018),
    "shank_m": (0.246, 0.018),
    "ankle_height_m": (0.039, 0.03),
    "foot_m": (0.152, 0.025),
    "neck_m": (0.112, 0.03),
    "head_half_width_m": (0.043, 0.03),
    "head_height_m": (0.130, 0.02),
}


@dataclass(frozen=True)
class Body:
    """Segment lengths in metres. ``neck_m`` runs from the middle of the shoulders to the middle of the ears."""

    sex: Sex
    age_years: float
    stature_m: float
    trunk_m: float
    shoulder_half_width_m: float
    hip_half_width_m: float
    upper_arm_m: float
    forearm_m: float
    hand_m: float
    thigh_m: float
    shank_m: float
    ankle_height_m: float
    foot_m: float
    neck_m: float
    head_half_width_m: float
    head_height_m: float


def average_body(sex: Sex = "female", age_years: float = 13.0, stature_m: float | None = None) -> Body:
    """The body of average proportions; of average stature for age and sex unless ``stature_m`` is given."""
    stature = stature_m if stature_m is not None else mean_stature_m(sex, age_years)
    lengths = {name: fraction * stature for name, (fraction, _) in _SEGMENTS.items()}
    return Body(sex=sex, age_years=age_years, stature_m=stature, **lengths)


def mean_stature_m(sex: Sex, age_years: float) -> float:
    """Mean stature of 10 to 17 year olds, linear between whole years."""
    return float(np.interp(age_years, _AGES_YEARS, _MEAN_STATURE_M[sex]))


def draw_body(rng: np.random.Generator) -> Body:
    """One person of 10 to 17 years. The sexes are equally frequent in every class, so sex carries no information."""
    sex: Sex = "female" if rng.random() < 0.5 else "male"
    age = float(rng.uniform(10.0, 17.0))
    stature = mean_stature_m(sex, age) + _STATURE_SD_M * float(np.clip(rng.standard_normal(), -2.5, 2.5))
    spread = np.clip(rng.standard_normal(len(_SEGMENTS)), -2.5, 2.5)
    lengths = {
        name: float(fraction * stature * (1.0 + relative * z))
        for (name, (fraction, relative)), z in zip(_SEGMENTS.items(), spread, strict=True)
    }
    return Body(sex=sex, age_years=age, stature_m=stature, **lengths)


assert {f.name for f in fields(Body)} >= set(_SEGMENTS), "every segment of the table is a field of Body"
