"""Laws that every walker obeys, whatever moves it."""

import numpy as np

from scoliogait.skeleton import JOINT

# Joints that one bone, or the rigid head, holds at a fixed distance.
BONES = tuple(
    (JOINT[f"{side}_{a}"], JOINT[f"{side}_{b}"])
    for side in ("left", "right")
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"), ("eye", "ear"))
) + tuple(
    (JOINT[a], JOINT[b])
    for a, b in (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("nose", "left_ear"))
)


def bone_lengths(xyz: np.ndarray) -> np.ndarray:
    """(T, bones) metres."""
    return np.stack([np.linalg.norm(xyz[:, a] - xyz[:, b], axis=1) for a, b in BONES], axis=1)


def assert_bones_keep_their_lengths(xyz: np.ndarray) -> None:
    lengths = bone_lengths(xyz)
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[:1], lengths.shape), atol=1e-9)
