"""The site builds without a network, fails at a link that leads nowhere, and sends its readers' browsers nowhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="the extra 'docs' is not installed; make docs installs it")
pytest.importorskip("mkdocstrings", reason="the extra 'docs' is not installed; make docs installs it")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
# What a browser fetches by itself; a plain link is followed by a person.
FETCHED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?([^\s\">]+)|<link\b[^>]*\bhref=\"?([^\s\">]+)")


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(root / "mkdocs.yml"), "-d", str(site)]
    environment = os.environ | NO_NETWORK | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root)


def copy_of_the_pages(to: Path) -> Path:
    """What a build reads, in a folder of its own."""
    for name in ("docs", "tools", "src"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "*.npz"))
    for file in (*ROOT.glob("*.md"), ROOT / "mkdocs.yml"):
        shutil.copy(file, to / file.name)
    return to


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_pages_inside_and_outside_docs_are_there(site: Path) -> None:
    home = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="intended-use.html"' in home
    assert 'src="images/screening.png"' in home
    for page in ("contributing", "architecture", "changelog", "security", "pages", "studies/comparison"):
        assert (site / f"{page}.html").is_file()
    assert 'id="scoliogait.io.read.read_walk"' in (site / "api.html").read_text(encoding="utf-8")


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = {
        first or second
        for page in site.rglob("*.html")
        for first, second in FETCHED.findall(page.read_text(encoding="utf-8"))
    }
    assert any(target.endswith(".css") for target in fetched)
    assert not {target for target in fetched if re.match(r"(https?:)?//", target)}


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("docs/formats.md", "[gone](gone.md)"),
        ("README.md", "[gone](docs/gone.md)"),
        ("docs/training.md", "[gone](evaluation.md#no-such-heading)"),
        ("docs/api.md", "::: scoliogait.no_such_name"),
    ],
)
def test_a_dead_end_fails_the_build(tmp_path: Path, page: str, link: str) -> None:
    root = copy_of_the_pages(tmp_path / "repository")
    with (root / page).open("a", encoding="utf-8") as file:
        file.write(f"\n{link}\n")
    done = build(root, tmp_path / "site")
    assert done.returncode != 0
    assert "gone" in done.stderr or "no-such-heading" in done.stderr or "no_such_name" in done.stderr
