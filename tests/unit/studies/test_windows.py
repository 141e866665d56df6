"""The study of windows in small: what it scores is what the package scores, and a stopped study goes on."""

from pathlib import Path

import numpy as np
import pytest
import typer.testing
from studies import windows
from studies.windows_table import Scored, figures_of, table_of

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.files import read_json
from scoliogait.scores import WindowLogits
from scoliogait.simulation.cohort import plan_cohort, simulate_walk

PLAN = windows.Plan(n_walks=6, walks_per_person=2.0)


@pytest.fixture(autouse=True)
def short_films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "FILMED", (30, 50))


def test_it_scores_as_the_package_does() -> None:
    bundle = load_bundle(model_folder("builtin:demo"))
    config = PLAN.cohort(3)
    first = plan_cohort(config)[0]
    found = windows.score(bundle, config, first)
    walk = simulate_walk(config, first).walk
    np.testing.assert_allclose(found["windows 50"], bundle.window_logits(walk).logits, atol=1e-5)
    assert walk.poses is not None
    short = bundle.contract.model_input(walk)["frames"][:30]
    np.testing.assert_allclose(found["whole 30"], bundle.module(short[None]).logits.mean(-1).detach(), atol=1e-5)
    assert {key: len(value) for key, value in found.items()} == {
        "whole 30": 1,
        "whole 50": 1,
        "windows 30": 2,
        "windows 50": 3,
    }


@pytest.mark.slow
def test_it_writes_its_tables_and_goes_on(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(windows.main)
    line = ["--out", str(tmp_path), "--seed", "3", "--walks", "30"]
    outputs = []
    for _ in range(2):
        result = typer.testing.CliRunner().invoke(app, line, catch_exceptions=False)
        assert result.exit_code == 0
        outputs.append((tmp_path / "windows.md").read_text(encoding="utf-8"))
    assert outputs[0] == outputs[1]
    found = read_json(tmp_path / "windows.json")["models"]["demo"]
    assert found["n_walks"] == 30
    assert set(found["scored"]) == {"whole 30", "whole 50", "windows 30", "windows 50"}
    assert 0 <= found["coverage"]["50"]["share"] <= 1


@pytest.mark.filterwarnings("ignore:no walk is neutral")
def test_the_figures_of_recordings_that_are_known() -> None:
    """Two recordings of one person that agree, two of another that do not; windows that see nothing new."""
    bundle = load_bundle(model_folder("builtin:demo"))
    calm, other = np.array([0.1, 0.0, -0.1]), np.array([-0.5, 0.0, 0.5])
    logits = np.repeat(np.stack([calm, calm, calm, other]), 2, axis=0)
    in_windows = WindowLogits(logits, np.full(4, 2), np.full(4, 2.0))
    whole = WindowLogits.of_whole_walks(np.stack([calm, calm, calm, other]))
    one = Scored(("a", "a", "b", "b"), np.array([0, 0, 0, 2]), {("whole", 40): whole, ("windows", 40): in_windows})
    found = figures_of(bundle, [one])
    assert found["coverage"]["40"]["n_pairs"] == 4
    assert found["coverage"]["40"]["by_class"]["positive"] == 0.5
    assert found["scored"]["whole 40"]["sensitivity_abnormal"]["value"] == 1.0
    assert found["shift"]["whole"]["largest"] == 0.0
    assert "4 walks of 2 people" in table_of(found)
