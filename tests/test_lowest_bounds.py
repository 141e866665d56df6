"""constraints-lowest.txt holds the lower bounds of pyproject.toml, all of them and no others."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
BOUND = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?>=([\d.]+)(?:,.*)?")


def key(name: str, version: str) -> tuple[str, str]:
    """One spelling of each: the name as indexes compare it, the version without zeros at its end (2.10.0 is 2.10)."""
    return re.sub(r"[-_.]+", "-", name).lower(), re.sub(r"(\.0)+$", "", version)


def requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]


def test_every_requirement_has_a_lower_bound() -> None:
    assert [line for line in requirements() if not BOUND.fullmatch(line)] == []


def test_the_lowest_versions_are_the_bounds() -> None:
    bounds = {key(*match.groups()) for line in requirements() if (match := BOUND.fullmatch(line))}
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pinned = [key(*line.split("==")) for line in lines if not line.startswith("#")]
    assert len(pinned) == len(set(pinned))
    assert set(pinned) == bounds
