"""What evaluations, explanations and comparisons consist of, and whether a folder may become one: asked first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import PREDICTIONS_FILE
from scoliogait.files import read_json, refuse_existing

METRICS, CONFUSION = "metrics.json", "confusion.png"
EXPLAINED, EXPLAINED_PICTURE, FEATURE_MAPS = "explanation.json", "explanation.png", "feature_maps.png"
NUMBERS, DIFFERENCES = "compare.json", "differences.png"


def refuse_existing_evaluation(path: str | Path, overwrite: bool) -> None:
    """DataError when the folder exists and is not an older evaluation that may be overwritten."""
    _refuse_existing(Path(path), overwrite, _is_evaluation, "an evaluation")


def refuse_existing_explanation(path: str | Path, overwrite: bool) -> None:
    """DataError when the folder exists and is not an older explanation that may be overwritten."""
    _refuse_existing(Path(path), overwrite, lambda folder: (folder / EXPLAINED).is_file(), "an explanation")


def _refuse_existing(folder: Path, overwrite: bool, is_ours: Callable[[Path], bool], kind: str) -> None:
    if any(parent.is_file() for parent in folder.parents):
        raise DataError(f"{folder}: lies in something that is no folder; choose another folder")
    refuse_existing(folder, overwrite, is_ours, kind)


def _is_evaluation(folder: Path) -> bool:
    return all((folder / name).is_file() for name in (PREDICTIONS_FILE, METRICS, CONFUSION))


def written_candidates(folder: Path) -> list[Any]:
    """Figures of the checkpoints that a test-guided evaluation in this folder lists; none of any other folder."""
    try:
        summary = read_json(folder / METRICS)
    except DataError:
        return []
    found = summary.get("candidates") if isinstance(summary, dict) else None
    return found if isinstance(found, list) else []


def refuse_other_folder(folder: Path) -> None:
    """DataError when it exists and is neither empty nor an older comparison, which may be replaced."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / NUMBERS).is_file()):
        raise DataError(f"{folder}: exists and is no comparison; choose another folder")
