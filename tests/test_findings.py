"""The scripts of findings/ stand alone: executable bash, exact releases, no host, nothing of this package."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))
pytestmark = pytest.mark.skipif(os.name == "nt", reason="bash scripts with a POSIX mode")


def installed(text: str) -> list[str]:
    """What the pip lines of a script ask for, options left out."""
    commands = re.findall(r"pip install (.*)", text.replace("\\\n", " "))
    return [word for command in commands for word in command.split() if not word.startswith("--")]


def test_every_script_is_listed() -> None:
    assert SCRIPTS
    listed = re.findall(r"\((\w+\.sh)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == [script.name for script in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_finding_stands_alone(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert os.access(script, os.X_OK)
    assert {"set -euo pipefail", "work=$(mktemp -d)", "trap 'rm -rf \"$work\"' EXIT"} <= set(text.splitlines())
    for part in ("# Versions", "# Naive guess", "# Behaviour", "# Seen", '"behaviour changed"'):
        assert part in text
    packages = installed(text)
    assert packages
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", package) for package in packages)
    assert not re.search(r"scoliogait|https?:|[a-z]+-(?:url|links)", text)
    # No place of a machine: absolute paths are those that every one has.
    assert set(re.findall(r"(?<![\w.$}])/\w[\w/]*", text)) <= {"/usr/bin/env", "/dev/null"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_finding_is_valid_bash(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=60)
