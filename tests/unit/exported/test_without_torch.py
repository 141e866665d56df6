"""Screening with the models of the package imports no torch, in a process of its own, and says what computed them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import scoliogait as sg
from scoliogait.checkpoints.model_folder import builtin_models

UNUSED = ("torch", "lightning", "safetensors", "sklearn", "scipy", "pyarrow", "onnx", "onnxscript")
CODE = f"""
import sys
import scoliogait as sg
print(sg.screen(sys.argv[1], sys.argv[2]).screening.to_json())
loaded = [name for name in {UNUSED!r} if name in sys.modules]
assert not loaded, loaded
"""


@pytest.mark.parametrize("name", builtin_models())
def test_the_models_of_the_package_screen_without_torch(name: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(sg.__file__).parents[1])}
    walk = str(sg.sample_path("cmu_35_08_front"))
    ended = subprocess.run(
        [sys.executable, "-c", CODE, walk, name], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert '"runtime": "onnxruntime' in ended.stdout
