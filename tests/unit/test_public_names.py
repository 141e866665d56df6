"""The front door: importing does nothing, and each public name is the object it stands for."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import scoliogait


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_loads_nothing() -> None:
    loaded = python("import sys, scoliogait, json; print(json.dumps(sorted(m.split('.')[0] for m in sys.modules)))")
    heavy = {"torch", "numpy", "scipy", "sklearn", "matplotlib", "pydantic", "lightning", "cv2", "pyarrow", "typer"}
    assert not heavy & set(json.loads(loaded))


def test_reading_a_walk_needs_no_torch() -> None:
    code = "import sys, scoliogait as sg; sg.read_walk(sg.sample_paths()[0]); print('torch' in sys.modules)"
    assert python(code).strip() == "False"


def test_every_public_name_is_the_object_of_its_module() -> None:
    for name, home in scoliogait._HOMES.items():
        module = __import__(f"scoliogait.{home}", fromlist=[name])
        assert getattr(scoliogait, name) is getattr(module, name)
    assert set(scoliogait.__all__) == {*scoliogait._HOMES, "__version__"}
    assert set(scoliogait.__all__) <= set(dir(scoliogait))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="read_wlak"):
        _ = scoliogait.read_wlak


def test_the_version_has_one_source() -> None:
    """A plain literal, which setuptools reads without importing; pyproject.toml and the changelog name no other."""
    root = Path(__file__).parents[2]
    source = root / "src" / "scoliogait" / "__init__.py"
    literals = [
        ast.literal_eval(node.value)
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__version__"]
    ]
    assert literals == [scoliogait.__version__]
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in settings["project"]
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "scoliogait.__version__"}
    newest = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == scoliogait.__version__.partition(".dev")[0]


def test_the_api_page_shows_every_public_name() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^::: (\S+)$", page, re.MULTILINE))
    homes = {f"scoliogait.{home}.{name}" for name, home in scoliogait._HOMES.items()}
    assert homes <= shown, f"add to docs/api.md: {sorted(homes - shown)}"


def test_no_module_at_the_root_has_the_name_of_a_public_object() -> None:
    """``import scoliogait.x`` sets ``x`` on the package, and would put the module in the place of the function."""
    root = Path(scoliogait.__file__).parent
    modules = {path.stem for path in root.glob("*.py")} | {path.name for path in root.iterdir() if path.is_dir()}
    assert not modules & set(scoliogait._HOMES)


def test_a_function_stays_a_function_when_every_module_is_loaded() -> None:
    code = (
        "import importlib, pkgutil, scoliogait as sg\n"
        "for found in pkgutil.walk_packages(sg.__path__, 'scoliogait.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
        "names = ('simulate', 'train', 'finetune', 'evaluate', 'compare', 'screen', 'sample', 'reproduce', 'demo')\n"
        "print([name for name in names if not callable(getattr(sg, name))])"
    )
    assert python(code).strip() == "[]"


@pytest.mark.parametrize("name", ["sample", "sample_names", "recipe_names"])
def test_what_only_lists_or_reads_needs_no_torch(name: str) -> None:
    assert python(f"import sys, scoliogait as sg; sg.{name}; print('torch' in sys.modules)").strip() == "False"
