"""How pictures and coordinates of a pose are made: the settings alone, which a recipe can be checked with at once."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from scoliogait.representation.pose import CANVAS_PX, MissingRule
from scoliogait.skeleton import JointSetName

Reduction = Literal["max", "sum"]
Alignment = Literal["per-channel", "shared", "none"]
Geometry = Literal["square", "aspect"]


class SkeletonMapConfig(BaseModel):
    """Everything that decides how a skeleton map looks. The defaults are the published "aligned" export.

    joints: which joints are drawn, with the limbs between them; all 17 count for centre and scale.
    sigma_limb, sigma_joint: width of the Gaussians in pixels of the 128-px canvas.
    reduction: "max", or "sum" clipped to 1 (the formula in the paper).
    alignment: crop each channel to its own rows ("per-channel", published), both to their union ("shared"), or "none".
    geometry: "square" (published), or "aspect", which pads instead of cutting; see ``map_crop.crop_boxes``.
    missing: "as-published", or "repair", in which a joint that no frame shows does not move the others.
    size: rows and columns of the map.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    joints: JointSetName = "full-body"
    sigma_limb: float = Field(default=8.0, gt=0, le=CANVAS_PX, allow_inf_nan=False)
    sigma_joint: float = Field(default=8.0, gt=0, le=CANVAS_PX, allow_inf_nan=False)
    reduction: Reduction = "max"
    alignment: Alignment = "per-channel"
    geometry: Geometry = "square"
    missing: MissingRule = "as-published"
    size: Literal[32, 64, 128] = 64


class CoordinateConfig(BaseModel):
    """joints: which joints exist; the others are treated as never seen, and do not count in the height either."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    joints: JointSetName = "full-body"
