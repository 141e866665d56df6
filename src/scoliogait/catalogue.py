"""The words of pages and reports: one YAML file a language in a folder, all with the same keys.

A language is added by adding its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scoliogait.errors import DataError

DEFAULT_LANGUAGE = "en"
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


def languages_in(folder: Path) -> tuple[str, ...]:
    """The names of all languages of a folder, English first."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    return (DEFAULT_LANGUAGE, *(name for name in names if name != DEFAULT_LANGUAGE))


def texts_in(folder: Path, language: str) -> Texts:
    """The words of a language. Raises DataError for one that there is no file of."""
    known = languages_in(folder)
    if language not in known:
        raise DataError(f"there are no texts in language {language!r}; expected one of {', '.join(known)}")
    content = yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
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
