"""What one mask shows: a person, or something else that is black and white.

The limits lie far outside of what segmentation leaves: holes between limbs, a detached arm or leg, a few specks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Sight = Literal["person", "specks", "outline", "lines", "several", "stray", "box", "strip", "text", "lying"]

BRIGHT = 128
MOST_SPECKS = 12
# Pieces of white in all rows together. A body of 8,192 rows has some 30,000.
_MOST_RUNS = 200_000
# Masks of so many pixels in all are looked at together.
_SHEET_PX = 1 << 20
# A frame of fewer white pixels is a speck, or nobody.
_LEAST_WHITE_PX = 40
# Thickness of the thickest part over the height of all: half a trunk is 0.07 to 0.15 of a walker, in any view, and less
# than two pixels is no trunk. And how many times as thick a body may become when its holes are filled.
_THINNEST, _LEAST_THICK_PX, _MOST_HOLLOW = 0.035, 1.5, 2.5
_PART_SHARE = 0.05
# A speck has less than this share of the largest area, and a hole less than that of it. So many of both are noise where
# they spread over at least half of the picture, or, holes, of the person.
_SPECK_SHARE, _SPREAD = 0.002, 0.5
# Another body, in the measures of the largest one: beside it at the same height, or smaller and apart from it.
_LIKE_HEIGHT, _LIKE_AREA, _LIKE_OVERLAP = 0.6, 0.25, 0.6
_OTHER_HEIGHT, _OTHER_AREA, _LARGE_AREA, _OTHER_GAP = 0.35, 0.08, 0.2, 0.12
# Bodies that touch: two heads in these rows of the box, as far apart and as wide as that, in heights of the box.
_HEAD_ROWS, _HEADS_APART, _HEAD_WIDTH = (0.01, 0.06), 0.045, 0.03

# A walker fills 0.3 to 0.65 of the box around it, and stands: the box of somebody who lies is wider than high.
_FULL_BOX, _LYING = 0.9, 1.3
# Letters of a text: parts of at most this share of the body, so many in a row.
_LETTER_SHARE, _LEAST_LETTERS = 0.05, 5
# White from edge to edge in some rows, while most of the others are mostly black: floors and bars. They begin and end
# suddenly, within this share of the rows; a skirt that fills the width of a close crop grows to it.
_MOSTLY, _SUDDEN_ROWS, _SUDDEN = 0.5, 0.02, 0.75
# How many times as high as the body all white may be: a crop to what is white shrinks the body as much.
_MOST_STRAY = 1.15


def sights_of(frames: Mask) -> list[Sight | None]:
    """What each of some masks uint8 (N, H, W), 0 to 255, shows; None for nothing, or a speck."""
    step = max(1, _SHEET_PX // max(1, frames[0].size)) if len(frames) else 1
    starts = range(0, len(frames), step)
    return [_sight(look) for start in starts for look in _looks(frames[start : start + step])]


@dataclass(frozen=True, eq=False)
class _Look:
    """One mask with a black border, uint8 (H + 2, W + 2), 0 and 1; None for its parts where they are too many to label.

    bodies, holes: int32 (N, 5), x, y, width, height and area of each, bodies from large to small. thickness, filled:
    largest distance of a white pixel from a black one, with and without the holes filled.
    """

    white: Mask
    n_white: int
    bodies: NDArray[Any] | None
    holes: NDArray[Any]
    thickness: float
    filled: float


def _looks(frames: Mask) -> Iterator[_Look]:
    """All of them lie below each other on one sheet, since a call for each of them costs more than the looking."""
    n, height, width = frames.shape
    white = np.zeros((n, height + 2, width + 2), np.uint8)
    white[:, 1:-1, 1:-1] = frames >= BRIGHT
    n_white = np.count_nonzero(white, axis=(1, 2))
    crowded = np.count_nonzero(white[:, :, 1:] > white[:, :, :-1], axis=(1, 2)) > _MOST_RUNS
    white[crowded] = 0  # before each part is labelled and measured, which takes memory
    # Parts are labelled without the columns that are black in all of them, but for one on either side.
    lit = np.flatnonzero(white.reshape(-1, width + 2).max(axis=0))
    left, right = (int(lit[0]) - 1, int(lit[-1]) + 2) if len(lit) else (0, width + 2)
    close = np.ascontiguousarray(white[:, :, left:right])
    sheet = close.reshape(-1, right - left)
    bodies = _by_frame(_parts(sheet, 8)[1][1:], left, n, height + 2)
    place, black = _parts(1 - sheet, 4)
    holes = _by_frame(np.delete(black, [0, place[0, 0]], axis=0), left, n, height + 2)
    thickness = filled = _thickness(white)
    if any(map(len, holes)):
        without_holes = np.zeros_like(white)
        without_holes[:, :, left:right] = (place != place[0, 0]).reshape(close.shape)
        filled = _thickness(without_holes)
    for at in range(n):
        parts = None if crowded[at] else bodies[at]
        yield _Look(white[at], int(n_white[at]), parts, holes[at], float(thickness[at]), float(filled[at]))


def _parts(sheet: Mask, connectivity: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The label of each pixel, and x, y, width, height and area of each label; 0 is what is not white."""
    import cv2

    # For 8 neighbours this method takes half the time of OpenCV's own choice, in one thread, and gives the same labels.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(sheet, connectivity, cv2.CV_32S, cv2.CCL_BBDT)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _by_frame(parts: NDArray[np.int32], left: int, n: int, height: int) -> list[NDArray[np.int32]]:
    """The parts on a sheet of n frames from column ``left`` on, each among its own, from large to small."""
    frame, y = np.divmod(parts[:, 1], height)
    order = np.lexsort((-parts[:, 4], frame))
    parts = np.column_stack([parts[:, 0] + left, y, parts[:, 2:]])[order]
    return np.split(parts, np.searchsorted(frame[order], np.arange(1, n)))


def _sight(look: _Look) -> Sight | None:
    if look.n_white < _LEAST_WHITE_PX:
        return None
    bodies, white = look.bodies, look.white
    if bodies is None or _is_noise(bodies, look.holes, (white.shape[0] - 2, white.shape[1] - 2)):
        return "specks"
    if look.filled > _MOST_HOLLOW * look.thickness:
        return "outline"
    if look.thickness < max(_THINNEST * _height(bodies), _LEAST_THICK_PX):
        return "lines"
    if _has_text(bodies):
        return "text"
    if _has_strip(white[1:-1, 1:-1]):
        return "strip"
    if _beside(bodies) or _two_heads(white, bodies[0]):
        return "several"
    if _rows_of(bodies) > _MOST_STRAY * _height(bodies):
        return "stray"
    return _alone(bodies[0], white.shape)


def _has_text(bodies: NDArray[Any]) -> bool:
    """Whether small parts beside the body stand in a row, as letters do."""
    if len(bodies) <= _LEAST_LETTERS:
        return False
    letters = bodies[1:][bodies[1:, 4] <= _LETTER_SHARE * bodies[0, 4]]
    if len(letters) < _LEAST_LETTERS:
        return False
    height = np.median(letters[:, 3])
    middle, x = letters[:, 1] + letters[:, 3] / 2, letters[:, 0]
    in_row = np.abs(middle - np.median(middle)) <= height / 2
    return bool(height > 2 and in_row.sum() >= _LEAST_LETTERS and np.ptp(x[in_row]) >= _LEAST_LETTERS * height / 2)


def _has_strip(white: Mask) -> bool:
    """Whether rows are white from edge to edge all at once, in a picture that is mostly black in most others."""
    if not white.all(axis=1).any():
        return False
    share = white.mean(axis=1)
    if np.median(share) >= _MOSTLY:
        return False
    edges = np.flatnonzero(np.diff(share == 1, prepend=False, append=False))
    reach = max(1, round(_SUDDEN_ROWS * len(share)))
    around = np.pad(share, reach)
    before, after = around[edges[::2]], around[edges[1::2] + 2 * reach - 1]
    return bool(((before < _SUDDEN) & (after < _SUDDEN)).any())


def _alone(body: NDArray[Any], shape: tuple[int, ...]) -> Sight:
    """A single body that reaches no edge of the picture, as most do that are not cut to the person."""
    x, y, width, height, area = body
    if x <= 1 or y <= 1 or x + width >= shape[1] - 1 or y + height >= shape[0] - 1:
        return "person"
    if area > _FULL_BOX * width * height:
        return "box"
    return "lying" if width > _LYING * height else "person"


def _is_noise(bodies: NDArray[Any], holes: NDArray[Any], shape: tuple[int, ...]) -> bool:
    if max(len(bodies) - 1, len(holes)) <= MOST_SPECKS:
        return False
    most = max(2.0, _SPECK_SHARE * bodies[0, 4])
    specks, pinholes = bodies[1:][bodies[1:, 4] <= most], holes[holes[:, 4] <= most]
    _, _, width, height, _ = bodies[0]
    return _are_many(specks, (shape[1], shape[0])) or _are_many(pinholes, (width, height))


def _are_many(specks: NDArray[Any], size_px: tuple[int, int]) -> bool:
    if len(specks) <= MOST_SPECKS:
        return False
    return all(np.ptp(specks[:, axis]) >= _SPREAD * size_px[axis] for axis in (0, 1))


def _thickness(white: Mask) -> NDArray[np.float32]:
    """(N,), of masks (N, H, W) with a black border: largest distance of a white pixel from a black one."""
    import cv2

    distance = cv2.distanceTransform(white.reshape(-1, white.shape[2]), cv2.DIST_L2, 3)
    return np.asarray(distance, np.float32).reshape(len(white), -1).max(axis=1)


def _height(bodies: NDArray[Any]) -> int:
    """Of all parts that are no specks, in px."""
    if len(bodies) == 1:
        return int(bodies[0, 3])
    return _rows_of(bodies[bodies[:, 4] >= _PART_SHARE * bodies[0, 4]])


def _rows_of(parts: NDArray[Any]) -> int:
    """From the highest row to the lowest."""
    return int((parts[:, 1] + parts[:, 3]).max() - parts[:, 1].min())


def _beside(bodies: NDArray[Any]) -> bool:
    """Whether another part of the white is as large as a body, or stands apart from the largest."""
    if len(bodies) == 1:
        return False
    x, y, width, height, area = bodies[0]
    x2, y2, width2, height2, area2 = bodies[1:].T
    overlap = np.minimum(y + height, y2 + height2) - np.maximum(y, y2)
    gap = np.maximum(x2 - (x + width), x - (x2 + width2))
    like = (height2 >= _LIKE_HEIGHT * height) & (area2 >= _LIKE_AREA * area) & (overlap >= _LIKE_OVERLAP * height2)
    other = ((height2 >= _OTHER_HEIGHT * height) & (area2 >= _OTHER_AREA * area)) | (area2 >= _LARGE_AREA * area)
    return bool((like | (other & (gap >= _OTHER_GAP * height))).any())


def _two_heads(white: Mask, body: NDArray[Any]) -> bool:
    """Whether the largest body has two heads, as people who touch each other do in one mask."""
    x, y, width, height, _ = body
    top, bottom = (y + round(share * height) for share in _HEAD_ROWS)
    head = np.zeros(width + 2, dtype=np.bool_)
    head[1:-1] = 2 * white[top : max(bottom, top + 1), x : x + width].sum(axis=0, dtype=np.int64) > max(bottom - top, 1)
    edges = np.flatnonzero(head[1:] != head[:-1])
    if len(edges) <= 2:
        return False
    starts, ends = edges[::2], edges[1::2]
    wide = ends - starts >= _HEAD_WIDTH * height
    apart = starts[wide][1:] - ends[wide][:-1]
    return bool((apart >= _HEADS_APART * height).any())
