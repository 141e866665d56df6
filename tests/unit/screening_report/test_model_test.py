"""How often a result is right follows from a test on recorded walks, a prevalence and Bayes' rule, or is not said."""

import pytest

from report_results import DIGEST, about, metrics, result
from scoliogait.errors import DataError
from scoliogait.screening_report.build import build_report
from scoliogait.screening_report.content import OfHundred
from scoliogait.screening_report.model_test import of_hundred, stated_test


def found(chances: tuple[float, float, float], **changes: float) -> OfHundred | None:
    return build_report(result(chances), about(test=metrics(), **changes)).of_hundred


@pytest.mark.parametrize(
    ("chances", "if_affected", "if_not"),
    [((0.1, 0.2, 0.7), 80 / 100, 60 / 600), ((0.2, 0.6, 0.2), 10 / 100, 90 / 600), ((0.8, 0.1, 0.1), 0.1, 450 / 600)],
)
@pytest.mark.parametrize("prevalence", [0.025, 0.3])
def test_of_a_hundred_is_bayes_rule(
    chances: tuple[float, float, float], if_affected: float, if_not: float, prevalence: float
) -> None:
    hundred = found(chances, prevalence=prevalence)
    assert hundred is not None
    expected = 100 * prevalence * if_affected / (prevalence * if_affected + (1 - prevalence) * if_not)
    assert hundred.affected == round(expected)
    low, high = hundred.interval
    assert low <= hundred.affected <= high
    assert low < high


def test_more_walks_of_fewer_people_widen_the_interval() -> None:
    few = metrics()
    few["counts"]["n_people"] = 50
    wide = of_hundred(stated_test(few, DIGEST, "positive", "m"))
    usual = of_hundred(stated_test(metrics(), DIGEST, "positive", "m"))
    assert wide is not None
    assert usual is not None
    assert wide.interval[1] - wide.interval[0] > usual.interval[1] - usual.interval[0]


def test_without_a_test_nothing_is_said() -> None:
    assert build_report(result(), about()).of_hundred is None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"model_digest": "9" * 64}, "is a test of model 999999999999"),
        ({"subset": "validation"}, "no test on recorded walks"),
        ({"simulated": "yes"}, "no test on recorded walks"),
        ({"simulated": "not stated"}, "no test on recorded walks"),
    ],
)
def test_a_test_that_says_nothing_about_people_is_refused(facts: dict[str, str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        build_report(result(), about(test=metrics(**facts), test_file="m.json"))


def test_a_damaged_test_is_refused_in_one_line() -> None:
    broken = metrics()
    del broken["metrics"]["specificity_positive"]
    with pytest.raises(DataError, match=r"m\.json: lacks a figure of a test"):
        stated_test(broken, DIGEST, "positive", "m.json")
    with pytest.raises(DataError, match=r"m\.json: holds no facts"):
        stated_test({}, DIGEST, "positive", "m.json")


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1, float("nan")])
def test_a_prevalence_that_is_no_share_is_refused(prevalence: float) -> None:
    with pytest.raises(DataError, match="prevalence"):
        found((0.1, 0.2, 0.7), prevalence=prevalence)
