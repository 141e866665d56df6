"""Screening with the models of the package imports no torch, in a process of its own, and says what computed them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import scoliogait as sg
from scoliogait.checkpoints.model_folder import builtin_models

UNUSED = ("torch", "lightning", "safetensors", "sklearn", "scipy", "pyarrow", "onnx", "onnxscript")
FUNCTION = "import scoliogait as sg; print(sg.screen(sys.argv[2], sys.argv[4]).screening.to_json())"
COMMAND = "from scoliogait.cli import main; main()"
CODE = """
import sys
try:
    {way}
except SystemExit as ended:
    assert not ended.code
loaded = [name for name in {unused!r} if name in sys.modules]
assert not loaded, loaded
"""


@pytest.mark.parametrize("way", [FUNCTION, COMMAND], ids=["function", "command"])
@pytest.mark.parametrize("name", builtin_models())
def test_the_models_of_the_package_screen_without_torch(name: str, way: str, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(sg.__file__).parents[1])}
    walk, result = str(sg.sample_path("cmu_35_08_front")), tmp_path / "result.json"
    code = CODE.format(way=way, unused=UNUSED)
    arguments = [sys.executable, "-c", code, "screen", walk, "--model", name, "--json", str(result)]
    ended = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert '"runtime": "onnxruntime' in (ended.stdout if way == FUNCTION else result.read_text(encoding="utf-8"))
