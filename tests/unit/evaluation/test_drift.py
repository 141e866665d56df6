"""Drift of a programme: planted shifts are found, nothing where nothing moved, and the intervals are Newcombe's."""

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from scoliogait.errors import DataError
from scoliogait.evaluation.drift import LEVEL, shifts, shifts_between
from scoliogait.evaluation.site_tally import CONFIDENCE, FIGURES, MIN_INPUTS, REFUSED, Tally
from scoliogait.labels import CLASS_NAMES


def drawn(generator: np.random.Generator, n: int, refused: float = 0.1, sharpness: float = 1.0) -> Tally:
    """Results of one site; sharpness: how sure the model is."""
    tally = Tally()
    scores = np.exp(sharpness * generator.normal(size=(n, 3)))
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).tolist()
    chances = generator.random((n, 2)).tolist()
    for (refusal, other), values in zip(chances, probabilities, strict=True):
        if refusal < refused:
            tally.add("not usable" if other < 0.5 else "unreadable", None)
        else:
            outcome = "inconclusive" if other < 0.2 else "screened"
            tally.add(outcome, dict(zip(CLASS_NAMES, values, strict=True)))
    return tally


def test_what_is_counted() -> None:
    tally = Tally()
    tally.add("screened", {"negative": 0.7, "neutral": 0.2, "positive": 0.1})
    tally.add("inconclusive", {"negative": 0.3, "neutral": 0.3, "positive": 0.4})
    tally.add("not usable", None)
    tally.add("unreadable", None)
    assert [tally.counted(figure) for figure in FIGURES[:-1]] == [(2, 4), (1, 2), (1, 2), (0, 2), (1, 2)]
    found = shifts(tally, None, 1)
    assert found[CONFIDENCE].value == pytest.approx(0.55)
    assert found[REFUSED].to_dict()["difference"] is None
    assert all(shift.moved is None for shift in found.values())


def test_an_input_with_a_doubt_counts_as_refused_only_without_probabilities() -> None:
    tally = Tally()
    tally.add("inconclusive", None)
    assert tally.counted(REFUSED) == (1, 1)


def test_intervals_are_newcombes() -> None:
    generator = np.random.default_rng(3)
    one, other = drawn(generator, 211, refused=0.31), drawn(generator, 340, refused=0.12)
    found = shifts(one, other, 4)
    alpha = (1 - LEVEL) / (4 * len(FIGURES))
    for figure in FIGURES[:-1]:
        expected = confint_proportions_2indep(
            *one.counted(figure), *other.counted(figure), method="newcomb", compare="diff", alpha=alpha
        )
        assert found[figure].difference_interval == pytest.approx(expected, abs=1e-9)
    assert found[REFUSED].moved


def test_confidence_has_the_error_of_the_mean() -> None:
    generator = np.random.default_rng(5)
    values = generator.uniform(0.4, 0.9, size=150)
    tally = Tally()
    for value in values:
        rest = (1 - value) / 2
        tally.add("screened", {"negative": float(value), "neutral": rest, "positive": rest})
    found = shifts(tally, None, 1)[CONFIDENCE]
    half = 1.959963984540054 * values.std(ddof=1) / np.sqrt(len(values))
    assert found.interval == pytest.approx((values.mean() - half, values.mean() + half))


def test_nothing_is_found_where_nothing_moved() -> None:
    """Of 400 programmes of five alike sites at most 5 % show anything moved (34 is the binomial bound, p < 0.001)."""
    generator = np.random.default_rng(7)
    shown = 0
    for _ in range(400):
        found = shifts_between({str(k): drawn(generator, 60) for k in range(5)})
        shown += any(shift.moved for one in found.values() for shift in one.values())
    assert shown <= 34


def test_planted_shifts_are_found() -> None:
    generator = np.random.default_rng(11)
    others = drawn(generator, 2000)
    darker, unsure = drawn(generator, 300, refused=0.3), drawn(generator, 300, sharpness=0.5)
    assert shifts(darker, others, 5)[REFUSED].moved
    assert not shifts(darker, others, 5)[CONFIDENCE].moved
    assert shifts(unsure, others, 5)[CONFIDENCE].moved
    assert not shifts(unsure, others, 5)[REFUSED].moved


def test_a_bad_site_does_not_make_the_good_ones_unlike_the_others() -> None:
    generator = np.random.default_rng(19)
    sites = {"good": drawn(generator, 200), "bad": drawn(generator, 400, refused=0.4), "fine": drawn(generator, 200)}
    found = shifts_between(sites)
    assert [found[name][REFUSED].moved for name in ("good", "bad", "fine")] == [False, True, False]
    assert found["bad"][REFUSED].difference == pytest.approx(
        found["bad"][REFUSED].value - (sites["good"].refused + sites["fine"].refused) / 400
    )


def test_of_two_sites_that_differ_either_may_be_the_cause() -> None:
    generator = np.random.default_rng(23)
    found = shifts_between({"a": drawn(generator, 200), "b": drawn(generator, 200, refused=0.5)})
    assert found["a"][REFUSED].moved
    assert found["b"][REFUSED].moved


def test_few_inputs_are_shown_and_not_judged() -> None:
    generator = np.random.default_rng(13)
    few = drawn(generator, MIN_INPUTS - 1, refused=0.9)
    found = shifts(few, drawn(generator, 500), 2)
    assert found[REFUSED].difference is not None
    assert {shift.moved for shift in found.values()} == {None}


def test_a_site_without_any_answer_is_judged_by_its_refusals() -> None:
    dark = Tally()
    for _ in range(50):
        dark.add("not usable", None)
    found = shifts(dark, drawn(np.random.default_rng(17), 500), 2)
    assert found[REFUSED].moved
    assert found[CONFIDENCE].moved is None
    assert found[CONFIDENCE].to_dict()["value"] is None


def test_a_count_that_cannot_be_is_refused() -> None:
    with pytest.raises(DataError, match="n_sites is 0; expected at least 1"):
        shifts(Tally(), None, 0)
