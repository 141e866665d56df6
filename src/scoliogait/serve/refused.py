"""A request that is not served: the status of the answer, and why, in words for people."""

from __future__ import annotations

from scoliogait.serve.sentence import Sentence


class Refused(Exception):  # noqa: N818 -- an answer, not a fault
    """status: of HTTP. why: a key below ``refused`` in ``texts/``, with its values, which hold no path of ours."""

    def __init__(self, status: int, why: str, **values: str | float) -> None:
        super().__init__(why)
        self.status = status
        self.sentence = Sentence(f"refused.{why}", values)
