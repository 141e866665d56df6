"""The recipes that come with the package: their names, and what each is. Light: no recipe is read as one here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_RECIPES = files("scoliogait") / "recipes"
# Recipes that differ in the partition alone are written once: by-partition/drf.yaml is drf-112 and drf-118.
_BY_PARTITION = _RECIPES / "by-partition"
_PARTITIONS = ("112", "118")


@dataclass(frozen=True)
class RecipeSource:
    """Where a recipe of the package is written. partition: the one that its name states, where it is written once."""

    file: Traversable
    partition: str | None = None


def recipe_names() -> list[str]:
    """Names of the recipes that come with the package."""
    pairs = (f"{stem}-{partition}" for stem in _stems(_BY_PARTITION) for partition in _PARTITIONS)
    return sorted([*_stems(_RECIPES), *pairs])


def recipe_source(name: str) -> RecipeSource:
    """The file of a recipe that comes with the package."""
    if name in _stems(_RECIPES):
        return RecipeSource(_RECIPES / f"{name}.yaml")
    stem, _, partition = name.rpartition("-")
    return RecipeSource(_BY_PARTITION / f"{stem}.yaml", partition)


def recipe_description(name: str) -> str:
    """What a recipe of the package is: the first sentence of the comment that its file begins with."""
    comment: list[str] = []
    for line in recipe_source(name).file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.removeprefix("#").strip())
    return re.split(r"(?<=\.)\s", " ".join(comment), maxsplit=1)[0]


def _stems(folder: Traversable) -> list[str]:
    return [entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")]
