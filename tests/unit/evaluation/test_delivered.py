"""What screening would deliver, against counts made by hand."""

import json

import numpy as np
import pytest

from scoliogait.answer_threshold import AnswerThreshold
from scoliogait.errors import DataError
from scoliogait.evaluation.delivered import DeliveredWalk, summarise_delivered
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.evaluation.predictions import Predictions
from scoliogait.scores import probabilities

# outcome, called class, true class (-1: unknown), reasons
TABLE = [
    ("screened", 0, 0, ()),
    ("screened", 0, 2, ()),
    ("screened", 2, 2, ()),
    ("screened", 1, 2, ()),
    ("inconclusive", 2, 2, ("No class reaches a probability of 0.5 (highest 0.41).", "Only 1.5 strides were seen; 2")),
    ("inconclusive", 0, 0, ("No class reaches a probability of 0.5 (highest 0.44).",)),
    ("not usable", None, 1, ("side view: the shoulders appear 0.17 trunk lengths wide",)),
    ("screened", 1, -1, ()),
]


def table(rows=TABLE) -> tuple[Predictions, list[DeliveredWalk]]:
    chances = {0: (0.6, 0.3, 0.1), 1: (0.2, 0.7, 0.1), 2: (0.1, 0.1, 0.8), None: None}
    walks = [DeliveredWalk(f"w{n}", kind, chances[called], why) for n, (kind, called, _, why) in enumerate(rows)]
    names = tuple(walk.walk_id for walk in walks)
    logits = np.zeros((len(rows), 3))
    return Predictions(names, names, np.array([row[2] for row in rows]), logits, probabilities(logits)), walks


def counts(entry: dict) -> tuple[int, int]:
    return entry["n_right"], entry["n"]


def test_counts_by_hand() -> None:
    found = summarise_delivered(*table(), None, n_resamples=50)
    assert {name: counts(entry) for name, entry in found["outcomes"].items()} == {
        "screened": (4, 7),
        "inconclusive": (2, 7),
        "not usable": (1, 7),
    }
    assert [counts(entry) for entry in found["answered_of_class"].values()] == [(1, 2), (0, 1), (3, 4)]
    assert [counts(entry) for entry in found["among_answered"].values()] == [(2, 4), (2, 3), (1, 1)]
    assert [counts(entry) for entry in found["among_all"].values()] == [(2, 7), (2, 5), (1, 2)]
    assert found["reasons"] == {
        "inconclusive": {"No class reaches a probability of …": 2, "Only … strides were seen": 1},
        "not usable": {"side view": 1},
    }
    assert found["outcomes"]["screened"]["interval"] == pytest.approx(wilson_interval(4, 7))
    assert found["risk_coverage"]["n"] == 6
    assert found["risk_coverage"]["risk_of_all"] == pytest.approx(2 / 6)
    assert found["threshold"]["value"] == 0.5
    assert "no validation of this model chose another" in found["threshold"]["chosen_on"]
    json.dumps(found, allow_nan=False)


def test_the_threshold_of_validation_is_named() -> None:
    chosen = AnswerThreshold(value=0.45, n_walks=121, n_answered=80, n_right=50)
    assert summarise_delivered(*table(), chosen, n_resamples=20)["threshold"] == {
        "value": 0.45,
        "chosen_on": "121 validation walks of this model, of which 80 reach it, 50 of them called rightly",
    }


def test_without_an_answer_nothing_is_claimed() -> None:
    found = summarise_delivered(*table([row for row in TABLE if row[0] == "not usable"]), None, n_resamples=20)
    assert found["risk_coverage"] is None
    assert found["outcomes"]["not usable"]["value"] == 1
    for entry in found["among_answered"].values():
        assert (entry["value"], entry["interval"]) == (None, None)
    json.dumps(found, allow_nan=False)


def test_other_walks_are_refused() -> None:
    predictions, walks = table()
    with pytest.raises(DataError, match="other walks than the predictions"):
        summarise_delivered(predictions, walks[::-1], None)
