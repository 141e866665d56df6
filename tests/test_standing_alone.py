"""The repository needs nothing beside it: no path leads out of it, and every import is a declared dependency."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tests", "studies", "benchmarks", "tools")
PYTHON = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
# Run in an environment of their own, which each docstring states version by version.
ELSEWHERE = [
    ROOT / "tools" / "convert_video_networks.py",
    ROOT / "tools" / "arrange_networks.py",
    ROOT / "benchmarks" / "mediapipe_pose.py",
]
SCRIPTS = [path for path in (ROOT / "Makefile", *sorted((ROOT / ".ci").rglob("*"))) if path.is_file()]
OURS = {"scoliogait", "studies", "benchmarks", "tools", *(path.stem for path in (ROOT / "tests").glob("*.py"))}

# A place of one machine: an absolute path that is more than a slash and one name, under a folder where people work.
MACHINE_PATH = re.compile(r"(?<![\w.:/])(/(home|Users|work|mnt|opt|root|srv|scratch)/\w|[A-Z]:\\\\?Users)")
# From a folder of the repository up and into another: what "../beside" is.
SIBLING = re.compile(r"(?<![\w./])(\.\./)+\w")
# Texts that look like such paths and are none: names that must be refused.
HARMLESS = {"../out", "../x", "builtin:../samples"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts(path: Path) -> list[str]:
    """Every string of a Python file, also docstrings and the fixed parts of f-strings; of another file its lines."""
    if path.suffix != ".py":
        return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#!")]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def is_foreign(text: str) -> bool:
    return text not in HARMLESS and bool(MACHINE_PATH.search(text) or SIBLING.search(text))


def climbs(source: str) -> list[int]:
    """How many folders each expression on ``__file__`` goes up: ``parents[n]`` n + 1, each ``.parent`` one."""
    found = []
    for node in ast.walk(ast.parse(source)):
        steps, inner = 0, node
        while True:
            if isinstance(inner, ast.Attribute) and inner.attr in ("parent", "resolve", "absolute"):
                steps, inner = steps + (inner.attr == "parent"), inner.value
            elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                inner = inner.func
            elif isinstance(inner, ast.Subscript) and getattr(inner.value, "attr", "") == "parents":
                index = inner.slice.value if isinstance(inner.slice, ast.Constant) else 99
                steps, inner = steps + index + 1, inner.value.value
            else:
                break
        if steps and "__file__" in {name.id for name in ast.walk(inner) if isinstance(name, ast.Name)}:
            found.append(steps)
    return found


@pytest.mark.parametrize("path", sorted({*PYTHON, *SCRIPTS} - {Path(__file__).resolve()}), ids=name_of)
def test_no_text_is_a_path_outside_the_repository(path: Path) -> None:
    assert [text for text in texts(path) if is_foreign(text)] == []


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_no_file_climbs_out_of_the_repository(path: Path) -> None:
    """The repository itself is as many folders up as the file's name has parts; one more is outside."""
    depth = len(path.relative_to(ROOT).parts)
    assert [up for up in climbs(path.read_text(encoding="utf-8")) if up > depth] == []


@pytest.mark.parametrize(
    ("source", "steps"),
    [
        ("SHARED = Path(__file__).resolve().parents[2] / 'shared'", 3),
        ("x = Path(__file__).parent.parent / 'data'", 2),
        ("x = Path(__file__).absolute().parent.parents[1]", 3),
        ("x = Path(__file__).parents[n]", 100),
        ("x = Path(scoliogait.__file__).parent", 0),
    ],
)
def test_a_climb_is_seen(source: str, steps: int) -> None:
    assert max(climbs(source), default=0) == steps


@pytest.mark.parametrize(
    "text", ["../beside/recordings", "see ../../samples", "/home/me/data", "/mnt/x", "a=/root/y", "C:\\Users\\me"]
)
def test_a_foreign_path_is_seen(text: str) -> None:
    assert is_foreign(text)


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names - set(sys.stdlib_module_names) - OURS


def declared(*extras: str) -> set[str]:
    """Distribution names of pyproject.toml: the base and these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {normalised(re.split(r"[\s<>=!~;\[]", line)[0]) for line in wanted}


def normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def undeclared(packages: set[str], allowed: set[str]) -> set[str]:
    """Packages that no allowed distribution brings; one that is not installed counts under its own name."""
    brought_by = packages_distributions()
    return {p for p in packages if not allowed & {normalised(d) for d in brought_by.get(p, [p])}}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_import_is_declared(folder: str) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    # The package itself may not need what only its developers install.
    allowed = declared(*(extra for extra in extras if folder != "src" or extra != "dev"))
    files = [path for path in PYTHON if name_of(path).startswith(f"{folder}/") and path not in ELSEWHERE]
    packages = set().union(*(imported_packages(path) for path in files))
    assert packages, folder
    assert undeclared(packages, allowed) == set()


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: path.stem)
def test_what_runs_elsewhere_states_its_environment(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    (installed,) = re.findall(r"pip install (.*)", docstring)
    assert len(installed.split()) >= 2
    assert all("==" in requirement for requirement in installed.split())


def test_an_undeclared_import_is_seen() -> None:
    assert undeclared({"PIL"}, {"matplotlib"}) == {"PIL"}
    assert undeclared({"PIL"}, {"pillow"}) == set()
    assert undeclared({"not_installed_at_all"}, {"numpy"}) == {"not_installed_at_all"}
