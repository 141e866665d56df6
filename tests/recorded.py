"""The recordings in ``tests/recordings``: numbers measured from other software, and walks of real people."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from scoliogait.samples import sample_paths

FOLDER = Path(__file__).parent / "recordings"


class MissingRecordingError(FileNotFoundError):
    """A file of ``tests/recordings`` is not there."""


def recording(name: str) -> Path:
    """The file of this name under ``tests/recordings``."""
    path = FOLDER / name
    if not path.is_file():
        raise MissingRecordingError(
            f"tests/recordings/{name} is missing: a clone has it, and tests/recordings/README.md says what it is"
        )
    return path


def recorded_arrays(name: str) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` recording."""
    with np.load(recording(name), allow_pickle=False) as archive:
        return dict(archive)


def recorded_facts(name: str) -> Any:
    """What a ``.json`` recording says."""
    return json.loads(recording(name).read_text(encoding="utf-8"))


def sample_path(name: str) -> Path:
    """The sample walk of the package that has this name."""
    (path,) = (path for path in sample_paths() if path.stem == name)
    return path
