"""The settings of a simulated cohort."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from scoliogait.labels import ScreeningClass
from scoliogait.limits import MAX_FRAMES
from scoliogait.simulation.camera import CAMERA_DISTANCE_M, CAMERA_HEIGHT_M
from scoliogait.simulation.ranges import Setting, between
from scoliogait.simulation.scene import check_aim
from scoliogait.simulation.spine import LEVELS, Curve, Level, Side

Share = Annotated[float, Field(ge=0.0, le=1.0)]
# Walks per class and people of Scoliosis1K, in our class order.
PUBLISHED_COUNTS = {ScreeningClass.NEGATIVE: 800, ScreeningClass.NEUTRAL: 200, ScreeningClass.POSITIVE: 493}
PUBLISHED_PEOPLE = 1050
_LATER = ("camera_roll_deg", "camera_pitch_deg", "camera_distance_m")


class CobbModel(BaseModel):
    """Which Cobb angles count as which class, and how they are spread within each.

    A curve below ``neutral_deg[0]`` is negative, above ``neutral_deg[1]`` positive, between (both included) neutral: a
    band around the 10 degrees of the definition, as wide as a measurement error. Negative people have half-normal
    angles; neutral ones uniform; the excess of positive ones is gamma-distributed and wider than in a
    population, where most curves end below 20 degrees; the angles of the real data are not published.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    neutral_deg: tuple[float, float] = (8.0, 12.0)
    negative_sd_deg: Annotated[float, Field(gt=0)] = 3.0
    positive_excess_deg: Annotated[float, Field(gt=0)] = 13.0
    positive_excess_shape: Annotated[float, Field(gt=0)] = 3.0
    largest_deg: float = 70.0

    @model_validator(mode="after")
    def _ordered(self) -> CobbModel:
        low, high = self.neutral_deg
        if not 0.0 < low < high < self.largest_deg:
            raise ValueError(f"0 < {low} < {high} < {self.largest_deg} (band, largest angle) does not hold")
        return self

    def class_of(self, cobb_deg: float) -> ScreeningClass:
        """The class of a Cobb angle."""
        low, high = self.neutral_deg
        if cobb_deg < low:
            return ScreeningClass.NEGATIVE
        return ScreeningClass.NEUTRAL if cobb_deg <= high else ScreeningClass.POSITIVE

    def draw(self, rng: np.random.Generator, label: ScreeningClass) -> float:
        """A Cobb angle in degrees of a person of this class."""
        low, high = self.neutral_deg
        if label is ScreeningClass.NEUTRAL:
            return float(rng.uniform(low, high))
        while True:
            if label is ScreeningClass.NEGATIVE:
                cobb = abs(self.negative_sd_deg * rng.standard_normal())
            else:
                shape = self.positive_excess_shape
                cobb = high + rng.gamma(shape, self.positive_excess_deg / shape)
            if self.class_of(cobb) is label and cobb <= self.largest_deg:
                return float(cobb)


class CohortConfig(BaseModel):
    """A simulated cohort. The same configuration gives the same walks, whatever the number of processes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_walks: Annotated[int, Field(ge=6)] = 1493
    n_frames: Annotated[int, Field(ge=1, le=MAX_FRAMES)] = 300
    seed: Annotated[int, Field(ge=0)] = 0
    frame_rate_hz: Annotated[float, Field(gt=0)] = 15.0
    walks_per_subject: Annotated[float, Field(ge=1.0)] = sum(PUBLISHED_COUNTS.values()) / PUBLISHED_PEOPLE
    # Negative, neutral, positive.
    class_shares: tuple[Share, Share, Share] = tuple(  # type: ignore[assignment]
        count / sum(PUBLISHED_COUNTS.values()) for count in PUBLISHED_COUNTS.values()
    )
    level_shares: dict[Level, Share] = {"thoracic": 0.45, "thoracolumbar": 0.25, "lumbar": 0.30}
    # Walkers whose movement comes from a captured walk instead of the published curves.
    captured_share: Share = 0.3
    # Recordings that show the turns between the legs; the others are cut there.
    turn_share: Share = 0.8
    # One value for all walks, or a range from which each walk draws its own (``ranges.Setting``).
    # Keypoint jitter, bias and dips relative to the calibrated level; 0 gives the true joints.
    noise_factor: Annotated[Setting, BeforeValidator(between(0.0))] = 1.0
    # Mean height of the cameras above the floor.
    camera_height_m: Annotated[Setting, BeforeValidator(between(0.4, 3.9))] = CAMERA_HEIGHT_M
    # Mean roll: positive turns the picture's content clockwise.
    camera_roll_deg: Annotated[Setting, BeforeValidator(between(-45.0, 45.0))] = 0.0
    # Mean pitch: positive looks down. None follows the height, so that the walker is in the middle of the picture.
    camera_pitch_deg: Annotated[Setting, BeforeValidator(between(-30.0, 45.0))] | None = None
    # Mean distance from the camera to the nearest point of the way.
    camera_distance_m: Annotated[Setting, BeforeValidator(between(3.0, 12.0))] = CAMERA_DISTANCE_M
    silhouettes: bool = True
    cobb: CobbModel = CobbModel()

    @model_validator(mode="after")
    def _shares_add_up(self) -> CohortConfig:
        for name, shares in (("class_shares", self.class_shares), ("level_shares", tuple(self.level_shares.values()))):
            if abs(sum(shares) - 1.0) > 1e-6:
                raise ValueError(f"{name} add up to {sum(shares):g}; expected 1")
        return self

    @model_validator(mode="after")
    def _walker_in_the_picture(self) -> CohortConfig:
        check_aim(self.camera_height_m, self.camera_pitch_deg, self.camera_distance_m)
        return self

    def as_origin(self) -> str:
        """JSON that a store keeps of its cohort; settings that came later are in it where they are not the usual ones.

        So the store of a usual cohort, digest included, is what it was before there were these settings.
        """
        usual = {name for name in _LATER if getattr(self, name) == type(self).model_fields[name].default}
        return self.model_dump_json(exclude=usual)

    def class_counts(self) -> dict[ScreeningClass, int]:
        """Walks per class; they add up to ``n_walks`` (largest remainders)."""
        exact = np.array(self.class_shares) * self.n_walks
        counts = np.floor(exact).astype(int)
        missing = self.n_walks - counts.sum()
        counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
        return {label: int(counts[label]) for label in ScreeningClass}

    def draw_curve(self, rng: np.random.Generator, label: ScreeningClass) -> Curve:
        """A curve of a person of this class; straight people have a small one too."""
        levels = list(self.level_shares)
        level = levels[int(rng.choice(len(levels), p=list(self.level_shares.values())))]
        side: Side = "right" if rng.random() < LEVELS[level].right_share else "left"
        return Curve(self.cobb.draw(rng, label), side, level)
