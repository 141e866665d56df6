"""Is this recording fit to be screened? What was seen of the walk, why it is refused, what makes its result doubtful.

The limits are in ``caution_limits.py``. A refusal means that a result would mean nothing: too few frames, a trunk or
leg joint never seen, a lying person, a side view, no walking. A caution means that a result is given and marked as
inconclusive. A note informs the reader and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import (
    MIN_CONFIDENCE,
    MIN_FRONTAL_WIDTH,
    TrunkSeen,
    median,
)
from scoliogait.measurement.body_shape import body_lengths, camera_height
from scoliogait.measurement.body_size import person_height_px
from scoliogait.measurement.caution_limits import (
    MAX_EXCHANGED_SHARE,
    MIN_DURATION_S,
    MIN_FRAMES,
    MIN_HEIGHT_PX,
    MIN_STRIDES,
    MIN_USABLE_SHARE,
    OBLIQUE_WIDTH,
    SMALLEST_WALKER_PX,
)
from scoliogait.measurement.film import repetition
from scoliogait.measurement.picture_shares import share_cautions
from scoliogait.measurement.recording_cautions import recording_cautions
from scoliogait.measurement.side_swaps import SideSwaps
from scoliogait.measurement.stride import (
    ANY_EVIDENCE,
    MIN_FRAME_RATE_HZ,
    NO_EVIDENCE,
    StrideEvidence,
    find_strides,
    shows_walking,
)
from scoliogait.measurement.turns import PassSpan, Turns, look_for_turns, passes_note
from scoliogait.measurement.unknown_rate import rates_that_show_walking
from scoliogait.skeleton import FACE_JOINTS, JOINT_NAMES, TRUNK_AND_LEG_JOINTS
from scoliogait.walk import Walk, doubt_sentence

_BOTH_VIEWS_SHARE = 0.2


@dataclass(frozen=True)
class WalkQuality:
    """What was seen of a walk. A value is None where the walk holds no poses, or no frame rate.

    usable_share: share of the frames that show both shoulders, hips, knees and ankles with a confidence of at least 0.3
        inside the picture, 0..1. view: "front", "back", "front and back", "side" or "unknown".
    frontal_width: median of shoulder width over trunk length. height_px: median height of the person from head to feet
        (``person_height_px``); height_wanted_px: the least of it that is wanted. camera_height: of the camera above
        the floor, over the height of the shoulders above the ankles; None where the person hardly comes nearer or goes
        away (see ``body_shape``).
    n_frames_exchanged: frames in which left and right were exchanged, and put right before anything was measured; None
        where this was not looked for (see ``side_swaps``).
    walking_share, rhythm, swing_percent, stride_frames, n_strides: see ``find_strides``.
    passes: towards the camera and away from it, as from ``find_passes``; empty where the person goes one way.
    refusal: why this walk cannot be screened and what to do about it; None when it can.
    cautions: why its result is inconclusive. notes: what else a reader should know.
    """

    n_frames: int
    frame_rate_hz: float | None = None
    duration_s: float | None = None
    mean_confidence: float | None = None
    joints_never_seen: tuple[str, ...] = ()
    usable_share: float | None = None
    view: str = "unknown"
    frontal_width: float | None = None
    height_px: float | None = None
    height_wanted_px: float | None = None
    camera_height: float | None = None
    walking_share: float | None = None
    rhythm: float | None = None
    swing_percent: float | None = None
    stride_frames: float | None = None
    n_strides: float | None = None
    n_frames_exchanged: int | None = None
    passes: tuple[PassSpan, ...] = ()
    refusal: str | None = None
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def assess_quality(walk: Walk, swaps: SideSwaps | None = None) -> WalkQuality:
    """Look at a walk and apply the rules. No valid Walk makes it raise.

    swaps: what was put right in it (``repaired_walk``). Without poses only the number of silhouettes or exported maps
    is judged.
    """
    rate_hz = walk.frame_rate_hz
    if walk.poses is None:
        return WalkQuality(
            n_frames=walk.n_frames,
            frame_rate_hz=rate_hz,
            duration_s=_duration_s(walk.n_frames, rate_hz),
            refusal=(refusal := _too_short(walk.n_frames, walk.n_frames, rate_hz)),
            cautions=() if refusal else recording_cautions(walk, "unknown", None),
            notes=(
                "The walk holds no poses: the view, the walking and the asymmetries were not measured.",
                *(note for note in walk.notes if note not in walk.doubts),
            ),
        )
    trunk = TrunkSeen.of(walk.poses)
    facts, wanted_px = _look_at(walk.poses, rate_hz, walk.frame_size_px, trunk), _height_wanted_px(walk)
    refusal = _refusal(facts)
    if refusal:
        in_shares = (words.rstrip(".") for words in share_cautions(walk.poses, walk.frame_size_px))
        of_reader = (doubt_sentence(doubt).rstrip(".") for doubt in walk.doubts)
        said = (f"{words[0].upper()}{words[1:]}" for words in (*in_shares, *repetition(walk.poses), *of_reader))
        refusal = ". ".join((refusal, *said))
    several = walk.people if walk.people is not None and walk.people.n_people > 1 else None
    if refusal and several:
        refusal = f"{refusal}. {several.sentence} Another one is taken with --person N"
    doubts = walk.people.doubts if walk.people is not None else ()
    turns = Turns() if refusal else look_for_turns(walk.poses, rate_hz)
    return WalkQuality(
        n_frames=facts.n_frames,
        frame_rate_hz=rate_hz,
        duration_s=_duration_s(facts.n_frames, rate_hz),
        mean_confidence=float(walk.poses[..., 2].mean()),
        joints_never_seen=facts.never_seen,
        usable_share=facts.n_usable / facts.n_frames,
        view=facts.view,
        frontal_width=facts.frontal_width,
        height_px=facts.height_px,
        height_wanted_px=wanted_px,
        camera_height=camera_height(walk.poses, body_lengths(walk.poses, trunk)),
        walking_share=facts.strides.walking_share,
        rhythm=facts.strides.rhythm,
        swing_percent=facts.strides.swing_percent,
        stride_frames=facts.strides.stride_frames,
        n_strides=facts.strides.n_strides,
        n_frames_exchanged=None if swaps is None else swaps.n_frames,
        passes=turns.passes,
        refusal=refusal,
        cautions=()
        if refusal
        else (
            *doubts,
            *_cautions(facts, wanted_px),
            *_swap_cautions(swaps),
            *turns.doubts,
            *recording_cautions(walk, facts.view, trunk),
        ),
        notes=(
            *((several.sentence,) if several else ()),
            *_swap_notes(swaps),
            *passes_note(turns.passes),
            *_notes(facts),
            *(note for note in walk.notes if note not in walk.doubts),
        ),
    )


def doubts_and_refusal(walk: Walk) -> tuple[tuple[str, ...], str | None]:
    """What speaks against camera, film, sides and view of a walk, and why it cannot be screened.

    Of ``assess_quality`` the ``cautions`` that need no strides, whether it is refused or not, and the ``refusal``; in
    less time where there is none: one window of walking is enough then, and no other frame rate is thought of.
    """
    if walk.poses is None:
        return recording_cautions(walk, "unknown", None), assess_quality(walk).refusal
    trunk = TrunkSeen.of(walk.poses)
    facts = _look_at(walk.poses, walk.frame_rate_hz, walk.frame_size_px, trunk, _first_walking)
    refusal = None if _refusal(facts) is None else assess_quality(walk).refusal
    return (
        *look_for_turns(walk.poses, walk.frame_rate_hz).doubts,
        *recording_cautions(walk, facts.view, trunk),
    ), refusal


def doubts_of(walk: Walk) -> tuple[str, ...]:
    """The doubts alone."""
    return doubts_and_refusal(walk)[0]


def _first_walking(poses: NDArray[np.float32], rate_hz: float | None) -> StrideEvidence:
    return ANY_EVIDENCE if shows_walking(poses, rate_hz) else NO_EVIDENCE


@dataclass(frozen=True)
class _PoseFacts:
    """What the rules look at."""

    n_frames: int
    rate_hz: float | None
    any_joint: bool
    never_seen: tuple[str, ...]
    n_usable: int
    n_usable_with_head: int
    upright: bool
    view: str
    frontal_width: float | None
    height_px: float | None
    strides: StrideEvidence
    rates_with_walking_hz: tuple[float, ...]


def _look_at(
    poses: NDArray[np.float32],
    rate_hz: float | None,
    frame_size_px: tuple[int, int] | None,
    trunk: TrunkSeen,
    strides_of: Callable[[NDArray[np.float32], float | None], StrideEvidence] = find_strides,
) -> _PoseFacts:
    found = poses[..., 2] > 0
    usable = _usable_frames(poses, frame_size_px, trunk)
    width = _median_width(trunk)
    leaning = trunk.vector_px[np.isfinite(trunk.vector_px).all(axis=1)]
    # y points down: in a standing person the shoulders have the smaller y, and the trunk is steeper than 45 degrees.
    upright = not len(leaning) or median(-leaning[:, 1] - np.abs(leaning[:, 0])) > 0
    strides = strides_of(poses, rate_hz)
    doubtful_rate = rate_hz is None or strides.walking_share == 0
    asked = doubtful_rate and strides_of is find_strides
    other_rates = rates_that_show_walking(poses, stated=rate_hz is not None) if asked else ()
    return _PoseFacts(
        n_frames=len(poses),
        rate_hz=rate_hz,
        any_joint=bool(found.any()),
        never_seen=tuple(JOINT_NAMES[joint] for joint in np.flatnonzero(~found.any(axis=0))),
        n_usable=int(usable.sum()),
        n_usable_with_head=int((usable & trunk.seen[:, FACE_JOINTS].any(axis=1)).sum()),
        upright=upright,
        view=_view(trunk.facing, width),
        frontal_width=width,
        height_px=person_height_px(poses),
        strides=strides,
        rates_with_walking_hz=other_rates,
    )


def _median_width(trunk: TrunkSeen) -> float | None:
    widths = np.abs(trunk.frontal_width)
    known = widths[np.isfinite(widths)]
    return median(known) if len(known) else None


def _usable_frames(
    poses: NDArray[np.float32], frame_size_px: tuple[int, int] | None, trunk: TrunkSeen
) -> NDArray[np.bool_]:
    joints = list(TRUNK_AND_LEG_JOINTS)
    usable = trunk.seen[:, joints].all(axis=1)
    if frame_size_px is not None:
        xy = poses[:, joints, :2]
        usable &= ((xy >= 0) & (xy <= np.asarray(frame_size_px))).all(axis=(1, 2))
    return np.asarray(usable)


def _view(side: NDArray[np.int8], width: float | None) -> str:
    if width is None:
        return "unknown"
    if width < MIN_FRONTAL_WIDTH or not side.any():
        return "side"
    front = float((side[side != 0] > 0).mean())
    if _BOTH_VIEWS_SHARE <= front <= 1 - _BOTH_VIEWS_SHARE:
        return "front and back"
    return "front" if front > 0.5 else "back"


def _duration_s(n_frames: int, rate_hz: float | None) -> float | None:
    return None if rate_hz is None else n_frames / rate_hz


def _too_short(n_usable: int, n_frames: int, rate_hz: float | None) -> str | None:
    """``n_usable`` of ``n_frames`` count; None when they are enough."""
    duration_s = _duration_s(n_usable, rate_hz)
    if n_usable >= MIN_FRAMES and (duration_s is None or duration_s >= MIN_DURATION_S):
        return None
    needed = f"at least {MIN_FRAMES} frames and {MIN_DURATION_S:g} s are needed"
    if n_usable == n_frames:
        length = f"{n_frames} frame{'s' if n_frames > 1 else ''}" + (
            "" if duration_s is None else f" ({duration_s:.1f} s)"
        )
        return f"too short: {length}; {needed}; record some seconds of walking"
    return (
        f"only {n_usable} of {n_frames} frames show both shoulders, hips, knees and ankles inside the picture; "
        f"{needed}; record the whole body, head to feet"
    )


def _refusal(facts: _PoseFacts) -> str | None:
    """The first rule that the walk breaks, as reason and remedy."""
    if not facts.any_joint:
        return "no joint is visible in any frame; check that the pose estimator found the person"
    missing = [JOINT_NAMES[joint] for joint in TRUNK_AND_LEG_JOINTS if JOINT_NAMES[joint] in facts.never_seen]
    if missing:
        return f"never seen: {', '.join(missing)}; trunk and legs are needed, so record the whole body, head to feet"
    short = _too_short(facts.n_usable, facts.n_frames, facts.rate_hz)
    if short:
        return short
    if not facts.upright:
        return "the person is not upright in the picture; turn the video the right way up"
    if facts.view == "side":
        return (
            f"side view: the shoulders appear {facts.frontal_width or 0:.2f} trunk lengths wide, at least "
            f"{MIN_FRONTAL_WIDTH} is needed; record the walk from the front or from behind"
        )
    if _walking_can_be_judged(facts) and facts.strides.walking_share == 0:
        return (
            f"no walking seen: the feet do not rise in turn at one pace (swing {facts.strides.swing_percent:.1f} % of "
            f"body height, rhythm {facts.strides.rhythm:.2f}){_rate_advice(facts)}"
        )
    return None


def _rate_advice(facts: _PoseFacts) -> str:
    """What to do about a recording without walking: an unknown frame rate may be the reason."""
    record = "record a person who walks some strides"
    if facts.rate_hz is not None and facts.rates_with_walking_hz:
        return (
            f" at the stated {facts.rate_hz:g} frames a second; at {_listed_rates(facts)} this would be walking, so "
            f"state the rate at which it was recorded, else {record}"
        )
    if facts.rate_hz is not None:
        return f"; {record}"
    if not facts.rates_with_walking_hz:
        return f". The frame rate is unknown: give --frame-rate-hz if it is not 15 to 30 a second, else {record}"
    return (
        f". The frame rate is unknown and taken as 15 to 30 a second; at {_listed_rates(facts)} this would be walking, "
        f"so give --frame-rate-hz if it was recorded like that, else {record}"
    )


def _listed_rates(facts: _PoseFacts) -> str:
    return " or ".join(f"{rate:g}" for rate in facts.rates_with_walking_hz)


def _walking_can_be_judged(facts: _PoseFacts) -> bool:
    return facts.rate_hz is None or facts.rate_hz >= MIN_FRAME_RATE_HZ


def _cautions(facts: _PoseFacts, height_wanted_px: float) -> Iterator[str]:
    if not _walking_can_be_judged(facts):
        yield f"At {facts.rate_hz:g} frames a second it cannot be judged whether the person walks."
    elif round(facts.strides.n_strides, 1) < MIN_STRIDES:
        yield f"Only {facts.strides.n_strides:.1f} strides were seen; {MIN_STRIDES:g} or more are wanted."
    if facts.rate_hz is None and facts.rates_with_walking_hz:
        yield (
            f"The frame rate is unknown: at {_listed_rates(facts)} frames a second this would be walking too, with "
            "strides of another length; give --frame-rate-hz."
        )
    if facts.frontal_width is not None and MIN_FRONTAL_WIDTH <= facts.frontal_width < OBLIQUE_WIDTH:
        yield (
            f"The view is oblique, or the picture stretched: the shoulders appear {facts.frontal_width:.2f} trunk "
            "lengths wide."
        )
    if facts.n_usable < MIN_USABLE_SHARE * facts.n_frames:
        yield f"Only {facts.n_usable} of {facts.n_frames} frames show trunk and legs inside the picture."
    if facts.n_usable_with_head < MIN_USABLE_SHARE * facts.n_usable:
        yield (
            f"Only {facts.n_usable_with_head} of {facts.n_usable} usable frames show the head, from which the height "
            "of a body is measured: without it values in percent are 14 to 20 % too large, and models see another body."
        )
    if facts.height_px is not None and facts.height_px < height_wanted_px:
        yield f"The person is only {facts.height_px:.0f} px tall; {height_wanted_px:.0f} px or more are wanted."


def _height_wanted_px(walk: Walk) -> float:
    """Of poses what a skeleton map can show; of a video what joints can be found in, below which it was refused."""
    return SMALLEST_WALKER_PX if walk.is_of_video else MIN_HEIGHT_PX


def _swap_cautions(swaps: SideSwaps | None) -> Iterator[str]:
    if swaps is not None and swaps.share > MAX_EXCHANGED_SHARE:
        yield (
            f"In {swaps.share:.0%} of the frames the pose estimator exchanged left and right; above "
            f"{MAX_EXCHANGED_SHARE:.0%} the repair is not certain."
        )


def _swap_notes(swaps: SideSwaps | None) -> Iterator[str]:
    if swaps is not None and swaps.n_frames:
        yield f"The pose estimator {swaps.sentence}; this was put right."


def _notes(facts: _PoseFacts) -> Iterator[str]:
    if facts.rate_hz is None:
        yield "The frame rate is unknown: the length of a stride is known in frames only."
    if facts.never_seen:
        yield f"Never seen: {', '.join(facts.never_seen)} (confidence 0; {MIN_CONFIDENCE:g} counts as seen)."
