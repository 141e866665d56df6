"""Does the white of masks look like one person? Black and white pixels alone do not say so.

An outline that was not filled, frames that are white all over, two bodies and noise have the right values and mislead
everything that crops to the person. The limits lie far outside of what segmentation leaves: holes between limbs, a
detached arm or leg, a few specks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.walk import DOUBT

Mask = NDArray[np.uint8]

_BRIGHT = 128
# Frames that are looked at, evenly spread.
_MOST_FRAMES = 24
# Share of the frames that show anything: beyond the first a doubt, beyond the second a refusal.
_DOUBTFUL_SHARE, _REFUSED_SHARE = 0.1, 0.5
# A frame of fewer white pixels is a speck, or nobody.
_LEAST_WHITE_PX = 40
# Thickness of the thickest part over the height of all: half a trunk is 0.07 to 0.15 of a walker, in any view, and less
# than two pixels is no trunk. And how many times as thick a body may become when its holes are filled.
_THINNEST, _LEAST_THICK_PX, _MOST_HOLLOW = 0.035, 1.5, 2.5
_PART_SHARE = 0.05
# A speck has less than this share of the largest area, and a hole less than that of it. So many of both are noise where
# they spread over at least half of the picture, or, holes, of the person.
_SPECK_SHARE, _MOST_SPECKS, _SPREAD = 0.002, 12, 0.5
# Another body, in the measures of the largest one: beside it at the same height, or smaller and apart from it.
_LIKE_HEIGHT, _LIKE_AREA, _LIKE_OVERLAP = 0.6, 0.25, 0.6
_OTHER_HEIGHT, _OTHER_AREA, _OTHER_GAP = 0.35, 0.08, 0.12
# Bodies that touch: two heads in these rows of the box, as far apart and as wide as that, in heights of the box.
_HEAD_ROWS, _HEADS_APART, _HEAD_WIDTH = (0.03, 0.1), 0.06, 0.03


def shape_doubts(masks: Mask, where: str) -> tuple[str, ...]:
    """A sentence, to be kept as a doubt, for each thing that one person does not look like; masks (T, H, W), 0 to 255.

    Raises DataError, beginning with ``where``, where most frames are white all over or outlines.
    """
    white = np.flatnonzero(masks.reshape(len(masks), -1).min(axis=1) >= _BRIGHT)
    looks = [look for frame in _some(np.delete(masks, white, axis=0)) if (look := _look(frame)) is not None]
    findings = (
        _Finding(len(white), len(masks), "are white all over (every pixel 128 to 255), which shows no person", 0.0),
        _found([look.hollow for look in looks], "are outlines that are not filled"),
        _found([look.thin for look in looks], "are lines, nowhere as thick as a trunk", refused=False),
        _found(
            [look.noisy for look in looks], f"hold more than {_MOST_SPECKS} scattered specks or holes", refused=False
        ),
        _found([look.several for look in looks], "show a second body beside the first", refused=False),
    )
    for finding in findings:
        if finding.refused:
            raise DataError(f"{where}: {finding.sentence}; expected one filled person, 255 on 0: segment them again")
    return tuple(f"{DOUBT}{finding.sentence}." for finding in findings if finding.doubtful)


@dataclass(frozen=True)
class _Finding:
    n: int
    of: int
    words: str
    least_share: float
    may_refuse: bool = True

    @property
    def doubtful(self) -> bool:
        return self.n > self.least_share * self.of

    @property
    def refused(self) -> bool:
        return self.may_refuse and self.n > _REFUSED_SHARE * self.of

    @property
    def sentence(self) -> str:
        return f"{self.n} of {self.of} silhouettes that were looked at {self.words}"


def _found(hits: Sequence[bool], words: str, *, refused: bool = True) -> _Finding:
    return _Finding(sum(hits), len(hits), words, _DOUBTFUL_SHARE, refused)


@dataclass(frozen=True)
class _Look:
    """What one frame looks like."""

    hollow: bool = False
    thin: bool = False
    noisy: bool = False
    several: bool = False


def _some(masks: Mask) -> Iterator[Mask]:
    n = min(len(masks), _MOST_FRAMES)
    yield from masks[np.linspace(0, len(masks) - 1, n).astype(int)] if n else ()


def _look(frame: Mask) -> _Look | None:
    """None where there is nothing to be looked at."""
    import cv2

    white = np.zeros((frame.shape[0] + 2, frame.shape[1] + 2), np.uint8)  # with a black border
    white[1:-1, 1:-1] = frame >= _BRIGHT
    if np.count_nonzero(white) < _LEAST_WHITE_PX:
        return None
    _, _, bodies, _ = cv2.connectedComponentsWithStats(white, connectivity=8)
    _, place, black, _ = cv2.connectedComponentsWithStats(1 - white, connectivity=4)
    ground = place[0, 0]
    bodies = bodies[1:][np.argsort(-bodies[1:, cv2.CC_STAT_AREA], kind="stable")]
    holes = black[[label not in (0, ground) for label in range(len(black))]]
    if _is_noise(bodies, holes, frame.shape):
        return _Look(noisy=True)
    thickness = _thickness(white)
    if len(holes) and _thickness((place != ground).astype(np.uint8)) > _MOST_HOLLOW * thickness:
        return _Look(hollow=True)
    if thickness < max(_THINNEST * _height(bodies), _LEAST_THICK_PX):
        return _Look(thin=True)
    return _Look(several=_beside(bodies) or _two_heads(white, bodies[0]))


def _is_noise(bodies: NDArray[Any], holes: NDArray[Any], shape: tuple[int, ...]) -> bool:
    most = max(2.0, _SPECK_SHARE * bodies[0, 4])
    specks, pinholes = bodies[1:][bodies[1:, 4] <= most], holes[holes[:, 4] <= most]
    _, _, width, height, _ = bodies[0]
    return _are_many(specks, (shape[1], shape[0])) or _are_many(pinholes, (width, height))


def _are_many(specks: NDArray[Any], size_px: tuple[int, int]) -> bool:
    if len(specks) <= _MOST_SPECKS:
        return False
    return all(np.ptp(specks[:, axis]) >= _SPREAD * size_px[axis] for axis in (0, 1))


def _thickness(white: Mask) -> float:
    """Largest distance of a white pixel from a black one."""
    import cv2

    return float(cv2.distanceTransform(white, cv2.DIST_L2, 3).max())


def _height(bodies: NDArray[Any]) -> int:
    """Of all parts that are no specks, in px."""
    parts = bodies[bodies[:, 4] >= _PART_SHARE * bodies[0, 4]]
    return int((parts[:, 1] + parts[:, 3]).max() - parts[:, 1].min())


def _beside(bodies: NDArray[Any]) -> bool:
    """Whether another part of the white is as large as a body, or stands apart from the largest."""
    x, y, width, height, area = bodies[0]
    for x2, y2, width2, height2, area2 in bodies[1:]:
        overlap = min(y + height, y2 + height2) - max(y, y2)
        gap = max(x2 - (x + width), x - (x2 + width2))
        like = height2 >= _LIKE_HEIGHT * height and area2 >= _LIKE_AREA * area and overlap >= _LIKE_OVERLAP * height2
        other = height2 >= _OTHER_HEIGHT * height and area2 >= _OTHER_AREA * area and gap >= _OTHER_GAP * height
        if like or other:
            return True
    return False


def _two_heads(white: Mask, body: NDArray[Any]) -> bool:
    """Whether the largest body has two heads, as people who touch each other do in one mask."""
    x, y, width, height, _ = body
    top, bottom = (y + round(share * height) for share in _HEAD_ROWS)
    head = 2 * white[top : max(bottom, top + 1), x : x + width].sum(axis=0, dtype=np.int64) > max(bottom - top, 1)
    edges = np.flatnonzero(np.diff(head, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    wide = ends - starts >= _HEAD_WIDTH * height
    apart = starts[wide][1:] - ends[wide][:-1]
    return bool((apart >= _HEADS_APART * height).any())
