"""``scoliogait compare``: reads files, folders and patterns, says its verdict, writes it."""

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from typer.testing import CliRunner

from scoliogait.cli import app
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions, write_predictions
from scoliogait.scores import probabilities

LABELS = np.random.default_rng(0).integers(0, 3, 90)


def write_model(path: Path, skill: float, seed: int, labels: np.ndarray = LABELS) -> Path:
    logits = skill * np.eye(3)[labels] + np.random.default_rng(seed).normal(scale=0.25, size=(len(labels), 3))
    names = tuple(f"w{row}" for row in range(len(labels)))
    people = tuple(f"p{row // 3}" for row in range(len(labels)))
    facts = {"simulated": "yes", "model_digest": f"{skill}-{seed}"}
    return write_predictions(path, Predictions(names, people, labels, logits, probabilities(logits), facts))


def compare(*arguments: object):
    return CliRunner().invoke(app, ["compare", *(str(argument) for argument in arguments)])


def test_two_models_a_sentence_and_a_folder(tmp_path: Path) -> None:
    weak = write_model(tmp_path / "weak.parquet", 0.1, 1)
    write_model(tmp_path / "strong" / "predictions.parquet", 0.7, 2)
    answer = compare(weak, tmp_path / "strong", "--out", tmp_path / "out", "--resamples", 300)
    assert answer.exit_code == 0, answer.output
    content = json.loads((tmp_path / "out" / "compare.json").read_text())
    (only,) = content["comparisons"]
    assert only["verdict"] == "better"
    assert "strong is better than" in only["sentence"]
    assert "on the same 90 walks of 30 people" in only["sentence"]
    assert only["sentence"] in answer.output
    assert any("simulated" in text for text in content["statements"])
    assert content["models"][0]["runs"][0]["model_digest"] == "0.1-1"
    assert imread(tmp_path / "out" / "differences.png").std() > 0.02


def test_a_run_stands_for_its_test(tmp_path: Path) -> None:
    files = [write_model(tmp_path / name / "test" / "predictions.parquet", 0.4, 3) for name in ("first", "second")]
    runs, tests = (compare(*paths, "--resamples", 50) for paths in ([tmp_path / "first", tmp_path / "second"], files))
    assert runs.exit_code == 0, runs.output
    assert "difference +0.000" in runs.output
    assert "difference +0.000" in tests.output


def test_a_run_that_was_not_tested_is_named(tmp_path: Path) -> None:
    (tmp_path / "untested").mkdir()
    with pytest.raises(DataError, match=r"untested: holds no predictions\.parquet and no test of a run"):
        CliRunner().invoke(app, ["compare", str(tmp_path / "untested"), "x"], catch_exceptions=False)


def test_seeds_by_comma_and_by_pattern_and_three_models(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        write_model(tmp_path / f"a-{seed}" / "predictions.parquet", 0.3, seed)
        write_model(tmp_path / f"b-{seed}.parquet", 0.32, 10 + seed)
    commas = ",".join(str(tmp_path / f"b-{seed}.parquet") for seed in (1, 2, 3))
    other = write_model(tmp_path / "c.parquet", 0.9, 20)
    answer = compare(tmp_path / "a-*", commas, other, "--resamples", 200, "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    content = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert [one["n_seeds"] for one in content["comparisons"]] == [[3, 3], [3, 1]]
    assert content["comparisons"][0]["verdict"] == "not shown to differ"
    assert content["method"]["correction"].startswith("Holm")
    # Written again over the older comparison, but never over something else.
    assert compare(tmp_path / "a-*", commas, "--out", tmp_path / "out", "--resamples", 50).exit_code == 0
    with pytest.raises(DataError, match="is no comparison"):
        CliRunner().invoke(app, ["compare", str(other), commas, "--out", str(tmp_path / "a-1")], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.parquet",), "at least two"),
        (("a.parquet", "nothing-*"), "nothing-.*matches nothing"),
        (("a.parquet", "missing.parquet"), r"missing\.parquet: is not a readable parquet"),
        (("a.parquet", ""), "a model to compare is empty"),
        (("a.parquet", "a.parquet", "--out", "short.parquet"), r"short\.parquet: exists and is no comparison"),
        (
            ("a.parquet", "short.parquet"),
            r"short\.parquet compared with a\.parquet: different walks \(90 and 1 of known class\)",
        ),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "a.parquet", 0.3, 1)
    write_model(tmp_path / "short.parquet", 0.3, 2, LABELS[:1])
    with pytest.raises(DataError, match=message) as caught:
        CliRunner().invoke(app, ["compare", *arguments], catch_exceptions=False)
    assert "\n" not in str(caught.value)
