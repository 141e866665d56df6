"""Predictions survive the file exactly, and cannot exist in a bad state."""

import errno
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoliogait.errors import DataError
from scoliogait.evaluation import predictions as module
from scoliogait.evaluation.predictions import Predictions, read_predictions, write_predictions
from scoliogait.scores import probabilities

LOGITS = np.array([[0.3, -0.1, 0.0], [-0.2, 0.1, 0.4], [0.0, 0.0, 0.0]])


def some_predictions(**changes: object) -> Predictions:
    values: dict = {
        "walk_ids": ("a", "b", "c"),
        "subject_ids": ("p1", None, "p1"),
        "labels": np.array([0, 2, -1]),
        "mean_logits": LOGITS,
        "probabilities": probabilities(LOGITS),
        "facts": {"data": "a cohort", "model_digest": "abc", "simulated": "yes", "note": "Größe"},
    }
    return Predictions(**(values | changes))


def test_the_file_gives_back_every_bit(tmp_path: Path) -> None:
    before = some_predictions()
    after = read_predictions(write_predictions(tmp_path / "predictions.parquet", before))
    assert after.walk_ids == before.walk_ids
    assert after.subject_ids == before.subject_ids
    assert after.facts == before.facts
    for name in ("labels", "mean_logits", "probabilities"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert after.simulated


def test_the_columns_are_those_of_the_format(tmp_path: Path) -> None:
    table = pq.read_table(write_predictions(tmp_path / "p.parquet", some_predictions()))
    assert table.column_names == [
        *("walk_id", "subject_id", "label", "predicted"),
        *("probability_negative", "probability_neutral", "probability_positive"),
        *("logit_negative", "logit_neutral", "logit_positive", "model_digest"),
    ]
    assert table["label"].to_pylist() == ["negative", "positive", None]
    assert table["predicted"].to_pylist() == ["negative", "positive", "negative"]


def test_only_labelled_walks_are_evaluated() -> None:
    assert some_predictions().labelled().walk_ids == ("a", "b")
    with pytest.raises(DataError, match="no walk has a known class"):
        some_predictions(labels=np.array([-1, -1, -1])).labelled()


def test_arrays_are_read_only_copies() -> None:
    logits = LOGITS.copy()
    predictions = some_predictions(mean_logits=logits)
    logits[0] = 9
    np.testing.assert_array_equal(predictions.mean_logits, LOGITS)
    with pytest.raises(ValueError, match="read-only"):
        predictions.mean_logits[0] = 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"walk_ids": ("a", "b")}, "differ in length"),
        ({"walk_ids": ("a", "b", "a")}, "more than once"),
        ({"walk_ids": ("a", None, "b")}, "walk_ids hold None"),
        ({"walk_ids": ("a", "", "b")}, "walk_ids hold ''"),
        ({"subject_ids": (1, None, "b")}, "subject_ids hold 1"),
        ({"subject_ids": ("", None, "b")}, "subject_ids hold ''"),
        ({"labels": np.array([0, 1, 3])}, "labels"),
        ({"labels": np.array([0.0, 1.0, 2.0])}, "labels"),
        ({"mean_logits": LOGITS * np.nan}, "mean_logits: .*NaN"),
        ({"probabilities": LOGITS}, "do not sum to 1"),
    ],
)
def test_a_bad_state_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        some_predictions(**changes)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"walk_id": ["a"]}), other)
    with pytest.raises(DataError, match=r"other\.parquet: is parquet but no predictions"):
        read_predictions(other)
    text = tmp_path / "text.parquet"
    text.write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match=r"text\.parquet: is not a readable parquet"):
        read_predictions(text)
    with pytest.raises(DataError, match=r"none\.parquet"):
        read_predictions(tmp_path / "none.parquet")


def test_a_file_cut_in_half_is_refused(tmp_path: Path) -> None:
    path = write_predictions(tmp_path / "p.parquet", some_predictions())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match="not a readable parquet"):
        read_predictions(path)


def test_missing_columns_and_other_versions_are_refused(tmp_path: Path) -> None:
    path = write_predictions(tmp_path / "p.parquet", some_predictions())
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["logit_neutral"]), path)
    with pytest.raises(DataError, match="lacks the columns logit_neutral"):
        read_predictions(path)
    content = table.schema.metadata[b"scoliogait.predictions"].replace(b'"version": 1', b'"version": 99')
    pq.write_table(table.replace_schema_metadata({b"scoliogait.predictions": content}), path)
    with pytest.raises(DataError, match="version 99"):
        read_predictions(path)


def test_facts_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    """The metadata as 0.1.0 wrote it beside the validation predictions of a run."""
    path = write_predictions(tmp_path / "p.parquet", some_predictions())
    facts = b'{"subset": "validation", "selection": "validation", "device": "cpu", "model_digest": "950c", '
    facts += b'"data": "cohort", "store_digest": "dd13", "partition": "partition", "simulated": "yes"}'
    content = b'{"format": "scoliogait.predictions", "version": 1, "facts": ' + facts + b"}"
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"scoliogait.predictions": content}), path)
    about = read_predictions(path).about
    assert (about.data.name, about.data.subset, about.data.origin) == ("cohort", "validation", "simulated")
    assert (about.model.digest, about.model.selection, about.device) == ("950c", "validation", "cpu")


def test_facts_that_contradict_themselves_are_named(tmp_path: Path) -> None:
    path = write_predictions(tmp_path / "p.parquet", some_predictions())
    content = b'{"format": "scoliogait.predictions", "version": 1, "facts": {"simulated": "perhaps"}}'
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"scoliogait.predictions": content}), path)
    with pytest.raises(DataError, match=r"p\.parquet: simulated is 'perhaps'; expected yes or no"):
        read_predictions(path)


@pytest.mark.parametrize(
    "content", [b"{not json", b"\xff\xfe", b"[1]", b'{"version": 1}', b'{"version": 1, "facts": []}']
)
def test_facts_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    path = write_predictions(tmp_path / "p.parquet", some_predictions())
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"scoliogait.predictions": content}), path)
    with pytest.raises(DataError, match=r"p\.parquet: .*facts"):
        read_predictions(path)


@pytest.mark.parametrize(
    ("label", "named"), [([0, 2, 1], "column label holds int64"), (["negative", "sick", None], "class 'sick'")]
)
def test_labels_that_name_no_class_are_refused(tmp_path: Path, label: list, named: str) -> None:
    path = write_predictions(tmp_path / "p.parquet", some_predictions())
    table = pq.read_table(path)
    pq.write_table(table.set_column(table.column_names.index("label"), "label", pa.array(label)), path)
    with pytest.raises(DataError, match=named) as caught:
        read_predictions(path)
    assert str(caught.value).count("p.parquet") == 1


def test_a_full_disk_keeps_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_predictions(tmp_path / "p.parquet", some_predictions())
    before = path.read_bytes()

    def fail(table: object, where: Path) -> None:
        where.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.pq, "write_table", fail)
    with pytest.raises(DataError, match=r"p\.parquet: cannot be written"):
        write_predictions(path, some_predictions(facts={}))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["p.parquet"]
