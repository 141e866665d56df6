"""InputContract: the complete description of what a model is fed, and the only way to ask for it.

It travels inside the model bundle. A walk becomes model input in two stages: ``source_frames`` looks at the whole walk
(completing poses, aligning silhouettes); ``render`` looks at single frames, in batches, on any device.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from torch import Tensor

from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.representation.map_raster import MIN_CONFIDENCE
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.silhouette import EMPTY_FRAME_GREY_SUM, align_silhouettes
from scoliogait.representation.skeleton_map import SkeletonMapConfig, render_pose_frames
from scoliogait.skeleton import N_JOINTS
from scoliogait.walk import Walk

Representation = Literal["silhouette", "skeleton-map", "exported-skeleton-map"]
Modality = Literal["silhouettes", "poses", "skeleton_maps"]

_MODALITIES: dict[Representation, Modality] = {
    "silhouette": "silhouettes",
    "skeleton-map": "poses",
    "exported-skeleton-map": "skeleton_maps",
}
# OpenGait's BaseSilCuttingTransform: a sixth of the width, in whole multiples of 10 px per 64 px, goes on each side.
_CUT_PX_PER_64 = 10


def cut_width_px(size_px: int) -> int:
    """Columns that cutting takes from each side of a picture ``size_px`` wide: 10 at 64, 20 at 128, 0 below 64."""
    return size_px // 64 * _CUT_PX_PER_64


class InputContract(BaseModel):
    """How a walk becomes model input.

    version: of this description.
    representation: "silhouette" (1 channel); "skeleton-map" (2 channels, drawn here from poses);
        "exported-skeleton-map" (2 channels, somebody else's export, taken as it is).
    size_px: height and width of a frame before the cut.
    cut_columns: drop 10 columns per 64 on each side, as every published model does (64 -> 44).
    skeleton_map: how maps are drawn; given exactly when the representation is "skeleton-map".
    max_frames: a longer walk is screened on its first ``max_frames`` frames.

    Raises RecipeError when two fields contradict each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    representation: Representation
    size_px: Literal[64, 128] = 64
    cut_columns: bool = True
    skeleton_map: SkeletonMapConfig | None = None
    max_frames: int = Field(default=720, ge=1)

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        if self.representation == "skeleton-map" and self.skeleton_map is None:
            raise RecipeError(
                "input contract: representation is 'skeleton-map' but skeleton_map is missing; say how maps are drawn, "
                "for example skeleton_map: {} for the published maps"
            )
        if self.representation != "skeleton-map" and self.skeleton_map is not None:
            raise RecipeError(
                f"input contract: skeleton_map is given but representation is {self.representation!r}, which draws no "
                "maps; remove skeleton_map or set representation to 'skeleton-map'"
            )
        if self.skeleton_map is not None and self.skeleton_map.size != self.size_px:
            raise RecipeError(
                f"input contract: size_px is {self.size_px} but skeleton_map.size is {self.skeleton_map.size}; "
                "make them equal"
            )
        return self

    @property
    def modality(self) -> Modality:
        """The field of a Walk, and of a store, that this contract reads."""
        return _MODALITIES[self.representation]

    @property
    def in_channels(self) -> int:
        """1 for silhouettes, 2 (limbs, joints) for skeleton maps."""
        return 1 if self.representation == "silhouette" else 2

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of a frame of model input, after the cut."""
        return self.in_channels, self.size_px, self.size_px - 2 * self._cut_px

    @property
    def _cut_px(self) -> int:
        return cut_width_px(self.size_px) if self.cut_columns else 0

    @property
    def _source_shape(self) -> tuple[int, ...]:
        if self.representation == "skeleton-map":
            return N_JOINTS, 3
        if self.representation == "silhouette":
            return self.size_px, self.size_px
        return 2, self.size_px, self.size_px

    def source_frames(self, walk: Walk) -> NDArray[Any]:
        """The per-walk stage: what ``render`` takes, one entry a frame, for the whole walk.

        Returns completed poses float32 (T, 17, 3), aligned silhouettes uint8 (T, size, size), or exported maps uint8
        (T, 2, size, size). Unaligned silhouettes are aligned, which may drop frames. Raises DataError when the walk
        lacks the modality, shows nobody, or has frames of another size.
        """
        where = f"{walk.source}: walk {walk.walk_id!r}"
        if self.representation == "silhouette":
            return self._silhouettes(walk, where)
        frames = walk.poses if self.representation == "skeleton-map" else walk.skeleton_maps
        if frames is None:
            raise self._lacking(walk, where)
        if self.representation == "exported-skeleton-map":
            return self._checked_size(frames, where)
        if frames[..., 2].max() < MIN_CONFIDENCE:
            raise DataError(f"{where}: no joint is visible in any of {len(frames)} frames; record or detect it again")
        return self.complete(frames)

    def _silhouettes(self, walk: Walk, where: str) -> NDArray[np.uint8]:
        if walk.silhouettes is None:
            raise self._lacking(walk, where)
        if walk.silhouettes_aligned:
            return self._checked_size(walk.silhouettes, where)
        aligned, _ = align_silhouettes(walk.silhouettes, self.size_px)
        if len(aligned) == 0:
            raise DataError(
                f"{where}: none of {len(walk.silhouettes)} silhouettes shows a person; "
                f"expected 0 background to 255 person, with a grey sum above {EMPTY_FRAME_GREY_SUM}"
            )
        return aligned

    def _checked_size(self, frames: NDArray[Any], where: str) -> NDArray[Any]:
        if frames.shape[1:] != self._source_shape:
            raise DataError(
                f"{where}: {self.modality} have frames of {frames.shape[1:]} but the contract ({self.describe()}) "
                f"expects {self._source_shape}; use a model of that size or export the data again"
            )
        return frames

    def _lacking(self, walk: Walk, where: str) -> DataError:
        has = [m for m in _MODALITIES.values() if getattr(walk, m) is not None]
        return DataError(
            f"{where}: has {' and '.join(has)} but the contract ({self.describe()}) needs {self.modality}; "
            "use a model made for what was recorded"
        )

    def complete(self, frames: NDArray[Any]) -> NDArray[Any]:
        """The per-walk stage for all frames of one walk as a store holds them: poses are completed (float32), the rest
        is returned as it is."""
        if self.skeleton_map is None:
            return frames
        return complete_poses(frames, self.skeleton_map.missing).astype(np.float32)

    def render(self, frames: Tensor) -> Tensor:
        """The per-frame stage: source frames (..., *source shape) -> float32 (..., C, H, W) in 0..1, on their device.

        Maps are drawn, columns cut, and grey levels divided by 255. The input is not changed. Raises ModelError when
        the frames are not of this contract's kind.
        """
        wanted = self._source_shape
        right_kind = frames.is_floating_point() if self.skeleton_map is not None else frames.dtype == torch.uint8
        if tuple(frames.shape[-len(wanted) :]) != wanted or not right_kind:
            kind = "floating numbers" if self.skeleton_map is not None else "uint8"
            raise ModelError(
                f"model input: frames have shape {tuple(frames.shape)}, {frames.dtype}, but the contract "
                f"({self.describe()}) expects {kind} of shape (..., {', '.join(map(str, wanted))})"
            )
        if self.skeleton_map is not None:
            frames = render_pose_frames(frames, self.skeleton_map)
        elif self.representation == "silhouette":
            frames = frames.unsqueeze(-3)
        cut = self._cut_px
        # A tensor divisor: with a plain number, GPUs multiply by 1 / 255, which is not the same float.
        full = torch.full((), 255.0, device=frames.device)
        return frames[..., cut : self.size_px - cut].to(torch.float32) / full

    def model_input(self, walk: Walk, device: str | torch.device = "cpu") -> Tensor:
        """Both stages for one walk: float32 (T, C, H, W) on ``device``, at most ``max_frames`` frames, in order.

        Raises DataError as ``source_frames`` does.
        """
        frames = np.array(self.source_frames(walk)[: self.max_frames])
        return self.render(torch.from_numpy(frames).to(device))

    def describe(self) -> str:
        """One readable line, for messages, model cards and reports."""
        channels, height, width = self.frame_shape
        cut = f"cut to {height}x{width}" if self.cut_columns else f"uncut {height}x{width}"
        drawn = self.skeleton_map
        if drawn is None:
            return f"{self.representation} {self.size_px} px, {cut}, {channels} channel{'s' if channels > 1 else ''}"
        return (
            f"skeleton-map {self.size_px} px, {cut}, {drawn.joints}, sigma limb {drawn.sigma_limb:g} joint "
            f"{drawn.sigma_joint:g}, {drawn.reduction}, alignment {drawn.alignment}, {drawn.geometry}, "
            f"missing {drawn.missing}"
        )


def parse_contract(values: Mapping[str, Any], where: str) -> InputContract:
    """Read a contract from a mapping (a bundle's or recipe's own words); RecipeError names file, field and value."""
    try:
        return InputContract.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{where}: input contract field {field!r}: {first['msg']}, got {first['input']!r}") from error


# What published checkpoints were fed with.
OPENGAIT_SILHOUETTE = InputContract(representation="silhouette")
OPENGAIT_SKELETON = InputContract(representation="skeleton-map", skeleton_map=SkeletonMapConfig())
# The export behind the best skeleton models in the field's later notes, drawn with our repair of missing joints.
BODY_ONLY_SIGMA15_JOINT8 = InputContract(
    representation="skeleton-map",
    skeleton_map=SkeletonMapConfig(
        joints="body-only", sigma_limb=15.0, sigma_joint=8.0, alignment="shared", missing="repair"
    ),
)
