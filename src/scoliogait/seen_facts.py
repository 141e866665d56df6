"""Whether test walks had a part in making a model, as a fact of each result, and what must be said because of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scoliogait.fact_text import count_of, is_yes, text_of, yes_or_no

SEEN_BEFORE = (
    "{n_seen} of {n_walks} test walks trained or chose this model, or what it was started from: the figures are too "
    "good."
)
SEEN_BY_NONE = "None of the {n_walks} test walks trained or chose this model, by id and by content."
SEEN_UNKNOWN = (
    "Whether any of the test walks trained or chose this model cannot be known: not all walks that did are recorded "
    "with it. If some are among them, the figures are too good."
)
SEEN_MORE_UNKNOWN = "There may be more of them: not all walks that had a part in the model are recorded with it."
SEEN_BY_NAME = (
    "{n} of the test walks have the id of a walk that had a part in this model, and another content: the same walks "
    "measured again, or other walks of that name."
)


@dataclass(frozen=True)
class SeenFacts:
    """How many of the test walks had a part in making the model: trained or chose it, or what it was started from.

    complete: False where not all walks that had a part are recorded, so that there may be more. n_by_name: of further
    test walks only the id is that of such a walk.
    """

    n_seen: int
    n_walks: int
    complete: bool
    n_by_name: int = 0

    @classmethod
    def from_text(cls, facts: Mapping[str, str]) -> SeenFacts | None:
        """From the facts of a result; None for one that was written before walks were compared, or of no test walks."""
        if "seen_walks" not in facts:
            return None
        n_seen, n_walks, n_by_name = (
            count_of(text_of(facts, key), key) for key in ("seen_walks", "seen_of", "seen_by_name_only")
        )
        return cls(n_seen, n_walks, is_yes(facts.get("seen_complete"), "seen_complete"), n_by_name)

    def to_text(self) -> dict[str, str]:
        return {
            "seen_walks": str(self.n_seen),
            "seen_of": str(self.n_walks),
            "seen_complete": yes_or_no(self.complete),
            "seen_by_name_only": str(self.n_by_name),
        }

    @property
    def statements(self) -> tuple[str, ...]:
        """What stands above a result."""
        return tuple(self._statements())

    def _statements(self) -> Iterator[str]:
        if self.n_seen:
            yield SEEN_BEFORE.format(n_seen=self.n_seen, n_walks=self.n_walks)
            if not self.complete:
                yield SEEN_MORE_UNKNOWN
        else:
            yield SEEN_BY_NONE.format(n_walks=self.n_walks) if self.complete else SEEN_UNKNOWN
        if self.n_by_name:
            yield SEEN_BY_NAME.format(n=self.n_by_name)
