"""Which order of joints a recording has, from its coordinates; and whether they are pixels with y pointing down.

A count of joints does not name a layout: BODY_25 and BODY_25B both have 25. Each candidate is tried on all poses of a
recording together, and the one under which they look like people is taken. None or several is a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.layouts import COCO_17, LAYOUTS, Layout, layout_named, layouts_of
from scoliogait.io.plausible_poses import MIN_POSES, Judgement, are_pixels, judge_poses
from scoliogait.skeleton import JOINT

Points = NDArray[np.floating]

# A layout under which fewer poses show a body than this share of those of another one is not it.
_LEAST_SHARE = 0.1
# An error message gives this many reasons.
_N_REASONS = 3
# x' and y' of the transforms that an implausible recording is tried under, as columns and signs.
_TRANSFORMS = (
    ((0, 1), (1, -1), "y points up, or the picture stands on its head"),
    ((1, 0), (1, 1), "x and y are exchanged, or the picture lies on its side"),
    ((1, 0), (1, -1), "x and y are exchanged, or the picture lies on its side"),
)
# Pose estimators take one side for the other in parts of the body.
_SIDED_PARTS = {
    "legs (or of the arms)": ("hip", "knee", "ankle"),
    "knees and ankles": ("knee", "ankle"),
    "elbows and wrists": ("elbow", "wrist"),
    "elbows": ("elbow",),
    "knees": ("knee",),
    "hips": ("hip",),
}


def recognise_layout(points: Points, where: str, asked: str | None = None) -> tuple[Layout, tuple[str, ...]]:
    """The layout of everybody in a recording, and what a reader should know about that, one sentence each.

    points: (N, J, 3) = x px, y px, confidence of all people in all frames, missing joints with confidence 0 (see
    ``clean_points``). asked: the name of the layout, as the user or the file states it; it is not doubted, but a note
    says so when the poses do not look like it. Raises DataError, beginning with ``where``, when no layout has J joints,
    the coordinates are no pixels, or the poses look like people under none or several of the candidates.
    """
    if asked is None:
        layout, notes = _recognised(points, where)
    else:
        layout, notes = _as_asked(points, layout_named(asked), where)
    _check_pixels(layout.to_coco17(points), where)
    return layout, notes


def check_plausible_poses(poses: Points, where: str) -> None:
    """Raise DataError when these are no COCO-17 poses in pixels: (T, 17, 3) of one recording, missing ones 0.

    Another order of joints, exchanged x and y, y pointing up and normalised coordinates are named as such. A recording
    that shows a body in fewer than five frames passes: it holds too little to be judged.
    """
    _check_pixels(poses, where)
    judgement = judge_poses(poses)
    if judgement.n_poses < MIN_POSES or not judgement.faults:
        return
    others = [layout for layout in layouts_of(len(COCO_17.joints)) if layout is not COCO_17]
    for layout in others:
        if _is_good(judge_poses(layout.to_coco17(poses))):
            raise DataError(
                f"{where}: the joints stand in the order of {layout.name}; expected {COCO_17.name}, so write them in "
                "that order, or state the layout (--joints)"
            )
    raise DataError(f"{where}: {_what_is_wrong(poses, (COCO_17,), [judgement])}")


def _recognised(points: Points, where: str) -> tuple[Layout, tuple[str, ...]]:
    candidates = layouts_of(points.shape[1])
    if not candidates:
        raise DataError(f"{where}: has {points.shape[1]} joints a person; expected {_known_counts()}")
    judged = [judge_poses(layout.to_coco17(points)) for layout in candidates]
    most_poses = max(judgement.n_poses for judgement in judged)
    good = [
        layout
        for layout, judgement in zip(candidates, judged, strict=True)
        if _is_good(judgement) and judgement.n_poses >= _LEAST_SHARE * most_poses
    ]
    if len(good) == 1:
        return good[0], _not_the_first(good[0], candidates)
    if most_poses < MIN_POSES:
        return candidates[0], _taken_for_granted(candidates)
    if good:
        raise DataError(
            f"{where}: the poses look like people both as {' and as '.join(layout.name for layout in good)}; "
            "state the layout (--joints)"
        )
    raise DataError(f"{where}: {_what_is_wrong(points, candidates, judged)}")


def _check_pixels(poses: Points, where: str) -> None:
    if not are_pixels(poses):
        raise DataError(
            f"{where}: coordinates are not pixels; multiply normalised ones by the width and height of the picture"
        )


def _is_good(judgement: Judgement) -> bool:
    return judgement.n_poses > 0 and not judgement.faults


def _as_asked(points: Points, layout: Layout, where: str) -> tuple[Layout, tuple[str, ...]]:
    if points.shape[1] != len(layout.joints):
        raise DataError(f"{where}: has {points.shape[1]} joints a person; {layout.name} has {len(layout.joints)}")
    judgement = judge_poses(layout.to_coco17(points))
    if judgement.n_poses < MIN_POSES or not judgement.faults:
        return layout, ()
    return layout, (f"Joints were read as {layout.name}, as stated, but do not look like it: {_reasons(judgement)}.",)


def _not_the_first(layout: Layout, candidates: Sequence[Layout]) -> tuple[str, ...]:
    """A note where the count alone would have been read as something else."""
    if layout is candidates[0]:
        return ()
    return (f"The joints were recognised as {layout.name}, and not {candidates[0].name}.",)


def _taken_for_granted(candidates: Sequence[Layout]) -> tuple[str, ...]:
    if len(candidates) == 1:
        return ()
    names = " from ".join(layout.name for layout in candidates)
    return (f"Too few poses show a body to tell {names}; {candidates[0].name} was taken.",)


def _what_is_wrong(points: Points, candidates: Sequence[Layout], judged: Sequence[Judgement]) -> str:
    """Why the poses are no people under any candidate, and what to do, for an error message."""
    for columns, signs, words in _TRANSFORMS:
        turned = np.array(points)
        turned[..., :2] = points[..., columns] * np.array(signs)
        for layout in candidates:
            if _is_good(judge_poses(layout.to_coco17(turned))):
                return f"{words} (as {layout.name}); write x to the right and y down, in pixels"
    best = min(range(len(judged)), key=lambda index: len(judged[index].faults))
    names = " or ".join(layout.name for layout in candidates)
    unlike = f"the poses do not look like people as {names} ({_reasons(judged[best])})"
    for layout in candidates:
        exchanged = _exchanged_part(layout.to_coco17(points))
        if exchanged:
            return (
                f"{unlike}; with left and right of the {exchanged} exchanged they do (as {layout.name}): the pose "
                "estimator took one side for the other in half of the frames or more, so run it again; or the joints "
                "stand in another order, so state the layout (--joints)"
            )
    return f"{unlike}; the joints may stand in another order: state the layout (--joints), or write COCO-17"


def _exchanged_part(poses: Points) -> str | None:
    """The part of the body that makes a recording plausible when its left and right joints are exchanged."""
    for words, parts in _SIDED_PARTS.items():
        turned = np.array(poses)
        left, right = ([JOINT[f"{side}_{part}"] for part in parts] for side in ("left", "right"))
        turned[:, left], turned[:, right] = poses[:, right], poses[:, left]
        if _is_good(judge_poses(turned)):
            return words
    return None


def _reasons(judgement: Judgement) -> str:
    return ", ".join(judgement.faults[:_N_REASONS])


def _known_counts() -> str:
    counts = sorted({len(layout.joints) for layout in LAYOUTS.values()})
    return ", ".join(f"{count} ({' or '.join(layout.name for layout in layouts_of(count))})" for count in counts)
