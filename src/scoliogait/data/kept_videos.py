"""Walks that were read from videos, kept beside the store that they are for until it is written.

A video takes minutes; an import that was killed or refused goes on where it was. Each lies in a store of its own in
``.NAME.videos``, as exactly as in the store itself, and counts only for the same file, by its place, size and time of
change, looked at in the same way by the same program. Who may write there may write the store too.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import scoliogait
from scoliogait.data.kept_problems import digest_of_source
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.io.backend_names import Backend
from scoliogait.walk import Walk


class KeptVideos:
    """For one store. n_kept: videos that were read before or now."""

    def __init__(self, out: str | Path) -> None:
        self.folder = Path(out).with_name(f".{Path(out).name}.videos")
        self.n_kept = 0

    def read(self, video: Path, looks: Backend, read: Callable[[Path], Walk]) -> Walk:
        """The walk of a video: as it was kept, else by ``read``, and kept then where that can be written."""
        kept = self.folder / _key(video, looks)
        with suppress(DataError, OSError):
            walk = WalkStore.open(kept).walk(0)
            self.n_kept += 1
            return walk
        walk = read(video)
        with suppress(DataError):
            write_store(kept, [walk], {}, overwrite=True)
            self.n_kept += 1
        return walk

    def remove(self) -> None:
        """The store is written: nothing of this is needed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _key(video: Path, looks: Backend) -> str:
    facts = video.stat()
    program = digest_of_source(Path(scoliogait.__file__).parent)
    conditions = [str(video.resolve()), str(video), facts.st_size, facts.st_mtime_ns, looks.identity, program]
    return hashlib.sha256(json.dumps(conditions).encode("utf-8", "surrogatepass")).hexdigest()[:32]
