"""``evaluate`` beside ``screen``: what it says would be delivered is what screening the same walks delivers."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from typer.testing import CliRunner

import scoliogait as sg
from bundles import untrained_bundle
from scoliogait.cli import app
from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.labels import CLASS_NAMES, ScreeningClass
from scoliogait.measurement import quality
from scoliogait.measurement.side_swaps import exchange_pairs
from scoliogait.walk import Walk
from walker import draw_walker

N_WALKS = 14


def some_walks() -> list[Walk]:
    """Good ones, short ones, one from the side, and one whose sides were exchanged in some frames."""
    walks = []
    for number in range(N_WALKS):
        n_frames = 40 if number % 5 == 4 else 120
        poses = draw_walker(n_frames, shoulder_tilt_deg=0.4 * number, yaw_deg=85 if number == 6 else 0)
        if number == 8:
            exchanged = np.zeros((n_frames, 8), bool)
            exchanged[40:50, 6:] = True  # knees and ankles: their limbs cross in the maps
            poses = exchange_pairs(poses, exchanged)
        label = ScreeningClass(number % 3)
        one = Walk(walk_id=f"w{number:02d}", poses=poses, frame_rate_hz=30.0, label=label, subject_id=f"p{number // 2}")
        walks.append(one)
    return walks


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    folder = tmp_path_factory.mktemp("data") / "cohort"
    store = write_store(folder, some_walks(), {"simulated": "yes", "name": "drawn walkers"})
    ids = [f"w{number:02d}" for number in range(N_WALKS)]
    write_partition(folder / "partition.json", Partition("own", tuple(ids[:2]), tuple(ids[2:])))
    return store


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Temperature 0.05 makes some of an untrained model's results conclusive."""
    return untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", temperature=0.05, simulated="yes")


@pytest.fixture(scope="module")
def evaluation(model: Path, store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> sg.Evaluation:
    out = tmp_path_factory.mktemp("out") / "test"
    return sg.evaluate(model, store.path, out=out, test=True, resamples=100)


def test_every_walk_has_the_outcome_that_screen_gives(evaluation: sg.Evaluation, model: Path, store: WalkStore) -> None:
    screened = {outcome.walk_id: outcome for outcome in sg.screen_many(store.path, model)}
    written = json.loads((evaluation.path / "delivered.json").read_text())
    assert [walk["walk_id"] for walk in written["walks"]] == list(evaluation.predictions.walk_ids)
    assert {walk["outcome"] for walk in written["walks"]} == {"screened", "inconclusive", "not usable"}
    for walk in written["walks"]:
        found = screened[walk["walk_id"]]
        assert walk["outcome"] == found.outcome
        if found.screening is None:
            assert walk["reasons"][0] in str(found.error)
            continue
        assert walk["predicted"] == found.screening.predicted
        assert tuple(walk["reasons"]) == found.screening.reasons
        chances = [found.screening.probabilities[name] for name in CLASS_NAMES]
        assert [walk["probabilities"][name] for name in CLASS_NAMES] == pytest.approx(chances, abs=1e-5)


def test_sides_that_were_put_right_are_seen_by_the_network(evaluation: sg.Evaluation) -> None:
    row = evaluation.predictions.walk_ids.index("w08")
    (walk,) = (
        walk
        for walk in json.loads((evaluation.path / "delivered.json").read_text())["walks"]
        if walk["walk_id"] == "w08"
    )
    stored = evaluation.predictions.probabilities[row]
    assert np.abs(stored - [walk["probabilities"][name] for name in CLASS_NAMES]).max() > 1e-4


def test_the_figures_are_those_of_the_outcomes(evaluation: sg.Evaluation, store: WalkStore) -> None:
    delivered = evaluation.delivered
    assert delivered is not None
    written = json.loads((evaluation.path / "delivered.json").read_text())
    truth = {walk.walk_id: CLASS_NAMES[walk.label] for walk in some_walks()}
    answered = [walk for walk in written["walks"] if walk["outcome"] == "screened"]
    right = sum(walk["predicted"] == truth[walk["walk_id"]] for walk in answered)
    accuracy = delivered["among_answered"]["accuracy"]
    assert (accuracy["n_right"], accuracy["n"]) == (right, len(answered))
    assert delivered["reasons"]["not usable"] == {"side view": 1}
    for words in (str(evaluation), evaluation._repr_html_()):
        assert f"screen would deliver: screened {len(answered)} of {len(written['walks'])}" in words
        assert "risk against coverage: area" in words
    assert imread(evaluation.path / "risk_coverage.png").std() > 0.05


def test_the_quality_of_a_walk_is_looked_at_once(
    model: Path, store: WalkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, look = [], quality._look_at
    monkeypatch.setattr(quality, "_look_at", lambda *given: looked_at.append(1) or look(*given))
    evaluation = sg.evaluate(model, store.path, out=tmp_path / "test", test=True, resamples=20)
    assert len(looked_at) == len(evaluation.predictions)


def test_without_a_delivered_part_the_result_says_so(evaluation: sg.Evaluation) -> None:
    words = "what screen would deliver of these walks is not known"
    assert words in str(replace(evaluation, delivered=None))
    assert words not in str(evaluation)


def test_an_older_evaluation_still_opens(evaluation: sg.Evaluation, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(evaluation.path, tmp_path / name)
        (tmp_path / name / "delivered.json").unlink()
        (tmp_path / name / "risk_coverage.png").unlink()
    line = ["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--resamples", "20"]
    assert CliRunner().invoke(app, line, catch_exceptions=False).exit_code == 0
