"""HDF5 files of pose estimators: SLEAP's and DeepLabCut's, told apart by what lies in them (extra ``formats``)."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.io.dlc_hdf5 import table_group, table_recording
from scoliogait.io.hdf5_nodes import open_hdf5
from scoliogait.io.sleap_hdf5 import analysis_recording, project_recording
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.walk import Walk

# Beside what ``open_hdf5`` expects of anything damaged.
_DAMAGED_PICKLE = (pickle.UnpicklingError, EOFError, AttributeError)


def read_hdf5(
    path: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read SLEAP's or DeepLabCut's file as the walk of its walker (see ``walk_of_people``); joints by their names.

    Raises DataError naming the file when it is damaged or of neither, when ``h5py`` is not installed, and as
    ``walk_of_people`` does.
    """
    path = Path(path)
    return walk_of_people(hdf5_recording(path), path, walk_id, person, layout)


def hdf5_recording(path: Path) -> Recording:
    """Everybody in such a file."""
    with open_hdf5(path) as file:
        return _recording(file, path)


def _recording(file: Any, path: Path) -> Recording:
    if "tracks" in file and "node_names" in file:
        return analysis_recording(file, path)
    if "instances" in file and "frames" in file:
        return project_recording(file, path)
    group = table_group(file)
    if group is None:
        raise DataError(
            f"{path}: holds {', '.join(list(file)[:8]) or 'nothing'}; expected a SLEAP project, a SLEAP analysis or a "
            "DeepLabCut table"
        )
    try:
        return table_recording(group, path)
    except _DAMAGED_PICKLE as error:
        raise DataError(f"{path}: the names of its columns cannot be read ({error}); save the table again") from error
