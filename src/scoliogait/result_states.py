"""What became of a recording that was to be screened, in four words: the same on the console, in tables and files."""

from __future__ import annotations

from typing import Final, Literal

# A class is called, or the most probable one where the model has not learned from recorded walks.
SCREENED: Final = "screened"
# There are probabilities, and a doubt about them or about the recording: no class is called.
INCONCLUSIVE: Final = "inconclusive"
# It was read, and shows no walk that could be screened; the reason says what to record instead.
NOT_USABLE: Final = "not usable"
# There is no recording, or it cannot be read.
UNREADABLE: Final = "unreadable"

Answered = Literal["screened", "inconclusive"]
OfWalk = Literal["screened", "inconclusive", "not usable"]
ResultState = Literal["screened", "inconclusive", "not usable", "unreadable"]


def has_answer(state: ResultState) -> bool:
    """Whether there are probabilities: no other recording has a number that means anything."""
    return state in (SCREENED, INCONCLUSIVE)


def state_of_result(inconclusive: bool) -> Answered:
    """The word for a recording that has probabilities."""
    return INCONCLUSIVE if inconclusive else SCREENED
