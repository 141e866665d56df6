"""Where a thing lies: a path as people give it, or the object that a function returned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scoliogait.checkpoints.loaded_model import LoadedModel


class OnDisk(Protocol):
    """A cohort, a run or an evaluation: anything that has a folder."""

    @property
    def path(self) -> Path: ...


Place = str | Path | OnDisk
# The model that screens where none is named.
DEFAULT_MODEL = "builtin:pose-set"


def loaded_of(model: object) -> LoadedModel | None:
    """The model in a Screener; None for a place, which may call its model's folder ``model`` too."""
    from scoliogait.checkpoints.loaded_model import LoadedModel

    found = getattr(model, "model", None)
    return found if isinstance(found, LoadedModel) else None


def path_of(place: Place) -> str | Path:
    """The path given, or that of the object. A name such as ``builtin:pose-set`` stays as it is."""
    return place if isinstance(place, str | Path) else place.path
