"""Coordinates in percent of the picture, which pass for pixels: a person of some tens of them is a small one.

Percentages of a picture that is not square are stretched, too, which ``body_shape`` doubts; so are thousandths, of
which nothing else can be said, since pictures of less than a thousand pixels are common.
"""

from __future__ import annotations

import numpy as np

from scoliogait.measurement.body import Poses

# No picture in use is so small.
_PERCENT = 100.0


def share_cautions(poses: Poses, frame_size_px: tuple[int, int] | None) -> tuple[str, ...]:
    """A sentence where no joint (T, 17, 3) that was seen lies beyond 100, in a picture that is larger or not known."""
    if frame_size_px is not None and max(frame_size_px) <= _PERCENT:
        return ()
    seen = poses[..., 2:] > 0
    lowest = poses[..., :2].min(where=seen, initial=np.inf)
    if not seen.any() or not 0 <= lowest <= poses[..., :2].max(where=seen, initial=-np.inf) <= _PERCENT:
        return ()
    return (
        "All coordinates lie between 0 and 100, as percentages of a picture do: multiply them by its width and height "
        "in pixels, divided by 100; if they are pixels, film at a larger size.",
    )
