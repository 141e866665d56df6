"""The words of a report: one file a language, all with the same keys. A language is added by adding its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scoliogait.errors import DataError

DEFAULT_LANGUAGE = "en"
_FOLDER = Path(__file__).parent
# By the file's name: what a page states of its language (BCP 47).
_TAGS = {"zh": "zh-Hans"}


@dataclass(frozen=True)
class Texts:
    """One language. language: the name of its file; tag: as pages state it."""

    language: str
    words: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    @property
    def tag(self) -> str:
        return _TAGS.get(self.language, self.language)

    def __call__(self, key: str, **values: object) -> str:
        """The text under ``key``, such as ``result.positive``, with the values in their places."""
        text = self.words[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        return key in self.words


def languages() -> tuple[str, ...]:
    """The names of all languages, English first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
    return (DEFAULT_LANGUAGE, *(name for name in names if name != DEFAULT_LANGUAGE))


@cache
def texts_of(language: str) -> Texts:
    """The words of a language. Raises DataError for one that there is no file of."""
    if language not in languages():
        raise DataError(f"there are no texts in language {language!r}; expected one of {', '.join(languages())}")
    content = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    flat = dict(_flat(content))
    return Texts(
        language=language,
        words={key: value for key, value in flat.items() if isinstance(value, str)},
        lists={key: tuple(value) for key, value in flat.items() if isinstance(value, list)},
    )


def _flat(content: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in content.items():
        name = f"{prefix}{key}"
        found += _flat(value, f"{name}.") if isinstance(value, dict) else [(name, value)]
    return found
