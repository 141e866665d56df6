"""The Python of the README runs as it stands, in the order of the page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


def python_blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_the_first_example_runs_as_it_stands(tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, "-c", python_blocks()[0]], cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert "not a medical device" in said.stdout


@pytest.mark.slow
def test_all_of_them_run_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "readme.py").write_text("\n".join(python_blocks()), encoding="utf-8")
    said = subprocess.run([sys.executable, "readme.py"], cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert "validation walks of" in said.stdout
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "runs" / "first" / "validation" / "metrics.json").is_file()
