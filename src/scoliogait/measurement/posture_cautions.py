"""What a measured posture says against the recording: reasons to call a result inconclusive."""

from __future__ import annotations

from collections.abc import Iterator

from scoliogait.measurement.caution_limits import MAX_CAMERA_ROLL_DEG, MAX_TILT_DEG
from scoliogait.measurement.posture import Measurement, Posture

_STEADY_PAIRS = ("shoulders", "hips")


def posture_cautions(posture: Posture) -> tuple[str, ...]:
    """One sentence for each doubt, none for a level camera and a possible body."""
    return (*_roll_cautions(posture), *_tilt_cautions(posture))


def _roll_cautions(posture: Posture) -> Iterator[str]:
    roll = posture.camera_roll_deg
    if roll is None or abs(roll.value) < MAX_CAMERA_ROLL_DEG:
        return
    half = roll.interval[1] - roll.value
    doubt = "" if roll.from_both_directions else ", or the person leans so as a whole"
    yield (
        f"The camera is rolled by {roll.value:+.1f} ± {half:.1f} degrees{doubt}; this was taken out of every tilt. "
        f"Set it level, within {MAX_CAMERA_ROLL_DEG:g} degrees, and record the walk towards it and away from it."
    )


def _tilt_cautions(posture: Posture) -> Iterator[str]:
    for pair in _STEADY_PAIRS:
        tilt = posture[pair].tilt_deg if pair in posture else None
        if tilt is not None and _surely_beyond(tilt, MAX_TILT_DEG):
            yield (
                f"The line through the {pair} is tilted by {tilt.value:+.1f} degrees, more than bodies are "
                f"({MAX_TILT_DEG:g}); look at the keypoints."
            )


def _surely_beyond(measured: Measurement, limit: float) -> bool:
    low, high = measured.interval or (measured.value, measured.value)
    return low > limit or high < -limit
