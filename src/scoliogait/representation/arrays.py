"""From a walk to what an exported model is called with: as ``model_input.py`` gives it, in numpy and without torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import ModelError
from scoliogait.long_frames import give_back
from scoliogait.representation.contract import InputContract
from scoliogait.representation.coordinate_arrays import coordinates_of
from scoliogait.representation.kinds import WALK_VALUES
from scoliogait.representation.map_arrays import draw_maps
from scoliogait.walk import Walk

Inputs = dict[str, NDArray[np.float32]]


def model_arrays(contract: InputContract, walk: Walk) -> Inputs:
    """What ``InputContract.model_input`` gives of a walk, as arrays: frames (T, C, H, W), poses (T, 17, 3), and of the
    whole walk pav (1, 8, 3) and outline (1, 12), as needed. Raises what it raises.
    """
    source = contract.source_frames(walk, contract.max_frames)
    values = contract.walk_values(walk)
    if walk.poses is not None:
        give_back(walk.poses)  # pictures and the engine take memory of their own
    inputs: Inputs = {}
    channels = []
    if "silhouettes" in source:
        channels.append(source["silhouettes"][:, np.newaxis])
    if "skeleton_maps" in source:
        channels.append(source["skeleton_maps"])
    if contract.skeleton_map is not None:
        channels.append(draw_maps(source["poses"], contract.skeleton_map))
    if channels:
        cut = slice(contract.cut_px, contract.size_px - contract.cut_px)
        pictures = np.concatenate([channel[..., cut] for channel in channels], axis=1)
        inputs["frames"] = pictures.astype(np.float32)
        inputs["frames"] /= np.float32(255)
    if contract.coordinates is not None:
        inputs["poses"] = coordinates_of(source["poses"], contract.coordinates)
    return inputs | {name: value[np.newaxis].astype(np.float32) for name, value in values.items()}


def check_inputs(inputs: Mapping[str, NDArray[np.floating]]) -> None:
    """Raises ModelError naming the input that holds NaN or infinite values, and the first frame of them.

    A network need not pass them on: engines for exported models give plausible numbers for a lost pixel.
    """
    for name, values in inputs.items():
        finite = np.isfinite(values)
        if not finite.all():
            place = "" if name in WALK_VALUES else f" in frame {int(np.argwhere(~finite)[0, 0])}"
            raise ModelError(f"model input: {name} hold NaN or infinite values{place}; expected finite numbers")
