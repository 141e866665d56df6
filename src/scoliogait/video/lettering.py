"""Words in pictures, in the font that comes with OpenCV 5: any script, smooth, the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

REGULAR, BOLD = 400, 600
# Between two lines of text, in heights of the font.
LINE_SPACING = 1.4

Colour = tuple[int, int, int]


def rgb_of(colour: str) -> Colour:
    """``#RRGGBB`` as three numbers 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def write_text(
    canvas: NDArray[np.uint8], text: str, x: int, y: int, size_px: int, colour: Colour, weight: int = REGULAR
) -> int:
    """Write a line on the canvas (H, W, 3), its left end at x and its foot at y; returns the x of its right end."""
    import cv2

    cv2.putText(canvas, text, (x, y), colour, _font(), size_px, weight)
    return x + width_of(text, size_px, weight)


def width_of(text: str, size_px: int, weight: int = REGULAR) -> int:
    """Width of a line in px."""
    import cv2

    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px, weight)
    return int(width)


def in_lines(text: str, width_px: int, size_px: int, weight: int = REGULAR) -> list[str]:
    """The text in lines no wider than this, broken between words; a longer word has a line of its own, cut short."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size_px, weight) <= width_px:
            lines[-1] = longer
        else:
            lines.append(shortened(word, width_px, size_px, weight))
    return lines


def shortened(text: str, width_px: int, size_px: int, weight: int = REGULAR) -> str:
    """The text where it is no wider than this, else its ends with an ellipsis between them."""
    if width_of(text, size_px, weight) <= width_px:
        return text
    kept = len(text) - 1
    while kept > 2 and width_of(_ends(text, kept), size_px, weight) > width_px:
        kept -= 1
    return _ends(text, kept)


def _ends(text: str, n_kept: int) -> str:
    return f"{text[: (n_kept + 1) // 2]}…{text[len(text) - n_kept // 2 :]}"


def _font() -> Any:
    import cv2

    return cv2.FontFace("sans")
