"""The few figures that stand for a model: what it is selected, compared and reported by, and their names in words."""

from __future__ import annotations

from typing import Literal, get_args

Headline = Literal["macro_f1", "accuracy"]
HEADLINE: tuple[str, ...] = get_args(Headline)
# Decides between models; the other is reported beside it.
DECIDING: Headline = "macro_f1"
# The four of the papers and of OpenGait's ``evaluate_scoliosis``, in their order.
PRINTED_METRICS: tuple[str, ...] = ("accuracy", "macro_precision", "macro_recall", "macro_f1")
# Where figures stand beside the printed ones.
SHOWN_METRICS = tuple(name for name in PRINTED_METRICS if name in HEADLINE)
METRIC_WORDS = {
    "macro_f1": "macro-F1",
    "accuracy": "accuracy",
    "macro_recall": "macro recall",
    "macro_precision": "macro precision",
}
