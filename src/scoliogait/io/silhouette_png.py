"""Folders of silhouette pictures, one PNG a frame, as segmenters write them and OpenGait's pretreatment reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.tree_path import place_in_tree
from scoliogait.walk import Walk


def read_silhouette_folder(folder: str | Path, walk_id: str | None = None) -> Walk:
    """Read all ``*.png`` of a folder as the unaligned silhouettes of one walk.

    The frames come in the order of their names as text, like the original: ``10.png`` is before ``2.png``, so names
    need leading zeros. Colour pictures are turned to grey. Id, class and view come from the path where it is
    ``<id>/<class>/<view>``. Raises DataError naming the picture that cannot be decoded or has another size.
    """
    folder = Path(folder)
    paths = sorted(folder.glob("*.png"), key=lambda p: p.name)
    if not paths:
        raise DataError(f"{folder}: holds no .png file; expected one silhouette picture a frame")
    frames = [_read_gray(path) for path in paths]
    for path, frame in zip(paths, frames, strict=True):
        if frame.shape != frames[0].shape:
            raise DataError(
                f"{path}: is {frame.shape[1]}x{frame.shape[0]} px, the first picture {paths[0].name} is "
                f"{frames[0].shape[1]}x{frames[0].shape[0]} px; write all frames at the size of the video"
            )
    place = place_in_tree(folder)
    return Walk(
        walk_id=walk_id or (place.id if place else folder.name),
        silhouettes=np.stack(frames),
        label=place.label if place else None,
        view=place.view if place else None,
        frame_size_px=(frames[0].shape[1], frames[0].shape[0]),
        source=str(folder),
    )


def _read_gray(path: Path) -> NDArray[np.uint8]:
    import cv2

    try:
        # Not cv2.imread: on Windows it cannot open paths with letters outside the system's code page.
        content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error
    picture = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE) if content.size else None
    if picture is None:
        raise DataError(f"{path}: is not a readable picture; write this frame again")
    return np.asarray(picture, dtype=np.uint8)
