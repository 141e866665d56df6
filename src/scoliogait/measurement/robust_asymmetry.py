"""The robust Postural Asymmetry Vector: the same 8 x 3 entries as the literal one, signed, each with a standard error.

What differs from ``asymmetry.py``, and why:

- Values are signed in the walker's own frame, and averaged before the magnitude is taken. The mean of ``abs(x)`` that
  the literal form takes is mostly the size of the movement and of the keypoint noise.
- The view does not matter: towards the camera and away from it, the same body gives the same values. Both directions
  count alike where both were walked, which cancels all that turns round with the walker: camera roll, the perspective
  of a rotated trunk, and the part of the keypoint errors that turns too.
- Only whole strides count. Turns, frames with exchanged sides and outliers do not. A frame that is missing in the
  middle of a step does not shift the mean, as the regular movement is taken out first.
- The midline is measured from the body's own vertical axis, through the mean of the middles of shoulders, hips and
  ankles. No pair lies on it by construction, and six joints carry less noise than two hips.
- The tilt is that of the mean line of a stride. The tilt of a single frame is noise where a pair is narrow, as ankles.

This is the form for models. ``posture.py`` gives the same values to people, in their units and with their intervals.
What a frame and a stride measure is in ``pass_strides.py``, means and errors over strides in ``stride_statistics.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.measurement.body import Mask
from scoliogait.measurement.camera_roll import find_camera_roll
from scoliogait.measurement.pass_strides import look_at, measure_strides
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_statistics import combine_strides
from scoliogait.walk import check_poses


@dataclass(frozen=True, eq=False)
class RobustAsymmetry:
    """Signed asymmetries of one walk; rows as PAIR_NAMES, columns as PAV_METRICS.

    values: float32 (8, 3). vertical: positive when the left joint is higher, in 1/128 of the body's height; midline:
        positive when the pair lies to the walker's left of the body's axis, same unit; angular: positive when the left
        joint is higher, rad, -pi/2..pi/2. 0 where nothing was measured, as in the literal form: a model needs a number,
        and 0 is the mean of all people. As a magnitude 0 is "perfectly even": ``measured`` shows the difference.
    measured: bool (8, 3). False where the value is 0 because the pair was not seen.
    standard_errors: float32 (8, 3), units as the values: the spread of the strides, constant keypoint errors, what is
        unknown of the camera roll, and perspective (see ``stride_statistics.py``). NaN where not measured or with fewer
        than three strides: frames of one stride follow each other and are no independent looks.
    half_widths: float32 (8, 3): half of the 95 % interval, by the t quantile that belongs to the error.
    n_frames, n_strides: clear frames inside the whole strides used, and those strides. Where no stride is found each
        stretch of clear frames counts as a whole, and n_strides is 0.
    camera_roll, camera_roll_error: rad, positive when the picture's content is turned clockwise.
    """

    values: NDArray[np.float32]
    standard_errors: NDArray[np.float32]
    half_widths: NDArray[np.float32]
    measured: Mask
    n_frames: int
    n_strides: int
    camera_roll: float
    camera_roll_error: float

    @property
    def magnitudes(self) -> NDArray[np.float32]:
        """abs(values), float32 (8, 3): what a model gets; the same for a walk and its mirror image.

        Near 0 a magnitude is too large: the error of a value cannot cancel once its sign is gone. A perfectly even pair
        has a mean magnitude of 0.8 standard errors. It is not corrected, as a correction adds noise elsewhere.
        """
        return np.abs(self.values)


def robust_asymmetry(poses: ArrayLike, frame_rate_hz: float | None = None) -> RobustAsymmetry:
    """The robust PAV of poses (T, 17, 3) = x px, y px, confidence; a joint below confidence 0.3 is not seen.

    frame_rate_hz narrows the search for the stride; None where unknown. A walk without a frame from the front or back
    gives zeros, nothing measured. Raises DataError for a wrong shape, no frame, NaN or confidences outside 0..2.

    Source: own design. The entries are those of the DRF paper in UMGRL's public reading (``asymmetry.py``).
    """
    checked = check_poses(poses, "poses")
    look = look_at(checked, find_strides(checked, frame_rate_hz).stride_frames)
    roll = find_camera_roll([look.angles])
    strides = measure_strides(look, roll.angle)
    found = combine_strides(strides, roll.error, roll.freedom)
    measured = np.isfinite(found.values)
    return RobustAsymmetry(
        values=np.where(measured, found.values, 0.0).astype(np.float32),
        standard_errors=found.standard_errors.astype(np.float32),
        half_widths=found.half_widths.astype(np.float32),
        measured=measured,
        n_frames=strides.n_frames,
        n_strides=len(look.windows.sides) if look.stride_frames is not None else 0,
        camera_roll=roll.angle,
        camera_roll_error=roll.error,
    )
