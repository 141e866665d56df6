"""Every recipe of the package runs: shrunk to three steps, it ends in a bundle that loads and says what it sees."""

from pathlib import Path

import numpy as np
import pytest

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.opengait import export_checkpoint
from scoliogait.data.partition import read_partition
from scoliogait.data.store import WalkStore
from scoliogait.models.build import build_model
from scoliogait.models.config import ScoNetConfig
from scoliogait.results.evaluate import evaluate_test_walks
from scoliogait.results.opening import open_test_set
from scoliogait.training.fit import fit
from scoliogait.training.recipe_file import load_recipe, recipe_names
from training_fixtures import shrunk, tiny_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("recipes") / "store", silhouettes=True)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiny = ScoNetConfig(in_channels=2, channels=(4, 4, 8, 8), embedding=8, parts=4)
    return export_checkpoint(build_model(tiny), tmp_path_factory.mktemp("recipes") / "source.pt")


@pytest.mark.parametrize("name", recipe_names())
def test_recipe_runs_to_a_model_that_predicts(name: str, store: WalkStore, checkpoint: Path, tmp_path: Path) -> None:
    weights = [f"start.weights={checkpoint}", "start.label_order=[negative, positive, neutral]"]
    started = load_recipe(name).start.freeze
    recipe = load_recipe(name, shrunk(name, store, *(weights if started else [])))
    run = fit(recipe, tmp_path / "run")
    bundle = load_bundle(run.model)
    assert bundle.architecture == recipe.model
    given, learned = (
        contract.model_dump(exclude={"pav", "outline"}) for contract in (recipe.contract, bundle.contract)
    )
    assert learned == given | {"training_frames": recipe.sampler.frames}
    assert (bundle.window_spread is None) == (recipe.contract.evaluation_frames == "whole")
    assert (bundle.contract.pav is None) == (recipe.contract.pav is None)
    assert bundle.contract.pav is None or bundle.contract.pav.is_ready
    assert (bundle.contract.outline is None) == (recipe.contract.outline is None)
    assert bundle.contract.outline is None or bundle.contract.outline.is_ready
    card = (run.model / "README.md").read_text()
    assert f"architecture {recipe.model.architecture}" in card
    own = read_partition(store.path / "partition.json")
    opening = open_test_set(run.ledger, store, own, model_digest=bundle.digest, selection=bundle.facts.selection)
    predictions = evaluate_test_walks(opening, bundle)
    assert np.isfinite(predictions.mean_logits).all()
    assert predictions.mean_logits.std(axis=0).max() > 0  # walks are told apart
    one = bundle.mean_logits(store.walk(18)).numpy()
    np.testing.assert_allclose(one, predictions.mean_logits[0], rtol=0, atol=1e-5)
