"""What a tree has no place for: ``walks.json`` at the root of a tree of our export, read again when it is imported.

OpenGait looks for pickles alone inside of walk folders, and passes over files at the root. So everything that a Walk
says besides its arrays and its class stands there, by folder. A folder that is not in it is read like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from scoliogait.errors import DataError
from scoliogait.files import write_json
from scoliogait.json_file import Format, read_versioned
from scoliogait.plain_text import escaped
from scoliogait.walk import PeopleSeen, Walk

WALKS_FILE = "walks.json"
_FORMAT = Format(
    "scoliogait-tree-walks",
    1,
    "what an exported tree says of its walks",
    "export the tree again, or remove this file: then folders alone say what the walks are",
)


class StatedWalk(BaseModel):
    """The fields of a Walk without what has one entry a frame, its PAV and its class; None where unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    walk_id: str
    subject_id: str | None = None
    view: str | None = None
    frame_rate_hz: float | None = None
    frame_size_px: tuple[int, int] | None = None
    source: str
    origin: dict[str, str] = {}
    silhouettes_aligned: bool | None = None
    # Another name in the file, because "people" is how a file of poses is recognised.
    people: PeopleSeen | None = Field(default=None, alias="people_seen")
    notes: tuple[str, ...] = ()
    mirror_difference: tuple[tuple[float, float], ...] | None = None

    @classmethod
    def of(cls, walk: Walk) -> StatedWalk:
        """What a walk says."""
        values = {name: getattr(walk, name) for name in cls.model_fields}
        if walk.mirror_difference is not None:
            values["mirror_difference"] = walk.mirror_difference.tolist()
        aligned = None if walk.silhouettes is None else walk.silhouettes_aligned
        return cls(
            **values | {"source": escaped(walk.source), "origin": dict(walk.origin), "silhouettes_aligned": aligned}
        )


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    walks: dict[str, StatedWalk]


def place_of(folder: Path) -> str:
    """Under which a folder ``<id>/<class>/<view>`` is listed, on every system."""
    return "/".join(folder.parts[-3:])


def write_stated(root: Path, walks: Mapping[str, StatedWalk]) -> None:
    """Write what is stated of the walk in each place."""
    content = {place: _plain(stated) for place, stated in walks.items()}
    write_json(root / WALKS_FILE, {**_FORMAT.mark, "walks": content})


def _plain(stated: StatedWalk) -> dict[str, Any]:
    """As JSON; what programs before the mirror difference do not know stands only where it is known."""
    unknown = {"mirror_difference"} if stated.mirror_difference is None else set()
    return stated.model_dump(mode="json", by_alias=True, exclude=unknown)


def read_stated(root: Path) -> dict[str, StatedWalk]:
    """What a tree states of the walks in its places; nothing for trees of others. Raises DataError when damaged."""
    file = root / WALKS_FILE
    return read_versioned(file, _Table, _FORMAT).walks if file.is_file() else {}


def joined(statements: Iterable[StatedWalk]) -> StatedWalk | None:
    """What several trees state of one walk; None when none does. Raises DataError where they contradict each other."""
    values: dict[str, Any] = {}
    for stated in statements:
        for name, value in stated:
            if name == "origin":
                values[name] = values.get(name, {}) | value
            elif name == "notes":
                values[name] = tuple(dict.fromkeys((*values.get(name, ()), *value)))
            elif values.get(name) is None:
                values[name] = value
            elif name != "source" and value not in (None, values[name]):
                raise DataError(
                    f"{name} is {values[name]!r} in one tree and {value!r} in another; export both from one store"
                )
    return StatedWalk(**values) if values else None
