"""Recipes on disk: by name from the package or by path, with overrides; every mistake is reported in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from scoliogait.errors import DataError, RecipeError
from scoliogait.field_problem import dotted_key, first_problem, more_text, problem_text
from scoliogait.files import atomic_file
from scoliogait.incoming import read_bytes
from scoliogait.limits import MAX_YAML_BYTES
from scoliogait.mistaken_path import what_it_is
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_list import recipe_names, recipe_source
from scoliogait.wording import nearest
from scoliogait.yaml_text import YamlTextError, load_yaml


def load_recipe(path_or_name: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe by name (``sconet-mt-ske-112``) or path, with overrides such as ``optimizer.lr=0.01``.

    Override values are YAML, so ``model.channels=[16,32,64,128]`` or ``optimizer={name: adamw, ...}`` work too.
    Raises RecipeError in one line: file, key, value, what was expected, and the nearest known key for a typo.
    """
    source = str(path_or_name)
    content = _packaged(source) if source in recipe_names() else _read(Path(source), source)
    origin: dict[str, str] = {}
    for override in overrides:
        origin[_apply(content, override)] = f"--set {override}"
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(_one_line(error, content, source, origin)) from error
    except RecipeError as error:  # the contract's own checks
        raise RecipeError(f"{source}: {error}") from error


def setting(key: str, value: Any) -> str:
    """The override that sets a key to a JSON value; a text such as ``118`` stays a text."""
    return f"{key}={json.dumps(value, ensure_ascii=False)}"  # YAML includes JSON


def write_recipe(path: str | Path, recipe: Recipe) -> None:
    """Write the resolved recipe: every value, also those that were defaults. ``load_recipe`` reads it back equal."""
    with atomic_file(path) as temporary:
        temporary.write_text(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False), encoding="utf-8")


def dotted_values(section: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of a recipe or a part of one, as ``--set`` names them."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            yield from dotted_values(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def known_keys(model: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[str]:
    """Every dotted key a recipe may have, sections included, over all kinds of optimizer and schedule."""
    for name, field in model.model_fields.items():
        yield prefix + name
        for nested in _models_in(field.annotation):
            yield from known_keys(nested, f"{prefix}{name}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _packaged(name: str) -> dict[str, Any]:
    """What a recipe of the package holds; one that is written once for both partitions gets its name and its own."""
    source = recipe_source(name)
    content = _read(source.file, name)
    if source.partition is not None:
        content["name"] = name
        content["data"]["partition"] = source.partition
    return content


def _read(file: Path | Traversable, name: str) -> dict[str, Any]:
    """The content of a file; ``name`` stands for it in messages."""
    if not file.is_file():
        known, there = recipe_names(), isinstance(file, Path) and file.exists()
        raise RecipeError(
            f"{name}: {_not_a_recipe(name, known, there)}; expected a YAML file, or one of {', '.join(known)}"
        )
    try:
        data = read_bytes(file, MAX_YAML_BYTES) if isinstance(file, Path) else file.read_bytes()
        return _parse(data.decode("utf-8-sig"), name)
    except (DataError, OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{name}: cannot be read as text ({error}); expected a YAML file") from error


def _not_a_recipe(name: str, known: Sequence[str], there: bool) -> str:
    return f"is no recipe{what_it_is(name)}" if there else f"no such recipe{_suggestion(name, known)}"


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        content = load_yaml(text)
    except YamlTextError as error:
        raise RecipeError(f"{where}: {error}") from error
    if not isinstance(content, dict):
        held = "is empty" if content is None else "holds no sections"
        raise RecipeError(f"{where}: {held}; expected a recipe with sections such as 'optimizer:'")
    return content


def _apply(content: dict[str, Any], override: str) -> str:
    """Set one dotted key; returns the key. A key that no recipe has is refused at once."""
    key, equals, value = override.partition("=")
    key = key.strip()
    if not equals or not key:
        raise RecipeError(f"--set {override}: expected key=value, such as optimizer.lr=0.01")
    keys = list(known_keys())
    if key not in keys:
        raise RecipeError(f"--set {override}: unknown key {key!r}{_suggestion(key, keys)}")
    section = content
    *parents, last = key.split(".")
    for parent in parents:
        if not isinstance(section.get(parent), dict):
            section[parent] = {}
        section = section[parent]
    try:
        section[last] = load_yaml(value)
    except YamlTextError as error:
        raise RecipeError(f"--set {override}: the value {error}") from error
    return key


def _one_line(error: ValidationError, content: Mapping[str, Any], source: str, origin: Mapping[str, str]) -> str:
    first = first_problem(error)
    key = dotted_key(first["loc"], content)
    if first["type"].startswith("union_tag"):
        key += ".name"
    where = next((option for given, option in origin.items() if f"{key}.".startswith(f"{given}.")), source)
    near = _suggestion(key, [k for k in known_keys() if k != key]) if first["type"] == "extra_forbidden" else ""
    return f"{where}: {problem_text(first, key)}{near}{more_text(error)}"


def _suggestion(word: str, known: Sequence[str]) -> str:
    """`; did you mean ...?`, comparing first within the section, then by the last part of the key anywhere."""
    section, _, last = word.rpartition(".")
    siblings = {key.rpartition(".")[2]: key for key in known if key.rpartition(".")[0] == section}
    anywhere = {key.rpartition(".")[2]: key for key in known}
    for choices in (siblings, anywhere):
        meant = nearest(last, choices)
        if meant is not None:
            return f"; did you mean {choices[meant]!r}?"
    if siblings and section:
        return f"; {section} has the keys {', '.join(siblings)}"
    return ""
