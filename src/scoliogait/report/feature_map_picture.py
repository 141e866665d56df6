"""Feature maps of a network on skeleton maps: what it is fed, what it makes of it, what is left after pooling."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scoliogait.report.figures import SHARES, SOFT_INK, new_figure
from scoliogait.report.walk_pictures import no_frame

_N_FRAMES = 5


def feature_map_figure(
    frames: NDArray[np.float32], before: NDArray[np.float32], after: NDArray[np.float32], start: int
) -> Figure:
    """Above: input frames; below: their feature maps, and on the right the map after the maximum over all frames.

    frames (T, C, H, W) in 0..1, before (T, h, w), after (h, w), not negative; start: of the window in its walk.
    """
    shown = np.linspace(0, len(frames) - 1, min(_N_FRAMES, len(frames))).round().astype(int).tolist()
    figure = new_figure(1.35 * (len(shown) + 1), 4.4)
    panels = figure.subplots(2, len(shown) + 1, squeeze=False)
    top = max(float(after.max()), np.finfo(float).tiny)
    for column, frame in enumerate(shown):
        panels[0, column].imshow(frames[frame].max(axis=0), cmap="gray_r", vmin=0, vmax=1)
        panels[0, column].set_title(f"frame {start + frame}", fontsize=9, color=SOFT_INK)
        panels[1, column].imshow(before[frame], cmap=SHARES, vmin=0, vmax=top)
    panels[1, -1].imshow(after, cmap=SHARES, vmin=0, vmax=top)
    panels[1, -1].set_title("after pooling", fontsize=9, color=SOFT_INK)
    panels[0, 0].set_ylabel("fed", fontsize=10, color=SOFT_INK)
    panels[1, 0].set_ylabel("feature maps, mean", fontsize=10, color=SOFT_INK)
    for axes in panels.flat:
        no_frame(axes)
    return figure
