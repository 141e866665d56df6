"""What the grey values of masks mean: 0 is background and 255 the person, whatever a program wrote for them.

Masks of two values, of 16 bits, in a narrow range or with a white background have one reading and get it, with a
sentence about it. Several labels and photographs have none and are refused. A mask in grey values whose background is
black and whose person is white stays as it is to the bit, soft edges included.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.io.mask_noise import without_noise
from scoliogait.io.silhouette_shapes import shape_doubts
from scoliogait.long_frames import each, in_pieces, kept, of_frames
from scoliogait.walk import DOUBT

_WHITE = 255
_MAX_16_BIT = 65_535
# From this value on a pixel is the person; lower values are soft edges, or labels. From the second on 255 was meant.
_BRIGHT, _FULL = 128, 250
# Masks of labels have few values, resampled ones many.
_MAX_LABELS = 32
# A label covers at least this share of what is flat in a frame and not background, by 3x3 pixels of one value.
_LABEL_SHARE = 0.05
# Of masks, recorded, drawn, blurred and resampled: at most 0.4, and at least 0.8.
_MOST_BETWEEN = 0.6
_LEAST_CLEAN = 0.7
# Share of the frames with a white border that still are a person who fills the picture; the rest are of one polarity.
_MIXED_SHARE = 0.2
# An inverted frame disagrees with the nearest other frame in this share of the pixels. And above this share of such
# frames the program that wrote them is not to be trusted.
_OPPOSITE, _MANY_TURNED = 0.6, 0.05
# A white ground goes on inside of the border: so far inside, as a share of the sides, this share is white.
_INSIDE, _LEAST_INSIDE = 0.05, 0.2
_SAMPLED_FRAMES = 4
# Of the values between the lowest and the highest: the quarters and the tenths at both ends.
_DARK, _CLEAN = 0.25, 0.1


def read_silhouettes(values: ArrayLike, where: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Silhouettes uint8 (T, H, W), 0 background to 255 person, and a sentence for each change.

    values: (T, H, W), bool or integers of at most 16 bits. Anything else comes back as it is, for the check of Walk.
    What does not look like one person (see ``silhouette_shapes``) is a sentence that begins with "Doubtful: ". Raises
    DataError, beginning with ``where``, for values without one reading: one value everywhere, several labels in a
    frame, a photograph, frames of both polarities; and for frames that show no filled person.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "bui" or array.ndim != 3 or array.size == 0:
        return array, ()
    if array.dtype == np.bool_:
        array = kept((piece * np.uint8(_WHITE) for piece in in_pieces(array)), array.shape, np.uint8)
    if array.dtype != np.uint8:
        low, high = _extremes(array)
        if low < 0 or high > _MAX_16_BIT:
            return array, ()
    masks, changes = _masks(array, where)
    masks, about_ground = without_noise(masks)
    return masks, (*changes, *about_ground, *shape_doubts(masks, where))


def _masks(array: NDArray[Any], where: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    if array.dtype == np.uint8 and _is_grey_mask(array):
        return _dark_ground(array, where)
    counts = _counts(array)
    levels = np.flatnonzero(counts).tolist()
    if len(levels) == 1 and levels[0] > 0:
        raise DataError(
            f"{where}: silhouettes have the value {levels[0]} everywhere; expected 0 background to 255 person, so "
            "segment the video again"
        )
    if 2 < len(levels) <= _MAX_LABELS:
        _refuse_labels(array, levels, where)
    if len(levels) > 2:
        _refuse_photograph(counts, levels, where)
    scaled, about_values = _scaled(array, levels)
    turned, about_ground = _dark_ground(scaled, where)
    return turned, (*about_values, *about_ground)


def _is_grey_mask(array: NDArray[np.uint8]) -> bool:
    """A mask with soft edges, which keeps its values, for most frames without counting each of them.

    False says nothing: the values are to be counted then.
    """
    some = array[:: max(1, len(array) // _SAMPLED_FRAMES)]
    if np.count_nonzero(np.bincount(some.ravel(), minlength=_WHITE + 1)) <= _MAX_LABELS:
        return False
    low, high = _extremes(array)
    if high < _FULL or low != 0:
        return False
    place = np.arange(high + 1) / high
    # As plain numbers: one of numpy's own would have all pixels compared as 64-bit integers.
    up_to = [int(np.flatnonzero(place <= limit)[-1]) for limit in (_DARK, _CLEAN)]
    from_on = [int(np.flatnonzero(place >= 1 - limit)[0]) for limit in (_DARK, _CLEAN)]
    dark = black = bright = white = 0
    for piece in in_pieces(array):
        dark, black = (n + int(np.count_nonzero(piece <= end)) for n, end in zip((dark, black), up_to, strict=True))
        bright, white = (
            n + int(np.count_nonzero(piece >= end)) for n, end in zip((bright, white), from_on, strict=True)
        )
    return _looks_like_a_mask(dark / array.size, bright / array.size, (black + white) / array.size)


def _looks_like_a_mask(dark: float, bright: float, clean: float) -> bool:
    """Of all pixels: the shares in the lower and upper quarter of the values, and in the tenths at their ends."""
    return 1 - dark - bright <= _MOST_BETWEEN * min(dark, bright) and clean >= _LEAST_CLEAN


def _counts(array: NDArray[Any]) -> NDArray[Any]:
    """How often each value occurs, from 0 on."""
    is_wide = array.dtype != np.uint8
    counts = np.zeros(_extremes(array)[1] + 1 if is_wide else 256, np.int64)
    for piece in in_pieces(array):
        values = piece.ravel()
        counts += np.bincount(values.astype(np.int64) if is_wide else values, minlength=len(counts))
    return counts


def _extremes(array: NDArray[Any]) -> tuple[int, int]:
    """The lowest and the highest value."""
    ends = [(int(piece.min()), int(piece.max())) for piece in in_pieces(array)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _scaled(array: NDArray[Any], levels: list[int]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    low, high = levels[0], levels[-1]
    if low == 0 and (high == 0 or _FULL <= high <= _WHITE):
        masks = array if array.dtype == np.uint8 else kept(in_pieces(array), array.shape, np.uint8)
        return masks, _about_bits(array, levels)
    stretched = ((piece.astype(np.float32) - low) * np.float32(_WHITE / (high - low)) for piece in in_pieces(array))
    between = "" if len(levels) == 2 else ", values between them in proportion"
    return kept((np.round(piece).astype(np.uint8) for piece in stretched), array.shape, np.uint8), (
        f"Silhouettes with the values {low} and {high} were read as 0 and 255{between}.",
    )


def _about_bits(array: NDArray[Any], levels: list[int]) -> tuple[str, ...]:
    if array.dtype == np.uint8:
        return ()
    bits = 8 * array.dtype.itemsize
    return (f"Silhouettes of {bits} bits with values up to {levels[-1]} were read as 0 to 255.",)


def _refuse_labels(array: NDArray[Any], levels: list[int], where: str) -> None:
    """Several labels in a frame; of low values, which are no brightness, also in different frames."""
    areas = [_areas(frame.astype(np.uint16)) for frame in each(array)]
    if levels[-1] < _BRIGHT:
        areas.append(sorted(set().union(*areas)))
    labels = max(areas, key=len)
    if len(labels) > 2:
        raise DataError(
            f"{where}: silhouettes hold the labels {_listed(labels)}; expected one person on a background, so save the "
            "mask of one label"
        )


def _areas(frame: NDArray[np.uint16]) -> list[int]:
    """Values that fill an area of the frame, not only an edge: the background first of all."""
    import cv2

    block = np.ones((3, 3), np.uint8)
    flat = frame[cv2.erode(frame, block) == cv2.dilate(frame, block)]
    if not flat.size:
        return []
    levels, counts = np.unique(flat, return_counts=True)
    least = _LABEL_SHARE * (counts.sum() - counts.max())
    return [int(level) for level in levels[counts >= max(least, 1)]]


def _listed(levels: list[int]) -> str:
    return ", ".join(map(str, levels))


def _refuse_photograph(counts: NDArray[Any], levels: list[int], where: str) -> None:
    low, high = levels[0], levels[-1]
    place = (np.arange(len(counts)) - low) / (high - low)
    shares = counts / counts.sum()
    dark, bright = shares[place <= _DARK].sum(), shares[place >= 1 - _DARK].sum()
    clean = shares[(place <= _CLEAN) | (place >= 1 - _CLEAN)].sum()
    if _looks_like_a_mask(dark, bright, clean):
        return
    if len(levels) <= _MAX_LABELS:
        raise DataError(
            f"{where}: silhouettes hold the values {_listed(levels)}; expected 0 background and 255 person, with no "
            "more than edges between them"
        )
    raise DataError(
        f"{where}: silhouettes hold {len(levels)} values from {low} to {high}, and {1 - clean:.0%} of the pixels are "
        "near neither; this is a photograph and no mask, so segment the person and save 0 background, 255 person"
    )


def _dark_ground(array: NDArray[np.uint8], where: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The frames turned where the person is black on white."""
    shown, white = _white_ground(array)
    n_white, n_shown = len(white), len(shown)
    if n_white <= _MIXED_SHARE * n_shown:
        return _few_turned(array, shown, white)
    if n_white >= (1 - _MIXED_SHARE) * n_shown:
        return kept((_WHITE - piece for piece in in_pieces(array)), array.shape, np.uint8), (
            "Silhouettes with a white background were turned: black is background, white the person.",
        )
    raise DataError(
        f"{where}: {n_white} of {n_shown} silhouettes have a white background and the others a black one; write "
        "all with 0 background, 255 person"
    )


def _few_turned(
    array: NDArray[np.uint8], shown: NDArray[np.int64], white: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The few with a white border among frames with a black one turned, where that makes them like the others."""
    dark = np.setdiff1d(shown, white)
    turned = np.array([frame for frame in white if _is_inverted(array, frame, dark)], dtype=np.int64)
    if len(turned):
        flips = np.zeros((len(array), 1, 1, 1), np.uint8)
        flips[turned] = _WHITE
        array = kept(map(np.bitwise_xor, each(array), flips), array.shape, np.uint8)
    return array, (*_about_turned(len(turned), len(shown)), *_about_filling(len(white) - len(turned), len(shown)))


def _is_inverted(array: NDArray[np.uint8], frame: np.int64, dark: NDArray[np.int64]) -> bool:
    """Whether most pixels of a frame are the opposite of those of the nearest frame with a black background."""
    nearest = dark[np.abs(dark - frame).argmin()]
    same = (array[frame] >= _BRIGHT) == (array[nearest] >= _BRIGHT)
    return float(same.mean()) < 1 - _OPPOSITE


def _about_turned(n_turned: int, n_frames: int) -> tuple[str, ...]:
    if not n_turned:
        return ()
    doubt = DOUBT if n_turned > _MANY_TURNED * n_frames else ""
    return (
        f"{doubt}{n_turned} of {n_frames} silhouettes were inverted, unlike the frames beside them, and were turned.",
    )


def _about_filling(n_white: int, n_frames: int) -> tuple[str, ...]:
    if not n_white:
        return ()
    return (
        f"{DOUBT}{n_white} of {n_frames} silhouettes have a white border: the person fills the picture there, or the "
        "frame is inverted; they were left as they are.",
    )


def _white_inside(array: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(T,): where it is white some way inside of the border, too: there, a frame drawn around a mask is over."""
    height, width = array.shape[1:]
    y, x = (max(1, round(_INSIDE * side)) if side > 2 else 0 for side in (height, width))
    inside = array[:, y : height - y, x : width - x]
    edges = np.concatenate([inside[:, 0], inside[:, -1], inside[:, :, 0], inside[:, :, -1]], axis=1) >= _BRIGHT
    return np.asarray(edges.mean(axis=1) > _LEAST_INSIDE)


def _white_border(array: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(T,): where most of the border and of the corners are white."""
    edges = np.concatenate([array[:, 0], array[:, -1], array[:, :, 0], array[:, :, -1]], axis=1) >= _BRIGHT
    corners = array[:, [0, 0, -1, -1], [0, -1, 0, -1]] >= _BRIGHT
    return np.asarray((edges.mean(axis=1) > 0.5) & (corners.sum(axis=1) > 2))


def _shows_anything(array: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(T,): where there is black as well as white."""
    return np.asarray((array.min(axis=(1, 2)) < _BRIGHT) & (array.max(axis=(1, 2)) >= _BRIGHT))


def _white_ground(array: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The frames that show anything, and those of them of which most of the border and of the corners are white.

    The border alone says nothing about a picture cut close to the person.
    """
    white = of_frames(_white_border, array)
    if white.any():
        white &= of_frames(_white_inside, array)
    if not white.any():
        return np.arange(len(array)), np.flatnonzero(white)
    shown = of_frames(_shows_anything, array)
    return np.flatnonzero(shown), np.flatnonzero(white & shown)
