"""The words of the page: one file a language, all with the same keys; the languages are those of reports."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from scoliogait.catalogue import Texts, languages_in, texts_in

_FOLDER = Path(__file__).parent


def page_languages() -> tuple[str, ...]:
    """The names of all languages, English first."""
    return languages_in(_FOLDER)


@cache
def page_texts(language: str) -> Texts:
    """The words of a language. Raises DataError for one that there is no file of."""
    return texts_in(_FOLDER, language)
