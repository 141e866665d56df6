"""The recipes that come with the package: their names, and what each is. Light: no recipe is read as one here."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable

_RECIPES = files("scoliogait") / "recipes"


def recipe_names() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _RECIPES.iterdir() if entry.name.endswith(".yaml"))


def recipe_source(name: str) -> Traversable:
    """The file of a recipe that comes with the package."""
    return _RECIPES / f"{name}.yaml"


def recipe_description(name: str) -> str:
    """What a recipe of the package is: the first sentence of the comment that its file begins with."""
    comment: list[str] = []
    for line in recipe_source(name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.removeprefix("#").strip())
    return re.split(r"(?<=\.)\s", " ".join(comment), maxsplit=1)[0]
