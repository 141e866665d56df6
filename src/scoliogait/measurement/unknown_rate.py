"""Would a person be seen walking at another frame rate? For recordings whose rate is unknown, or stated wrongly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.stride import find_strides

# What cameras and motion capture have, beyond the rates that an unknown rate is taken for.
PLAUSIBLE_RATES_HZ = (60.0, 100.0, 120.0, 200.0, 240.0)
# And those that an unknown rate is taken for, where another one is stated.
_USUAL_RATES_HZ = (25.0, 30.0)
# A stride of somebody who walks. Wider limits find the edge of the search instead of a stride.
_SHORTEST_STRIDE_S = 0.8
_LONGEST_STRIDE_S = 1.8


def rates_that_show_walking(poses: NDArray[np.float32], *, stated: bool = False) -> tuple[float, ...]:
    """The plausible frame rates, in Hz, at which these poses (T, 17, 3) would be those of somebody who walks.

    stated: the recording states a rate, which was tried; usual ones are tried as well then.
    """
    rates = (*_USUAL_RATES_HZ, *PLAUSIBLE_RATES_HZ) if stated else PLAUSIBLE_RATES_HZ
    return tuple(rate for rate in rates if _walks_at(poses, rate))


def _walks_at(poses: NDArray[np.float32], rate_hz: float) -> bool:
    stride_frames = find_strides(poses, rate_hz).stride_frames
    return stride_frames is not None and _SHORTEST_STRIDE_S <= stride_frames / rate_hz <= _LONGEST_STRIDE_S
