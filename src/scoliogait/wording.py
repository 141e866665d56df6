"""Pieces that many messages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that was probably meant; None where none is like it. cutoff: likeness needed, 0..1."""
    import difflib  # imported here: only a mistake needs it

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return close[0] if close else None


def kind_of_reason(reason: str) -> str:
    """What a reason has in common with others of its kind: no walk, … for each number, no advice."""
    rest = reason.partition(" cannot be screened: ")[2] or reason
    return re.sub(r"(?<!\w)[-+]?\d+(?:[.,]\d+)*", "…", re.split(r"[:;(]", rest)[0]).strip().rstrip(".")


def first_few(ids: Sequence[str], most: int = 10) -> str:
    """The first ids, and how many more there are; ``none`` without any."""
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return (", ".join(ids[:most]) or "none") + more
