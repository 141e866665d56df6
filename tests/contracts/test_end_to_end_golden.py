"""From pickles to metrics: recorded walks through reader, input contract and model, against the original's test run."""

from pathlib import Path

import numpy as np
import pytest
import torch

from recorded import recorded_arrays, recorded_facts, recording
from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.checkpoints.opengait import load_checkpoint
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.io.read import read_walk
from scoliogait.representation.contract import InputContract
from scoliogait.walk import Walk
from trees import write_array_pickle

RECORDED = recorded_facts("end_to_end_test.json")
ARRAYS = recorded_arrays("end_to_end_test.npz")
REPRESENTATION = {"c1": "silhouette", "c2": "exported-skeleton-map"}


@pytest.fixture(scope="module", params=["c1", "c2"])
def channels(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def walks(channels: str, tmp_path_factory: pytest.TempPathFactory) -> list[Walk]:
    """The recorded walks, written as an OpenGait tree of pickles and read again, in the order of the recording."""
    root = tmp_path_factory.mktemp(channels)
    return [read_walk(written(root, channels, name)) for name in RECORDED[channels]["order"]]


def written(root: Path, channels: str, name: str) -> Path:
    person, label, view = name.split("-")
    path = root / person / label / view / f"{view}.pkl"
    write_array_pickle(path, ARRAYS[f"{channels}/sequence/{name}"])
    return path


def test_logits_and_metrics(channels: str, walks: list[Walk]) -> None:
    recorded = RECORDED[channels]
    contract = InputContract(representation=REPRESENTATION[channels], max_frames=recorded["frames_all_limit"])
    model = load_checkpoint(recording(recorded["state_dict"]))
    inputs = [contract.model_input(walk)["frames"] for walk in walks]
    assert [len(frames) for frames in inputs] == [
        min(recorded["lengths"][name], recorded["frames_all_limit"]) for name in recorded["order"]
    ]
    with torch.no_grad():
        logits = torch.cat([model(frames[None]).logits for frames in inputs])
        packed = model(torch.cat(inputs), [len(frames) for frames in inputs]).logits
    np.testing.assert_allclose(logits, ARRAYS[f"{channels}/logits"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(packed, ARRAYS[f"{channels}/logits"], rtol=0, atol=1e-4)

    labels = np.array([walk.label for walk in walks])
    assert [walk.label.spelling for walk in walks if walk.label is not None] == recorded["types"]
    metrics = screening_metrics(logits.mean(dim=2).numpy(), labels)
    for ours, theirs in {
        "accuracy": "accuracy",
        "macro_precision": "precision",
        "macro_recall": "recall",
        "macro_f1": "f1",
    }.items():
        assert metrics[ours] == pytest.approx(recorded["metrics"][theirs], abs=1e-9), ours


def test_a_bundle_of_the_same_weights(channels: str, walks: list[Walk], tmp_path: Path) -> None:
    contract = InputContract(representation=REPRESENTATION[channels], max_frames=RECORDED[channels]["frames_all_limit"])
    model = load_checkpoint(recording(RECORDED[channels]["state_dict"]))
    bundle = load_bundle(save_bundle(tmp_path / "model", model, contract, provenance={}, metrics={}))
    mean_logits = torch.stack([bundle.mean_logits(walk) for walk in walks])
    np.testing.assert_allclose(mean_logits, ARRAYS[f"{channels}/logits"].mean(axis=2), rtol=0, atol=1e-4)
