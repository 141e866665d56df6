"""The models that come with the package say what they are and screen a real walk."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import scoliogait as sg
from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.checkpoints.model_folder import builtin_models
from scoliogait.data.partition import Partition
from scoliogait.data.store import write_store
from scoliogait.results.seen_walks import refuse_leak, seen_walks
from scoliogait.samples import sample_paths
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.training.recipe_file import load_recipe

RECIPES = {"builtin:demo": "small-ske", "builtin:pose-set": "pretrain-pose-set"}


@pytest.fixture(scope="module", params=RECIPES)
def screener(request: pytest.FixtureRequest) -> sg.Screener:
    return sg.load_model(request.param, "cpu")


def test_these_are_all() -> None:
    assert builtin_models() == sorted(RECIPES)
    assert DEFAULT_MODEL in RECIPES


def test_it_is_marked_as_trained_on_simulated_walkers(screener: sg.Screener) -> None:
    assert screener.training_walks == "simulated"
    assert screener.bundle.provenance["selection"] == "validation"
    card = (screener.bundle.path / "README.md").read_text(encoding="utf-8")
    assert "simulated" in card
    assert "not a medical device" in card


def test_it_is_the_model_of_its_recipe(screener: sg.Screener) -> None:
    recipe = load_recipe(RECIPES[f"builtin:{screener.bundle.path.name}"])
    assert screener.bundle.contract == recipe.contract.model_copy(update={"training_frames": recipe.sampler.frames})
    assert screener.bundle.window_spread is not None
    assert screener.bundle.architecture == recipe.model


def test_it_screens_a_real_walk(screener: sg.Screener) -> None:
    path = next(p for p in sample_paths() if p.stem == "intel_worker_back")
    result = screener.screen(sg.read_walk(path))
    assert sum(result.probabilities.values()) == pytest.approx(1.0)
    assert result.probabilities[result.predicted] == max(result.probabilities.values())
    assert result.trained_on_simulated_walks
    assert any("simulated walkers" in statement for statement in result.statements)


def test_its_validation_chose_the_threshold_that_its_card_names(screener: sg.Screener) -> None:
    chosen = screener.bundle.answer_threshold
    assert chosen is not None
    assert chosen.n_walks == sum(screener.bundle.provenance["counts"]["validation"].values())
    assert f"from a probability of {chosen.value:.3g} on" in (screener.bundle.path / "README.md").read_text("utf-8")


def test_a_walk_of_the_training_of_the_demo_is_found_among_test_walks(tmp_path: Path) -> None:
    """The cohort is made again in part: the record holds its walks under the ids that a cohort of 1200 gives them."""
    screener = sg.load_model("builtin:demo", "cpu")
    record = screener.bundle.walks()
    assert record is not None
    assert record.complete
    roles = {walk.walk_id: walk.role for walk in record.walks}
    assert Counter(roles.values()) == {"train": 480, "validation": 121}
    config = CohortConfig(n_walks=1200, n_frames=60, seed=0, silhouettes=False)
    walks = [simulate_walk(config, plan).walk for plan in plan_cohort(config)[:12]]
    known = {walk.walk_id for walk in walks} & set(roles)
    assert 0 < len(known) < 12
    renamed = [walk.with_changes(walk_id=f"other-{walk.walk_id}") for walk in walks]
    store = write_store(tmp_path / "store", renamed, {"simulated": "yes"})
    ids = store.walk_ids
    seen = seen_walks(screener.bundle, store, Partition("own", ids[:1], ids[1:]))
    assert set(seen.walk_ids) == {f"other-{walk_id}" for walk_id in known} - {ids[0]}
    with pytest.raises(sg.DataError, match=rf"{len(seen.walk_ids)} of 11 test walks trained or chose this model"):
        refuse_leak(seen, allow_leak=False)


def test_start_weights_are_small_and_state_the_seed_of_their_cohort_instead_of_its_walks() -> None:
    bundle = sg.load_model("builtin:pose-set", "cpu").bundle
    assert sum(file.stat().st_size for file in bundle.path.iterdir()) < 500_000  # 300,000 and the exported file
    assert bundle.walks() is None
    assert bundle.facts.trained_on.simulation_seed == "1000"
    assert sum(np.prod(p.shape) for p in bundle.module.parameters()) == 50_632
    provenance = bundle.provenance
    assert provenance["recipe"]["trainer"]["steps"] == load_recipe("pretrain-pose-set").trainer.steps
    assert sum(provenance["counts"]["train"].values()) > 20_000
