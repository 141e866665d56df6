"""A value of which nothing says how far it may be off is told from those that have an interval."""

import scoliogait as sg
from scoliogait.api.posture_words import asymmetry_note


def test_values_without_an_interval_are_named() -> None:
    few, more = (sg.screen(sg.sample(name)).asymmetry for name in ("intel_worker_back", "cmu_35_08_front"))
    assert (few.lacks_intervals, more.lacks_intervals) == (True, False)
    assert "without ±, too few strides were seen" in asymmetry_note(few)
    assert "without ±" not in asymmetry_note(more)
