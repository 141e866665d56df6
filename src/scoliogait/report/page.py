"""HTML pages that stand alone: one file, pictures inside, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from scoliogait.files import atomic_file


def filled(template: str, **content: Any) -> str:
    """The text of ``templates/<template>`` with this content. All of it is escaped; a missing name is an error."""
    environment = Environment(
        loader=PackageLoader("scoliogait.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**content)


def write_page(path: Path, template: str, **content: Any) -> None:
    """Fill ``templates/<template>`` and write it atomically. All content is escaped; a missing name is an error."""
    with atomic_file(path) as temporary:
        temporary.write_text(filled(template, **content), encoding="utf-8")
