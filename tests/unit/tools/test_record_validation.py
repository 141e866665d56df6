"""An older bundle completed from its training data: nothing changes but the record and the threshold."""

from pathlib import Path

import pytest
import torch
from tools.record_validation import record_validation

from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.training.fit import fit
from scoliogait.training.recipe_file import load_recipe
from training_fixtures import tiny_overrides, tiny_store


def test_the_walks_and_the_threshold_are_those_that_training_records(tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store")
    run = fit(load_recipe("small-ske", tiny_overrides(store, "log.tensorboard=false")), tmp_path / "run")
    whole = load_bundle(run.model)
    provenance = {key: value for key, value in whole.provenance.items() if key != "walks_sha256"}
    given = {"temperature": whole.temperature, "window_spread": whole.window_spread, "metrics": whole.metrics}
    bare = load_bundle(save_bundle(tmp_path / "bare", whole.module, whole.contract, provenance=provenance, **given))
    assert bare.walks() is None
    made = record_validation(bare.path, tmp_path / "store", tmp_path / "made")
    assert made.digest == whole.digest != bare.digest
    assert all(map(torch.equal, made.module.state_dict().values(), bare.module.state_dict().values()))
    recorded, expected = made.walks(), whole.walks()
    assert recorded is not None
    assert expected is not None
    assert recorded.digest == expected.digest
    assert made.temperature == pytest.approx(bare.temperature)
