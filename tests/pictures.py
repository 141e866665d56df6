"""Whether a figure shows something."""

import io

from matplotlib.figure import Figure
from matplotlib.image import imread


def is_drawn(figure: Figure) -> bool:
    """Whether a notebook would show a picture with ink on it."""
    png: bytes = figure._repr_png_()  # type: ignore[attr-defined]
    return bool(imread(io.BytesIO(png)).std() > 0.02)
