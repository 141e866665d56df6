"""A ROC area divided by a column: the division against a literal loop, and what is said of a planted confound."""

import json

import numpy as np
import pytest
from studies.strata_coverage import Kind
from studies.strata_coverage import cohort as study_cohort

from scoliogait.evaluation.column import parse_column
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.strata import stratified_summary
from scoliogait.evaluation.strata_verdict import BETWEEN, INSEPARABLE, PARTLY


def cohort(
    n: int, share_of_sick: float, effect_of_site: float, skill: float, seed: int = 0, walks: int = 2
) -> tuple[Predictions, list[str]]:
    return study_cohort(Kind("", n, share_of_sick, effect_of_site, skill), seed, walks)


def divided(known: Predictions, texts: list[str], resamples: int = 300) -> dict:
    return stratified_summary(known, parse_column("site", texts, known.subject_ids), resamples)


def test_the_division_is_that_of_the_pairs() -> None:
    known, texts = cohort(60, 0.8, 1.0, 0.8, seed=4)
    summary = divided(known, texts, 20)
    for group, classes in (("abnormal", [1, 2]), ("positive", [2])):
        score, sick = known.probabilities[:, classes].sum(axis=1), np.isin(known.labels, classes)
        sums = {True: [0.0, 0], False: [0.0, 0]}
        for i in np.flatnonzero(sick):
            for j in np.flatnonzero(~sick):
                same = texts[i] == texts[j]
                sums[same][0] += 1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0
                sums[same][1] += 1
        found = summary["groups"][group]
        assert found["within"]["value"] == pytest.approx(sums[True][0] / sums[True][1])
        assert found["between"]["value"] == pytest.approx(sums[False][0] / sums[False][1])
        share = sums[True][1] / (sums[True][1] + sums[False][1])
        assert found["share_of_pairs_within"] == pytest.approx(share)
        whole = share * found["within"]["value"] + (1 - share) * found["between"]["value"]
        assert found["pooled"]["value"] == pytest.approx(whole)
        assert found["lost"]["value"] == pytest.approx(whole - found["within"]["value"])


def test_a_model_that_tells_sites_is_found_out() -> None:
    found = divided(*cohort(200, 0.9, 2.5, 0.0))["groups"]["abnormal"]
    assert found["pooled"]["value"] > 0.85
    low, high = found["within"]["interval"]
    assert low < 0.5 < high
    assert found["verdict"] == BETWEEN
    assert "most of the abnormal result lies between values of site" in found["sentence"]


@pytest.mark.parametrize("share_of_sick", [0.5, 0.8])
def test_an_honest_model_has_no_verdict(share_of_sick: float) -> None:
    """Also where the sites differ in their classes: that alone is no fault of the model."""
    found = divided(*cohort(200, share_of_sick, 0.0, 1.5))["groups"]["abnormal"]
    assert found["verdict"] is None
    assert "no loss within site is shown" in found["sentence"]


def test_false_verdicts_are_rare() -> None:
    """Of 40 honest results beside a column that tells the classes, about 1 in 40 has a loss that is not there."""
    found = [divided(*cohort(80, 0.75, 0.0, 1.2, seed), 100)["groups"]["abnormal"]["verdict"] for seed in range(40)]
    assert BETWEEN not in found
    assert len([one for one in found if one is not None]) <= 4


def test_a_model_of_both_is_said_to_lose_a_part() -> None:
    assert divided(*cohort(400, 0.8, 1.0, 2.0))["groups"]["abnormal"]["verdict"] == PARTLY


def test_sites_with_one_class_each_cannot_be_separated() -> None:
    known, texts = cohort(60, 1.0, 1.0, 1.0)
    found = divided(known, texts)["groups"]["abnormal"]
    assert found["verdict"] == INSEPARABLE
    assert found["within"] == {"value": None, "interval": None}
    assert found["share_of_pairs_within"] == 0
    assert "these walks cannot tell" in found["sentence"]


def test_chance_is_not_called_confounded() -> None:
    found = divided(*cohort(60, 0.8, 0.0, 0.0, seed=1))["groups"]["abnormal"]
    assert found["verdict"] is None
    assert "not shown to be above chance" in found["sentence"]


def test_each_stratum_has_its_own_figures() -> None:
    known, texts = cohort(80, 0.7, 1.0, 1.0)
    summary = divided(known, texts, 50)
    assert json.loads(json.dumps(summary)) == summary
    for one in summary["strata"]:
        rows = [k for k, text in enumerate(texts) if text == one["name"]]
        assert one["n_walks"] == len(rows) == sum(one["classes"].values())
        sick = [k for k in rows if known.labels[k] > 0]
        found = one["groups"]["abnormal"]["sensitivity"]
        assert (found["n_right"], found["n"]) == (sum(known.predicted[k] > 0 for k in sick), len(sick))
        assert found["interval"][0] < found["value"] < found["interval"][1]


def test_people_are_drawn_as_a_whole() -> None:
    """The same walks told to be of as many people give narrower intervals."""
    known, texts = cohort(40, 0.7, 1.0, 1.0, walks=6)
    alone = Predictions(known.walk_ids, known.walk_ids, known.labels, known.mean_logits, known.probabilities)
    widths = [np.ptp(divided(one, texts)["groups"]["abnormal"]["pooled"]["interval"]) for one in (known, alone)]
    assert widths[0] > widths[1]


def test_walks_of_one_class_are_not_divided() -> None:
    known, texts = cohort(40, 0.7, 1.0, 1.0)
    sick = known.in_order([walk for walk, label in zip(known.walk_ids, known.labels, strict=True) if label > 0])
    kept = [text for text, label in zip(texts, known.labels, strict=True) if label > 0]
    assert divided(sick, kept, 20)["groups"]["abnormal"]["verdict"] is None
