"""A hook of mkdocs: pages that lie outside ``docs/`` belong to the site too, and links work in both places.

Links are written for the repository, where a reader sees them first. Here they are turned into links between pages of
the site; one that leads to a file without a page loses its link and keeps its words.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# file of the repository -> page of the site; what lies in docs/ keeps its name
PAGES = {
    "README.md": "index.md",
    "docs/README.md": "pages.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "src/scoliogait/samples/README.md": "samples.md",
    "src/scoliogait/simulation/cmu_walks.md": "captured-walks.md",
}
SOURCES = {page: source for source, page in PAGES.items()}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    root = Path(config.config_file_path).parent
    listing = files.get_file_from_path("README.md")
    if listing is not None:
        files.remove(listing)
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(root / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: Any) -> str:
    here = page.file.src_uri
    source = SOURCES.get(here, f"docs/{here}")
    return outside_code(markdown, lambda text: LINK.sub(lambda link: site_link(link, source, here, files), text))


def outside_code(markdown: str, change: Any) -> str:
    """``change`` applied to the text between listings and code words."""
    parts = CODE.split(markdown)
    return "".join(part if index % 2 else change(part) for index, part in enumerate(parts))


def site_link(link: re.Match[str], source: str, here: str, files: Files) -> str:
    picture, words, target = link.groups()
    path, mark, anchor = target.partition("#")
    if not path or re.match(r"[a-z][a-z0-9+.-]*:", target):
        return link[0]
    aim = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    page = PAGES.get(aim) or aim.removeprefix("docs/")
    outside_docs = aim not in PAGES and not aim.startswith("docs/")
    if outside_docs:
        return words
    return f"{picture}[{words}]({posixpath.relpath(page, posixpath.dirname(here) or '.')}{mark}{anchor})"
