"""InputContract: the complete description of what a model is fed, and the only way to ask for it.

It travels inside the model bundle. A walk becomes model input in two stages: ``source_frames`` looks at the whole walk
(completing poses, aligning silhouettes); ``render`` looks at single frames, in batches, on any device. A model that
takes a Postural Asymmetry Vector is given that of the whole walk besides (``pav``). The description alone needs no
torch, so that a recipe is checked before torch is loaded; ``model_input.py`` does the second stage. A model of the
outline is given that of the whole walk, too (``walk_values``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from scoliogait.errors import DataError, RecipeError
from scoliogait.field_problem import field_problem
from scoliogait.measurement.trunk_outline import SIZE_PX
from scoliogait.representation.kinds import KINDS, Kind, Modality, Representation, cut_width_px
from scoliogait.representation.outline import OutlineConfig
from scoliogait.representation.pav import PavConfig
from scoliogait.representation.pose import DRAWN_CONFIDENCE, MissingRule, complete_poses
from scoliogait.representation.settings import CoordinateConfig, SkeletonMapConfig
from scoliogait.representation.silhouette import EMPTY_FRAME_GREY_SUM, align_silhouettes
from scoliogait.representation.windows import Window, windows_of
from scoliogait.skeleton import N_JOINTS
from scoliogait.walk import Walk

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Source = dict[Modality, NDArray[Any]]

_NO_LENGTH = (
    "evaluation_frames is 'windows' but training_frames is not stated; state how many frames a training clip had, or "
    "set evaluation_frames to 'whole'"
)


class InputContract(BaseModel):
    """How a walk becomes model input.

    version: of this description.
    representation: "silhouette" (1 channel); "skeleton-map" (2 channels, drawn here from poses);
        "exported-skeleton-map" (2 channels, a foreign export, taken as it is); "silhouette+skeleton-map"
        (3 channels: silhouette, limbs, joints); "coordinates" (no picture); "coordinates+skeleton-map" (both);
        "coordinates+outline" (coordinates, and twelve numbers of the silhouettes of the whole walk).
    size_px: height and width of a picture before the cut.
    cut_columns: drop 10 columns per 64 on each side, as every published model does (64 -> 44).
    skeleton_map: how maps are drawn; given exactly when the representation draws them.
    coordinates: how coordinates are scaled; given exactly when the representation has them.
    outline: how its twelve numbers are scaled; given exactly when the representation has them.
    pav: which Postural Asymmetry Vector the model takes besides; None for a model that takes none.
    max_frames: a longer walk is screened on its first ``max_frames`` frames.
    training_frames: frames of a clip that the model was trained on; training fills it in, None: not known.
    evaluation_frames: "windows": a walk is scored in windows of ``training_frames`` (see ``windows``) whose
        probabilities are averaged; "whole": all its frames at once, as every published model does.

    Raises RecipeError when two fields contradict each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    representation: Representation
    size_px: Literal[64, 128] = 64
    cut_columns: bool = True
    skeleton_map: SkeletonMapConfig | None = None
    coordinates: CoordinateConfig | None = None
    outline: OutlineConfig | None = None
    pav: PavConfig | None = None
    max_frames: int = Field(default=720, ge=1)
    training_frames: int | None = Field(default=None, ge=1)
    evaluation_frames: Literal["whole", "windows"] = "whole"

    @model_serializer(mode="wrap")
    def _leave_out_what_old_files_lack(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Files written before there were windows and outlines keep their digest: they say nothing of either, which
        means a whole walk and no outline."""
        values: dict[str, Any] = serialise(self)
        unsaid = {"training_frames": None, "evaluation_frames": "whole", "outline": None}
        return {key: value for key, value in values.items() if key not in unsaid or value != unsaid[key]}

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        kind = self._kind
        _refuse_wrong_section("skeleton_map", self.skeleton_map, kind.draws_maps, self.representation, "draws no maps")
        _refuse_wrong_section(
            "coordinates", self.coordinates, kind.gives_coordinates, self.representation, "has no coordinates"
        )
        _refuse_wrong_section("outline", self.outline, kind.measures_outline, self.representation, "has no outline")
        if self.outline is not None and self.size_px != SIZE_PX:
            raise RecipeError(
                f"input contract: size_px is {self.size_px}, but outlines are measured in silhouettes of {SIZE_PX} px; "
                f"set size_px to {SIZE_PX}"
            )
        if self.skeleton_map is not None and self.skeleton_map.size != self.size_px:
            raise RecipeError(
                f"input contract: size_px is {self.size_px} but skeleton_map.size is {self.skeleton_map.size}; "
                "make them equal"
            )
        if self.coordinates is not None and self.skeleton_map is not None and self.skeleton_map.missing != "repair":
            raise RecipeError(
                f"input contract: skeleton_map.missing is {self.skeleton_map.missing!r}, but coordinates need poses "
                "completed by 'repair'; set skeleton_map.missing to 'repair'"
            )
        return self

    @property
    def _kind(self) -> Kind:
        return KINDS[self.representation]

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The fields of a Walk, and of a store, whose frames this contract reads."""
        return self._kind.modalities

    @property
    def needed_modalities(self) -> tuple[Modality, ...]:
        """``modalities``, poses where a PAV is computed from them, and silhouettes where an outline is measured."""
        needed = list(self.modalities)
        if self.pav is not None and self.pav.form != "exported" and "poses" not in needed:
            needed.append("poses")
        if self.outline is not None:
            needed.append("silhouettes")
        return tuple(needed)

    @property
    def looked_at(self) -> frozenset[str]:
        """What of a recording has a part in a screening: what the model is fed, and the poses that are measured."""
        return frozenset({"poses", *self.needed_modalities})

    @property
    def in_channels(self) -> int:
        """Channels of a picture: silhouette 1, skeleton map 2 (limbs, joints), both 3; 0 without pictures."""
        return self._kind.channels

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of a picture of model input, after the cut."""
        return self.in_channels, self.size_px, self.size_px - 2 * self.cut_px

    @property
    def cut_px(self) -> int:
        """Columns cut from each side of a picture."""
        return cut_width_px(self.size_px) if self.cut_columns else 0

    @property
    def missing_rule(self) -> MissingRule:
        """How the missing joints of poses are completed; coordinates need the repair."""
        return self.skeleton_map.missing if self.skeleton_map is not None else "repair"

    def windows(self, n_frames: int) -> list[Window]:
        """(start, stop) of the frames that are scored together, in a walk of ``n_frames`` (at most ``max_frames``).

        One window of all frames when whole walks are scored. Raises RecipeError for windows of no stated length.
        """
        if self.evaluation_frames == "whole":
            return [(0, n_frames)]
        if self.training_frames is None:
            raise RecipeError(f"input contract: {_NO_LENGTH}")
        return windows_of(n_frames, self.training_frames)

    @property
    def window_problem(self) -> str | None:
        """Why walks cannot be cut into windows; None where they can, or need not."""
        return _NO_LENGTH if self.evaluation_frames == "windows" and self.training_frames is None else None

    def source_shape(self, modality: Modality) -> tuple[int, ...]:
        """Shape of one source frame: of poses, of a silhouette, or of a pair of exported maps."""
        if modality == "poses":
            return N_JOINTS, 3
        return (self.size_px, self.size_px) if modality == "silhouettes" else (2, self.size_px, self.size_px)

    def source_frames(self, walk: Walk, n_frames: int | None = None) -> Source:
        """The per-walk stage: what ``render`` takes, by modality, one entry a frame, as the whole walk decides it.

        Gives completed poses float32 (T, 17, 3), aligned silhouettes uint8
        (T, size, size), or exported maps uint8 (T, 2, size, size). Unaligned silhouettes are aligned, which may drop
        frames; poses beside them lose the same frames. n_frames: how many of the first frames are wanted; None: all.
        Raises DataError when the walk lacks a modality,
        shows no person, has frames of another size, or unequally many frames of two modalities.
        """
        where = f"{walk.source}: walk {walk.walk_id!r}"
        source: Source = {}
        kept: NDArray[np.int64] | None = None
        for modality in self.modalities:
            frames = getattr(walk, modality)
            if frames is None:
                raise self._lacking(walk, where)
            if modality == "poses":
                # Of a walk that loses frames, the first are not known yet.
                drops = "silhouettes" in self.modalities and not walk.silhouettes_aligned
                source[modality] = self.prepare_poses(frames, where, None if drops else n_frames)
            elif modality == "silhouettes" and not walk.silhouettes_aligned:
                source[modality], kept = self._aligned(frames, where, n_frames)
            else:
                source[modality] = self._checked_size(frames, modality, where)
        refuse_unequal_frames({modality: len(getattr(walk, modality)) for modality in source}, where)
        if kept is not None and "poses" in source:
            source["poses"] = source["poses"][kept]
        return {modality: frames[:n_frames] for modality, frames in source.items()}

    def prepare_poses(self, poses: NDArray[np.float32], where: str, n_frames: int | None = None) -> NDArray[np.float32]:
        """The per-walk stage for the poses of one walk, (T, 17, 3). Raises DataError, naming ``where``, as above."""
        if poses[..., 2].max() < DRAWN_CONFIDENCE:
            raise DataError(f"{where}: no joint is visible in any of {len(poses)} frames; record or detect it again")
        return complete_poses(poses, self.missing_rule, n_frames).astype(np.float32, copy=False)

    def _aligned(
        self, silhouettes: NDArray[np.uint8], where: str, n_frames: int | None
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        aligned, kept = align_silhouettes(silhouettes, self.size_px, n_frames)
        if len(aligned) == 0:
            raise DataError(
                f"{where}: none of {len(silhouettes)} silhouettes shows a person; "
                f"expected 0 background to 255 person, with a grey sum above {EMPTY_FRAME_GREY_SUM}"
            )
        return aligned, kept

    def _checked_size(self, frames: NDArray[Any], modality: Modality, where: str) -> NDArray[Any]:
        if frames.shape[1:] != self.source_shape(modality):
            raise DataError(
                f"{where}: {modality} have frames of {frames.shape[1:]} but the contract ({self.describe()}) "
                f"expects {self.source_shape(modality)}; use a model of that size or export the data again"
            )
        return frames

    def _lacking(self, walk: Walk, where: str) -> DataError:
        every: tuple[Modality, ...] = ("silhouettes", "poses", "skeleton_maps")
        has = [m for m in every if getattr(walk, m) is not None]
        return DataError(
            f"{where}: has {' and '.join(has)} but the contract ({self.describe()}) needs "
            f"{' and '.join(self.needed_modalities)}; use a model made for what was recorded"
        )

    def walk_values(self, walk: Walk) -> dict[str, NDArray[np.float32]]:
        """What holds for a whole walk, and so for each of its windows: pav (8, 3), outline (12,), as needed.

        Every frame counts, those beyond ``max_frames`` too. Raises DataError when the walk cannot be given it,
        ModelError when the statistics that scale it are unknown.
        """
        sections = {"pav": self.pav, "outline": self.outline}
        return {name: section.of(walk) for name, section in sections.items() if section is not None}

    def render(self, source: Mapping[Modality, Tensor]) -> dict[str, Tensor]:
        """The per-frame stage: source frames by modality, each (..., *shape), to what a model is called with.

        frames: float32 (..., C, H, W) in 0..1: maps are drawn, columns cut, grey levels divided by 255.
        poses: float32 (..., 17, 3), coordinates. Only what the contract's models take is in the dict. All stays on its
        device; the input is not changed. Raises ModelError when the source is not of this contract's kind.
        """
        from scoliogait.representation.model_input import render

        return render(self, source)

    def model_input(self, walk: Walk, device: str | torch.device = "cpu") -> dict[str, Tensor]:
        """Both stages for one walk, on ``device``: frames (T, C, H, W), poses (T, 17, 3), ``walk_values``, as needed.

        At most ``max_frames`` frames, in order. Raises what ``source_frames`` and ``walk_values`` raise.
        """
        from scoliogait.representation.model_input import model_input

        return model_input(self, walk, device)

    def describe(self) -> str:
        """One readable line, for messages, model cards and reports."""
        parts: list[str] = [self.representation]
        if self.in_channels:
            channels, height, width = self.frame_shape
            cut = f"cut to {height}x{width}" if self.cut_columns else f"uncut {height}x{width}"
            parts = [f"{self.representation} {self.size_px} px", cut]
            if self.skeleton_map is None:
                parts.append(f"{channels} channel{'s' if channels > 1 else ''}")
        if self.skeleton_map is not None:
            parts.append(_describe_maps(self.skeleton_map))
        if self.coordinates is not None:
            parts.append(f"coordinates {' '.join(map(str, self.coordinates.model_dump().values()))}")
        if self.outline is not None:
            parts.append(self.outline.describe())
        if self.pav is not None:
            parts.append(self.pav.describe())
        if self.evaluation_frames == "windows":
            length = "the training length" if self.training_frames is None else f"{self.training_frames} frames"
            parts.append(f"windows of {length}")
        return ", ".join(parts)


def _describe_maps(drawn: SkeletonMapConfig) -> str:
    return (
        f"{drawn.joints}, sigma limb {drawn.sigma_limb:g} joint {drawn.sigma_joint:g}, {drawn.reduction}, "
        f"alignment {drawn.alignment}, {drawn.geometry}, missing {drawn.missing}"
    )


def _refuse_wrong_section(name: str, section: object, needed: bool, representation: str, otherwise: str) -> None:
    if needed and section is None:
        raise RecipeError(
            f"input contract: representation is {representation!r} but {name} is missing; add it, "
            f"for example {name}: {{}} for its defaults"
        )
    if section is not None and not needed:
        raise RecipeError(
            f"input contract: {name} is given but representation is {representation!r}, which {otherwise}; "
            f"remove {name} or change the representation"
        )


def refuse_unequal_frames(n_frames: Mapping[Modality, int], where: str) -> None:
    """Raises DataError, naming ``where``, when modalities that go together have unequally many frames."""
    if len(set(n_frames.values())) > 1:
        counted = " and ".join(f"{n} {modality}" for modality, n in n_frames.items())
        raise DataError(f"{where}: has {counted}; a model of both needs one of each per frame, export them together")


def parse_contract(values: Mapping[str, Any], where: str) -> InputContract:
    """Read a contract from a mapping (a bundle's or recipe's own words); RecipeError names file, field and value."""
    try:
        return InputContract.model_validate(dict(values))
    except ValidationError as error:
        raise RecipeError(f"{where}: input contract: {field_problem(error)}") from error


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
