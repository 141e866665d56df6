"""The files that tools and hosts read: they parse, agree with each other, and name nobody who does not exist."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools import import_everything

ROOT = Path(__file__).parents[1]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FOR_READERS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CITATION.cff", "pyproject.toml", "mkdocs.yml"]
OUR_FILE = re.compile(
    r"(?<![\w.-])((?:tools|tests|docs|src|benchmarks|studies)/[\w/.-]+\.\w+|constraints\.txt|\.ci/run)"
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def workflow() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text(".github/workflows/ci.yml"))
    return content


def commands() -> str:
    return "\n".join(step.get("run", "") for job in workflow()["jobs"].values() for step in job["steps"])


@pytest.mark.parametrize("name", FOR_READERS + [str(form.relative_to(ROOT)) for form in FORMS])
def test_no_address_that_does_not_exist(name: str) -> None:
    content = text(name)
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w{2,}", content), "an e-mail address"
    hosts = set(re.findall(r"https?://([\w.-]+)", content))
    assert hosts <= {"mocap.cs.cmu.edu"}, "an address of the web"


def test_the_citation_is_a_release_of_the_changelog() -> None:
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["authors"] == [{"name": "The scoliogait developers"}]
    assert "doi" not in citation
    assert f"## {citation['version']} ({citation['date-released']})" in text("CHANGELOG.md")
    assert citation["license"] == tomllib.loads(text("pyproject.toml"))["project"]["license"]


def test_hooks_are_local() -> None:
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
    ids = {hook["id"] for hook in hooks["repos"][0]["hooks"]}
    assert {"ruff", "ruff-format", "mypy", "check"} <= ids


@pytest.mark.parametrize("form", [form for form in FORMS if form.name != "config.yml"], ids=lambda form: form.name)
def test_issue_forms_ask_for_something(form: Path) -> None:
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(content)
    required = [part for part in content["body"] if part.get("validations", {}).get("required")]
    assert required
    assert len({part["id"] for part in content["body"] if "id" in part}) == sum(
        "id" in part for part in content["body"]
    )


def test_the_workflow_says_that_it_was_not_run() -> None:
    assert "has not been run yet" in text(".github/workflows/ci.yml").splitlines()[0]


def test_the_workflow_covers_three_systems_and_the_oldest_python() -> None:
    jobs = workflow()["jobs"]
    matrix = jobs["tests"]["strategy"]["matrix"]
    assert [system.partition("-")[0] for system in matrix["os"]] == ["ubuntu", "macos", "windows"]
    oldest = tomllib.loads(text("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    assert matrix["python"][0] == oldest
    assert {"oldest", "newest", "imports"} <= set(jobs)


def test_every_file_that_the_workflow_names_exists() -> None:
    named = set(OUR_FILE.findall(commands()))
    assert {"constraints.txt", "tools/import_everything.py", ".ci/run"} <= named
    missing = {name for name in named if not (ROOT / name).exists()}
    assert not missing


@pytest.mark.slow
def test_every_module_can_be_imported() -> None:
    assert import_everything.failures() == {}


def test_a_module_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        if name == "scoliogait.walk":
            raise ImportError("No module named 'nowhere'")

    monkeypatch.setattr(import_everything.importlib, "import_module", refuse)
    assert import_everything.failures() == {"scoliogait.walk": "No module named 'nowhere'"}


def test_only_the_room_of_an_extra_may_lack_its_packages() -> None:
    lacking = ImportError("No module named 'starlette'", name="starlette.requests")
    assert import_everything.is_of_an_extra("scoliogait.serve.app", lacking)
    assert not import_everything.is_of_an_extra("scoliogait.cli.serve", lacking)
    assert not import_everything.is_of_an_extra("scoliogait.serve.app", ImportError("no", name="torch"))
