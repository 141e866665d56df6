"""The kinds of model input: what each reads of a walk and what it gives a model."""

from __future__ import annotations

from typing import Literal, NamedTuple

Representation = Literal[
    "silhouette",
    "skeleton-map",
    "exported-skeleton-map",
    "silhouette+skeleton-map",
    "coordinates",
    "coordinates+skeleton-map",
    "coordinates+outline",
]
Modality = Literal["silhouettes", "poses", "skeleton_maps"]
# Model inputs that hold for a whole walk; all others have a value for each frame.
WALK_VALUES = frozenset({"pav", "outline"})


class Kind(NamedTuple):
    """modalities: whose frames it reads. channels: of its pictures, 0 without. The rest: what it makes of poses, and
    whether it measures the outline of whole walks."""

    modalities: tuple[Modality, ...]
    channels: int
    draws_maps: bool = False
    gives_coordinates: bool = False
    measures_outline: bool = False


KINDS: dict[Representation, Kind] = {
    "silhouette": Kind(("silhouettes",), 1),
    "skeleton-map": Kind(("poses",), 2, draws_maps=True),
    "exported-skeleton-map": Kind(("skeleton_maps",), 2),
    "silhouette+skeleton-map": Kind(("silhouettes", "poses"), 3, draws_maps=True),
    "coordinates": Kind(("poses",), 0, gives_coordinates=True),
    "coordinates+skeleton-map": Kind(("poses",), 2, draws_maps=True, gives_coordinates=True),
    "coordinates+outline": Kind(("poses",), 0, gives_coordinates=True, measures_outline=True),
}
# OpenGait's BaseSilCuttingTransform: a sixth of the width, in whole multiples of 10 px per 64 px, goes on each side.
_CUT_PX_PER_64 = 10


def cut_width_px(size_px: int) -> int:
    """Columns that cutting takes from each side of a picture ``size_px`` wide: 10 at 64, 20 at 128, 0 below 64."""
    return size_px // 64 * _CUT_PX_PER_64
