"""An evaluation as a folder: the predictions, every metric with its interval, the confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions, write_predictions
from scoliogait.files import atomic_folder, write_json
from scoliogait.report.charts import confusion_matrix_figure
from scoliogait.report.figures import save_figure

PREDICTIONS, METRICS, PICTURE = "predictions.parquet", "metrics.json", "confusion.png"


def write_evaluation(path: str | Path, predictions: Predictions, summary: Mapping[str, Any]) -> None:
    """Write the folder atomically; an existing one is replaced, so call ``refuse_existing_evaluation`` before the work.

    summary: of these predictions, from ``evaluation.summary.summarise``. Raises DataError when it cannot be written.
    """
    counts = summary["counts"]
    note = f"{summary['facts'].get('subset', '')} walks: {counts['n_walks']}".strip()
    if predictions.simulated:
        note += ", all simulated"
    with atomic_folder(path) as folder:
        write_predictions(folder / PREDICTIONS, predictions)
        write_json(folder / METRICS, summary)
        save_figure(confusion_matrix_figure(summary["confusion_matrix"]["counts"], note=note), folder / PICTURE)


def refuse_existing_evaluation(path: str | Path, overwrite: bool) -> None:
    """DataError when the folder exists and is not an older evaluation that may be overwritten."""
    folder = Path(path)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not all((folder / name).is_file() for name in (PREDICTIONS, METRICS, PICTURE)):
        raise DataError(f"{folder}: exists and is no evaluation; choose another folder")
    if not overwrite:
        raise DataError(f"{folder}: exists; give --overwrite to replace it, or choose another folder")
