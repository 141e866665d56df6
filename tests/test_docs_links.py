"""Every page can be walked: relative links, pictures and heading anchors of all Markdown files lead somewhere."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
import yaml

from scoliogait.training.recipe_file import recipe_names

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ENVIRONMENTS = {".venv", ".venv-light", ".venv-lowest"}
SKIPPED = ENVIRONMENTS | {".pytest_cache", "node_modules", "build", "dist", "site", "demo", "runs"}
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not SKIPPED & set(page.relative_to(ROOT).parts) and not any(p.endswith(".egg-info") for p in page.parts)
)
FILE_NAME = re.compile(r"`((?:src|tests|tools|studies|benchmarks)/[\w/.*-]+)`")
SITE_PAGES = [page for page in PAGES if page.parent == ROOT or page.is_relative_to(DOCS)]
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def prose(page: Path) -> str:
    """The page without code: a bracket in a listing is no link."""
    text = re.sub(r"^(`{3,}|~{3,}).*?^\1`*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]+`", lambda code: "`" * len(code[0]), text)


@cache
def anchors(page: Path) -> set[str]:
    """Anchors of the headings, as the code host and the site both make them: words in lower case, joined by hyphens."""
    text = re.sub(r"^(`{3,}).*?^\1`*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for title in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, re.MULTILINE):
        plain = unicodedata.normalize("NFKC", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)).lower()
        found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain)))
    return found


def links(page: Path) -> list[str]:
    return [target for target in LINK.findall(prose(page)) if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    wrong = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        inside = aim.is_relative_to(ROOT.resolve()) or aim == page
        # The site holds docs/ and the pages beside it, so no page of docs/ can lead to source code.
        if page.is_relative_to(DOCS):
            inside = aim.is_relative_to(DOCS.resolve()) or (aim.parent == ROOT.resolve() and aim.suffix == ".md")
        if not inside or not aim.exists() or (anchor and anchor not in anchors(aim)):
            wrong.append(target)
    assert not wrong, f"{page.relative_to(ROOT)}: {wrong} lead nowhere"


def test_links_are_found() -> None:
    """Guards the two tests above and below against a pattern that finds nothing."""
    assert {"docs/intended-use.md", "docs/images/screening.png"} <= set(links(ROOT / "README.md"))
    assert "positive-and-negative" not in anchors(DOCS / "evaluation.md")
    assert {"intervals", "who-is-positive"} <= anchors(DOCS / "evaluation.md")


def test_every_page_is_listed_for_readers_and_in_the_site() -> None:
    listed = {
        (index.parent / target.partition("#")[0]).resolve()
        for index in (DOCS / "README.md", DOCS / "studies" / "README.md")
        for target in links(index)
    }
    pages = {page.resolve() for page in DOCS.rglob("*.md") if page.name != "README.md"}
    assert pages <= listed, f"not in the lists: {sorted(str(page) for page in pages - listed)}"
    navigation = yaml.dump(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    missing = [page for page in sorted(pages) if str(page.relative_to(DOCS.resolve()).as_posix()) not in navigation]
    assert not missing, f"not in nav of mkdocs.yml: {missing}"


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    named = set(FILE_NAME.findall(page.read_text(encoding="utf-8")))
    missing = {name for name in named if not any(ROOT.glob(name))}
    assert not missing


def test_pages_that_the_code_names_exist() -> None:
    sources = [file for folder in ("src", "studies", "tools", "benchmarks") for file in (ROOT / folder).rglob("*")]
    named = {
        name
        for file in sources
        if file.suffix in {".py", ".yaml", ".md", ".html"} and ".egg-info" not in str(file)
        for name in re.findall(r"\bdocs/[\w/-]+\.(?:md|png)", file.read_text(encoding="utf-8"))
    }
    assert "docs/evaluation.md" in named
    assert not {name for name in named if not (ROOT / name).is_file()}


@pytest.mark.parametrize("page", SITE_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lists_and_tables_begin_after_an_empty_line(page: Path) -> None:
    """The code host forgives a list that follows a sentence directly; the site would run both together."""
    wrong, before, in_list = [], "", False
    for line in prose(page).splitlines():
        begins = "list" if re.match(r"([-*]|\d+\.) ", line) else "table" if line.startswith("|") else ""
        goes_on = (begins == "list" and in_list) or (begins == "table" and before.startswith("|"))
        if begins and before.strip() and not before.startswith("#") and not goes_on:
            wrong.append(line)
        in_list = begins == "list" or (in_list and line.startswith(" "))
        before = line
    assert not wrong


def test_every_recipe_has_its_row() -> None:
    page = (DOCS / "training.md").read_text(encoding="utf-8")
    assert not {name for name in recipe_names() if f"`{name}`" not in page}


def test_every_picture_is_shown_somewhere() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for target in links(page)}
    unused = {picture.resolve() for picture in (DOCS / "images").iterdir()} - shown
    assert not unused, f"on no page: {sorted(picture.name for picture in unused)}"
