"""The main job on this machine: simulate, train, test, screen real people, write the page; small, nothing faked."""

import json
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.cli import app
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.screening import load_model
from scoliogait.training.run_folder import RunFolder
from training_fixtures import TINY

FEW_STEPS = [value for value in TINY if not value.startswith(("model.", "data."))]


def run_demo(out: Path, *more: str) -> str:
    settings = [f"--set={value}" for value in FEW_STEPS]
    result = CliRunner().invoke(app, ["demo", "--out", str(out), "--walks=48", "--frames=40", *settings, *more])
    if isinstance(result.exception, DataError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "it's a demo"
    run_demo(out)
    return out


def headings(page: str) -> Sequence[str]:
    return re.findall(r"<h3>(.*?) <span", page)


def test_page_shows_every_sample_with_a_result_or_a_refusal(finished: Path) -> None:
    page = (finished / "index.html").read_text(encoding="utf-8")
    assert len(headings(page)) == 6
    assert "side view: the shoulders appear" in page
    assert page.count('class="tag not-usable"') == 1
    assert page.count('class="tag screened"') + page.count('class="tag inconclusive"') == 5
    assert "trained and tested on <strong>simulated walkers</strong>" in page
    assert "not a medical device" in page
    assert page.count("data:image/png;base64,") >= 2 + 5 * 3
    assert not re.search(r'(src|href)="(?!data:|reports/)', page), "the page must stand alone but for its report"
    assert str(Path(sg.__file__).parent) not in page
    assert page.count('<figure class="tall">') == page.count('class="pictures beside"') == 5


def test_it_ends_with_the_report_of_a_real_recording_which_the_page_links(finished: Path) -> None:
    page = (finished / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(reports/[^"]+)"', page)
    kinds = {"html", "json", "fhir.json"} | ({"pdf"} if find_spec("typst") else set())
    names = {f"{name}.{kind}" for name in ("intel_worker_back", "rendered-figure-no-person") for kind in kinds}
    assert {Path(link).name for link in links} == names
    assert all((finished / link).stat().st_size > 1000 for link in links)
    assert {path.name for path in (finished / "reports").iterdir()} == names
    report = json.loads((finished / "reports" / "intel_worker_back.json").read_text(encoding="utf-8"))
    assert f"(result: {report['result']['state']})" in page
    told = (finished / "reports" / "intel_worker_back.html").read_text(encoding="utf-8")
    assert "This program learned from computer-made walkers" in told
    assert report["result"]["state"] == "inconclusive"
    assert "Not sure" in told, "the doubt of the recording is shown as such"
    for text in (page, told, json.dumps(report)):
        assert str(Path(sg.__file__).parent) not in text
        assert str(finished) not in text


def test_the_rendered_walker_is_called_so_and_its_truth_stands_beside_what_was_measured(finished: Path) -> None:
    page = (finished / "index.html").read_text(encoding="utf-8")
    told = (finished / "reports" / "rendered-figure-no-person.html").read_text(encoding="utf-8")
    report = json.loads((finished / "reports" / "rendered-figure-no-person.json").read_text(encoding="utf-8"))
    assert "the report of a rendered walker, no person" in page
    assert "rendered-figure-no-person" in told, "where the person would be named"
    assert "a drawn figure moved by a captured walk; no person was filmed" in told
    assert report["n_passes"] == 2
    tilt = next(one for one in report["asymmetries"] if one["measure"] == "shoulder_tilt")
    assert tilt["interval"][0] < -4.0 < tilt["interval"][1] < 0, "what was planted is found, with its side"
    assert report["camera_roll"]["interval"][0] < 2.0 < report["camera_roll"]["interval"][1]
    rows = re.findall(r'<td class="number">(\S*)°</td><td class="number">(\S*)°</td>', page)
    assert "3 of 3 intervals hold what was planted" in page
    assert [planted for planted, _ in rows] == ["\N{MINUS SIGN}4.0", "0.0", "+2.0"]
    assert float(rows[0][1].replace("\N{MINUS SIGN}", "-")) == pytest.approx(tilt["value"], abs=0.051)


def test_figures_on_the_page_are_those_of_the_predictions(finished: Path) -> None:
    page = (finished / "index.html").read_text(encoding="utf-8")
    metrics = json.loads((finished / "evaluation" / "metrics.json").read_text())
    predictions = read_predictions(finished / "evaluation" / "predictions.parquet")
    accuracy = float((predictions.predicted == predictions.labels).mean())
    assert metrics["metrics"]["accuracy"]["value"] == pytest.approx(accuracy)
    assert f"<strong>{100 * accuracy:.1f} %</strong>" in page
    delivered = json.loads((finished / "evaluation" / "delivered.json").read_text())
    answered = delivered["outcomes"]["screened"]
    assert "What screening would deliver" in page
    assert f"{answered['n_right']} of {answered['n']} walks" in page
    assert 'alt="Risk against coverage"' in page
    assert all(kind in page for kinds in delivered["reasons"].values() for kind in kinds)
    assert predictions.simulated
    assert predictions.facts["selection"] == "validation"


def test_the_model_it_leaves_can_be_used(finished: Path) -> None:
    assert load_model(finished / "run" / "model").training_walks == "simulated"
    assert (finished / "screening.png").stat().st_size > 10_000


@pytest.mark.slow
def test_a_second_call_keeps_what_is_finished(finished: Path) -> None:
    before = (finished / "run" / "model" / "model.safetensors").stat().st_mtime_ns
    assert "begun by an earlier call" not in (finished / "index.html").read_text(encoding="utf-8")
    said = run_demo(finished)
    assert (finished / "index.html").as_uri() in said, "how to open the page, with what a browser needs for a blank"
    for name in ("intel_worker_back", "rendered-figure-no-person"):
        assert str(finished / "reports" / f"{name}.html") in said
    assert (finished / "index.html").read_text(encoding="utf-8").count("begun by an earlier call") == 3
    assert [entry["event"] for entry in RunFolder(finished / "run").ledger.entries()] == ["test opened", "test result"]
    assert (finished / "run" / "model" / "model.safetensors").stat().st_mtime_ns == before


def test_the_cohort_of_the_start_weights_and_a_demo_of_another_recipe_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="seed 1000 made the walks that trained builtin:pose-set"):
        run_demo(tmp_path / "demo", "--seed=1000")
    assert not (tmp_path / "demo").exists()
    with monkeypatch.context() as earlier:
        earlier.setattr("scoliogait.api.demo.RECIPE", "small-ske")
        earlier.setattr("scoliogait.api.demo._simulate", _stop)
        with pytest.raises(RuntimeError, match="stopped"):
            sg.demo(tmp_path / "demo", walks=48, frames=40)
    with pytest.raises(DataError, match="holds a demo with other settings"):
        sg.demo(tmp_path / "demo", walks=48, frames=40)


def _stop(*_: object) -> None:
    raise RuntimeError("stopped")


def test_other_settings_and_foreign_folders_are_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds a demo with other settings"):
        run_demo(finished, "--seed=5")
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something else than a demo"):
        run_demo(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.slow
def test_from_python_it_is_the_same_demo_and_shows_itself(finished: Path) -> None:
    made = sg.demo(finished, walks=48, frames=40, settings=FEW_STEPS)  # goes on with a finished one: nothing is redone
    assert made.page.is_file()
    assert len(made.run.path.joinpath("ledger.jsonl").read_text().splitlines()) == 2
    accuracy = made.evaluation.metrics["accuracy"]
    for words in (str(made), made._repr_html_()):
        assert f"accuracy {accuracy:.3f}" in words
        assert "not a medical device" in words
        assert "simulated" in words
    assert is_drawn(made.plot())
    with pytest.raises(DataError, match="too few to train on"):
        sg.demo(finished, walks=12)
