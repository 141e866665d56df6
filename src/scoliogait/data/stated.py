"""What a user states about walks that their files leave open, for import and check alike."""

from __future__ import annotations

from dataclasses import dataclass

from scoliogait.data.people_table import PeopleTable
from scoliogait.data.problems import Problem
from scoliogait.io.backend_names import Backend
from scoliogait.io.read import with_frame_rate
from scoliogait.walk import Walk


@dataclass(frozen=True)
class Stated:
    """frame_rate_hz, layout: as ``read_walk`` takes them. people: who each walk is of. backend: for videos."""

    frame_rate_hz: float | None = None
    layout: str | None = None
    people: PeopleTable | None = None
    backend: Backend | None = None

    def complete(self, walk: Walk, where: str, problems: list[Problem]) -> Walk:
        """The walk with frame rate and person. Raises DataError when it states another rate."""
        walk = with_frame_rate(walk, self.frame_rate_hz)
        return walk if self.people is None else self.people.name(walk, where, problems)


NOTHING_STATED = Stated()
