"""The rules of a recording as lines of a table: what was measured, the limit, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from scoliogait.measurement.body import MIN_FRONTAL_WIDTH
from scoliogait.measurement.caution_limits import (
    MAX_CAMERA_HEIGHT,
    MAX_CAMERA_ROLL_DEG,
    MAX_EXCHANGED_SHARE,
    MIN_HEIGHT_PX,
    MIN_STRIDES,
    MIN_USABLE_SHARE,
    OBLIQUE_WIDTH,
)
from scoliogait.measurement.stride import MIN_FRAME_RATE_HZ
from scoliogait.result_states import ResultState, has_answer
from scoliogait.screening_report.causes import check_of
from scoliogait.screening_report.content import CameraRoll, Check, CheckName, MeasuredCheck, Reason, Verdict
from scoliogait.screening_report.rounding import rounded

# Always; the others where they are doubted.
ON_FIRST_PAGE: tuple[CheckName, ...] = (
    *("strides", "usable_frames", "view_width", "body_height", "frame_rate", "camera_height"),
)
NOT_GOOD: tuple[Verdict, ...] = ("doubtful", "refused")
_ORDER: Mapping[Verdict, int] = {"not_known": 0, "good": 1, "doubtful": 2, "refused": 3}


def recording_checks(quality: Mapping[str, Any], roll: CameraRoll | None) -> tuple[Check, ...]:
    """Of ``WalkQuality`` as plain values, and the roll of the camera; empty where nothing of a walk was measured.

    A recording can be doubted for more than these, which ``with_reasons`` adds.
    """
    if quality.get("usable_share") is None:
        return ()
    return tuple(_checks(quality, roll))


def worst(checks: Mapping[int, tuple[Check, ...]]) -> tuple[Check, ...]:
    """Of the checks of several passes, by number, the least good of each rule."""
    found: dict[CheckName, Check] = {}
    for own in checks.values():
        for check in own:
            known = found.get(check.name)
            if known is None or _rank(check) > _rank(known):
                found[check.name] = check
    return tuple(found.values())


def with_reasons(checks: Sequence[Check], reasons: Sequence[Reason], state: ResultState) -> tuple[Check, ...]:
    """The checks, none of them better than a reason of the result says that belongs to it; one more for each else.

    Of a recording without an answer the first reason refused it.
    """
    found = {check.name: check for check in checks}
    for number, reason in enumerate(reasons):
        name = check_of(reason.cause)
        if name is None:
            continue
        verdict: Verdict = "refused" if not has_answer(state) and number == 0 else "doubtful"
        known = found.get(name)
        if known is None:
            known = Check(name=name, measured=None, limit=None, kind="no_doubt", refused_at=None, verdict=verdict)
        elif _ORDER[known.verdict] < _ORDER[verdict]:
            known = known.model_copy(update={"verdict": verdict})
        found[name] = known
    return tuple(found.values())


def _rank(check: Check) -> tuple[int, float]:
    sign = -1.0 if check.kind == "at_least" else 1.0
    return _ORDER[check.verdict], 0.0 if check.measured is None else sign * abs(check.measured)


def _checks(quality: Mapping[str, Any], roll: CameraRoll | None) -> Iterator[Check]:
    strides = quality.get("n_strides")
    # Counted to a tenth, as the rule itself does.
    yield _at_least("strides", None if strides is None else rounded(strides, 1), 1, MIN_STRIDES)
    yield _at_least("usable_frames", _percent(quality.get("usable_share")), 0, 100 * MIN_USABLE_SHARE)
    yield _at_least("view_width", quality.get("frontal_width"), 2, OBLIQUE_WIDTH, MIN_FRONTAL_WIDTH)
    # More is wanted of a video; a result that does not say which is of poses, or was written by an earlier version.
    yield _at_least("body_height", quality.get("height_px"), 0, quality.get("height_wanted_px") or MIN_HEIGHT_PX)
    yield _at_least("frame_rate", quality.get("frame_rate_hz"), 1, MIN_FRAME_RATE_HZ)
    height = quality.get("camera_height")
    # A camera below the floor: the way was not level, and shows nothing.
    yield _at_most("camera_height", None if height is None or height < 0 else height, 1, MAX_CAMERA_HEIGHT)
    n_frames, exchanged = quality.get("n_frames"), quality.get("n_frames_exchanged")
    share = None if exchanged is None or not n_frames else 100 * exchanged / n_frames
    yield _at_most("exchanged_sides", share, 0, 100 * MAX_EXCHANGED_SHARE)
    yield _at_most("camera_roll", None if roll is None else roll.value, 1, MAX_CAMERA_ROLL_DEG)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _at_least(
    name: MeasuredCheck, measured: float | None, digits: int, limit: float, refused_at: float | None = None
) -> Check:
    return _check(name, measured, digits, limit, "at_least", refused_at)


def _at_most(name: MeasuredCheck, measured: float | None, digits: int, limit: float) -> Check:
    return _check(name, measured, digits, limit, "at_most", None)


def _check(
    name: MeasuredCheck,
    measured: float | None,
    digits: int,
    limit: float,
    kind: Literal["at_least", "at_most"],
    refused_at: float | None,
) -> Check:
    if measured is None:
        return Check(name=name, measured=None, limit=limit, kind=kind, refused_at=refused_at, verdict="not_known")
    verdict: Verdict = "good" if _is_good(measured, limit, kind) else "doubtful"
    if refused_at is not None and measured < refused_at:
        verdict = "refused"
    shown = rounded(measured, digits)
    # A value just beyond its limit must not look like the limit.
    while _is_good(shown, limit, kind) != _is_good(measured, limit, kind):
        digits += 1
        shown = rounded(measured, digits)
    return Check(name=name, measured=shown, limit=limit, kind=kind, refused_at=refused_at, verdict=verdict)


def _is_good(measured: float, limit: float, kind: Literal["at_least", "at_most"]) -> bool:
    return measured >= limit if kind == "at_least" else abs(measured) <= limit
