"""The place of a walk in an OpenGait tree, ``<root>/<id>/<class>/<view>/``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass, parse_class


@dataclass(frozen=True)
class TreePlace:
    """What the last three folders of a walk say."""

    id: str
    label: ScreeningClass
    view: str


def place_in_tree(folder: Path) -> TreePlace | None:
    """Id, class and view of a walk folder, or None where the folder above it is not named after a class."""
    parts = folder.absolute().parts
    if len(parts) < 4:  # the first part is the drive or the file system's root
        return None
    id_, class_name, view = parts[-3:]
    try:
        return TreePlace(id=id_, label=parse_class(class_name, str(folder)), view=view)
    except DataError:
        return None
