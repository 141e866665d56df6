"""Grey specks in the background of masks, as lossy compression leaves them (a mask that was a JPEG or a video once).

They are too dark to be a person and change no count of bright pixels, but a crop to what is not black takes them in, so
that the person becomes smaller. Soft edges fall off from the person outwards and are left as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.long_frames import in_pieces, kept

Mask = NDArray[np.uint8]

# Noise is darker than this: a quarter of white.
_DARK = 64
# Frames that are looked at, evenly spread, and the share of them from which on all are cleaned.
_MOST_FRAMES, _NOISY_SHARE = 24, 0.1
# A crop that is taller than the person by more rows, and a larger share of the height, than this.
_MOST_ROWS, _MOST_SHARE = 2, 0.01
# A grey pixel with nothing brighter so near is a speck of its own, and no edge of anything.
_NEAR_PX = 3


def without_noise(masks: Mask) -> tuple[Mask, tuple[str, ...]]:
    """Masks (T, H, W), 0 to 255, with a black background, and a sentence if it was not; the same array if it was."""
    frames = masks[np.linspace(0, len(masks) - 1, min(len(masks), _MOST_FRAMES)).astype(int)]
    shown = [frame for frame in frames if (frame >= _DARK).any()]
    if sum(map(_is_noisy, shown)) <= _NOISY_SHARE * len(shown):
        return masks, ()
    cleaned = (np.where(piece < _DARK, np.uint8(0), piece) for piece in in_pieces(masks))
    return kept(cleaned, masks.shape, np.uint8), (
        f"The background of the silhouettes is not black but grey in places, as JPEG leaves it: values below {_DARK} "
        "were read as 0.",
    )


def _is_noisy(frame: Mask) -> bool:
    """Whether the rows that are not black reach beyond the person, and hold specks there."""
    rows, person = (np.flatnonzero(which.any(axis=1)) for which in (frame, frame >= _DARK))
    top, end = int(person[0]), int(person[-1]) + 1
    if len(frame[rows[0] : rows[-1] + 1]) - (end - top) <= max(_MOST_ROWS, _MOST_SHARE * (end - top)):
        return False
    specks = _specks(frame)
    return bool(specks[:top].any() or specks[end:].any())


def _specks(frame: Mask) -> NDArray[np.bool_]:
    """Dark pixels, not black, with nothing brighter near them."""
    import cv2

    side = 2 * _NEAR_PX + 1
    brightest = cv2.dilate(frame, np.ones((side, side), np.uint8))
    return np.asarray((frame > 0) & (frame < _DARK) & (frame == brightest))
