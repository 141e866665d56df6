"""Walks without a modality that the others have: a model that reads it could train on none of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from scoliogait.data.problems import Problem
from scoliogait.data.store_format import MODALITIES
from scoliogait.walk import Walk
from scoliogait.wording import first_few


@dataclass(frozen=True)
class HeldFrames:
    """Where a walk lies, and how many frames of each modality it holds."""

    where: str
    frames: Mapping[str, int]

    @classmethod
    def of(cls, walk: Walk, where: str) -> HeldFrames:
        frames = {m: len(getattr(walk, m)) for m in MODALITIES if getattr(walk, m) is not None}
        return cls(where, frames)


def modality_problems(walks: Sequence[HeldFrames], listed: Collection[str] = ()) -> list[Problem]:
    """One problem for each walk that lacks what most have, and one for a modality that only the fewer have.

    listed: places that are listed already as not being in every tree.
    """
    problems = []
    for modality in MODALITIES:
        lacking = [walk.where for walk in walks if not walk.frames.get(modality)]
        n_held = len(walks) - len(lacking)
        words = modality.replace("_", " ")
        if 0 < len(lacking) <= n_held:
            message = f"has no {words}, and {n_held} of {len(walks)} walks have them; add them or leave the walk out"
            problems += [
                Problem(where, "modality-missing", "doubtful", message) for where in lacking if where not in listed
            ]
        elif n_held and lacking:
            held = [walk.where for walk in walks if walk.frames.get(modality)]
            message = (
                f"{n_held} of {len(walks)} walks have {words}: {first_few(held)}; add them to all or leave them out"
            )
            problems.append(Problem(held[0], "modality-missing", "doubtful", message))
    return problems
