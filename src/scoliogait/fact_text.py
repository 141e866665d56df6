"""How facts are spelled in files: a text under a key, yes or no, a number; what is missing is not stated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoliogait.errors import DataError

NOT_STATED = "not stated"


def yes_or_no(holds: bool) -> str:
    """How files spell it."""
    return "yes" if holds else "no"


def text_of(facts: Mapping[str, Any], key: str) -> str:
    """The fact under this key; ``NOT_STATED`` where there is none."""
    value = facts.get(key)
    return NOT_STATED if value is None else str(value)


def is_yes(said: Any, key: str) -> bool:
    """Whether the fact says yes. Raises DataError for a word that is neither yes nor no."""
    word = str(said).strip().lower()
    if word not in {"yes", "true", "no", "false"}:
        raise DataError(f"{key} is {said!r}; expected yes or no")
    return word in {"yes", "true"}


def count_of(said: str, key: str) -> int:
    """The number that the fact holds. Raises DataError for all that is no number of times or walks."""
    if not said.isdecimal():
        raise DataError(f"{key} is {said!r}; expected a number of times or walks, 0 or more")
    return int(said)
