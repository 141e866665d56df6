"""What the pictures of a video say against its walker: a refusal, doubts and notes, with a number and a remedy.

The view, the camera, the strides and who is inside of the picture are judged as for every walk. Limits:
``caution_limits.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import NotUsableError
from scoliogait.io.people import Poses
from scoliogait.measurement.body import TrunkSeen
from scoliogait.measurement.body_shape import body_lengths, camera_height
from scoliogait.measurement.body_size import person_height_px, visible
from scoliogait.measurement.caution_limits import (
    GOOD_WALKER_PX,
    MAX_BLUR_PERCENT,
    MAX_NOISE_SHARE,
    MIN_BRIGHTNESS,
    MIN_CONFIDENCE_OF_WALKER,
    MIN_CONTRAST,
    MIN_DURATION_S,
    SMALLEST_WALKER_PX,
)
from scoliogait.skeleton import TRUNK_AND_LEG_JOINTS
from scoliogait.video.quality import PictureQuality
from scoliogait.video.watch import Seen
from scoliogait.walk import DOUBT

_BRIGHTER = "film in brighter light, from the front"


def check_length(times_s: NDArray[np.float64], path: Path) -> None:
    """NotUsableError for pictures (T,) that cover less than a second."""
    if len(times_s) < 2:
        raise NotUsableError(f"{path}: holds 1 picture; a walk needs some seconds of them")
    lasts_s = float(times_s[-1]) * len(times_s) / (len(times_s) - 1)
    if lasts_s < MIN_DURATION_S:
        raise NotUsableError(
            f"{path}: lasts {lasts_s:.2f} s ({len(times_s)} pictures), which is no stride; film some seconds of walking"
        )


def check_height(poses: Poses, path: Path) -> None:
    """NotUsableError where the walker (T, 17, 3), as far as they are seen, is too small for joints to be found."""
    height_px = person_height_px(poses)
    if height_px is None:
        raise NotUsableError(f"{path}: no picture shows the walker from head to feet; film the whole body")
    if height_px < SMALLEST_WALKER_PX:
        raise NotUsableError(
            f"{path}: the walker is about {height_px:.0f} px tall; at least {SMALLEST_WALKER_PX:.0f} are needed, "
            f"{GOOD_WALKER_PX:.0f} are better; film from nearer, upright, or with more pixels"
        )


def notes_of_pictures(seen: Seen, poses: Poses, our_confidences: bool = True) -> tuple[str, ...]:
    """What to doubt, and what to know, of how the pictures show their walker (T, 17, 3); one sentence each.

    our_confidences: False for those of another network, on whose scale no limit was set.
    """
    looks = [seen.qualities[frame][row] for frame, row in _rows_of_walker(seen, poses)]
    quality = PictureQuality.typical(np.array(looks, dtype=np.float32).reshape(-1, 4))
    doubts = () if quality is None else _doubts(quality)
    return tuple(
        (
            *(f"{DOUBT}{words}" for words in (*doubts, *(_unsure(seen, poses) if our_confidences else ()))),
            *_small(poses),
            *_unknown_height(poses),
        )
    )


def _rows_of_walker(seen: Seen, poses: Poses) -> Iterator[tuple[int, int]]:
    """The pictures that show the walker, and which of their people it is."""
    for frame in np.flatnonzero(visible(poses).any(axis=1)).tolist():
        row, _ = seen.nearest_to(frame, poses[frame])
        if row >= 0:
            yield frame, row


def _doubts(quality: PictureQuality) -> Iterator[str]:
    if quality.blur_percent > MAX_BLUR_PERCENT:
        yield (
            f"the walker is blurred: edges are smeared over {quality.blur_percent:.1f} % of the body's height, "
            f"{MAX_BLUR_PERCENT:g} or less is wanted; keep the camera still, let it focus on the person, clean the "
            f"lens, and {_BRIGHTER}."
        )
    if quality.brightness < MIN_BRIGHTNESS:
        yield (
            f"the walker is dark: half of the body is darker than {quality.brightness:.0f} of 255, "
            f"{MIN_BRIGHTNESS:g} or more is wanted; {_BRIGHTER}, without a window behind the person."
        )
    elif quality.contrast < MIN_CONTRAST:
        yield (
            f"the walker hardly stands out: the greys of the body and around it vary by {quality.contrast:.0f} of 255, "
            f"{MIN_CONTRAST:g} or more is wanted; {_BRIGHTER}, before a wall of another colour than the clothes."
        )
    if quality.noise_share > MAX_NOISE_SHARE:
        yield (
            f"the walker is grainy: grain is {100 * quality.noise_share:.0f} % of the contrast, "
            f"{100 * MAX_NOISE_SHARE:.0f} or less is wanted; {_BRIGHTER}."
        )


def _unsure(seen: Seen, poses: Poses) -> Iterator[str]:
    joints = poses[:, list(TRUNK_AND_LEG_JOINTS)]
    inside = ((joints[..., :2] >= 0) & (joints[..., :2] <= np.asarray(seen.size_px))).all(axis=(1, 2))
    whole = joints[inside & visible(poses).any(axis=1), :, 2]
    if len(whole) and whole.mean() < MIN_CONFIDENCE_OF_WALKER:
        yield (
            f"trunk and legs were found with a mean confidence of {whole.mean():.2f}, {MIN_CONFIDENCE_OF_WALKER:g} or "
            "more is wanted; film one person with nothing before them, in clothes that show hips and shoulders, in "
            "good light."
        )


def _small(poses: Poses) -> Iterator[str]:
    height_px = person_height_px(poses)
    if height_px is not None and height_px < GOOD_WALKER_PX:
        yield (
            f"The walker is about {height_px:.0f} px tall; {GOOD_WALKER_PX:.0f} or more are better: film from nearer, "
            "upright, or with more pixels."
        )


def _unknown_height(poses: Poses) -> Iterator[str]:
    """What is silent about a camera from above must not pass for a camera that stands well."""
    if camera_height(poses, body_lengths(poses, TrunkSeen.of(poses))) is None:
        yield (
            "The height of the camera does not show, as the walker hardly comes nearer or goes away: make sure that it "
            "stood at the height of the chest."
        )
