"""Tables that are no predictions end in our own error, whatever types and values they hold."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions, read_predictions, write_predictions


def write_some(path: Path) -> pa.Table:
    chances = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    write_predictions(path, Predictions(("a", "b"), (None, "p"), np.array([0, -1]), np.log(chances), chances, {}))
    return pq.read_table(path)


COLUMNS: dict[str, tuple[str, Any]] = {
    "text-for-numbers": ("logit_negative", pa.array(["1", "2"])),
    "nothing-for-numbers": ("logit_negative", pa.array([None, 1.0])),
    "nan": ("probability_neutral", pa.array([np.nan, 1.0])),
    "infinite": ("logit_negative", pa.array([np.inf, 1.0])),
    "above-1": ("probability_neutral", pa.array([1e300, 1.0])),
    "lists": ("probability_neutral", pa.array([[1.0], [2.0]])),
    "numbers-for-ids": ("walk_id", pa.array([1, 2])),
    "nothing-for-ids": ("walk_id", pa.array([None, "b"])),
    "empty-id": ("walk_id", pa.array(["", "b"])),
    "id-twice": ("walk_id", pa.array(["a", "a"])),
    "escape": ("walk_id", pa.array(["\x1b[2J", "b"])),
    "escape-in-subject": ("subject_id", pa.array(["\x1b[2J", "b"])),
    "no-utf8": ("walk_id", pa.array([b"\xff", b"b"]).view(pa.string())),
    "dates": ("label", pa.array([0, 1], pa.timestamp("s"))),
    "long": ("subject_id", pa.array(["x" * 200_000, "b"])),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_is_not_what_it_must_be_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "p.parquet"
    table = write_some(path)
    column, values = COLUMNS[name]
    pq.write_table(table.set_column(table.column_names.index(column), column, values), path)
    with pytest.raises(DataError) as caught:
        read_predictions(path)
    assert str(caught.value).startswith(str(path))
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "facts",
    [
        *("", "{", "[]", "3", "[" * 3000 + "]" * 3000, '{"a": ' + "9" * 400 + "}"),
        *('{"facts": {"a": 1}}', '{"facts": {"a": "\\ud800"}}', '{"facts": {"simulated": "perhaps"}}'),
    ],
)
def test_facts_that_are_none_are_refused(tmp_path: Path, facts: str) -> None:
    path = tmp_path / "p.parquet"
    table = write_some(path)
    text = facts
    if facts.startswith('{"facts"'):
        text = json.dumps({"format": "scoliogait.predictions", "version": 1}).rstrip("}") + ", " + facts.lstrip("{")
    pq.write_table(table.replace_schema_metadata({"scoliogait.predictions": text}), path)
    with pytest.raises(DataError) as caught:
        read_predictions(path)
    assert str(caught.value).startswith(str(path))


def test_a_table_without_rows_and_a_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pq.write_table(write_some(path).slice(0, 0), path)
    for content in (path.read_bytes(), b"", b"PAR1", b"PAR1" + bytes(40) + b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(DataError) as caught:
            read_predictions(path)
        assert str(caught.value).startswith(str(path))


def test_columns_are_passed_over_before_their_facts_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyarrow ends the process when it is asked for the facts of some damaged columns, and raises in a pass over them.

    Such a file is not kept here; the pass is made to fail instead.
    """

    def damaged(*_: object, **__: object) -> int:
        raise OSError("Definition level histogram size mismatch")

    write_some(tmp_path / "p.parquet")
    monkeypatch.setattr(pq.ParquetFile, "scan_contents", damaged)
    with pytest.raises(DataError, match=r"p\.parquet: is not a readable parquet file \(Definition level"):
        read_predictions(tmp_path / "p.parquet")
