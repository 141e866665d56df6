"""Do the passes of a session belong together? Who walks, whether the camera stood still, whether the values agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import NormalDist

import numpy as np

from scoliogait.measurement.apparent_height import MAX_DIFFERENCE, ApparentHeight, difference_of_heights
from scoliogait.measurement.pass_strides import Look
from scoliogait.measurement.posture import Measurement, Posture
from scoliogait.measurement.proportions import Proportions, excess_of_difference

# Seen from one side the axis of simulated people differs by 0.6 degrees (standard deviation) from pass to pass, with
# keypoint errors and another camera each time; that of captured people, who are measured exactly, by 0.2.
MAX_AXIS_CHANGE_DEG = 2.5
# Chance that any value of an unchanged person is called a disagreement.
_FALSE_ALARM = 0.05
# Arms and legs move differently from walk to walk for many reasons.
_STEADY_PAIRS = ("eyes", "ears", "shoulders", "hips")
_KINDS = {
    "height_difference_percent": ("height difference", "%"),
    "midline_offset_percent": ("midline offset", "%"),
}


def unlike_passes(people: Sequence[Proportions]) -> tuple[int, int] | None:
    """The two passes, counted from 0, whose limbs hardly belong to one person; None where all may be of one.

    With more passes there are more pairs that may differ by chance, so the limit rises with their number.
    """
    pairs = list(combinations(range(len(people)), 2))
    if not pairs:
        return None
    excesses = [excess_of_difference(people[first], people[second]) for first, second in pairs]
    worst = int(np.argmax(excesses))
    # The squared distance of normal values that one in n exceeds grows by about 2 log n.
    return pairs[worst] if excesses[worst] > 1.0 + 0.1 * np.log(len(pairs)) else None


def unlike_heights(heights: Sequence[ApparentHeight | None]) -> tuple[int, int, float] | None:
    """The two passes, counted from 0, whose bodies differ most in height at one place, and the logarithm of the ratio.

    None where all differ by less than one person does before a camera that stands still.
    """
    worst: tuple[int, int, float] | None = None
    for (first, one), (second, other) in combinations(enumerate(heights), 2):
        found = None if one is None or other is None else difference_of_heights(one, other)
        if found is not None and abs(found) > (MAX_DIFFERENCE if worst is None else abs(worst[2])):
            worst = (first, second, found)
    return worst


def pass_disagreements(postures: Sequence[Posture], looks: Sequence[Look]) -> tuple[str, ...]:
    """What speaks against averaging these passes of one person, one sentence each."""
    return (*_moved_camera(looks), *_differing_values(postures))


def _moved_camera(looks: Sequence[Look]) -> Iterator[str]:
    for side, word in ((1.0, "front"), (-1.0, "back")):
        angles = {
            number: float(np.rad2deg(np.mean(look.angles.angles[look.angles.sides == side])))
            for number, look in enumerate(looks, start=1)
            if (look.angles.sides == side).any()
        }
        if len(angles) < 2:
            continue
        low, high = min(angles, key=angles.__getitem__), max(angles, key=angles.__getitem__)
        if angles[high] - angles[low] > MAX_AXIS_CHANGE_DEG:
            yield (
                f"Seen from the {word} the body's axis leans {angles[high] - angles[low]:.1f} degrees further in pass "
                f"{high} than in pass {low}: the camera was moved, or the person stood differently."
            )


def _differing_values(postures: Sequence[Posture]) -> Iterator[str]:
    entries = [(pair, kind) for pair in _STEADY_PAIRS for kind in _KINDS]
    n_tests = len(entries) * len(postures) * (len(postures) - 1) // 2
    limit = NormalDist().inv_cdf(1 - _FALSE_ALARM / (2 * max(n_tests, 1)))
    for pair, kind in entries:
        distance, one, other = _largest_difference([getattr(posture[pair], kind) for posture in postures])
        if distance > limit:
            name, unit = _KINDS[kind]
            first, second = (f"{measured.value:+.1f} {unit} in pass {number}" for number, measured in (one, other))
            yield (
                f"The passes disagree: {name} of the {pair} is {first} and {second}, more than passes of one person do."
            )


_Numbered = tuple[int, Measurement]


def _largest_difference(measured: Sequence[Measurement | None]) -> tuple[float, _Numbered, _Numbered]:
    """The two passes, counted from 1, that differ most, and by how many standard deviations; 0 with fewer than two."""
    known = [(number, one) for number, one in enumerate(measured, 1) if one is not None and one.sd_of_pass]
    nothing = (0, Measurement(0.0, None, None, None, None, None, None, 0))
    pairs = [(_distance(one, other), one, other) for one, other in combinations(known, 2)]
    return max(pairs, key=lambda found: found[0], default=(0.0, nothing, nothing))


def _distance(one: _Numbered, other: _Numbered) -> float:
    spread = np.hypot(one[1].sd_of_pass or 0.0, other[1].sd_of_pass or 0.0)
    return abs(one[1].value - other[1].value) / float(spread)
