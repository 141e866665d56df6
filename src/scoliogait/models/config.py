"""What an architecture needs to be built again. It travels with the weights; one class per architecture."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(ge=1)]
StageWidths = tuple[Positive, Positive, Positive, Positive]


class ModelConfig(BaseModel):
    """What all architectures share: the heads.

    embedding: width of a part's embedding. parts: how many heads a model has: horizontal strips, for models that look
    at pictures. classes: columns of the logits. Raises pydantic.ValidationError for unknown fields and widths below 1.

    Class attributes: ``frame_channels``, of the pictures that it takes (0: none); ``takes_pav``, ``takes_poses``,
    ``takes_outline``: what it takes besides. ``checkpoints.agreement`` compares them with the input contract.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    takes_pav: ClassVar[bool] = False
    takes_poses: ClassVar[bool] = False
    takes_outline: ClassVar[bool] = False

    embedding: Positive = 256
    parts: Positive = 16
    classes: Annotated[int, Field(ge=2)] = 3

    @property
    def frame_channels(self) -> int:
        return 0


class ScoNetConfig(ModelConfig):
    """The defaults are the published ScoNet on silhouettes.

    in_channels: 1 silhouette, 2 skeleton map (limb, joint). channels: width of the four stages.
    """

    architecture: Literal["sconet"] = "sconet"
    in_channels: Positive = 1
    channels: StageWidths = (64, 128, 256, 512)

    @property
    def frame_channels(self) -> int:
        return self.in_channels


class DRFConfig(ModelConfig):
    """ScoNet with PAV-guided attention; the defaults are the published DRF on skeleton maps."""

    takes_pav: ClassVar[bool] = True

    architecture: Literal["drf"] = "drf"
    in_channels: Positive = 2
    channels: StageWidths = (64, 128, 256, 512)

    @property
    def frame_channels(self) -> int:
        return self.in_channels


class FusionConfig(ModelConfig):
    """Silhouette and skeleton map with attention fusion. squeeze: its 3x3 convolution has 1/squeeze of the channels."""

    architecture: Literal["fusion"] = "fusion"
    channels: StageWidths = (64, 128, 256, 512)
    squeeze: Positive = 16

    @property
    def frame_channels(self) -> int:
        return 3


class PoseSetConfig(ModelConfig):
    """A set network on coordinates. width: of the layers that see single frames."""

    takes_poses: ClassVar[bool] = True

    architecture: Literal["pose-set"] = "pose-set"
    width: Positive = 128
    embedding: Positive = 64
    parts: Positive = 1


class PoseMapConfig(ModelConfig):
    """The set network fused late with a ScoNet on skeleton maps. width: as in PoseSetConfig."""

    takes_poses: ClassVar[bool] = True

    architecture: Literal["pose-map"] = "pose-map"
    in_channels: Positive = 2
    channels: StageWidths = (64, 128, 256, 512)
    width: Positive = 128

    @property
    def frame_channels(self) -> int:
        return self.in_channels


class PoseOutlineConfig(ModelConfig):
    """The set network and the outline of a walk. width: as in PoseSetConfig. outline_width: of the outline's layers."""

    takes_poses: ClassVar[bool] = True
    takes_outline: ClassVar[bool] = True

    architecture: Literal["pose-outline"] = "pose-outline"
    width: Positive = 128
    outline_width: Positive = 32
    embedding: Positive = 64
    parts: Positive = 1


AnyModelConfig = Annotated[
    ScoNetConfig | DRFConfig | FusionConfig | PoseSetConfig | PoseMapConfig | PoseOutlineConfig,
    Field(discriminator="architecture"),
]
