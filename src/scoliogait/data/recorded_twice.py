"""Walks of one recording under several ids: in a split they may train a model and test it."""

from __future__ import annotations

from collections.abc import Sequence

from scoliogait.data.problems import Problem
from scoliogait.identity.frame_keys import picture_keys, pose_keys
from scoliogait.identity.walk_prints import KINDS, WalkPrint, print_of_keys, same_walks
from scoliogait.walk import Walk


def print_of(walk: Walk) -> WalkPrint:
    """What a walk is found again by, beside others that were read with it."""
    held = ((kind, getattr(walk, kind)) for kind in KINDS)
    keys = {
        kind: pose_keys(frames) if kind == "poses" else picture_keys(frames)
        for kind, frames in held
        if frames is not None
    }
    return print_of_keys(walk.walk_id, "", "train", keys)


def twice_problems(walks: Sequence[WalkPrint], places: Sequence[str]) -> list[Problem]:
    """One problem for each walk that has frames of an earlier one, or the whole of it. places: where each walk lies."""
    earlier = same_walks(walks)
    return [
        Problem(
            places[place],
            "same-recording",
            "doubtful",
            f"has the same frames as {places[first]}; keep one of the two: a split of walks can train on the one and "
            "test on the other",
        )
        for place, first in sorted(earlier.items())
    ]
