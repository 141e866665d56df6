"""ModelConfig: what an architecture needs to be built again. It travels with the weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(ge=1)]


class ModelConfig(BaseModel):
    """Architecture and widths of a model; the defaults are the published ScoNet on silhouettes.

    in_channels: 1 silhouette, 2 skeleton map (limb, joint). channels: width of the four stages. embedding: width of a
    part's embedding. parts: horizontal strips. classes: columns of the logits.
    Raises pydantic.ValidationError for unknown fields and for widths below 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    architecture: Literal["sconet"] = "sconet"
    in_channels: Positive = 1
    channels: tuple[Positive, Positive, Positive, Positive] = (64, 128, 256, 512)
    embedding: Positive = 256
    parts: Positive = 16
    classes: Annotated[int, Field(ge=2)] = 3
