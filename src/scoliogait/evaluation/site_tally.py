"""What came of the recordings of one site or period, counted; two of them are compared by ``drift``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scoliogait.labels import CLASS_NAMES
from scoliogait.result_states import INCONCLUSIVE, NOT_USABLE, UNREADABLE

REFUSED, DOUBTED, CONFIDENCE = "refused", "inconclusive", "confidence"
# Shares of all inputs, then shares of those with probabilities; the last is the mean probability of the top class.
FIGURES = (REFUSED, DOUBTED, *CLASS_NAMES, CONFIDENCE)
# A site or period with fewer inputs is shown and not judged.
MIN_INPUTS = 30


@dataclass
class Tally:
    """What came of the inputs of one site or period; ``add`` takes one result after the other.

    n: inputs. refused: those that were not usable or unreadable. doubted: inconclusive ones. called: how often each
    class was the most probable one. confidence, squares: sum and sum of squares of the probability of that class.
    """

    n: int = 0
    refused: int = 0
    doubted: int = 0
    called: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASS_NAMES, 0))
    confidence: float = 0.0
    squares: float = 0.0

    def add(self, outcome: str, probabilities: Mapping[str, float] | None) -> None:
        """outcome: a word of ``result_states``. probabilities: 0 to 1 by class; None where there is no result."""
        self.n += 1
        if outcome in (NOT_USABLE, UNREADABLE) or probabilities is None:
            self.refused += 1
            return
        self.doubted += outcome == INCONCLUSIVE
        top = max(CLASS_NAMES, key=lambda name: probabilities[name])
        self.called[top] += 1
        self.confidence += probabilities[top]
        self.squares += probabilities[top] ** 2

    @property
    def answered(self) -> int:
        """Inputs that have probabilities."""
        return self.n - self.refused

    def counted(self, figure: str) -> tuple[int, int]:
        """How many of how many a share rests on. figure: one of FIGURES but the confidence."""
        if figure == REFUSED:
            return self.refused, self.n
        return (self.doubted if figure == DOUBTED else self.called[figure]), self.answered


def joined(tallies: Iterable[Tally]) -> Tally:
    """The inputs of all of them."""
    whole = Tally()
    for one in tallies:
        whole.n += one.n
        whole.refused += one.refused
        whole.doubted += one.doubted
        whole.called = {name: whole.called[name] + one.called[name] for name in CLASS_NAMES}
        whole.confidence += one.confidence
        whole.squares += one.squares
    return whole
