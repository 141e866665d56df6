"""Explanations: laws that hold for any model, a model whose answer is known by hand, and no picture without proof."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import scoliogait as sg
from bundles import OPENGAIT_SILHOUETTE, OPENGAIT_SKELETON, untrained_bundle
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.errors import DataError, ModelError
from scoliogait.explanation import verification
from scoliogait.explanation.feature_maps import feature_maps
from scoliogait.explanation.integrated_gradients import integrated_gradients, joint_attributions
from scoliogait.explanation.occlusion import WAYS, importance_by_way, pair_importance, seen_pairs
from scoliogait.explanation.pair_asymmetry import steady_asymmetry, without_asymmetry
from scoliogait.simulation.planted_walks import PlantedWalks, planted_walk
from scoliogait.skeleton import JOINT, PAIR_NAMES, PAIRS
from walker import draw_walker

SHOULDERS = PAIR_NAMES.index("shoulders")


@pytest.fixture(scope="module")
def pose_set() -> Bundle:
    return load_bundle(model_folder("builtin:pose-set"))


class _ShoulderScale(torch.nn.Module):
    """Scores that are linear in how much lower the left shoulder lies, and in nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def forward(self, poses: torch.Tensor, lengths: list[int], windows: list[list[tuple[int, int]]]) -> SimpleNamespace:
        lower = poses[:, JOINT["left_shoulder"], 1] - poses[:, JOINT["right_shoulder"], 1]
        rows = [lower[start:stop].mean() for start, stop in windows[0]]
        return SimpleNamespace(logits=torch.stack([torch.stack([-v, 0 * v, v]) for v in rows])[..., None])


def test_evening_out_takes_away_what_is_steady_and_leaves_the_rest() -> None:
    poses = draw_walker(shoulder_tilt_deg=8.0)
    asymmetry = steady_asymmetry(poses)
    even = without_asymmetry(poses, asymmetry, [SHOULDERS])
    left, right = PAIRS[SHOULDERS]
    assert np.mean(poses[:, left, 1] - poses[:, right, 1]) < -4.0
    assert np.mean(even[:, left, 1] - even[:, right, 1]) == pytest.approx(0.0, abs=0.05)
    others = [joint for joint in range(17) if joint not in PAIRS[SHOULDERS]]
    np.testing.assert_array_equal(even[:, others], poses[:, others])


def test_evening_out_keeps_the_steps() -> None:
    """The feet rise in turn: what moves about an even mean stays."""
    poses = draw_walker()
    even = without_asymmetry(poses, steady_asymmetry(poses), range(len(PAIRS)))
    np.testing.assert_allclose(np.ptp(even[..., 1], axis=0), np.ptp(poses[..., 1], axis=0), atol=1.0)


def test_a_linear_model_of_one_pair_is_explained_by_that_pair_alone(pose_set: Bundle) -> None:
    """By hand: every way of evening out gives that pair the same number, and all others nothing."""
    bundle = replace(pose_set, module=_ShoulderScale().eval())
    found = importance_by_way(bundle, _walk(draw_walker(shoulder_tilt_deg=8.0)))
    for way in WAYS:
        by_pair = found[way].by_pair
        assert found[way].ranked[0] == "shoulders"
        assert by_pair["shoulders"] > 0.1
        assert max(value for name, value in by_pair.items() if name != "shoulders") < 0.01 * by_pair["shoulders"]
    np.testing.assert_allclose(
        found["removed"].by_window[:, SHOULDERS], found["alone"].by_window[:, SHOULDERS], rtol=1e-3
    )


def test_integrated_gradients_are_complete_for_a_function_known_by_hand() -> None:
    start, end = torch.tensor([0.0, 1.0, -1.0]), torch.tensor([2.0, 3.0, 0.5])
    parts = integrated_gradients(lambda x: x[0] ** 2 + x[1] * x[2], start, end, 200)
    assert parts[0].item() == pytest.approx(4.0, abs=1e-3)
    assert parts.sum().item() == pytest.approx((4.0 + 1.5) - (0.0 - 1.0), abs=1e-3)


def test_integrated_gradients_of_a_model_add_up_to_what_its_output_moves_by(pose_set: Bundle) -> None:
    walk = planted_walk(PlantedWalks(seed=5, n_walks=8, pairs=(SHOULDERS,)), 0).walk
    poses = pose_set.contract.source_frames(walk)["poses"]
    even = without_asymmetry(poses, steady_asymmetry(poses), seen_pairs(pose_set.contract))
    ends = []
    for each in (poses, even):
        scores = pose_set.window_logits(replace(walk, poses=each)).logits * pose_set.logit_scale / pose_set.temperature
        ends.append(float((np.logaddexp(scores[:, 1], scores[:, 2]) - scores[:, 0]).mean()))
    parts = joint_attributions(pose_set, walk, n_steps=64)
    assert parts.shape == (walk.n_frames, 17)
    assert parts.sum() == pytest.approx(ends[0] - ends[1], abs=0.03)


def test_explaining_twice_gives_the_same_numbers(pose_set: Bundle) -> None:
    walks = PlantedWalks(seed=5, n_walks=8, pairs=seen_pairs(pose_set.contract))
    first, again = (pair_importance(pose_set, planted_walk(walks, 3).walk) for _ in range(2))
    np.testing.assert_array_equal(first.by_window, again.by_window)


def test_only_what_was_planted_differs_between_planted_walks() -> None:
    settings = PlantedWalks(seed=5, n_walks=8, pairs=(SHOULDERS,))
    planted, plain = planted_walk(settings, 1), planted_walk(replace(settings, planted_mm=0.0), 1)
    assert planted.walk.poses is not None
    assert plain.walk.poses is not None
    moved = np.abs(planted.walk.poses[..., :2] - plain.walk.poses[..., :2]).mean(axis=(0, 2))
    joint = JOINT[f"{planted.side}_shoulder"]
    assert moved.argmax() == joint
    assert np.delete(moved, joint).max() < 1e-3


@pytest.mark.parametrize("name", ["builtin:pose-set", "builtin:demo"])
def test_the_recorded_verdict_belongs_to_the_model_that_ships(name: str) -> None:
    bundle = load_bundle(model_folder(name))
    recorded = verification.recorded_verification(bundle.digest)
    assert recorded is not None
    assert recorded.n_pairs == len(seen_pairs(bundle.contract))
    assert recorded.n_walks == verification.N_WALKS


@pytest.mark.slow
def test_the_recorded_verdict_is_measured_again(pose_set: Bundle) -> None:
    again = verification.verify_explanation(pose_set)
    recorded = verification.recorded_verification(pose_set.digest)
    assert recorded is not None
    assert abs(again.n_found - recorded.n_found) <= 2  # other machines round otherwise
    assert again.passed


def test_an_explanation_is_written_whole_and_only_over_its_like(tmp_path: Path) -> None:
    explanation = sg.explain(sg.sample("intel_worker_back"))
    folder = explanation.write(tmp_path / "explained")
    assert sorted(path.name for path in folder.iterdir()) == ["explanation.json", "explanation.png"]
    with pytest.raises(DataError, match="--overwrite"):
        explanation.write(folder)
    explanation.write(folder, overwrite=True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="is not an explanation"):
        explanation.write(other, overwrite=True)


def test_a_model_that_nobody_verified_gets_no_picture(tmp_path: Path) -> None:
    model = untrained_bundle(tmp_path / "model", OPENGAIT_SKELETON, simulated="yes")
    explanation = sg.explain(sg.sample("intel_worker_back"), model)
    assert explanation.importance is None
    assert "never verified" in explanation.reason
    assert "never verified" in str(explanation)
    with pytest.raises(ModelError, match="never verified"):
        explanation.plot()
    assert [path.name for path in explanation.write(tmp_path / "out").iterdir()] == ["explanation.json"]


def test_a_verdict_below_the_limit_shows_no_picture_and_says_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(digest: str) -> verification.Verification:
        return verification.Verification(digest, 95, 120, 8, 2, 50.0)

    monkeypatch.setattr(verification, "recorded_verification", short)
    explanation = sg.explain(sg.sample("intel_worker_back"))
    assert explanation.importance is None
    assert "79%" in explanation.reason
    assert "needed 80%" in explanation.reason


def test_a_model_of_silhouettes_is_not_explained_by_joints(tmp_path: Path) -> None:
    bundle = load_bundle(untrained_bundle(tmp_path / "model", OPENGAIT_SILHOUETTE))
    with pytest.raises(ModelError, match="other than poses"):
        pair_importance(bundle, sg.sample("intel_worker_back"))


def test_feature_maps_are_pooled_as_the_network_pools_them(pose_set: Bundle) -> None:
    demo, walk = load_bundle(model_folder("builtin:demo")), sg.sample("intel_worker_back")
    found = feature_maps(demo, walk, 1)
    assert found is not None
    inputs = demo.contract.model_input(walk)["frames"]
    with torch.no_grad():
        pooled = demo.module.walk_features(inputs, [len(inputs)], [[found.window]])
    np.testing.assert_allclose(found.after, pooled[0].mean(dim=0).numpy(), rtol=1e-5, atol=1e-6)
    assert len(found.before) == found.window[1] - found.window[0]
    assert feature_maps(pose_set, walk) is None


def test_a_network_on_maps_is_written_with_its_feature_maps(tmp_path: Path) -> None:
    folder = sg.explain(sg.sample("intel_worker_back"), "builtin:demo").write(tmp_path / "explained")
    assert (folder / "feature_maps.png").is_file()


def _walk(poses: np.ndarray) -> sg.Walk:
    return sg.Walk(walk_id="drawn", poses=poses, frame_rate_hz=30.0, source="drawn by hand")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
