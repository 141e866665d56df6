"""``sg.compare`` beside ``scoliogait compare``: the same numbers; a verdict that shows itself."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.cli import app
from scoliogait.evaluation.predictions import Predictions, write_predictions
from scoliogait.scores import probabilities
from scoliogait.seen_facts import SeenFacts

LABELS = np.random.default_rng(0).integers(0, 3, 90)


def model(path: Path, skill: float, seed: int) -> Predictions:
    logits = skill * np.eye(3)[LABELS] + np.random.default_rng(seed).normal(scale=0.25, size=(len(LABELS), 3))
    names, people = ([f"{letter}{row // n}" for row in range(len(LABELS))] for letter, n in (("w", 1), ("p", 3)))
    facts = {"simulated": "yes", "model_digest": f"{skill}-{seed}", "model": f"skill-{skill}"}
    made = Predictions(tuple(names), tuple(people), LABELS, logits, probabilities(logits), facts)
    write_predictions(path, made)
    return made


def test_the_command_writes_and_says_the_same(tmp_path: Path) -> None:
    weak, strong = tmp_path / "weak.parquet", tmp_path / "strong" / "predictions.parquet"
    model(weak, 0.1, 1)
    model(strong, 0.7, 2)
    line = ["compare", str(weak), str(strong.parent), "--out", str(tmp_path / "theirs"), "--resamples", "200"]
    answer = CliRunner().invoke(app, line, catch_exceptions=False)
    result = sg.compare(weak, strong.parent, out=str(tmp_path / "ours"), resamples=200)
    assert result.path == tmp_path / "ours"
    contents = [json.loads((tmp_path / name / "compare.json").read_text()) for name in ("ours", "theirs")]
    assert contents[0] == contents[1] == json.loads(json.dumps(result.to_dict()))
    said = " ".join(answer.output.split())
    assert all(sentence in said for sentence in (*result.sentences, *result.statements))
    assert list(result.verdicts.values()) == ["better"]


def test_it_shows_itself(tmp_path: Path) -> None:
    result = sg.compare(model(tmp_path / "a.parquet", 0.3, 1), model(tmp_path / "b.parquet", 0.9, 2), resamples=50)
    for words in (str(result), result._repr_html_()):
        assert "skill-0.9 is better than skill-0.3" in words
        assert "not a medical device" in words
        assert "simulated" in words
        assert "macro-F1" in words
    assert is_drawn(result.plot())
    assert result.path is None


def test_a_list_is_the_seeds_of_one_model(tmp_path: Path) -> None:
    files = [tmp_path / f"{seed}.parquet" for seed in range(4)]
    for seed, file in enumerate(files):
        model(file, 0.4, seed)
    listed = sg.compare(files[:2], files[2:], resamples=50)
    joined = sg.compare(*(",".join(map(str, some)) for some in (files[:2], files[2:])), resamples=50)
    assert listed.comparisons[0].n_seeds == (2, 2)
    assert listed.to_dict()["comparisons"][0]["n_seeds"] == joined.to_dict()["comparisons"][0]["n_seeds"]
    assert listed.comparisons[0].differences == joined.comparisons[0].differences


def test_a_path_with_a_comma_is_one_path(tmp_path: Path) -> None:
    model(tmp_path / "a,b.parquet", 0.3, 1)
    model(tmp_path / "c.parquet", 0.9, 2)
    assert sg.compare(tmp_path / "a,b.parquet", tmp_path / "c.parquet", resamples=50).verdicts


def test_refusals(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    model(file, 0.3, 1)
    with pytest.raises(sg.DataError, match="expected at least two"):
        sg.compare(file)
    with pytest.raises(sg.DataError, match="matches nothing"):
        sg.compare(str(tmp_path / "x*"), file)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(sg.DataError, match="is no comparison"):
        sg.compare(file, file, out=tmp_path / "mine")


def test_models_of_one_name_are_told_apart(tmp_path: Path) -> None:
    made = [model(tmp_path / f"{seed}.parquet", 0.4, seed) for seed in range(3)]
    result = sg.compare(*made, resamples=50)
    assert [side.name for side in result.sides] == [f"skill-0.4 ({number})" for number in (1, 2, 3)]
    assert len(result.verdicts) == 2


def test_a_model_that_saw_test_walks_is_not_compared_unless_that_is_allowed(tmp_path: Path) -> None:
    clean, leaky = model(tmp_path / "a.parquet", 0.3, 1), model(tmp_path / "b.parquet", 0.9, 2)
    said = {"subset": "test"} | SeenFacts(7, 60, True).to_text()
    leaky = replace(leaky, facts=dict(leaky.facts) | said)
    with pytest.raises(sg.DataError, match=r"skill-0\.9: 7 of 60 test walks trained or chose it"):
        sg.compare(clean, leaky)
    result = sg.compare(clean, leaky, allow_leak=True, resamples=50)
    first = str(result).splitlines()[0]
    assert first.startswith("skill-0.9: 7 of 60 test walks trained or chose this model")
    assert result.to_dict()["statements"][0] == first
    assert str(result).count(first) == 1


def test_where_it_is_not_known_the_comparison_says_so_for_each_model(tmp_path: Path) -> None:
    runs = [model(tmp_path / f"{seed}.parquet", 0.4, seed) for seed in (1, 2)]
    known, older = (
        replace(run, facts=dict(run.facts) | {"subset": "test"} | more)
        for run, more in zip(runs, (SeenFacts(0, 60, True).to_text(), {}), strict=True)
    )
    (line,) = (text for text in sg.compare(known, older, resamples=50).statements if "cannot be known" in text)
    assert line.startswith("skill-0.4 (2): Whether any of the test walks")
