"""How many of many walks were screened, and why others were not: the last line of a long list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from scoliogait.report.screening_table import Cell
from scoliogait.result_states import INCONCLUSIVE, NOT_USABLE, SCREENED, UNREADABLE
from scoliogait.wording import kind_of_reason

_N_REASONS = 3


class ScreeningCounts:
    """Counts rows of the table as they come."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._classes: Counter[str] = Counter()
        self._evidence = True
        self._reasons: dict[str, Counter[str]] = {NOT_USABLE: Counter(), UNREADABLE: Counter()}

    def add(self, row: Mapping[str, Cell]) -> None:
        outcome = str(row["outcome"])
        self._outcomes[outcome] += 1
        if outcome == SCREENED:
            self._classes[str(row["predicted"])] += 1
            self._evidence &= row["training_walks"] == "recorded"
        elif outcome in self._reasons:
            self._reasons[outcome][_kind(str(row["reason"]), str(row["file"]))] += 1

    @property
    def all_screened(self) -> bool:
        """Whether each has a result, an inconclusive one included."""
        return not self._outcomes[NOT_USABLE] and not self._outcomes[UNREADABLE]

    @property
    def any_read(self) -> bool:
        """Whether a model looked at one of them, or would have."""
        return self._outcomes[UNREADABLE] < self.n_rows

    @property
    def n_rows(self) -> int:
        return self._outcomes.total()

    def words(self) -> str:
        """Such as ``12 inputs: 7 screened (...), 2 inconclusive, 2 not usable, 1 unreadable``, with classes."""
        counted = ", ".join(f"{count} {name}" for name, count in sorted(self._classes.items()))
        classes = f" ({'' if self._evidence else 'highest probability: '}{counted})" if counted else ""
        parts = [f"{self._outcomes[SCREENED]} {SCREENED}{classes}"]
        parts += [f"{self._outcomes[outcome]} {outcome}" for outcome in (INCONCLUSIVE, *self._reasons)]
        return f"{self.n_rows} input{'s' if self.n_rows != 1 else ''}: {', '.join(parts)}"

    def reasons(self) -> list[str]:
        """Of those not usable and of those unreadable a line each: the most frequent reasons with their numbers."""
        lines = []
        for outcome, kinds in self._reasons.items():
            most = [f"{count} {kind}" for kind, count in kinds.most_common(_N_REASONS)]
            n_others = kinds.total() - sum(count for _, count in kinds.most_common(_N_REASONS))
            if most:
                lines.append(f"why {outcome}: {'; '.join(most)}{f'; {n_others} others' if n_others else ''}")
        return lines


def _kind(reason: str, file: str) -> str:
    """What a reason has in common with others of its kind: no path, no walk, no numbers, no advice."""
    rest = reason.removeprefix(file).partition(": ")[2] if reason.startswith(file) else reason
    return kind_of_reason(rest)
