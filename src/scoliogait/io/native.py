"""Our own walk file (``.npz``), and the foreign ``.npz`` layouts whose meaning is known.

Our file holds the fields of Walk under their own names, a field that is None is left out, and ``format`` says
``scoliogait-walk-1``. It is a plain numpy archive without pickles.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.files import atomic_file
from scoliogait.incoming import parse_json
from scoliogait.io.coco17_poses import coco17_poses
from scoliogait.io.npz_archive import NpzArchive
from scoliogait.io.npz_writing import write_npz
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.labels import ScreeningClass, parse_class
from scoliogait.walk import PeopleSeen, Walk, people_seen

FORMAT = "scoliogait-walk-1"
_ARRAYS = ("poses", "silhouettes", "skeleton_maps", "asymmetry", "mirror_difference")
_MODALITIES = ("poses", "silhouettes", "skeleton_maps")
_FOREIGN_NAMES = {"poses": "keypoints"}
_SCALARS = ("walk_id", "frame_rate_hz", "view", "subject_id", "source", "frame_size_px", "silhouettes_aligned")


def write_walk(path: str | Path, walk: Walk) -> None:
    """Write a walk as our native file; the name must end in ``.npz``. Atomic; raises DataError when it cannot."""
    if Path(path).suffix != ".npz":
        raise DataError(f"{path}: a walk file must end in .npz; choose another name")
    values = {name: getattr(walk, name) for name in (*_ARRAYS, *_SCALARS)}
    fields: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    if walk.notes:
        fields["notes"] = json.dumps(walk.notes)
    if walk.label is not None:
        fields["label"] = walk.label.spelling
    if walk.people is not None:
        fields["people"] = json.dumps(asdict(walk.people))
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        write_npz(stream, {"format": FORMAT, "origin": json.dumps(dict(walk.origin))} | fields)


def read_native(
    path: str | Path,
    walk_id: str | None = None,
    layout: str | None = None,
    modalities: Collection[str] | None = None,
) -> Walk:
    """Read a ``.npz`` walk: ours, or one with ``poses``/``keypoints`` and optional ``silhouettes``, ``fps``,
    ``frame_size``, ``view``, ``person`` or ``subject``, ``label``, ``source``, ``licence``.

    Poses may have any known number of joints; ``layout`` names their order (see ``coco17_poses``).
    modalities: of ``poses``, ``silhouettes`` and ``skeleton_maps`` those that are wanted; others are not read, whatever
    their size, unless the file has none of these. None reads all. Fields of other names are never read.
    ``Walk.source`` becomes the path; a stated source and licence go to ``origin``, and so does a foreign label that is
    no screening class. Raises DataError naming the file and the field; pickled content, and arrays above the limits of
    ``scoliogait.limits``, are refused before they are unpacked.
    """
    with NpzArchive(Path(path)) as archive:
        fields = _Fields(archive, modalities)
        return _ours(fields, walk_id, layout) if "format" in fields.names else _foreign(fields, walk_id, layout)


def _names_of(modalities: Collection[str]) -> set[str]:
    """The names of their fields, in our files and in foreign ones."""
    return {*modalities, *(_FOREIGN_NAMES[m] for m in modalities if m in _FOREIGN_NAMES)}


class _Fields:
    """The fields of a ``.npz`` file, read as arrays, text or numbers; DataError names the file and the field.

    With ``modalities`` the arrays of others count as not there, and are not read, unless nothing would be left.
    """

    def __init__(self, archive: NpzArchive, modalities: Collection[str] | None) -> None:
        self.path = archive.path
        self._archive = archive
        wanted = _ARRAYS if modalities is None or not archive.names & _names_of(modalities) else modalities
        self.names = archive.names - (_names_of(_MODALITIES) - _names_of(wanted))

    def array(self, *names: str) -> NDArray[Any] | None:
        """The first of these fields that exists."""
        name = next((name for name in names if name in self.names), None)
        return None if name is None else self._archive.array(name)

    def frames(self, name: str) -> NDArray[Any] | None:
        """The same of one field that has an entry a frame, as ``NpzArchive.frames`` gives it."""
        return self._archive.frames(name) if name in self.names else None

    def text(self, *names: str) -> str | None:
        value = self.array(*names)
        if value is None:
            return None
        if value.ndim or value.dtype.kind not in "US":
            raise self._wrong(names, value, "one text")
        try:
            return value.item().decode("utf-8", "replace") if value.dtype.kind == "S" else str(value)
        except (ValueError, SystemError) as error:  # four bytes that are no code point
            raise DataError(f"{self.path}: {names[0]} is no text ({error}); write the file again") from error

    def number(self, *names: str) -> float | None:
        value = self.array(*names)
        if value is None:
            return None
        if value.ndim or value.dtype.kind not in "fiub":
            raise self._wrong(names, value, "one number")
        return float(value)

    def frame_size(self, *names: str) -> tuple[int, int] | None:
        value = self.array(*names)
        if value is None:
            return None
        if value.shape != (2,) or value.dtype.kind not in "fiu" or not np.isfinite(value).all():
            raise self._wrong(names, value, "width and height in px")
        return int(value[0]), int(value[1])

    def _wrong(self, names: tuple[str, ...], value: NDArray[Any], expected: str) -> DataError:
        name = next(name for name in names if name in self.names)
        return DataError(f"{self.path}: {name} has shape {value.shape}, dtype {value.dtype}; expected {expected}")


def _ours(archive: _Fields, walk_id: str | None, layout: str | None) -> Walk:
    path = archive.path
    if archive.text("format") != FORMAT:
        raise DataError(f"{path}: format is {archive.text('format')!r}, expected {FORMAT!r}; update scoliogait")
    origin = _json_object(archive, "origin")
    if not all(isinstance(value, str) for value in origin.values()):
        raise DataError(f"{path}: origin holds something else than text; write the file again")
    poses, about_poses = _poses(archive, layout, "poses")
    silhouettes, about_silhouettes = _silhouettes(archive)
    stated_source = archive.text("source")
    if stated_source not in (None, "memory"):
        origin.setdefault("source", str(stated_source))
    label = archive.text("label")
    return Walk(
        walk_id=walk_id or archive.text("walk_id") or path.stem,
        frame_rate_hz=archive.number("frame_rate_hz"),
        view=archive.text("view"),
        label=None if label is None else parse_class(label, f"{path}: label"),
        subject_id=archive.text("subject_id"),
        frame_size_px=archive.frame_size("frame_size_px"),
        silhouettes_aligned=bool(archive.number("silhouettes_aligned")),
        source=str(path),
        origin=origin,
        people=_people(archive),
        notes=tuple(dict.fromkeys((*_stated_notes(archive), *about_poses, *about_silhouettes))),
        poses=poses,
        silhouettes=silhouettes,
        skeleton_maps=archive.frames("skeleton_maps"),
        asymmetry=archive.array("asymmetry"),
        mirror_difference=archive.array("mirror_difference"),
    )


def _silhouettes(archive: _Fields) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    values = archive.frames("silhouettes")
    return (None, ()) if values is None else read_silhouettes(values, str(archive.path))


def _poses(archive: _Fields, layout: str | None, *names: str) -> tuple[NDArray[np.float32] | None, tuple[str, ...]]:
    """The poses of the first of these fields, and what a reader should know about them."""
    points = archive.array(*names)
    return (None, ()) if points is None else coco17_poses(points, str(archive.path), layout)


def _stated_notes(archive: _Fields) -> list[str]:
    try:
        notes = parse_json((archive.text("notes") or "[]").encode("utf-8", "replace"), "notes")
    except DataError as error:
        raise DataError(f"{archive.path}: notes are not a JSON list ({error}); write the file again") from error
    if not isinstance(notes, list):
        raise DataError(f"{archive.path}: notes are a {type(notes).__name__}, not a list; write the file again")
    return [str(note) for note in notes]


def _people(archive: _Fields) -> PeopleSeen | None:
    if "people" not in archive.names:
        return None
    try:
        return people_seen(_json_object(archive, "people"))
    except (TypeError, DataError) as error:
        raise DataError(f"{archive.path}: people is not what was written ({error}); write the file again") from error


def _json_object(archive: _Fields, name: str) -> dict[str, Any]:
    text = (archive.text(name) or "{}").encode("utf-8", "replace")
    try:
        content = parse_json(text, name)
    except DataError as error:
        raise DataError(f"{archive.path}: {name} is not a JSON object ({error}); write the file again") from error
    if not isinstance(content, dict):
        raise DataError(f"{archive.path}: {name} is not a JSON object; write the file again")
    return content


def _foreign(archive: _Fields, walk_id: str | None, layout: str | None) -> Walk:
    poses, about_poses = _poses(archive, layout, "poses", "keypoints")
    silhouettes, about_silhouettes = _silhouettes(archive)
    if poses is None and silhouettes is None:
        raise DataError(
            f"{archive.path}: has the fields {sorted(archive.names)}; "
            "expected poses or keypoints (T, 17, 3), or silhouettes (T, H, W)"
        )
    origin = {name: text for name in ("source", "licence") if (text := archive.text(name)) is not None}
    label, foreign_label = _class_or_text(archive)
    if foreign_label is not None:
        origin["label"] = foreign_label
    return Walk(
        walk_id=walk_id or archive.path.stem,
        poses=poses,
        silhouettes=silhouettes,
        frame_rate_hz=archive.number("frame_rate_hz", "fps"),
        view=archive.text("view"),
        label=label,
        subject_id=archive.text("subject_id", "subject", "person"),
        frame_size_px=archive.frame_size("frame_size_px", "frame_size"),
        source=str(archive.path),
        origin=origin,
        notes=(*about_poses, *about_silhouettes),
    )


def _class_or_text(archive: _Fields) -> tuple[ScreeningClass | None, str | None]:
    """A foreign label as screening class, or as it stands when it is none (``normal`` of motion capture)."""
    text = archive.text("label")
    if text is None:
        return None, None
    try:
        return parse_class(text, str(archive.path)), None
    except DataError:
        return None, text
