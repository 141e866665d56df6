"""Names: ids of our own, and what people call things, made harmless before it is kept or shown."""

from __future__ import annotations

import re
import secrets
import unicodedata

from scoliogait.plain_text import without_hidden
from scoliogait.serve.refused import Refused

MOST_NAME = 80
MOST_PERSON = 40
_ID = re.compile(r"[0-9a-f]{16}")


def new_id() -> str:
    """Sixteen hexadecimal digits that nobody can guess; the only name that a folder or an address gets."""
    return secrets.token_hex(8)


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def shown_name(text: str) -> str:
    """The name of a file as it is shown: its last part, without what is hidden or turns the direction, 80 at most."""
    last = re.split(r"[/\\]", text)[-1]
    clean = " ".join(without_hidden(unicodedata.normalize("NFC", last)).split())
    if len(clean) > MOST_NAME:
        clean = f"{clean[: MOST_NAME - 11]}…{clean[-10:]}"  # the ending stays
    return clean or "unnamed"


def person_code(text: str) -> str:
    """The code of a person, by which sessions are compared; empty where none is given.

    Raises Refused for one that is too long: cut, two people might share it.
    """
    clean = " ".join(without_hidden(unicodedata.normalize("NFC", text)).split())
    if len(clean) > MOST_PERSON:
        raise Refused(400, "long_code", n=len(clean), most=MOST_PERSON)
    return clean
