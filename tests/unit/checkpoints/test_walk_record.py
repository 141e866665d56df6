"""A bundle carries which walks trained and chose it, and says so when that record was lost or exchanged."""

from pathlib import Path

import numpy as np
import pytest
import torch

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import WALKS, load_bundle, save_bundle
from scoliogait.errors import ModelError
from scoliogait.identity.prints_file import write_prints
from scoliogait.identity.walk_prints import WalkPrint, WalkPrints
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import OPENGAIT_SKELETON

SEEN = WalkPrints((WalkPrint("w1", "s", "train", {"poses": np.arange(5, dtype=np.uint32)}),))


def recorded(path: Path, walks: WalkPrints | None = SEEN) -> Path:
    torch.manual_seed(0)
    module = ScoNet(in_channels=2, channels=(4, 8, 8, 16), embedding=16)
    return save_bundle(path, module, OPENGAIT_SKELETON, provenance={"data": "x"}, metrics={}, walks=walks)


def test_the_walks_come_back(tmp_path: Path) -> None:
    walks = load_bundle(recorded(tmp_path / "m")).walks()
    assert walks is not None
    assert [(walk.walk_id, walk.role) for walk in walks.walks] == [("w1", "train")]


def test_without_a_record_the_walks_are_unknown_and_the_bundle_is_as_it_was(tmp_path: Path) -> None:
    bundle = load_bundle(untrained_bundle(tmp_path / "m"))
    assert bundle.walks() is None
    assert not (tmp_path / "m" / WALKS).exists()
    assert "walks_sha256" not in bundle.provenance


def test_other_walks_are_another_model(tmp_path: Path) -> None:
    other = WalkPrints((*SEEN.walks, WalkPrint("w2", "s", "train", {})))
    digests = {load_bundle(recorded(tmp_path / name, w)).digest for name, w in (("a", SEEN), ("b", other), ("c", None))}
    assert len(digests) == 3


def test_a_record_that_was_lost_or_exchanged_is_refused(tmp_path: Path) -> None:
    bundle = load_bundle(recorded(tmp_path / "m"))
    write_prints(tmp_path / "m" / WALKS, WalkPrints(()))
    with pytest.raises(ModelError, match="the walks are not those recorded with this model"):
        bundle.walks()
    (tmp_path / "m" / WALKS).unlink()
    with pytest.raises(ModelError, match=r"walks\.parquet: is missing"):
        bundle.walks()


def test_a_bundle_that_is_saved_again_does_not_point_to_the_walks_of_the_first(tmp_path: Path) -> None:
    first = load_bundle(recorded(tmp_path / "m"))
    again = save_bundle(
        tmp_path / "n", first.module, first.contract, provenance=first.provenance, metrics=first.metrics
    )
    assert load_bundle(again).walks() is None
