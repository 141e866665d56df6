"""``data check --by`` and ``evaluate --by``, as functions and as typed, and a site planted into a simulated cohort."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.strata_verdict import BETWEEN
from scoliogait.ledger import OPENED, Ledger
from scoliogait.simulation.cohort import simulate_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.walk import Walk
from training_fixtures import shrunk, tiny_store

RECIPE = "small-pose-set"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("columns") / "store")


@pytest.fixture(scope="module")
def people(store: WalkStore) -> Path:
    """A site and a sex of every person; of one the sex is unknown."""
    path = store.path.parent / "people.csv"
    rows = {
        person: f"{person},{'AB'[k % 2]},{'fm'[k // 2 % 2]},{k}"
        for k, person in enumerate(sorted(set(store.subject_ids)))
    }
    path.write_text("subject,site,sex,number\n" + "\n".join(rows.values()) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("runs") / "run"
    return sg.train(RECIPE, store.path, folder, settings=shrunk(RECIPE, store)).path


def command(*arguments: object, code: int = 0) -> str:
    answer = CliRunner(env={"COLUMNS": "220"}).invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert answer.exit_code == code, answer.output
    return " ".join(answer.output.split())


def test_a_store_is_checked_by_a_table(store: WalkStore, people: Path) -> None:
    result = sg.check_column(store.path, "site", table=people, resamples=20)
    assert [one["name"] for one in result.to_dict()["strata"]] == ["A", "B"]
    assert sum(one["n_walks"] for one in result.content["strata"]) == len(store)
    assert is_drawn(result.plot())
    # 2: the drawn walks themselves are too short to screen
    said = command("data", "check", store.path, "--by", "site", "--by", "sex", "--table", people, code=2)
    assert "classes by site (24 walks" in said
    assert "classes by sex (24 walks" in said
    printed = CliRunner().invoke(
        app, ["data", "check", str(store.path), "--by", "site", "--table", str(people), "--json"]
    )
    (column,) = json.loads(printed.stdout)["columns"]
    assert column["strata"] == result.to_dict()["strata"]


def test_a_table_of_labels_brings_its_own_columns(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    rows = [f"w{k},{'negative' if k % 2 else 'positive'},{'AB'[k % 2]},{'xy'[k % 4 // 2]}" for k in range(20)]
    labels.write_text("id,class,site,camera\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert "site identifies the class" in command("data", "check", labels, "--by", "site", code=2)
    assert "camera alone is not shown" in command("data", "check", labels, "--by", "camera")


def test_an_evaluation_is_divided(store: WalkStore, people: Path, trained: Path, tmp_path: Path) -> None:
    options = ("--subset", "train", "--resamples", 20, "--out")
    said = command("evaluate", trained, *options, tmp_path / "a", "--by", "site", "--by", "sex", "--table", people)
    written = json.loads((tmp_path / "a" / "strata.json").read_text())
    assert set(written) == {"site", "sex"}
    result = sg.evaluate(trained, subset="train", resamples=20, out=tmp_path / "b", by="site", table=people)
    assert result.strata[0].to_dict() == written["site"]
    again = sg.stratify(tmp_path / "b", "site", table=people, resamples=20)
    assert again.to_dict() == written["site"]
    assert set(again.verdicts) == {"abnormal", "positive"}
    assert is_drawn(again.plot())
    for line in (*again.summary_words().notes, *again.summary_words().statements):
        assert " ".join(line.split()) in said
    assert "did you mean source" in command_error("evaluate", trained, *options, tmp_path / "c", "--by", "sorce")


def command_error(*arguments: object) -> str:
    with pytest.raises(DataError) as caught:
        command(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_wrong_column_costs_no_opening(store: WalkStore, people: Path, trained: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(trained, tmp_path / "run"))
    short = tmp_path / "short.csv"
    short.write_text("\n".join(people.read_text().splitlines()[:3]) + "\n")
    one = tmp_path / "one.csv"
    one.write_text(people.read_text().replace(",B,", ",A,"))
    for arguments, said in (
        (["--by", "sit", "--table", people], "did you mean site"),
        (["--by", "site", "--table", short], "has no line for"),
        (["--by", "site", "--table", one], "one value, 'A'"),
        (["--by", "number", "--table", people], "names people"),
        (["--by", "site"], "has no column 'site'"),
        (["--table", people], "add --by COLUMN"),
    ):
        assert said in command_error("evaluate", run, "--test", *arguments)
    assert not any(entry.kind == OPENED for entry in Ledger(run / "ledger.jsonl").entries())
    command("evaluate", run, "--test", "--resamples", 20, "--by", "site", "--table", people)
    assert (run / "test" / "strata.json").is_file()


def clues_to_the_camera(walk: Walk) -> list[float]:
    """How far the feet sink in the picture for each pixel that the walker grows: it tells the height of the camera."""
    assert walk.poses is not None
    y = walk.poses[..., 1]
    feet, head = y[:, 15:17].mean(axis=1), y[:, 0]
    return [float(np.polyfit(feet - head, feet, 1)[0]), float((feet - head).mean())]


def filmed(seed: int, height_m: float, shares: tuple[float, float, float], n: int) -> list[Walk]:
    config = CohortConfig(
        n_walks=n,
        n_frames=20,
        seed=seed,
        camera_height_m=height_m,
        class_shares=shares,
        silhouettes=False,
        turn_share=0,
    )
    return [one.walk for one in simulate_cohort(config)]


def judged(shares_of_sick: tuple[float, float]) -> sg.StratifiedEvaluation:
    """A model trained on the walks of two sites, whose cameras stand at different heights, and tested on other people.

    shares_of_sick: of the walks of the low and of the high camera.
    """
    sides = []
    for seed in (10, 20):
        site_of, walks = {}, []
        for place, (height_m, share) in enumerate(zip((0.6, 2.4), shares_of_sick, strict=True)):
            for walk in filmed(seed + place, height_m, (1 - share, 0, share), 60):
                name = f"{'low' if place == 0 else 'high'}-{walk.walk_id}"
                site_of[name] = "low" if place == 0 else "high"
                walks.append((name, f"{site_of[name]}-{walk.subject_id}", walk))
        features = np.array([clues_to_the_camera(walk) for _, _, walk in walks])
        sides.append((walks, features, np.array([int(walk.label or 0) for _, _, walk in walks]), site_of))
    (_, seen, labels, _), (walks, features, truth, site_of) = sides
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    model = LogisticRegression().fit((seen - mean) / spread, labels > 0)
    sick = model.predict_proba((features - mean) / spread)[:, 1]
    probabilities = np.stack([1 - sick, np.zeros(len(sick)), sick], axis=1)
    names, people = tuple(name for name, _, _ in walks), tuple(person for _, person, _ in walks)
    result = Predictions(names, people, truth, np.log(probabilities + 1e-9), probabilities, {"simulated": "yes"})
    return divide_by_site(result, site_of)


def divide_by_site(result: Predictions, site_of: dict[str, str]) -> sg.StratifiedEvaluation:
    from scoliogait.api.columns import divide
    from scoliogait.data.walk_column import WalkColumn

    return divide(result, WalkColumn("site", "planted", site_of), 200, 0)


def test_a_planted_site_is_found() -> None:
    """Sick people were filmed by the high camera: the model looks good, and within a site it is at chance."""
    result = judged((0.1, 0.9))
    found = result.content["groups"]["abnormal"]
    assert found["pooled"]["value"] > 0.75
    assert found["pooled"]["interval"][0] > 0.65
    assert found["within"]["interval"][0] < 0.5 + 0.1
    assert found["within"]["value"] < 0.65
    assert result.verdicts["abnormal"] == BETWEEN
    assert any("most of the abnormal result lies between" in line for line in result.summary_words().statements)


def test_without_the_confound_there_is_no_verdict() -> None:
    result = judged((0.5, 0.5))
    assert result.verdicts["abnormal"] is None
    assert not result.summary_words().statements
