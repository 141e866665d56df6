"""Predictions: what a model said about each walk. Every figure of a result can be recomputed from this file alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import N_CLASSES, check_scores
from scoliogait.files import atomic_file
from scoliogait.incoming import parse_json
from scoliogait.json_file import Format, parse_versioned
from scoliogait.labels import CLASS_NAMES, UNKNOWN_LABEL, ScreeningClass, parse_class
from scoliogait.plain_text import is_plain
from scoliogait.provenance import ResultFacts
from scoliogait.table_file import read_table, table_metadata

# The file in the folder of every evaluation, and the evaluation that a run has of its test walks.
PREDICTIONS_FILE, TEST_FOLDER = "predictions.parquet", "test"
_FORMAT = Format(
    "scoliogait.predictions",
    1,
    "one of predictions; expected a file written by 'evaluate'",
    "write it again with 'evaluate'",
)
_SUM_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Predictions:
    """One row a walk, in the order of evaluation; read-only arrays.

    walk_ids: unique names. subject_ids: the person of each walk, None where unknown.
    labels: int64 (N,), class ids 0..2 or -1 where the true class is unknown.
    mean_logits: float64 (N, 3), the model's logits averaged over parts. probabilities: float64 (N, 3), rows sum to 1.
    facts: text about the evaluation, as files hold it. about: the same with types; what is missing is not stated.

    Raises DataError when the columns disagree in length, ids repeat, or values are not what they must be.
    """

    walk_ids: tuple[str, ...]
    subject_ids: tuple[str | None, ...]
    labels: NDArray[np.int64]
    mean_logits: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    facts: Mapping[str, str] = field(default_factory=dict)
    about: ResultFacts = field(init=False)

    def __post_init__(self) -> None:
        _set(self, "walk_ids", tuple(self.walk_ids))
        _set(self, "subject_ids", tuple(self.subject_ids))
        _set(self, "labels", _read_only(_check_prediction_labels(self.labels)))
        for name in ("mean_logits", "probabilities"):
            _set(self, name, _read_only(_check_columns(getattr(self, name), name)))
        lengths = {name: len(getattr(self, name)) for name in _COLUMNS}
        if len(set(lengths.values())) != 1:
            raise DataError(f"predictions: columns differ in length ({lengths}); expected one row a walk")
        _check_names(self.walk_ids, "walk_ids")
        _check_names([person for person in self.subject_ids if person is not None], "subject_ids")
        if len(set(self.walk_ids)) != len(self.walk_ids):
            repeated = next(walk for walk in self.walk_ids if self.walk_ids.count(walk) > 1)
            raise DataError(f"predictions: walk {repeated!r} occurs more than once; expected one row a walk")
        sums = self.probabilities.sum(axis=1)
        if self.probabilities.min() < 0 or np.abs(sums - 1).max() > _SUM_TOLERANCE:
            raise DataError("predictions: probabilities are negative or do not sum to 1 in each row")
        _set(self, "facts", MappingProxyType({str(key): str(value) for key, value in self.facts.items()}))
        _set(self, "about", ResultFacts.from_text(self.facts))

    def __len__(self) -> int:
        return len(self.walk_ids)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Class with the highest mean logit, (N,); ties go to the lowest id."""
        return np.asarray(self.mean_logits.argmax(axis=1), dtype=np.int64)

    @property
    def simulated(self) -> bool:
        """True when the facts say that the walks are simulated."""
        return self.about.data.origin == "simulated"

    def labelled(self) -> Predictions:
        """Only the walks whose class is known. Raises DataError when there is none."""
        rows = np.flatnonzero(self.labels != UNKNOWN_LABEL)
        if not len(rows):
            raise DataError("predictions: no walk has a known class; nothing can be evaluated")
        return self if len(rows) == len(self) else self._rows(rows)

    def in_order(self, walk_ids: Sequence[str]) -> Predictions:
        """The rows of these walks, in their order. Raises DataError for a walk that is not here."""
        row_of = {walk: row for row, walk in enumerate(self.walk_ids)}
        lacking = next((walk for walk in walk_ids if walk not in row_of), None)
        if lacking is not None:
            raise DataError(f"predictions: lack walk {lacking!r}")
        return self._rows(np.array([row_of[walk] for walk in walk_ids], dtype=np.intp))

    def _rows(self, rows: NDArray[np.intp]) -> Predictions:
        return Predictions(
            tuple(self.walk_ids[row] for row in rows),
            tuple(self.subject_ids[row] for row in rows),
            self.labels[rows],
            self.mean_logits[rows],
            self.probabilities[rows],
            self.facts,
        )


class _Metadata(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    facts: dict[str, str]


_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("walk_id", "subject_id", "label")),
        *((f"{kind}_{name}", pa.float64()) for kind in ("probability", "logit") for name in CLASS_NAMES),
    ]
)
_COLUMNS = ("walk_ids", "subject_ids", "labels", "mean_logits", "probabilities")


def write_predictions(path: str | Path, predictions: Predictions) -> Path:
    """Write a parquet file atomically, with one row a walk.

    Columns: walk_id, subject_id, label, predicted, probability_<class>, logit_<class>, model_digest.
    The facts travel in the file's metadata. Raises DataError when the file cannot be written.
    """
    columns: dict[str, Any] = {
        "walk_id": pa.array(predictions.walk_ids, pa.string()),
        "subject_id": pa.array(predictions.subject_ids, pa.string()),
        "label": pa.array([_class_name(label) for label in predictions.labels], pa.string()),
        "predicted": pa.array([_class_name(label) for label in predictions.predicted], pa.string()),
    }
    for index, name in enumerate(CLASS_NAMES):
        columns[f"probability_{name}"] = pa.array(predictions.probabilities[:, index])
    for index, name in enumerate(CLASS_NAMES):
        columns[f"logit_{name}"] = pa.array(predictions.mean_logits[:, index])
    columns["model_digest"] = pa.array([predictions.facts.get("model_digest")] * len(predictions), pa.string())
    content = {**_FORMAT.mark, "facts": dict(predictions.facts)}
    table = pa.table(columns).replace_schema_metadata({_FORMAT.name: json.dumps(content)})
    with atomic_file(path) as temporary:
        pq.write_table(table, temporary)
    return Path(path)


def read_predictions(path: str | Path) -> Predictions:
    """Read what ``write_predictions`` wrote. Raises DataError naming the file when it is something else or damaged."""
    facts = _read_facts(path)
    table = read_table(path, _SCHEMA, _FORMAT.remedy)
    try:
        return Predictions(
            tuple(table["walk_id"].to_pylist()),
            tuple(table["subject_id"].to_pylist()),
            np.array([_class_id(name) for name in table["label"].to_pylist()], dtype=np.int64),
            _stack(table, "logit"),
            _stack(table, "probability"),
            facts,
        )
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def predictions_file(path: Path) -> Path:
    """The predictions of an evaluation folder, of the test in a run, or the file itself. Raises DataError for a folder
    that holds none."""
    if not path.is_dir():
        return path
    own, tested = path / PREDICTIONS_FILE, path / TEST_FOLDER / PREDICTIONS_FILE
    if own.is_file() or tested.is_file():
        return own if own.is_file() else tested
    raise DataError(f"{path}: holds no {PREDICTIONS_FILE} and no test of a run; `scoliogait evaluate` makes them")


def _read_facts(path: str | Path) -> dict[str, str]:
    raw = table_metadata(path, _FORMAT.remedy).get(_FORMAT.name.encode())
    if raw is None:
        raise DataError(f"{path}: is parquet but no predictions file; expected one written by 'scoliogait evaluate'")
    try:
        content = parse_json(raw, "its table of facts")
    except DataError as error:
        raise DataError(f"{path}: {error}; {_FORMAT.remedy}") from error
    return parse_versioned(content, f"{path}: its table of facts", _Metadata, _FORMAT).facts


def _stack(table: pa.Table, kind: str) -> NDArray[np.float64]:
    return np.stack([table[f"{kind}_{name}"].to_numpy() for name in CLASS_NAMES], axis=1)


def _class_name(label: int) -> str | None:
    return None if label == UNKNOWN_LABEL else CLASS_NAMES[label]


def _class_id(name: Any) -> int:
    if name is not None and not isinstance(name, str):
        raise DataError(f"label holds {name!r}; expected the name of a class, or nothing where it is unknown")
    return UNKNOWN_LABEL if name is None else int(parse_class(name, "label"))


def _set(predictions: Predictions, name: str, value: Any) -> None:
    object.__setattr__(predictions, name, value)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _check_names(names: Sequence[Any], column: str) -> None:
    wrong = [name for name in names if not isinstance(name, str) or not name or not is_plain(name)]
    if wrong:
        raise DataError(
            f"predictions: {column} hold {wrong[0]!r}; expected a name without control characters for each walk"
        )


def _check_columns(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        return np.array(check_scores(values), dtype=np.float64)
    except DataError as error:
        raise DataError(f"predictions: {name}: {error}") from error


def _check_prediction_labels(labels: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(labels)
    allowed = [UNKNOWN_LABEL, *(int(c) for c in ScreeningClass)]
    if array.ndim != 1 or array.dtype.kind not in "iu" or not np.isin(array, allowed).all():
        raise DataError(
            f"predictions: labels must be whole class ids 0..{N_CLASSES - 1}, or {UNKNOWN_LABEL} where unknown, (N,)"
        )
    return array.astype(np.int64)
