"""Mean logits of whole walks: independent of grouping, equal to one walk at a time, leaving the module as it was."""

from pathlib import Path

import numpy as np
import pytest
import torch

from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.models.build import build_model
from scoliogait.models.config import ScoNetConfig
from scoliogait.representation.contract import OPENGAIT_SILHOUETTE, OPENGAIT_SKELETON
from scoliogait.training import predict
from scoliogait.training.predict import predict_walks
from walk_fixtures import drawn_walks


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return write_store(tmp_path_factory.mktemp("predict") / "store", drawn_walks(2, silhouettes=True), {})


def small_model(in_channels: int) -> torch.nn.Module:
    config = ScoNetConfig(in_channels=in_channels, channels=(4, 4, 8, 8), embedding=8, parts=4)
    return build_model(config, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("contract", [OPENGAIT_SKELETON, OPENGAIT_SILHOUETTE])
def test_packed_walks_give_what_each_gives_alone(
    store: WalkStore, contract: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = small_model(contract.in_channels).eval()  # type: ignore[attr-defined]
    order = [4, 0, 3, 1]
    with torch.no_grad():
        alone = [
            module(contract.model_input(store.walk(i))["frames"].unsqueeze(0)).logits.mean(-1)[0]  # type: ignore[attr-defined]
            for i in order
        ]
    for budget in (1, 60, 10_000):
        monkeypatch.setattr(predict, "FRAMES_AT_ONCE_CPU", budget)
        done: list[int] = []
        windows = predict_walks(module, contract, store, order, progress=done.append)  # type: ignore[arg-type]
        assert windows.counts.tolist() == [1, 1, 1, 1]
        logits = windows.logits
        assert logits.dtype == np.float32
        np.testing.assert_allclose(logits, torch.stack(alone), rtol=0, atol=1e-5)
        assert sum(done) == 4
        assert len(done) == {1: 4, 60: 2, 10_000: 1}[budget]


def test_only_the_first_frames_count(store: WalkStore) -> None:
    module = small_model(2)
    short = OPENGAIT_SKELETON.model_copy(update={"max_frames": 5})
    walk = store.walk(1)
    assert walk.poses is not None
    module.eval()
    with torch.no_grad():
        frames = short.render({"poses": torch.from_numpy(walk.poses[:5].copy())})["frames"]
        expected = module(frames.unsqueeze(0)).logits.mean(-1)
    np.testing.assert_allclose(predict_walks(module, short, store, [1]).logits, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_the_module_is_left_as_it_was(store: WalkStore, training: bool) -> None:
    module = small_model(2).train(training)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    predict_walks(module, OPENGAIT_SKELETON, store, [0, 1])
    assert module.training is training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(p.requires_grad for p in module.parameters())


def test_no_walks_give_no_rows(store: WalkStore) -> None:
    assert predict_walks(small_model(2), OPENGAIT_SKELETON, store, []).scores().shape == (0, 3)


def test_a_walk_that_shows_nobody_is_named(tmp_path: Path) -> None:
    walks = list(drawn_walks(1))
    assert walks[0].poses is not None
    walks[0] = walks[0].with_changes(poses=np.zeros_like(walks[0].poses))
    store = write_store(tmp_path / "store", walks, {})
    assert predict_walks(small_model(2), OPENGAIT_SKELETON, store, [1, 2]).logits.shape == (2, 3)
    with pytest.raises(DataError, match=r"'w000'.*no joint is visible"):
        predict_walks(small_model(2), OPENGAIT_SKELETON, store, [1, 0])
