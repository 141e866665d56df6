"""The words of a report: one file a language, all with the same keys. A language is added by adding its file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from scoliogait.catalogue import DEFAULT_LANGUAGE, Texts, languages_in, texts_in

__all__ = ["DEFAULT_LANGUAGE", "Texts", "languages", "texts_of"]
_FOLDER = Path(__file__).parent


def languages() -> tuple[str, ...]:
    """The names of all languages, English first."""
    return languages_in(_FOLDER)


@cache
def texts_of(language: str) -> Texts:
    """The words of a language. Raises DataError for one that there is no file of."""
    return texts_in(_FOLDER, language)
