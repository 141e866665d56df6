"""The short lists of figures name figures that exist, and the command line offers the same ones."""

from scoliogait.cli.promote import Metric
from scoliogait.evaluation.headline import DECIDING, HEADLINE, METRIC_WORDS, PRINTED_METRICS, SHOWN_METRICS
from scoliogait.evaluation.metrics import METRIC_NAMES


def test_the_lists_agree() -> None:
    assert set(HEADLINE) == set(SHOWN_METRICS) < set(PRINTED_METRICS) < set(METRIC_NAMES)
    assert set(METRIC_WORDS) == set(PRINTED_METRICS)
    assert HEADLINE[0] == DECIDING
    assert [metric.value for metric in Metric] == list(HEADLINE)
