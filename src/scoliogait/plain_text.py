"""Text from outside: what a name may hold, and how the rest is shown without doing anything to a terminal."""

from __future__ import annotations

import unicodedata

# Control and escape characters, halves of a code point that UTF-8 cannot hold, and what turns the reading direction.
_NEVER_SHOWN = frozenset({"Cc", "Cs"})
_TURNS_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Line separators of Unicode break a line as a newline does.
_BREAKS_LINES = frozenset("\u2028\u2029")


def is_plain(text: str) -> bool:
    """Whether a name can be written, printed and compared: no control character, no half of a code point."""
    return text.isprintable() or not any(_is_hidden(character) for character in text)


def is_storable(text: str) -> bool:
    """Whether UTF-8 can hold the text; a lone surrogate, as JSON may spell one, cannot be written anywhere."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def escaped(text: str, keep: str = "") -> str:
    r"""The text with such characters written out, an escape as ``\x1b``; those in ``keep`` stay."""
    if text.isprintable():
        return text
    return "".join(_written_out(c) if _is_hidden(c) and c not in keep else c for c in text)


def without_hidden(text: str) -> str:
    """The text without such characters: for names that are only shown, where nothing need be told apart."""
    return text if text.isprintable() else "".join(c for c in text if not _is_hidden(c))


def _is_hidden(character: str) -> bool:
    special = character in _TURNS_DIRECTION or character in _BREAKS_LINES
    return special or unicodedata.category(character) in _NEVER_SHOWN


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
