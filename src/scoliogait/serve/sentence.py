"""What is said on a page, as it is kept and handed on: a key of the catalogue and its values, put into words last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from scoliogait.catalogue import Texts

AS_IS = "as_is"


@dataclass(frozen=True)
class Sentence:
    """key: of ``texts/``, such as ``refused.not_found``. values: for the places of its text."""

    key: str
    values: Mapping[str, str | float] = field(default_factory=dict)

    @classmethod
    def as_it_is(cls, words: str) -> Sentence:
        """Words that there is no other language of."""
        return cls(AS_IS, {"words": words})

    def said(self, texts: Texts) -> str:
        return texts(self.key, **self.values)

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Sentence:
        return cls(**json.loads(text))
