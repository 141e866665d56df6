"""Folders of silhouette pictures, one PNG a frame, as segmenters write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.incoming import read_bytes
from scoliogait.io.frame_files import frame_files
from scoliogait.io.mask_planes import PlaneFacts, blank_masks, mask_plane
from scoliogait.io.png_header import PictureHeaderError, png_size_px
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.io.system_files import data_files
from scoliogait.io.tree_path import place_in_tree
from scoliogait.limits import MAX_FRAMES, MAX_PICTURE_BYTES, MAX_WALK_BYTES
from scoliogait.long_frames import each, kept
from scoliogait.walk import Walk
from scoliogait.wording import first_few

_SUFFIX = ".png"
# Pictures of other kinds, which are not read.
OTHER_PICTURES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".tif", ".tiff", ".webp"})


def read_silhouette_folder(folder: str | Path, walk_id: str | None = None) -> Walk:
    """Read all ``*.png`` of a folder as the unaligned silhouettes of one walk.

    The numbers in the names say which frame a picture is (see ``frame_files``); a frame without a picture is black.
    Masks in other values than 0 and 255, in colours or in an alpha channel are read where they have one reading (see
    ``silhouette_values`` and ``mask_planes``); ``Walk.notes`` says so. Id, class and view come from the path where it
    is ``<id>/<class>/<view>``. Raises DataError naming the picture that cannot be decoded or has another size, and the
    folder where names or values have no one reading.
    """
    folder = Path(folder)
    paths = list(data_files(folder, f"*{_SUFFIX}"))
    if not paths:
        raise DataError(f"{folder}: holds no {_SUFFIX} file; expected one silhouette picture a frame")
    others = sorted(path.name for path in data_files(folder, "*") if path.suffix.lower() in OTHER_PICTURES)
    files = frame_files(folder, paths, _SUFFIX)
    _refuse_large(folder, files.paths[0], files.n_frames)
    pictures, about_pictures = _masks(files.paths, str(folder))
    masks, about_masks = read_silhouettes(pictures, str(folder))
    frames = _with_black_gaps(masks, files.frames, files.n_frames)
    place = place_in_tree(folder)
    return Walk(
        walk_id=walk_id or (place.id if place else folder.name),
        silhouettes=frames,
        label=place.label if place else None,
        view=place.view if place else None,
        frame_size_px=(frames.shape[2], frames.shape[1]),
        source=str(folder),
        notes=(*files.notes, *_about_others(others), *about_pictures, *about_masks),
    )


def _about_others(names: Sequence[str]) -> tuple[str, ...]:
    """Pictures that are no PNG: frames, perhaps, that are missing now."""
    if not names:
        return ()
    several = len(names) > 1
    return (
        f"{len(names)} picture{'s' if several else ''} of {'other kinds' if several else 'another kind'} than PNG "
        f"{'were' if several else 'was'} not read: {first_few(names, 3)}; write all frames as {_SUFFIX}.",
    )


def _masks(paths: Sequence[Path], where: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The mask of each picture (T, H, W), and what a reader should know about them."""
    first = mask_plane(_decode(paths[0]), str(paths[0])).values
    dtypes: set[np.dtype[Any]] = {first.dtype}
    facts: list[PlaneFacts] = []

    def values() -> Iterator[NDArray[Any]]:
        facts.clear()
        for path in paths:
            plane = mask_plane(_decode(path), str(path))
            if plane.values.shape != first.shape:
                raise DataError(
                    f"{path}: is {_size(plane.values)} px, the first picture {paths[0].name} is {_size(first)} px; "
                    "write all frames at the size of the video, not cut to the person"
                )
            dtypes.add(plane.values.dtype)
            facts.append(plane.facts())
            yield plane.values[np.newaxis]

    masks = kept(values(), (len(paths), *first.shape), first.dtype)
    if len(dtypes) > 1:  # of 8 bits and of 16
        masks = kept(values(), masks.shape, np.result_type(*dtypes))
    blank, notes = blank_masks(facts, [path.name for path in paths], where)
    if blank.any():
        shown = np.where(blank, 0, 1).astype(masks.dtype).reshape(-1, 1, 1, 1)
        masks = kept(map(np.multiply, each(masks), shown), masks.shape, masks.dtype)
    return masks, notes


def _with_black_gaps(masks: NDArray[np.uint8], frames: Sequence[int], n_frames: int) -> NDArray[np.uint8]:
    """(n_frames, H, W): the masks, each in its frame, in order; black where a frame has none."""
    if len(masks) == n_frames:
        return masks
    black = np.zeros((1, *masks.shape[1:]), masks.dtype)
    there, held = set(frames), each(masks)
    spread = (next(held)[np.newaxis] if frame in there else black for frame in range(n_frames))
    return kept(spread, (n_frames, *masks.shape[1:]), masks.dtype)


def _size(picture: NDArray[Any]) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"


def _decode(path: Path) -> NDArray[Any]:
    import cv2

    # Not cv2.imread: on Windows it cannot open paths with letters outside the system's code page.
    content = read_bytes(path, MAX_PICTURE_BYTES)
    try:
        png_size_px(content)
        picture = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except PictureHeaderError as error:
        raise DataError(f"{path}: {error}") from error
    except cv2.error:
        picture = None
    if picture is None:
        raise DataError(f"{path}: is not a readable picture; write this frame again")
    return np.asarray(picture)


def _refuse_large(folder: Path, first: Path, n_frames: int) -> None:
    """Before a picture is decoded: how much all frames take, at the size of the first, gaps included."""
    try:
        width, height = png_size_px(read_bytes(first, MAX_PICTURE_BYTES))
    except PictureHeaderError as error:
        raise DataError(f"{first}: {error}") from error
    if n_frames > MAX_FRAMES or n_frames * width * height > MAX_WALK_BYTES:
        raise DataError(
            f"{folder}: {n_frames:,} pictures of {width} x {height} px are more than the {MAX_WALK_BYTES:,} pixels "
            "that a walk may take. Give a part of them, or smaller pictures"
        )
