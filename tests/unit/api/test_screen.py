"""``sg.screen`` beside ``scoliogait screen``: the same JSON; a result that states its doubts wherever it is shown."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import scoliogait as sg
from bundles import untrained_bundle
from pictures import is_drawn
from scoliogait.checkpoints.bundle import save_bundle
from scoliogait.cli import app
from scoliogait.models.build import build_model
from scoliogait.models.config import PoseSetConfig
from scoliogait.representation.arrays import model_arrays
from scoliogait.representation.contract import InputContract
from scoliogait.screening import WalkRefusedError
from walk_fixtures import drawn_silhouettes


def test_the_command_writes_the_same_values(tmp_path: Path) -> None:
    paths = {path.stem: path for path in sg.sample_paths()}
    file = tmp_path / "result.json"
    line = ["screen", str(paths["intel_worker_back"]), "--json", str(file)]
    assert CliRunner().invoke(app, line, catch_exceptions=False).exit_code == 0
    (written,) = json.loads(file.read_text(encoding="utf-8"))["walks"]
    del written["file"]
    for given in (paths["intel_worker_back"], str(paths["intel_worker_back"]), sg.sample("intel_worker_back")):
        found = sg.screen(given)
        assert json.loads(json.dumps(found.to_dict())) == {
            key: value for key, value in written.items() if key != "file"
        }


def test_a_frame_rate_can_be_stated_where_the_walk_has_none(tmp_path: Path) -> None:
    walk = sg.sample("intel_worker_back")
    unknown = walk.with_changes(frame_rate_hz=None)
    given = sg.screen(unknown, frame_rate_hz=walk.frame_rate_hz)
    assert given.to_dict() == sg.screen(walk).to_dict()
    assert given.walk.frame_rate_hz == walk.frame_rate_hz
    with pytest.raises(sg.DataError, match=r"states .* frames a second, but 240 were given"):
        sg.screen(walk, frame_rate_hz=240)
    sg.write_walk(tmp_path / "walk.npz", unknown)
    lines = [["screen", str(tmp_path / "walk.npz"), "--json", str(tmp_path / f"{index}.json")] for index in range(2)]
    lines[1] += ["--frame-rate-hz", f"{walk.frame_rate_hz:g}"]
    rates = []
    for line in lines:
        assert CliRunner().invoke(app, line, catch_exceptions=False).exit_code == 0
        (written,) = json.loads(Path(line[3]).read_text(encoding="utf-8"))["walks"]
        rates.append(written["quality"]["frame_rate_hz"])
    assert rates == [None, walk.frame_rate_hz]


def test_a_loaded_model_is_taken_as_it_is() -> None:
    model = sg.load_model("builtin:demo")
    result = sg.screen(sg.sample("cmu_06_01_front"), model)
    assert result.screener is model
    assert result.screening == model.screen(result.walk)
    assert result.predicted == max(result.probabilities, key=result.probabilities.__getitem__)
    assert result.asymmetry["shoulders"].tilt_deg is not None


def test_it_shows_result_doubts_and_statements() -> None:
    result = sg.screen(sg.sample("intel_worker_back"))
    assert result.inconclusive
    for words in (str(result), result._repr_html_()):
        assert "intel_worker_back: inconclusive" in words
        assert "not a medical device" in words
        assert "trained on simulated walkers" in words
        assert f"{result.probabilities['neutral']:.3f}" in words
        assert result.screening.reasons[0] in words
    assert is_drawn(result.plot())


def test_a_name_from_outside_stays_text_in_a_page() -> None:
    evil = sg.sample("intel_worker_back").with_changes(walk_id="<img src=x onerror=alert(1)>", source="<b>bold</b>")
    page = sg.screen(evil)._repr_html_()
    assert "<img" not in page
    assert "<b>bold" not in page
    assert "&lt;img src=x" in page


def test_a_side_view_is_refused_with_what_was_seen() -> None:
    with pytest.raises(WalkRefusedError, match="side view") as refusal:
        sg.screen(sg.sample("sports2d_woman_side"))
    assert refusal.value.quality.view == "side"


@pytest.mark.parametrize("representation", ["silhouette", "silhouette+skeleton-map"])
def test_a_picture_leaves_out_what_is_not_there(representation: str, tmp_path: Path) -> None:
    contract = {"representation": representation}
    if "skeleton" in representation:
        contract["skeleton_map"] = {}
    bundle = untrained_bundle(tmp_path / "model", contract=InputContract.model_validate(contract))
    walk = sg.sample("intel_worker_back")
    assert walk.poses is not None
    walk = walk.with_changes(silhouettes=drawn_silhouettes(walk.poses), silhouettes_aligned=True)
    result = sg.screen(walk, bundle)
    headings = {panel.get_suptitle() for panel in result.plot().subfigs}
    assert ("skeleton maps" in headings) == ("skeleton" in representation)
    assert is_drawn(result.plot())


def test_maps_in_the_picture_are_the_limbs_and_joints_that_the_model_was_fed() -> None:
    result = sg.screen(sg.sample("intel_worker_back"), "builtin:demo")
    np.testing.assert_array_equal(result._maps(), model_arrays(result.screener.model.contract, result.walk)["frames"])
    assert result._coordinates() is None


def test_coordinates_in_the_picture_are_those_that_the_model_was_fed(tmp_path: Path) -> None:
    contract = InputContract.model_validate({"representation": "coordinates", "coordinates": {}})
    module = build_model(PoseSetConfig(width=8), torch.Generator().manual_seed(0))
    bundle = save_bundle(tmp_path / "model", module, contract, provenance={}, metrics={})
    result = sg.screen(sg.sample("intel_worker_back"), bundle)
    fed = result.screener.bundle.contract.model_input(result.walk)["poses"].numpy()
    np.testing.assert_array_equal(result._coordinates(), fed)
    assert result._maps() is None
    headings = [panel.get_suptitle() for panel in result.plot().subfigs]
    assert headings[1] == "coordinates"
