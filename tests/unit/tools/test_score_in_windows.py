"""An older bundle scored in windows: the same weights, what was fitted fitted again, other walks refused."""

from pathlib import Path

import pytest
import torch
from tools.score_in_windows import score_in_windows

from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.errors import DataError, ModelError
from scoliogait.training.fit import fit
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from training_fixtures import tiny_overrides, tiny_store


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("whole")
    store = tiny_store(folder / "store")
    settings = tiny_overrides(store, "contract.evaluation_frames=whole", "log.tensorboard=false")
    return fit(load_recipe("small-ske", settings), folder / "run")


def test_the_weights_stay_and_the_rest_is_fitted_again(run: RunFolder, tmp_path: Path) -> None:
    old = load_bundle(run.model)
    made = score_in_windows(run.model, run.path.parent / "store", tmp_path / "model")
    assert all(map(torch.equal, made.module.state_dict().values(), old.module.state_dict().values()))
    assert (made.contract.training_frames, made.contract.evaluation_frames) == (3, "windows")
    assert made.window_spread is not None
    assert made.temperature != old.temperature
    assert made.metrics["validation"]["counts"] == old.metrics["validation"]["counts"] | {
        name: made.metrics["validation"]["counts"][name]
        for name in ("n_predicted_negative", "n_predicted_neutral", "n_predicted_positive")
    }
    assert old.digest in made.provenance["scored_in_windows"]


def test_other_walks_and_unknown_recipes_are_refused(run: RunFolder, tmp_path: Path) -> None:
    from scoliogait.data.partition import Partition, write_partition
    from scoliogait.data.store import write_store
    from walk_fixtures import drawn_walks

    other = write_store(tmp_path / "store", drawn_walks(8, 10, seed=9), {"simulated": "yes"})
    write_partition(tmp_path / "store" / "partition.json", Partition("x", other.walk_ids[:18], other.walk_ids[18:]))
    with pytest.raises(DataError, match=r"give the store that it was trained on"):
        score_in_windows(run.model, other.path, tmp_path / "model")
    old = load_bundle(run.model)
    bare = save_bundle(tmp_path / "bare", old.module, old.contract, provenance={}, metrics={})
    with pytest.raises(ModelError, match=r"holds no recipe"):
        score_in_windows(bare, other.path, tmp_path / "model")
