"""Arrays into a ``.npz`` archive, as ``numpy.savez_compressed`` writes it, but long ones some frames at a time."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import IO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import ArrayLike

from scoliogait.long_frames import in_pieces


def write_npz(stream: IO[bytes], arrays: Mapping[str, ArrayLike]) -> None:
    """Packed, without pickles: an array of Python objects is a ValueError."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, values in arrays.items():
            array = np.asanyarray(values)
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                if array.ndim and array.flags.c_contiguous and not array.dtype.hasobject:
                    npy.write_array_header_1_0(member, npy.header_data_from_array_1_0(array))
                    for frames in in_pieces(array):
                        member.write(frames.tobytes())
                else:
                    npy.write_array(member, array, allow_pickle=False)
