"""Output that survives any terminal: what its encoding lacks is written in plain letters, never a traceback."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

_PLAIN = "scoliogait-plain"
# Characters of our own words and pictures, and what says the same in ASCII.
_IN_ASCII = {
    "–": "-",
    "—": "-",
    "−": "-",
    "±": "+/-",
    "·": "-",
    "×": "x",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "█": "#",
    "•": "*",
}
# Blocks of lines, blocks and braille dots, in which rich draws boxes, bars and what turns.
_DRAWN = ((0x2500, 0x257F), (0x2580, 0x259F), (0x2800, 0x28FF))


def survive_any_terminal() -> None:
    """Let both streams write what they cannot encode as ``plain`` says. Streams that are no text files stay."""
    codecs.register_error(_PLAIN, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_PLAIN)


def plain(text: str) -> str:
    """ASCII for a text: dashes, signs and lines by their likes, letters without accents, others as ``\\u1234``."""
    return "".join(map(_plain_character, text))


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    if character in _IN_ASCII:
        return _IN_ASCII[character]
    if any(first <= ord(character) <= last for first, last in _DRAWN):
        return _line(character)
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return bare or character.encode("ascii", "backslashreplace").decode()


def _line(character: str) -> str:
    name = unicodedata.name(character, "")
    if "HORIZONTAL" in name and "VERTICAL" not in name:
        return "-"
    if "VERTICAL" in name and "HORIZONTAL" not in name and "AND" not in name:
        return "|"
    return "+" if name.startswith("BOX") else "#"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end
