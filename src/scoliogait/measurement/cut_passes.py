"""A recording in which somebody turns round, as one Walk a pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scoliogait.measurement.caution_limits import MAX_EXCHANGED_SHARE
from scoliogait.measurement.side_swaps import SideSwaps, repaired_walk
from scoliogait.measurement.turns import PassSpan, find_passes
from scoliogait.walk import DOUBT, Walk


def passes_of(walk: Walk) -> tuple[Walk, ...]:
    """The passes of a walk towards the camera and away from it, in order, without the frames of its turns.

    One Walk a pass, whose id, source and last notes state its number and frames; the walk itself where there is nothing
    to cut, as in one that goes one way, is seen from the side or holds no poses. Exchanged sides are put right over the
    whole recording first: a pass alone shows less of them. Silhouettes and exported maps are cut with the poses where
    they are frame for frame, else left out (a note says so); a PAV of the whole recording is left out.
    """
    repaired, swaps = repaired_walk(walk)
    if repaired.poses is None or swaps is None:
        return (walk,)
    spans = find_passes(repaired.poses, walk.frame_rate_hz)
    if not spans:
        return (walk,)
    notes = (*walk.notes, *_swap_notes(swaps), *_left_out(walk))
    return tuple(_cut(repaired, span, number, len(spans), notes) for number, span in enumerate(spans, start=1))


def loses_by_cutting(walk: Walk) -> bool:
    """Whether its passes lack something that the walk holds."""
    return any(True for _ in _left_out(walk))


def _cut(walk: Walk, span: PassSpan, number: int, n_passes: int, notes: tuple[str, ...]) -> Walk:
    changes: dict[str, Any] = {"asymmetry": None}
    for name in ("poses", "silhouettes", "skeleton_maps"):
        frames = getattr(walk, name)
        changes[name] = frames[span.first : span.stop] if frames is not None and len(frames) == walk.n_frames else None
    return walk.with_changes(
        walk_id=f"{walk.walk_id} pass {number}",
        source=f"{walk.source}, pass {number}",
        notes=(*notes, f"Pass {number} of {n_passes} of walk {walk.walk_id!r}: {span.words}."),
        silhouettes_aligned=walk.silhouettes_aligned and changes["silhouettes"] is not None,
        **changes,
    )


def _swap_notes(swaps: SideSwaps) -> Iterator[str]:
    if swaps.n_frames:
        doubt = DOUBT if swaps.share > MAX_EXCHANGED_SHARE else ""
        yield f"{doubt}Before the passes were cut: the pose estimator {swaps.sentence}; this was put right."


def _left_out(walk: Walk) -> Iterator[str]:
    for name, words in (("silhouettes", "silhouettes"), ("skeleton_maps", "exported maps")):
        frames = getattr(walk, name)
        if frames is not None and len(frames) != walk.n_frames:
            yield (
                f"The {words} were left out of the passes: they are {len(frames)} frames, not one for each of the "
                f"{walk.n_frames} poses."
            )
    if walk.asymmetry is not None:
        yield "The exported PAV was left out of the passes: it is that of the whole recording."
