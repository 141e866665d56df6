"""A request that is not served: the status of the answer, and why, in words for people."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 -- an answer, not a fault
    """status: of HTTP. words: one sentence with what to do; they hold no path of this machine."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


NOT_FOUND = "There is no such page."
