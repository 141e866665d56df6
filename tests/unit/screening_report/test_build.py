"""A report from plain values: states, what is called, what is kept out, and what is refused."""

import json
from datetime import date

import pytest

from report_results import DIGEST, MODEL, about, measurement, metrics, quality, refused, result, session, simulated
from scoliogait.errors import DataError
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.report_file import report_json


def test_a_screened_walk_is_called_by_its_class() -> None:
    report = build_report(result(), about())
    assert (report.result.state, report.result.called) == ("screened", "positive")
    assert report.result.advice[0] == "examine"
    assert report.result.reasons == ()


@pytest.mark.parametrize("origin", ["simulated", "unknown"])
def test_a_model_without_recorded_walks_calls_nothing(origin: str) -> None:
    report = build_report(result(training_walks=origin), about(test=metrics()))
    assert report.result.called is None
    assert report.of_hundred is None
    assert report.result.advice[0] == "answer_is_not_for_people"
    assert report.asymmetries


@pytest.mark.parametrize(("word", "state"), [("screened", "screened"), ("inconclusive", "inconclusive")])
def test_both_words_of_a_result_are_read(word: str, state: str) -> None:
    assert build_report(result(outcome=word), about()).result.state == state


@pytest.mark.parametrize("word", ["not usable", "unreadable"])
def test_what_cannot_be_screened_keeps_its_word(word: str) -> None:
    report = build_report(refused("too short: 9 frames", outcome=word), about(), MODEL)
    assert report.result.state == word
    assert not report.result.has_answer
    assert ("length", "refused") in [(check.name, check.verdict) for check in report.checks]
    assert report.result.reasons[0].cause == "too_short"
    assert report.result.reasons[0].text == "too short: 9 frames"
    assert report.probabilities == report.asymmetries == ()


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(DataError, match="outcome of a result is 'fine'; expected one of"):
        build_report(result(outcome="fine"), about())


def test_a_doubtful_walk_is_called_nothing_and_gives_its_reasons() -> None:
    reasons = ["Only 1.5 strides were seen; 2 or more are wanted.", "No class reaches a probability of 0.467."]
    report = build_report(result(outcome="inconclusive", reasons=reasons), about(test=metrics()))
    assert report.result.called is None
    assert [reason.cause for reason in report.result.reasons] == ["few_strides", "unclear_answer"]
    assert report.of_hundred is None


def test_names_of_files_and_walks_are_kept_out() -> None:
    entries = [
        result(
            walk_id="anna",
            outcome="inconclusive",
            reasons=["films/somebody/anna/walk-7.npz: walk 'anna' is odd."],
            quality=quality(notes=["films/somebody/anna/walk-7.npz was cut at its turns into 2 passes."]),
        ),
        refused("side view: too narrow"),
        session(notes=["films/somebody/anna-2.npz was cut at its turns into 2 passes."]),
    ]
    for entry in entries:
        text = report_json(build_report(entry, about(), MODEL))
        assert "anna" not in text
        assert "somebody" not in text
    assert "pass 2 was cut at its turns" in text


def test_numbers_are_rounded_once_and_never_minus_zero() -> None:
    entry = result(shoulders_minus_hips_deg=measurement(-0.04, 1.26, 0.449))
    found = build_report(entry, about()).measured("shoulders_minus_hips")
    assert found is not None
    assert (str(found.value), found.interval, found.sd_of_pass) == ("0.0", (-1.3, 1.2), 0.4)


def test_all_values_of_a_report_are_finite() -> None:
    entry = result(shoulders_minus_hips_deg=measurement(float("nan"), 1.0, 1.0))
    with pytest.raises(ValueError, match="finite"):
        build_report(entry, about())


def test_the_code_of_a_report_does_not_depend_on_where_a_file_lies_or_when_it_is_made() -> None:
    one = build_report(result(), about())
    other = build_report(result(source="/elsewhere/b.npz"), about(made_at=about().made_at.replace(year=2027)))
    third = build_report(result((0.2, 0.2, 0.6)), about())
    assert one.record.code == other.record.code != third.record.code


def test_a_session_shows_the_least_good_of_its_passes() -> None:
    entry = session()
    entry["passes"][1]["quality"] = quality(n_strides=1.4)
    report = build_report(entry, about())
    strides = next(check for check in report.checks if check.name == "strides")
    assert (strides.measured, strides.verdict) == (1.4, "doubtful")
    assert [one.strides for one in report.passes] == [6.0, 1.4, 6.0]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x" * 500, "has 500 characters, at most 40"),
        ("K\x1b[2J", r"the person code 'K\\x1b\[2J' holds control characters"),
        ("K\u202e0173", "holds control characters"),
        ("   ", "is empty"),
    ],
)
def test_a_code_that_fits_no_page_is_refused(code: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        build_report(result(), about(person_code=code))
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("code", ["王小明", "אבג 12", "K-0173 <b>"])
def test_letters_of_the_world_are_kept(code: str) -> None:
    assert build_report(result(), about(person_code=code)).person_code == code


def test_a_change_is_held_against_the_error_of_both_sessions() -> None:
    entry = result(source="b", walk_id="b")
    entry["asymmetry"]["shoulders"]["tilt_deg"] = measurement(7.0, 1.5, 1.0)
    earlier = build_report(result(), about(person_code="K-1", walk_date=date(2026, 5, 1)))
    report = build_report(entry, about(person_code="K-1", earlier=earlier))
    assert report.earlier is not None
    change = next(one for one in report.earlier.changes if one.measure == "shoulder_tilt")
    assert (change.earlier, change.now, change.change) == (2.6, 7.0, 4.4)
    # SD 1.31 and 1.0: 1.96 * sqrt(1.31² + 1.0²)
    assert change.mdc95 == pytest.approx(1.96 * (1.31**2 + 1.0**2) ** 0.5, abs=0.06)
    assert change.reading == "beyond_error"
    assert report.earlier.same_model


def test_a_change_without_a_known_error_is_not_judged() -> None:
    earlier = build_report(result(), about(person_code="K-1"))
    entry = result(source="b", walk_id="b")
    entry["asymmetry"]["hips"]["tilt_deg"] |= {"interval": None, "mdc95": None, "sd_of_pass": None}
    report = build_report(entry, about(person_code="K-1", earlier=earlier))
    assert report.earlier is not None
    readings = {one.measure: one.reading for one in report.earlier.changes}
    assert readings["hip_tilt"] == "not_judged"
    assert readings["shoulder_tilt"] == "within_error"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"person_code": None}, "give --person-code"),
        ({"person_code": "K-2"}, "compare two sessions of one person"),
        ({"person_code": "K-1"}, "is of the same recording"),
        ({"person_code": "K-1", "recordings": ("cd" * 32,), "walk_date": date(2026, 1, 1)}, "later than this one"),
    ],
)
def test_an_earlier_report_that_cannot_be_compared_is_refused(now: dict, words: str) -> None:
    earlier = build_report(result(), about(person_code="K-1", walk_date=date(2026, 5, 1)))
    with pytest.raises(DataError, match=words):
        build_report(result(), about(**{"earlier": earlier, "earlier_file": "old.json"} | now))


def test_the_models_facts_are_those_that_are_stated() -> None:
    model = build_report(simulated(), about()).model
    assert model is not None
    assert (model.name, model.digest, model.training_walks) == ("school-a", DIGEST, "simulated")
    assert (model.trained_on, model.calibrated, model.test) == ("Scoliosis1K", None, None)


def test_an_entry_is_left_as_it_is() -> None:
    entry = session()
    before = json.dumps(entry)
    build_report(entry, about())
    assert json.dumps(entry) == before
