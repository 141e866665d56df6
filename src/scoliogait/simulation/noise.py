"""What a pose estimator makes of true joints: bias, jitter that lasts for some frames, confidence with rare dips.

Sizes are fractions of the body's height in the picture. The confidence follows ViTPose on the real data: mean 0.90,
every joint above 0.05, nothing that depends on the class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from scoliogait.simulation.frames import Array
from scoliogait.simulation.planting import HIPS
from scoliogait.skeleton import JOINT, N_JOINTS

# How much worse than the best joint each one is found; the order of COCO's constants, which hips and ankles lead.
_DIFFICULTY = {
    "nose": 0.6,
    "eye": 0.6,
    "ear": 0.7,
    "shoulder": 0.9,
    "elbow": 1.0,
    "wrist": 1.2,
    "hip": 1.2,
    "knee": 1.0,
    "ankle": 1.2,
}
_MEAN_CONFIDENCE = {
    "nose": 0.920,
    "eye": 0.920,
    "ear": 0.900,
    "shoulder": 0.920,
    "elbow": 0.900,
    "wrist": 0.890,
    "hip": 0.880,
    "knee": 0.900,
    "ankle": 0.890,
}
# Estimators mark hips below the joint centres, on real walks midway between eyes and ankles. Share of the height.
_HIPS_MARKED_LOWER = 0.035
_DIPPING = tuple(JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("wrist", "ankle"))


@dataclass(frozen=True)
class NoiseLevel:
    """How well the estimator sees. Lengths are standard deviations, as fractions of the body's height.

    jitter: error that changes, with memory ``jitter_memory`` from frame to frame. bias: constant over a walk, half of
    it common to both directions, half different from the front and from the back. dip_rate: share of wrist and ankle
    frames at which the joint is half lost for a few frames.
    """

    jitter: float = 0.0070
    jitter_memory: float = 0.5
    bias: float = 0.0040
    dip_rate: float = 0.006

    def scaled(self, factor: float) -> NoiseLevel:
        """Better or worse by a factor in every length and in the rate of dips."""
        return NoiseLevel(self.jitter * factor, self.jitter_memory, self.bias * factor, self.dip_rate * factor)


def observe(rng: np.random.Generator, pixels: Array, facing: Array, level: NoiseLevel) -> np.ndarray:
    """Poses float32 (T, 17, 3) as an estimator reports them, from true pixels (T, 17, 2).

    ``facing`` (T,) is 1 while the walker faces the camera, -1 from behind, between while turning.
    """
    n_frames = len(pixels)
    difficulty = _per_joint(_DIFFICULTY)
    height_px = np.ptp(pixels[..., 1], axis=1)[:, None, None]
    lost = _dips(rng, n_frames, level.dip_rate)
    jitter = level.jitter * _remembering(rng, (n_frames, N_JOINTS, 2), level.jitter_memory)
    jitter = jitter * (1.0 + 4.0 * lost)[..., None]
    common, by_side = rng.standard_normal((2, N_JOINTS, 2)) * level.bias * np.sqrt(0.5)
    bias = common + by_side * facing[:, None, None]
    seen = pixels + height_px * difficulty[:, None] * (jitter + bias)
    seen[:, HIPS, 1] += _HIPS_MARKED_LOWER * height_px[..., 0]
    return np.concatenate([seen, _confidence(rng, lost)[..., None]], axis=-1).astype(np.float32, order="C")


def _confidence(rng: np.random.Generator, lost: Array) -> Array:
    n_frames = len(lost)
    walk = 0.012 * rng.standard_normal()
    joint = 0.015 * rng.standard_normal(N_JOINTS)
    flicker = 0.03 * _remembering(rng, (n_frames, N_JOINTS), 0.6)
    confidence = _per_joint(_MEAN_CONFIDENCE) + walk + joint + flicker - 0.45 * lost
    return np.clip(confidence, 0.06, 0.99)


def _dips(rng: np.random.Generator, n_frames: int, rate: float) -> Array:
    """How far each joint is lost, 0 to 1: rare events of some frames at wrists and ankles."""
    lost = np.zeros((n_frames, N_JOINTS))
    mean_length = 3.0
    starts = rng.random((n_frames, len(_DIPPING))) < rate / mean_length
    lengths = 1 + rng.poisson(mean_length - 1.0, size=starts.shape)
    depth = rng.uniform(0.5, 1.0, size=starts.shape)
    for frame, column in np.argwhere(starts):
        stretch = slice(frame, frame + lengths[frame, column])
        lost[stretch, _DIPPING[column]] = depth[frame, column]
    return lost


def _remembering(rng: np.random.Generator, shape: tuple[int, ...], memory: float) -> Array:
    """Unit-variance noise whose value remembers a share of the frame before (first axis)."""
    white = rng.standard_normal(shape)
    innovation = np.sqrt(1.0 - memory**2) * white
    innovation[0] = white[0]
    return lfilter([1.0], [1.0, -memory], innovation, axis=0)


def _per_joint(by_part: dict[str, float]) -> Array:
    return np.array([next(v for part, v in by_part.items() if name.endswith(part)) for name in JOINT])
