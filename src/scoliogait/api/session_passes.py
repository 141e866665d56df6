"""A recording of a session that shows turns is cut into its passes, where each of them can be screened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scoliogait.measurement.cut_passes import loses_by_cutting, passes_of
from scoliogait.measurement.passes import unlike_passes
from scoliogait.measurement.proportions import proportions
from scoliogait.measurement.quality import assess_quality
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.walk import Walk


def cut_at_turns(walk: Walk) -> tuple[tuple[Walk, ...], str | None]:
    """The passes of a recording, or the recording as it is, and in words why; no words where it shows no turn."""
    passes = passes_of(walk)
    if len(passes) == 1:
        return (walk,), None
    whole = f"{walk.source} holds {len(passes)} passes and was taken as a whole"
    if loses_by_cutting(walk):
        return (walk,), f"{whole}, as it holds more than poses and not all of that can be cut with them."
    for number, one in enumerate(passes, start=1):
        refusal = assess_quality(*repaired_walk(one)).refusal
        if refusal is not None:
            return (walk,), f"{whole}, as pass {number} alone cannot be screened: {refusal}."
    return passes, f"{walk.source} was cut at its turns into {len(passes)} passes."


def unlike_within(passes: Sequence[Walk]) -> Iterator[str]:
    """A doubt where the passes cut from one recording hardly show one person, as after people crossed in a turn."""
    unlike = unlike_passes([proportions(one.poses) for one in passes if one.poses is not None])
    if unlike is not None:
        first, second = (passes[number].source for number in unlike)
        yield (
            f"{second}: the limbs have other proportions than in {first}: another person after the turn, or keypoints "
            "that are far off."
        )
