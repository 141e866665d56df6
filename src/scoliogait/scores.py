"""How a network's scores become probabilities: scaled, tempered, softmax."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Float = TypeVar("Float", bound=np.floating)

# Scores are cosines, -1..1. The cross-entropy that the published models were trained with multiplies them by this.
LOGIT_SCALE = 16.0


def probabilities(
    mean_logits: NDArray[Float], temperature: float = 1.0, logit_scale: float = LOGIT_SCALE
) -> NDArray[Float]:
    """softmax(mean_logits * logit_scale / temperature) over the last axis: (..., 3), in the precision given."""
    from scipy.special import softmax  # imported here: recipes and bundles name the scale without it

    return softmax(mean_logits * (logit_scale / temperature), axis=-1)
