"""Does a camera look down on the walker, or is the picture stretched? Both change every angle that is measured.

The height of the camera shows in how the feet move as a walker comes nearer: on level ground they sink in the picture
by as many body lengths as the camera stands above the floor, whatever the focal length and, nearly, the pitch. Without
a change of distance nothing shows. A stretched picture shows in the widths of shoulders, hips and ears over the height,
all three together; a camera far above does so too, as heights are foreshortened.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scoliogait.measurement.body import Array, Poses, TrunkSeen, median
from scoliogait.measurement.caution_limits import (
    MAX_CAMERA_HEIGHT,
    MIN_APPROACH,
    NARROWEST_BODY,
    OBLIQUE_WIDTH,
    WIDEST_BODY,
)
from scoliogait.skeleton import JOINT

# Widths over the length from shoulders to ankles of average bodies as cameras see them, walking: medians of simulated
# and captured walks, which agree within 4 %.
_WIDTHS = {"shoulder": 0.288, "hip": 0.144, "ear": 0.117}
_MIN_FRAMES = 15
_SHOULDERS, _ANKLES = ([JOINT[f"{side}_{part}"] for side in ("left", "right")] for part in ("shoulder", "ankle"))


def shape_cautions(poses: Poses, trunk: TrunkSeen) -> tuple[str, ...]:
    """One sentence for a camera that looks down, else for a picture that is stretched; poses (T, 17, 3)."""
    lengths = body_lengths(poses, trunk)
    return tuple(_high_camera(camera_height(poses, lengths))) or tuple(
        _stretched(relative_width(poses, lengths, trunk))
    )


def body_lengths(poses: Poses, trunk: TrunkSeen) -> Array:
    """From the middle of the shoulders to that of the ankles in px, (T,); NaN but in clear front and back views."""
    shoulders, ankles = (poses[:, pair, :2].astype(np.float64).mean(axis=1) for pair in (_SHOULDERS, _ANKLES))
    lengths = np.linalg.norm(shoulders - ankles, axis=1)
    shown = trunk.seen[:, [*_SHOULDERS, *_ANKLES]].all(axis=1)
    return np.where(shown & (trunk.facing != 0) & (lengths > 0), lengths, np.nan)


def camera_height(poses: Poses, lengths: Array) -> float | None:
    """Height of the camera above the floor over the length from shoulders to ankles; lengths as ``body_lengths``.

    None where fewer than 15 frames are clear, or the walker hardly comes nearer or goes away (``MIN_APPROACH``).
    """
    clear = np.isfinite(lengths)
    if clear.sum() < _MIN_FRAMES:
        return None
    near, far = np.quantile(lengths[clear], [0.95, 0.05])
    if np.log(near / far) < MIN_APPROACH:
        return None
    # The foot that stands is the lower one; y points down.
    feet = poses[clear][:, _ANKLES, 1].astype(np.float64).max(axis=1)
    away = lengths[clear] - lengths[clear].mean()
    return float(away @ feet / (away @ away))


def relative_width(poses: Poses, lengths: Array, trunk: TrunkSeen) -> float | None:
    """Widths over heights as a multiple of an average body's: the median of shoulders, hips and ears.

    None where fewer than 15 clear frames show one of them, or where the body is seen obliquely.
    """
    clear = np.isfinite(lengths)
    if clear.sum() < _MIN_FRAMES or median(np.abs(trunk.frontal_width[clear])) < OBLIQUE_WIDTH:
        return None
    ratios = []
    for part, expected in _WIDTHS.items():
        left, right = JOINT[f"left_{part}"], JOINT[f"right_{part}"]
        both = clear & trunk.seen[:, left] & trunk.seen[:, right]
        if both.sum() < _MIN_FRAMES:
            return None
        across = np.abs(poses[both, left, 0].astype(np.float64) - poses[both, right, 0])
        ratios.append(median(across / lengths[both]) / expected)
    return sorted(ratios)[1]


def _high_camera(height: float | None) -> Iterator[str]:
    if height is not None and height > MAX_CAMERA_HEIGHT:
        yield (
            f"The camera looks down on the walker: it stands {height:.1f} times as high as the shoulders are above the "
            f"ankles, {MAX_CAMERA_HEIGHT:g} or less is wanted; set it at the height of the chest."
        )


def _stretched(width: float | None) -> Iterator[str]:
    if width is None or NARROWEST_BODY <= width <= WIDEST_BODY:
        return
    causes = (
        "sideways, or the camera looks from far above or below"
        if width > 1
        else "upwards, or the person walks obliquely"
    )
    yield (
        f"The body appears {width:.2f} times as wide for its height as bodies are: the picture is stretched {causes}; "
        "keep the pixels square, and coordinates in pixels, not in shares of the picture."
    )
