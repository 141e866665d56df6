"""Measured postures in words: the same on the command line, in a notebook and in the text of a result."""

from __future__ import annotations

from scoliogait.measurement.posture import Measurement, PairPosture, Posture, RollMeasurement

_SIGNS = "asymmetries: + is the walker's left side higher, or towards the walker's left; ± 95 % interval "
_DETECTABLE = "(minimal detectable change)"
_WITHOUT_INTERVAL = "too few strides were seen to say how far a value may be off"


def asymmetry_note(posture: Posture) -> str:
    """What stands above the values: their signs and intervals, and why some have none."""
    return _SIGNS + _DETECTABLE + (f"; without ±, {_WITHOUT_INTERVAL}" if posture.lacks_intervals else "")


def measured_words(measured: Measurement | None, unit: str = "") -> str:
    """Such as ``+0.41 ± 0.12 (0.25)``: value, half of the 95 % interval, MDC95; a dash where nothing was measured."""
    if measured is None:
        return "–"
    if measured.interval is None or measured.mdc95 is None:
        return f"{measured.value:+.2f}{unit}"
    half = measured.interval[1] - measured.value
    return f"{measured.value:+.2f} ± {half:.2f}{unit} ({measured.mdc95:.2f})"


def posture_rows(posture: Posture) -> list[tuple[str, str]]:
    """A name and words for each pair, and for what concerns the whole person."""
    pairs = [(pair, ", ".join(_pair_words(own))) for pair, own in posture.items()]
    return pairs + _whole_rows(posture)


def whole_posture_lines(posture: Posture) -> list[str]:
    """Camera roll and shoulder tilt less hip tilt, a line each; empty where neither was measured."""
    return [f"{name}: {words}" for name, words in _whole_rows(posture)]


def _whole_rows(posture: Posture) -> list[tuple[str, str]]:
    rows = []
    if posture.camera_roll_deg is not None:
        rows.append(("camera roll", roll_words(posture.camera_roll_deg)))
    if posture.shoulders_minus_hips_deg is not None:
        rows.append(("shoulder less hip tilt", measured_words(posture.shoulders_minus_hips_deg, " deg")))
    return rows


def roll_words(roll: RollMeasurement) -> str:
    """Such as ``+7.6 ± 1.4 deg, taken out of every value``, and what it rests on."""
    half = roll.interval[1] - roll.value
    one_side = "seen from one side, where a lean of the whole body looks the same"
    basis = "seen from front and back" if roll.from_both_directions else one_side
    return f"{roll.value:+.1f} ± {half:.1f} deg, taken out of every value; {basis}"


def _pair_words(posture: PairPosture) -> list[str]:
    return [
        f"height difference {measured_words(posture.height_difference_percent, ' %')}",
        f"tilt {measured_words(posture.tilt_deg, ' deg')}",
        f"midline offset {measured_words(posture.midline_offset_percent, ' %')}",
    ]
