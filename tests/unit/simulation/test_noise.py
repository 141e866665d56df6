"""The simulated estimator: no error when it is perfect, jitter with memory, confidence as published."""

import numpy as np
import pytest

from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.planting import HIPS
from scoliogait.skeleton import JOINT, N_JOINTS

RNG = np.random.default_rng
HEIGHT_PX = 400.0


def still_walker(n_frames: int) -> np.ndarray:
    pixels = np.zeros((n_frames, N_JOINTS, 2)) + 500.0
    pixels[:, :, 1] += np.linspace(0.0, HEIGHT_PX, N_JOINTS)
    return pixels


def test_a_perfect_estimator_only_marks_hips_its_own_way() -> None:
    pixels = still_walker(5)
    seen = observe(RNG(0), pixels, np.ones(5), NoiseLevel().scaled(0.0))
    others = [j for j in range(N_JOINTS) if j not in HIPS]
    np.testing.assert_allclose(seen[:, others, :2], pixels[:, others], atol=1e-3)
    np.testing.assert_allclose(seen[:, HIPS, 1] - pixels[:, HIPS, 1], 0.035 * HEIGHT_PX, atol=1e-3)


def test_jitter_has_the_stated_size_and_memory() -> None:
    level = NoiseLevel(jitter=0.01, jitter_memory=0.5, bias=0.0, dip_rate=0.0)
    pixels = still_walker(4000)
    error = (observe(RNG(1), pixels, np.ones(4000), level)[..., :2] - pixels)[:, JOINT["left_knee"], 0] / HEIGHT_PX
    assert error.std() == pytest.approx(0.01, rel=0.05)
    assert np.corrcoef(error[1:], error[:-1])[0, 1] == pytest.approx(0.5, abs=0.05)


def test_bias_is_constant_within_a_direction_and_differs_between_them() -> None:
    level = NoiseLevel(jitter=0.0, bias=0.01, dip_rate=0.0)
    facing = np.array([1.0, 1.0, -1.0, -1.0])
    pixels = still_walker(4)
    error = observe(RNG(2), pixels, facing, level)[..., :2] - pixels
    np.testing.assert_allclose(error[0], error[1], atol=1e-3)
    assert np.abs(error[0] - error[2]).max() > 1.0


def test_confidence_is_as_published_and_dips_only_at_wrists_and_ankles() -> None:
    confidence = np.concatenate(
        [observe(RNG(seed), still_walker(300), np.ones(300), NoiseLevel())[..., 2] for seed in range(60)]
    )
    assert confidence.mean() == pytest.approx(0.90, abs=0.005)
    assert confidence.min() > 0.05
    assert confidence.max() <= 1.0
    low = {joint for joint in range(N_JOINTS) if (confidence[:, joint] < 0.6).any()}
    assert low == {JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("wrist", "ankle")}
    dips = (confidence[:, JOINT["left_wrist"]] < 0.7).mean()
    assert 0.001 < dips < 0.02
