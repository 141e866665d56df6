"""The asymmetries of a walker's posture as signed, readable numbers, each with its error and what it could detect.

This is for people to read; models get a Postural Asymmetry Vector instead. The values are those of the robust form
(``robust_asymmetry.py``) in other units, every one independent of the walking direction:

- height difference, in % of the body's height in the picture: positive when the walker's left side is higher;
- tilt of the line through the pair, in degrees from the horizontal: positive when the left side is higher;
- midline offset: how far the middle of the pair lies from the body's axis (the mean of the middles of shoulders, hips
  and ankles), in % of the body's height, positive towards the walker's left.

What shoulders, hips and the axis of the body lean together is reported as the roll of the camera and taken out of
them. Seen from one direction only, a person who leans as a whole cannot be told from a rolled camera: the roll then
rests on an assumption (``camera_roll.py``), and what is unknown of it is part of each error. Shoulder tilt less hip
tilt is free of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import FIGURE_HEIGHT, Poses
from scoliogait.measurement.camera_roll import CameraRoll, find_camera_roll
from scoliogait.measurement.pass_strides import Look, look_at, measure_strides
from scoliogait.measurement.stride_statistics import Combined, combine_strides, joined, two_sided_t
from scoliogait.measurement.walk_to_walk import WALK_TO_WALK_TABLE
from scoliogait.skeleton import PAIR_NAMES

_MIN_FRAMES = 5
# From 1/128 of the height, the same, and rad to %, % and degrees: heights, midlines, tilts.
_HEIGHT, _MIDLINE, _TILT = range(3)
_UNITS = np.array([100 / FIGURE_HEIGHT, 100 / FIGURE_HEIGHT, np.rad2deg(1.0)])
_SHOULDERS, _HIPS = PAIR_NAMES.index("shoulders"), PAIR_NAMES.index("hips")
# Two measurements differ by more than this many standard deviations of one by chance in 5 % of cases.
_CHANGE = float(np.sqrt(2.0) * 1.959963984540054)


@dataclass(frozen=True)
class Measurement:
    """A signed value with what is known of its error; None in each field that fewer than three strides leave unknown.

    interval: low and high, 95 %, of the true value of this walk. standard_error: of the value, from a statistical_error
    (the strides differ) and a systematic_error (constant keypoint errors, camera roll, perspective), which more strides
    do not reduce. sd_of_pass: standard deviation of the value over repeated recordings like this one, the person's own
    change from walk to walk included. mdc95 = 1.96 * sqrt(2) * sd_of_pass: the minimal detectable change; two such
    recordings of an unchanged person differ by less in 95 % of cases (Weir, J Strength Cond Res 19:231, 2005).
    n_strides: strides behind the value; 0 where none was found and the clear frames were taken together.
    """

    value: float
    interval: tuple[float, float] | None
    standard_error: float | None
    statistical_error: float | None
    systematic_error: float | None
    sd_of_pass: float | None
    mdc95: float | None
    n_strides: int


@dataclass(frozen=True)
class PairPosture:
    """Asymmetry of one left/right pair; None where the pair was not seen well enough."""

    height_difference_percent: Measurement | None
    tilt_deg: Measurement | None
    midline_offset_percent: Measurement | None


@dataclass(frozen=True)
class RollMeasurement:
    """How far the camera, or the whole person, is turned in the picture: degrees, positive clockwise as seen.

    interval: 95 %. from_both_directions: whether front and back strides separated the roll from the person's lean; if
    not, the value rests on an assumption.
    """

    value: float
    interval: tuple[float, float]
    from_both_directions: bool


@dataclass(frozen=True, eq=False)
class Posture(Mapping[str, PairPosture]):
    """All of a person's posture: pairs by name, in the order of ``PAIR_NAMES``; a Mapping of them.

    camera_roll_deg: None where no stride shows the body's axis. shoulders_minus_hips_deg: shoulder tilt less hip tilt,
    which no roll changes; None unless both were measured. n_passes: recordings behind it.
    """

    pairs: Mapping[str, PairPosture]
    camera_roll_deg: RollMeasurement | None
    shoulders_minus_hips_deg: Measurement | None
    n_passes: int = 1

    @property
    def lacks_intervals(self) -> bool:
        """Whether a value of a pair was measured in too few strides to say how far it may be off."""
        values = (value for pair in self.pairs.values() for value in vars(pair).values())
        return any(value is not None and value.interval is None for value in values)

    def __getitem__(self, pair: str) -> PairPosture:
        return self.pairs[pair]

    def __iter__(self) -> Iterator[str]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: ``asymmetry`` by pair, and beside it what concerns the whole person."""
        roll, difference = self.camera_roll_deg, self.shoulders_minus_hips_deg
        return {
            "asymmetry": {pair: asdict(posture) for pair, posture in self.items()},
            "camera_roll_deg": None if roll is None else asdict(roll),
            "shoulders_minus_hips_deg": None if difference is None else asdict(difference),
        }


NO_POSTURE = Posture(MappingProxyType({}), None, None, 0)


def measure_posture(
    poses: Poses, stride_frames: float | None = None, mirror_difference: NDArray[np.float32] | None = None
) -> Posture:
    """Signed asymmetries of poses (T, 17, 3).

    stride_frames: frames of a stride, from ``find_strides``; the means then cover whole strides. Only frames with a
    confident pair and a clear front or back view take part. Without strides each stretch of such frames counts as a
    whole, and no error is known. mirror_difference: (8, 2) as in ``Walk``; it widens intervals where it says more than
    the poses do.
    """
    return posture_of([look_at(poses, stride_frames, mirror_difference)])


def posture_of(looks: Sequence[Look]) -> Posture:
    """Of one person's passes before one camera, at least one: all their strides together, at one roll.

    Systematic errors are taken to be the same in every pass, so that more passes do not reduce them; two directions do.
    """
    roll = find_camera_roll([look.angles for look in looks])
    measured = [measure_strides(look, roll.angle) for look in looks]
    strides = joined(measured)
    found = combine_strides(strides, roll.error, roll.freedom)
    counted = (
        found.n_strides if any(look.stride_frames is not None for look in looks) else np.zeros_like(found.n_strides)
    )
    errors = _Errors(found, counted, len(looks))
    pairs = {}
    for row, name in enumerate(PAIR_NAMES):
        heights, midlines, tilts = (errors.measurement(row, column) for column in (_HEIGHT, _MIDLINE, _TILT))
        few = strides.n_frames < _MIN_FRAMES
        pairs[name] = PairPosture(None, None, None) if few else PairPosture(heights, tilts, midlines)
    return Posture(pairs, _roll_measurement(roll), errors.shoulders_minus_hips(), len(looks))


@dataclass(frozen=True, eq=False)
class _Errors:
    """What turns the entries of a walk into measurements; counted (8, 3): strides, 0 where none was found."""

    found: Combined
    counted: NDArray[np.int64]
    n_passes: int

    def measurement(self, row: int, column: int) -> Measurement | None:
        place, unit = (row, column), _UNITS[column]
        found = self.found
        return self._measurement(
            found.values[place] * unit,
            found.statistical[place] * unit,
            found.systematic[place] * unit,
            found.freedom[place],
            float(WALK_TO_WALK_TABLE[place]),
            int(self.counted[place]),
        )

    def shoulders_minus_hips(self) -> Measurement | None:
        found, both = self.found, ([_SHOULDERS, _HIPS], _TILT)
        unit = _UNITS[_TILT]
        free_of_roll = np.hypot(found.keypoint[both], found.perspective[both])
        return self._measurement(
            float(found.values[_SHOULDERS, _TILT] - found.values[_HIPS, _TILT]) * unit,
            float(np.hypot(*found.statistical[both])) * unit,
            float(np.hypot(*free_of_roll)) * unit,
            float(found.freedom_without_roll[both].min()),
            float(np.hypot(*WALK_TO_WALK_TABLE[both])),
            int(self.counted[both].min()),
        )

    def _measurement(
        self, value: float, statistical: float, systematic: float, freedom: float, walk_to_walk: float, n_strides: int
    ) -> Measurement | None:
        if not np.isfinite(value):
            return None
        if not np.isfinite(statistical) or not np.isfinite(systematic) or n_strides == 0:
            return Measurement(float(value), None, None, None, None, None, None, n_strides)
        error = float(np.hypot(statistical, systematic))
        half = error * two_sided_t(freedom)
        sd = float(np.hypot(error, walk_to_walk / np.sqrt(self.n_passes)))
        return Measurement(
            value=float(value),
            interval=(float(value - half), float(value + half)),
            standard_error=error,
            statistical_error=float(statistical),
            systematic_error=float(systematic),
            sd_of_pass=sd,
            mdc95=_CHANGE * sd,
            n_strides=n_strides,
        )


def _roll_measurement(roll: CameraRoll) -> RollMeasurement | None:
    if roll.seen_sides == 0:
        return None
    value, half = float(np.rad2deg(roll.angle)), float(np.rad2deg(roll.half_width))
    return RollMeasurement(value, (value - half, value + half), roll.seen_sides == 2)
