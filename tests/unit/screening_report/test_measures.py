"""The lines of asymmetries: which are shown, and when a value is beyond what the measurement can get wrong."""

import pytest

from report_results import result, unsure
from scoliogait.screening_report.measures import ORDER, measured_values, reading_of


@pytest.mark.parametrize(
    ("interval", "reading"),
    [
        ((0.1, 2.0), "beyond_error"),
        ((-2.0, -0.1), "beyond_error"),
        ((0.0, 2.0), "within_error"),
        ((-2.0, 0.0), "within_error"),
        ((-1.0, 1.0), "within_error"),
        (None, "not_judged"),
    ],
)
def test_a_reading_asks_whether_the_interval_leaves_zero_out(
    interval: tuple[float, float] | None, reading: str
) -> None:
    assert reading_of(interval) == reading


def test_steady_pairs_are_shown_in_one_order() -> None:
    assert tuple(one.measure for one in measured_values(result())) == ORDER


def test_a_value_of_too_few_strides_is_not_judged() -> None:
    entry = result(shoulders_minus_hips_deg=unsure(7.31))
    found = next(one for one in measured_values(entry) if one.measure == "shoulders_minus_hips")
    assert (found.value, found.interval, found.sd_of_pass, found.mdc95) == (7.3, None, None, None)
    assert found.reading == "not_judged"


def test_what_was_not_measured_is_left_out() -> None:
    entry = result(shoulders_minus_hips_deg=None)
    entry["asymmetry"]["hips"] = {"tilt_deg": None, "height_difference_percent": None, "midline_offset_percent": None}
    assert [one.measure for one in measured_values(entry)] == ["shoulder_tilt", "shoulder_height", "shoulder_midline"]
    assert measured_values({}) == ()
