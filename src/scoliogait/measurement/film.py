"""Is this one unbroken film of one person? Frames that are repeated, and a skeleton that jumps elsewhere and stays."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import TRUNK_JOINTS, Array, Poses, TrunkSeen, median
from scoliogait.measurement.caution_limits import MAX_GROWTH_STEP, MAX_REPEATED_SHARE, MAX_STEP
from scoliogait.measurement.pieces import by_pieces

# The limits of a step are those of films of this many frames a second or more.
_SLOWEST_RATE_HZ = 15.0
# A jump lasts when the medians of so many frames before and after it differ too; slips of some frames do not.
_FRAMES_AROUND = 5
# Length of the trunk over that from shoulders to ankles.
_TRUNK_SHARE = 0.43
# So long that two poses never share a print by chance.
_PRINT_BYTES = 16


def film_cautions(poses: Poses, frame_rate_hz: float | None, trunk: TrunkSeen) -> tuple[str, ...]:
    """One sentence each for repeated frames and for jumps of poses (T, 17, 3)."""
    return (*repetition(poses), *_jumping(poses, frame_rate_hz, trunk))


def repetition(poses: Poses) -> tuple[str, ...]:
    """A sentence when more than ``MAX_REPEATED_SHARE`` of the frames repeat others."""
    n = repeated_frames(poses)
    if n <= MAX_REPEATED_SHARE * len(poses):
        return ()
    return (
        f"{n} of {len(poses)} frames are exact copies of earlier ones: frames are repeated or the film is looped, so "
        "pace and errors are wrong; take the recording as the camera made it.",
    )


def repeated_frames(poses: Poses) -> int:
    """Frames whose joints are, to the last bit, those of an earlier frame; frames without a person do not count."""
    shown = np.flatnonzero((poses[..., 2] > 0).any(axis=1))
    return len(shown) - len({_print_of(poses[frame]) for frame in shown})


def _print_of(pose: NDArray[np.float32]) -> bytes:
    """Stands for all bits of a pose (17, 3) in a twelfth of their room."""
    return blake2b(pose.tobytes(), digest_size=_PRINT_BYTES).digest()


def jumps(poses: Poses, frame_rate_hz: float | None, trunk: TrunkSeen) -> NDArray[np.int64]:
    """First frames of what follows after the trunk jumps elsewhere, or to another size, and stays there.

    Only frames that show the whole trunk count; across frames that do not, a step may be so many times as long.
    """
    frames = np.flatnonzero(trunk.seen[:, list(TRUNK_JOINTS)].all(axis=1))
    if len(frames) < 2 * _FRAMES_AROUND:
        return np.empty(0, np.int64)
    sizes = np.linalg.norm(trunk.vector_px[frames], axis=1)
    if not (sizes > 0).all():
        return np.empty(0, np.int64)
    trunks = by_pieces(lambda piece: poses[frames[piece]][:, list(TRUNK_JOINTS), :2], len(frames))
    middles = trunks.astype(np.float64).mean(axis=1)
    # Place in body lengths, and the logarithm of the size, each in units of its limit.
    states = np.column_stack([middles / (median(sizes) / _TRUNK_SHARE * MAX_STEP), np.log(sizes) / MAX_GROWTH_STEP])
    slow = max(1.0, _SLOWEST_RATE_HZ / frame_rate_hz) if frame_rate_hz else 1.0
    allowed = np.diff(frames) * slow
    starts = 1 + np.flatnonzero(_excess(states[:-1], states[1:]) > allowed)
    lasting = [start for start in starts if _lasts(states, int(start), float(allowed[start - 1]))]
    return np.asarray(frames[np.array(lasting, dtype=np.int64)], np.int64)


def _excess(before: Array, after: Array) -> Array:
    """The larger of the way (..., 2) and the change of size (...,), in units of the limits."""
    difference = after - before
    return np.maximum(np.hypot(difference[..., 0], difference[..., 1]), np.abs(difference[..., 2]))


def _lasts(states: Array, start: int, allowed: float) -> bool:
    before = np.median(states[max(0, start - _FRAMES_AROUND) : start], axis=0)
    after = np.median(states[start : start + _FRAMES_AROUND], axis=0)
    return bool(_excess(before, after) > allowed)


def _jumping(poses: Poses, frame_rate_hz: float | None, trunk: TrunkSeen) -> Iterator[str]:
    found = jumps(poses, frame_rate_hz, trunk)
    if len(found):
        times = "once" if len(found) == 1 else f"{len(found)} times"
        yield (
            f"The skeleton jumps {times}, first at frame {found[0]}: it changes from one person to another, or the "
            "film is cut; give one uncut film of one person."
        )
