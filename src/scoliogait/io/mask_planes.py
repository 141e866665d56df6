"""Which plane of a picture is the mask: alpha where it cuts a person out, else grey, else one colour on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError

# Pictures of more colours are no label masks.
_MAX_COLOURS = 16
_N_NAMED = 6


@dataclass(frozen=True)
class Plane:
    """The plane of one picture that holds the mask, (H, W) uint8 or uint16, and what the picture was.

    colour: that of the person, such as "#ff0000", where the picture has two colours.
    """

    values: NDArray[Any]
    kind: Literal["alpha", "opaque"]
    colour: str | None = None

    def facts(self) -> PlaneFacts:
        """What must be known of it beside the pictures of the other frames."""
        return PlaneFacts(self.kind, self.colour, bool(self.values.min() == self.values.max()))


@dataclass(frozen=True)
class PlaneFacts:
    """kind, colour: as of a ``Plane``. is_plain: whether it has one value everywhere."""

    kind: Literal["alpha", "opaque"]
    colour: str | None
    is_plain: bool


def mask_plane(picture: NDArray[Any], where: str) -> Plane:
    """The mask of a decoded picture: (H, W), (H, W, 3) or (H, W, 4) in OpenCV's order (blue, green, red, alpha).

    Raises DataError, beginning with ``where``, for a picture of several flat colours.
    """
    if picture.ndim == 2:
        return Plane(picture, "opaque")
    if picture.shape[2] == 4:
        alpha = picture[..., 3]
        if alpha.min() < alpha.max() or alpha.max() == 0:
            return Plane(alpha, "alpha")
    colours = picture[..., :3]
    if (colours == colours[..., :1]).all():
        return Plane(colours[..., 0], "opaque")
    return _plane_of_colours(np.ascontiguousarray(colours), where)


def _plane_of_colours(picture: NDArray[Any], where: str) -> Plane:
    import cv2

    codes = _codes(picture)
    first, second = codes.flat[0], codes.flat[np.argmax(codes != codes.flat[0])]
    if ((codes == first) | (codes == second)).all():
        # The background has more of the corners.
        ground = first if (codes[[0, 0, -1, -1], [0, -1, 0, -1]] == first).sum() >= 2 else second
        colour = None if first == second else _hex(int(second if ground == first else first))
        return Plane(np.where(codes == ground, 0, 255).astype(np.uint8), "opaque", colour)
    found = np.unique(codes)
    if len(found) <= _MAX_COLOURS:
        names = _listed([_hex(int(code)) for code in found])
        raise DataError(
            f"{where}: holds {len(found)} colours ({names}); expected one person on a background, so save the mask of "
            "one label"
        )
    return Plane(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), "opaque")


def _codes(picture: NDArray[Any]) -> NDArray[np.int64]:
    blue, green, red = (picture[..., channel].astype(np.int64) for channel in range(3))
    if picture.dtype != np.uint8:
        blue, green, red = blue >> 8, green >> 8, red >> 8
    return (red << 16) | (green << 8) | blue


def _hex(code: int) -> str:
    return f"#{code:06x}"


def blank_masks(
    planes: Sequence[PlaneFacts], names: Sequence[str], where: str
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Which planes show nobody, whatever their one value is (T,), and a sentence where masks are of alpha or colours.

    Raises DataError when only some pictures have alpha, and when only some show a person in one colour.
    """
    blank = np.zeros(len(planes), dtype=np.bool_)
    if any(plane.kind == "alpha" for plane in planes):
        _refuse_others([plane.kind == "alpha" for plane in planes], names, where, "cut the person out with alpha")
        return blank, ("The alpha channel of the pictures was read as the mask.",)
    colours = sorted({plane.colour for plane in planes if plane.colour})
    if not colours:
        return blank, ()
    blank = np.array([plane.colour is None and plane.is_plain for plane in planes])
    like = [bool(plane.colour) or bool(empty) for plane, empty in zip(planes, blank, strict=True)]
    _refuse_others(like, names, where, "show a person in one colour")
    if len(colours) == 1:
        return blank, (f"The colour {colours[0]} was read as the person.",)
    return blank, (
        "One colour in each picture was read as the person, but it differs between pictures "
        f"({_listed(colours)}): make sure that it is one person.",
    )


def _refuse_others(like: Sequence[bool], names: Sequence[str], where: str, what: str) -> None:
    if not all(like):
        raise DataError(
            f"{where}: {sum(like)} of {len(like)} pictures {what}, and {names[like.index(False)]} does not; write all "
            "frames in one way"
        )


def _listed(colours: list[str]) -> str:
    return ", ".join(colours[:_N_NAMED]) + (", ..." if len(colours) > _N_NAMED else "")
