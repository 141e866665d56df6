"""What training made of the weights it started from, on the validation walks, in words."""

from __future__ import annotations

from collections.abc import Mapping

from scoliogait.training.history import HistoryRow, ranked

# The start weights are validated before the first step, as a candidate like any other.
START_STEP = 0
_NAMES = {"macro_f1": "macro-F1", "accuracy": "accuracy"}


def beside_start(validations: Mapping[int, HistoryRow], metric: str) -> str | None:
    """One sentence that compares the best trained step with the start; None for a run that started from random values.

    validations: rows by step, as ``History.validations`` gives them. metric: ``macro_f1`` or ``accuracy``, by which
    the checkpoint is chosen; of equals the one with the lower validation loss is better.
    """
    trained = {step: row for step, row in validations.items() if step != START_STEP}
    if START_STEP not in validations or not trained:
        return None
    best = ranked(trained, metric)[0]
    start, reached = validations[START_STEP], validations[best]
    figures = (
        f"{_NAMES[metric]} {start[f'validation_{metric}']:.3f} at step {START_STEP}, at best "
        f"{reached[f'validation_{metric}']:.3f} at step {best}, validation loss {start['validation_loss']:.3f} and "
        f"{reached['validation_loss']:.3f}"
    )
    if is_start(validations, metric):
        return (
            f"training did not improve on the weights it started from: on the validation walks {figures}; the model "
            "keeps the start weights"
        )
    return f"training improved on the weights it started from: on the validation walks {figures}"


def is_start(validations: Mapping[int, HistoryRow], metric: str) -> bool:
    """Whether no trained step is better than the start."""
    return ranked(validations, metric)[0] == START_STEP
