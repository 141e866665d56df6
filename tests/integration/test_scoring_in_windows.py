"""One way of scoring: screen and evaluate say the same of a walk; windows and whole walks; what is said of them."""

from pathlib import Path

import numpy as np
import pytest

import scoliogait as sg
from bundles import OPENGAIT_SKELETON
from scoliogait.checkpoints.bundle import Bundle, load_bundle, save_bundle
from scoliogait.data.partition import read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import ModelError
from scoliogait.evaluation.calibration import fit_temperature, negative_log_likelihood
from scoliogait.labels import CLASS_NAMES
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.models.build import build_model
from scoliogait.models.config import ModelConfig, PoseSetConfig, ScoNetConfig
from scoliogait.representation.contract import InputContract
from scoliogait.representation.settings import CoordinateConfig
from scoliogait.results.evaluate import evaluate_seen_walks
from scoliogait.screening import Screener
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.training.predict import predict_walks

CLIP = 16
SCONET = ScoNetConfig(in_channels=2, channels=(4, 8, 8, 16), embedding=16)
MODELS: dict[str, tuple[ModelConfig, InputContract]] = {
    "sconet": (SCONET, OPENGAIT_SKELETON),
    "pose-set": (
        PoseSetConfig(width=16),
        InputContract(representation="coordinates", coordinates=CoordinateConfig()),
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    """Simulated walks of 90 frames, of which 16 do not make a whole number."""
    path = tmp_path_factory.mktemp("windows") / "store"
    write_cohort(CohortConfig(n_walks=12, n_frames=90, seed=3, silhouettes=False), path)
    return WalkStore.open(path)


def model(path: Path, name: str, way: str, frames: int | None = CLIP) -> Bundle:
    import torch

    config, contract = MODELS[name]
    module = build_model(config, torch.Generator().manual_seed(5))
    changes = {"training_frames": frames, "evaluation_frames": way}
    spread = 0.4 if way == "windows" else None
    return load_bundle(
        save_bundle(
            path,
            module,
            contract.model_copy(update=changes),
            temperature=0.5,
            window_spread=spread,
            provenance={"simulated": "yes"},
            metrics={},
        )
    )


@pytest.mark.parametrize("way", ["whole", "windows"])
@pytest.mark.parametrize("name", MODELS)
def test_screen_and_evaluate_say_the_same(store: WalkStore, tmp_path: Path, name: str, way: str) -> None:
    bundle = model(tmp_path / "model", name, way)
    partition = read_partition(store.path / "partition.json")
    predictions = evaluate_seen_walks(bundle, store, partition.train, partition, "train", device="cpu")
    compared = 0
    for row, walk_id in enumerate(predictions.walk_ids):
        walk = store.walk(store.walk_ids.index(walk_id))
        if not np.array_equal(repaired_walk(walk)[0].poses, walk.poses):
            continue  # screen puts exchanged sides right, evaluate reads walks as they are
        try:
            result = Screener(bundle).screen(walk)
        except sg.WalkRefusedError:
            continue
        np.testing.assert_allclose(list(result.probabilities.values()), predictions.probabilities[row], atol=1e-6)
        assert result.predicted == CLASS_NAMES[predictions.predicted[row]]
        again = Screener(bundle).screen(walk)
        assert again == result
        compared += 1
    assert compared >= 3


def test_the_probabilities_are_the_plain_means_of_clips(store: WalkStore, tmp_path: Path) -> None:
    windows, whole = (model(tmp_path / way, "sconet", way) for way in ("windows", "whole"))
    found = predict_walks(windows.module, windows.contract, store, [0, 1])
    assert found.counts.tolist() == [6, 6]
    for index, scores in enumerate(windows.scores(found)):
        walk = store.walk(index)
        assert walk.poses is not None
        clips = []
        for start in np.round(np.linspace(0, 90 - CLIP, 6)).astype(int):
            clip = sg.Walk(walk_id="clip", poses=walk.poses[start : start + CLIP])
            clips.append(whole.probabilities(whole.mean_logits(clip)).numpy())
        np.testing.assert_allclose(windows.probabilities(scores), np.mean(clips, axis=0), atol=1e-5)


def test_a_walk_of_one_window_is_scored_as_a_whole_one(store: WalkStore, tmp_path: Path) -> None:
    long, whole = (model(tmp_path / way, "sconet", way, frames=90) for way in ("windows", "whole"))
    scores = [predict_walks(one.module, one.contract, store, range(12)).scores(0.5) for one in (long, whole)]
    np.testing.assert_array_equal(*scores)


def test_the_temperature_is_fitted_on_averaged_probabilities(store: WalkStore, tmp_path: Path) -> None:
    bundle = model(tmp_path / "model", "sconet", "windows")
    found = predict_walks(bundle.module, bundle.contract, store, range(12))
    best = fit_temperature(found, store.labels)

    def loss(temperature: float) -> float:
        return negative_log_likelihood(np.exp(found.log_probabilities(temperature)), store.labels)

    assert loss(best) <= min(loss(0.8 * best), loss(1.25 * best))
    assert loss(best) == pytest.approx(min(map(loss, np.geomspace(0.25, 50, 400))), abs=1e-4)


def test_what_is_said_of_lengths_and_intervals(store: WalkStore, tmp_path: Path) -> None:
    walk = sg.sample("intel_worker_back")
    windows, whole = (Screener(model(tmp_path / way, "sconet", way)) for way in ("windows", "whole"))
    in_windows, at_once = windows.screen(walk), whole.screen(walk)
    assert in_windows.probability_intervals is not None
    for name, (low, high) in in_windows.probability_intervals.items():
        assert 0 <= low < in_windows.probabilities[name] < high <= 1
    assert in_windows.notes == in_windows.quality.notes
    assert in_windows.to_dict()["probability_intervals"]["neutral"] == list(in_windows.probability_intervals["neutral"])
    assert at_once.probability_intervals is None
    assert at_once.to_dict()["probability_intervals"] is None
    assert "whole walk of 64 frames at once, was trained on clips of 16" in at_once.notes[0]
    long = Screener(model(tmp_path / "long", "sconet", "windows", frames=100)).screen(walk)
    assert "64 frames is shorter than a training clip of 100" in long.notes[0]
    assert long.probability_intervals is not None
    unstated = Screener(model(tmp_path / "unstated", "sconet", "whole", frames=None)).screen(walk)
    assert unstated.notes == unstated.quality.notes


def test_a_bundle_with_windows_of_no_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"training_frames is not stated"):
        model(tmp_path / "model", "sconet", "windows", frames=None)
