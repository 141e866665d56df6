"""How often such a result is right: worked out from a test of the model, where one on recorded walks is stated.

Test sets hold far more affected people than a school does, so nothing is read off them but how the model calls those
who are affected and those who are not. What follows at a stated prevalence is Bayes' rule, with the interval that
``predictive_values`` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoliogait.errors import DataError
from scoliogait.fact_text import text_of
from scoliogait.labels import CLASS_NAMES
from scoliogait.provenance import walk_origin
from scoliogait.screening_report.content import ClassName, ModelTest, OfHundred, StatedShare
from scoliogait.screening_report.rounding import SHARE_DIGITS, rounded, rounded_range

DEFAULT_PREVALENCE = 0.025
_AFFECTED = CLASS_NAMES.index("positive")


def stated_test(summary: Mapping[str, Any], digest: str, called: ClassName | None, where: str) -> ModelTest:
    """From the summary of an evaluation (``metrics.json``) of test walks of the model with this digest.

    called: what the walk was called, None for nothing. Raises DataError in one line when the summary is of another
    model, of simulated or unknown walks, of no test walks, or holds no table of counts.
    """
    facts = summary.get("facts")
    if not isinstance(facts, Mapping):
        raise DataError(f"{where}: holds no facts of a test; expected the metrics.json of `scoliogait evaluate --test`")
    if text_of(facts, "model_digest") != digest:
        raise DataError(
            f"{where}: is a test of model {text_of(facts, 'model_digest')[:12]}, and the result is of {digest[:12]}; "
            "give the test of the same model"
        )
    if facts.get("subset") != "test" or walk_origin(facts) != "recorded":
        raise DataError(
            f"{where}: is no test on recorded walks (subset {facts.get('subset')!r}, walks {walk_origin(facts)}), so "
            "it says nothing about people; leave --test out"
        )
    try:
        return _counted(summary, facts, called)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"{where}: lacks a figure of a test ({error!r}); evaluate the model again") from error


def of_hundred(test: ModelTest | None, prevalence: float = DEFAULT_PREVALENCE) -> OfHundred | None:
    """Of 100 people with this result, how many are affected; None where no test is stated or nothing was called.

    Raises DataError when the prevalence is not between 0 and 1.
    """
    if not 0 < prevalence < 1:
        raise DataError(f"the prevalence is {prevalence}; expected a share above 0 and below 1, such as 0.025")
    if test is None or test.called_if_affected is None or test.called_if_not is None:
        return None
    from scoliogait.evaluation.operating_point import predictive_values  # needs scipy, and few models a test

    hit, wrong = test.called_if_affected, test.called_if_not
    spared = (1 - wrong.value, (1 - wrong.interval[1], 1 - wrong.interval[0]))
    found = predictive_values((hit.value, hit.interval), spared, prevalence)["ppv"]
    if found["value"] is None or found["interval"] is None:
        return None
    low, high = (round(100 * end) for end in found["interval"])
    return OfHundred(prevalence=prevalence, affected=round(100 * found["value"]), interval=(low, high))


def _counted(summary: Mapping[str, Any], facts: Mapping[str, Any], called: ClassName | None) -> ModelTest:
    table = [[int(cell) for cell in row] for row in summary["confusion_matrix"]["counts"]]
    n_walks, n_people = int(summary["counts"]["n_walks"]), int(summary["counts"]["n_people"])
    metrics = summary["metrics"]
    if_affected = if_not = None
    if called is not None:
        column = CLASS_NAMES.index(called)
        others = [row for index, row in enumerate(table) if index != _AFFECTED]
        # The walks of one person count as one: cautious where a person walked more than once.
        weight = n_people / n_walks
        if_affected = _share(table[_AFFECTED][column], sum(table[_AFFECTED]), weight)
        if_not = _share(sum(row[column] for row in others), sum(map(sum, others)), weight)
    return ModelTest(
        data=str(facts.get("data", "not stated")),
        n_walks=n_walks,
        n_people=n_people,
        sensitivity=_stated(metrics["sensitivity_positive"]),
        specificity=_stated(metrics["specificity_positive"]),
        called_if_affected=if_affected,
        called_if_not=if_not,
    )


def _share(n_right: int, n: int, weight: float) -> StatedShare:
    from scoliogait.evaluation.intervals import wilson_interval

    low, high = wilson_interval(n_right * weight, n * weight)
    value = rounded(n_right / n, SHARE_DIGITS)
    return StatedShare(value=value, interval=rounded_range((low, high), SHARE_DIGITS), n_right=n_right, n=n)


def _stated(figure: Mapping[str, Any]) -> StatedShare:
    return StatedShare(
        value=rounded(figure["value"], SHARE_DIGITS),
        interval=rounded_range(figure["wilson"], SHARE_DIGITS),
        n_right=int(figure["n_right"]),
        n=int(figure["n"]),
    )
