"""OutlineConfig: left against right in the outline of a walk, twelve numbers, and what scales them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.long_frames import in_pieces, kept
from scoliogait.measurement.trunk_outline import SIZE_PX, left_against_right
from scoliogait.representation.silhouette import align_silhouettes, shows_person
from scoliogait.walk import N_OUTLINE_BANDS, Walk

# A bag or a coat makes numbers that no training walk had; they stop counting for more here.
MOST = 5.0


class OutlineConfig(BaseModel):
    """How a walk becomes the twelve numbers of ``measurement.trunk_outline``. It travels inside the input contract.

    scale_px: by what each is divided, its root mean square over the training walks; None until training has computed
        it. Nothing is subtracted, so that a mirrored walk has the same numbers with the other sign.

    Raises RecipeError for other than twelve finite numbers of at least 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale_px: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _refuse_impossible(self) -> Self:
        scale = self.scale_px
        if scale is not None and not (len(scale) == N_OUTLINE_BANDS and np.isfinite(scale).all() and min(scale) >= 0):
            raise RecipeError(
                f"input contract: outline.scale_px is {list(scale)}; expected {N_OUTLINE_BANDS} numbers of at least 0, "
                "or none: training computes them"
            )
        return self

    @property
    def is_ready(self) -> bool:
        """Whether a walk can be given its numbers."""
        return self.scale_px is not None

    def raw(self, walk: Walk) -> NDArray[np.float64]:
        """(12,) px, before scaling, from all frames of the walk in which the front or the back is seen clearly.

        Raises DataError when the walk lacks silhouettes or poses, has unequally many of them, silhouettes of another
        size, or no clear frame.
        """
        from scoliogait.measurement.stride_windows import view_of_frames

        where = f"{walk.source}: walk {walk.walk_id!r}"
        if walk.silhouettes is None or walk.poses is None:
            lacking = "silhouettes" if walk.silhouettes is None else "poses"
            raise DataError(
                f"{where}: holds no {lacking}, but the outline of this model is measured from silhouettes and poses of "
                "the same frames; record both, or use a model of poses alone"
            )
        if len(walk.silhouettes) != len(walk.poses):
            raise DataError(
                f"{where}: has {len(walk.silhouettes)} silhouettes and {len(walk.poses)} poses; its outline needs one "
                "of each per frame, export them together"
            )
        side, clear = view_of_frames(walk.poses)
        frames, places = _aligned(walk, where)
        numbers = left_against_right(frames, side[places], clear[places] & shows_person(frames))
        if not np.isfinite(numbers).all():
            raise DataError(
                f"{where}: none of {len(walk.poses)} frames shows a silhouette from the front or back by its poses, so "
                "its outline has no left and right; film towards or away from the camera, or leave the walk out"
            )
        return numbers

    def scaled(self, numbers: ArrayLike) -> NDArray[np.float32]:
        """Raw numbers (..., 12) -> -5..5, about 1 in size; a constant 0 stays 0. ModelError without a scale."""
        if self.scale_px is None:
            raise ModelError("the scale of the outline is unknown (contract.outline.scale_px); train on walks")
        values, scale = np.asarray(numbers, dtype=np.float64), np.array(self.scale_px)
        ratio = np.divide(values, scale, out=np.zeros_like(values), where=np.broadcast_to(scale > 0, values.shape))
        return np.clip(ratio, -MOST, MOST).astype(np.float32)

    def of(self, walk: Walk) -> NDArray[np.float32]:
        """float32 (12,): the scaled numbers of a walk. Raises DataError and ModelError as the two steps do."""
        return self.scaled(self.raw(walk))

    def with_scale_of(self, numbers: ArrayLike) -> OutlineConfig:
        """The same with the scale of the raw numbers (N, 12) of N >= 1 walks."""
        scale = np.sqrt(np.square(np.asarray(numbers, dtype=np.float64)).mean(axis=0))
        return OutlineConfig(scale_px=tuple(scale.tolist()))

    def describe(self) -> str:
        """A few readable words."""
        return "outline left against right" + ("" if self.is_ready else ", scale unknown")


def _aligned(walk: Walk, where: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Aligned silhouettes (S, 64, 64) and the frames (S,) that they are of."""
    assert walk.silhouettes is not None
    if not walk.silhouettes_aligned:
        numbers: list[NDArray[np.int64]] = []
        pieces = _aligned_pieces(walk.silhouettes, numbers)
        return kept(pieces, (len(walk.silhouettes), SIZE_PX, SIZE_PX), np.uint8), np.concatenate(numbers)
    if walk.silhouettes.shape[1:] != (SIZE_PX, SIZE_PX):
        raise DataError(
            f"{where}: silhouettes have frames of {walk.silhouettes.shape[1:]}; the outline is measured in aligned "
            f"ones of {(SIZE_PX, SIZE_PX)}; export the data again"
        )
    return walk.silhouettes, np.arange(len(walk.silhouettes))


def _aligned_pieces(silhouettes: NDArray[np.uint8], numbers: list[NDArray[np.int64]]) -> Iterator[NDArray[np.uint8]]:
    """Aligned silhouettes (n, 64, 64), some at a time; the frames that they are of go into ``numbers``."""
    n_before = 0
    for piece in in_pieces(silhouettes):
        aligned, of_piece = align_silhouettes(piece, SIZE_PX)
        numbers.append(n_before + of_piece)
        n_before += len(piece)
        yield aligned
