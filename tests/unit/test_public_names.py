"""The front door: importing does nothing, and each public name is the object it stands for."""

import json
import subprocess
import sys

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
