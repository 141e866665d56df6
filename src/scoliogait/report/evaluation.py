"""An evaluation as a folder: the predictions, every metric with its interval, and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from scoliogait.evaluation.predictions import PREDICTIONS_FILE, Predictions, write_predictions
from scoliogait.files import atomic_folder, write_json
from scoliogait.provenance import TEST_GUIDED_TITLE, Selection
from scoliogait.report.charts import confusion_matrix_figure
from scoliogait.report.figures import save_figure
from scoliogait.report.output_folders import CONFUSION, METRICS
from scoliogait.report.ranking_charts import (
    operating_point_figure,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from scoliogait.side_colours import RIGHT_COLOUR

ROC, PRECISION_RECALL, RELIABILITY = "roc.png", "precision_recall.png", "reliability.png"
OPERATING_POINT = "operating_point.png"


def write_evaluation(
    path: str | Path, predictions: Predictions, summary: Mapping[str, Any], validation: Predictions | None = None
) -> None:
    """Write the folder atomically; an existing one is replaced, so call ``refuse_existing_evaluation`` before the work.

    summary: of these predictions, from ``evaluation.summary.summarise``. validation: the walks that its operating point
    was chosen on, for the picture of it. Raises DataError when it cannot be written.
    """
    note = _note(predictions, summary)
    with atomic_folder(path) as folder:
        write_predictions(folder / PREDICTIONS_FILE, predictions)
        write_json(folder / METRICS, summary)
        figures = {
            ROC: roc_figure(predictions, summary["ranking"], note),
            PRECISION_RECALL: precision_recall_figure(predictions, summary["ranking"], note),
            RELIABILITY: reliability_figure(summary["calibration"], note),
        }
        if validation is not None and summary["operating_point"] is not None:
            figures[OPERATING_POINT] = operating_point_figure(predictions, validation, summary["operating_point"], note)
        save_figure(confusion_figure(predictions, summary), folder / CONFUSION)
        for name, figure in figures.items():
            save_figure(_marked(figure, predictions), folder / name)


def confusion_figure(predictions: Predictions, summary: Mapping[str, Any]) -> Figure:
    """The confusion matrix of an evaluation, with what its walks are, and marked where they had a say in the choice."""
    counts = summary["confusion_matrix"]["counts"]
    return _marked(confusion_matrix_figure(counts, note=_note(predictions, summary)), predictions)


def _note(predictions: Predictions, summary: Mapping[str, Any]) -> str:
    note = f"{summary['facts'].get('subset', '')} walks: {summary['counts']['n_walks']}".strip()
    return f"{note}, all simulated" if predictions.simulated else note


def _marked(figure: Figure, predictions: Predictions) -> Figure:
    if predictions.about.model.selection is Selection.TEST_GUIDED:
        figure.suptitle(TEST_GUIDED_TITLE, fontsize=11, color=RIGHT_COLOUR, fontweight="bold")
    return figure
