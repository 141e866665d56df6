"""What a network takes and gives as an exported graph: names and shapes, the same for who writes it and who runs it.

The graph looks at one window of a walk, at any number of frames. Pictures may come in pieces: the running maximum over
frames goes out with each piece (``MAXIMA``) and in with the next (``BEFORE``), zeros with the first, and the logits of
the last piece are those of the window. So a walk of any length needs the memory of one piece.
"""

from __future__ import annotations

from scoliogait.models.config import DRFConfig, FusionConfig, ModelConfig, PoseMapConfig, ScoNetConfig
from scoliogait.representation.contract import InputContract
from scoliogait.skeleton import N_JOINTS
from scoliogait.walk import N_OUTLINE_BANDS, N_PAIRS_BY_METRICS

FRAMES, BEFORE, POSES, PAV, OUTLINE = "frames", "maxima_before", "poses", "pav", "outline"
LOGITS, MAXIMA = OUTPUTS = ("logits", "maxima")
# Inputs whose first side is the number of frames.
OF_FRAMES = (FRAMES, POSES)
# The backbones halve rows and columns twice.
_SHRINKS = 4

Shape = tuple[int | None, ...]


def input_shapes(architecture: ModelConfig, contract: InputContract) -> dict[str, Shape]:
    """Of each input of the graph, in order; None for the number of frames."""
    shapes: dict[str, Shape] = {}
    if isinstance(architecture, ScoNetConfig | DRFConfig | FusionConfig | PoseMapConfig):
        shapes[FRAMES] = (None, *contract.frame_shape)
        shapes[BEFORE] = maxima_shape(architecture, contract)
    if architecture.takes_poses:
        shapes[POSES] = (None, N_JOINTS, 3)
    if architecture.takes_pav:
        shapes[PAV] = (1, *N_PAIRS_BY_METRICS)
    if architecture.takes_outline:
        shapes[OUTLINE] = (1, N_OUTLINE_BANDS)
    return shapes


def maxima_shape(
    architecture: ScoNetConfig | DRFConfig | FusionConfig | PoseMapConfig, contract: InputContract
) -> tuple[int, int, int, int]:
    """Of the running maximum over frames: one walk, channels, rows, columns."""
    _, height, width = contract.frame_shape
    return 1, architecture.channels[-1], -(-height // _SHRINKS), -(-width // _SHRINKS)


def output_shapes(architecture: ModelConfig, contract: InputContract) -> dict[str, tuple[int, ...]]:
    """Of each output: the logits of the window, means over parts, and the running maximum where pictures are taken."""
    shapes: dict[str, tuple[int, ...]] = {LOGITS: (1, architecture.classes)}
    if isinstance(architecture, ScoNetConfig | DRFConfig | FusionConfig | PoseMapConfig):
        shapes[MAXIMA] = maxima_shape(architecture, contract)
    return shapes
