"""How a network's scores become probabilities: scaled, tempered, softmax, averaged over the windows of a walk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
    scaled = mean_logits * (logit_scale / temperature)
    odds = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


@dataclass(frozen=True, eq=False)
class WindowLogits:
    """What a network said about each window of some walks. A walk that is scored whole has one window.

    logits: float (W, 3), means over parts, walk after walk. counts: int64 (N,), windows of each walk, all at least 1.
    n_independent: float64 (N,), how many windows a walk's frames would fill: below ``counts`` where windows overlap.
    """

    logits: NDArray[np.floating]
    counts: NDArray[np.int64]
    n_independent: NDArray[np.float64]

    @classmethod
    def of_whole_walks(cls, mean_logits: NDArray[np.floating]) -> WindowLogits:
        """(N, 3): one window a walk."""
        n_walks = len(mean_logits)
        return cls(mean_logits, np.ones(n_walks, dtype=np.int64), np.ones(n_walks))

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.cumsum(self.counts) - self.counts

    def log_probabilities(self, temperature: float = 1.0, logit_scale: float = LOGIT_SCALE) -> NDArray[np.float64]:
        """ln of each walk's probabilities, the mean of those of its windows: float64 (N, 3)."""
        if not len(self.counts):
            return np.zeros((0, self.logits.shape[-1]))
        scaled = self.logits.astype(np.float64) * (logit_scale / temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        of_windows = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return np.logaddexp.reduceat(of_windows, self._starts) - np.log(self.counts)[:, np.newaxis]

    def scores(self, temperature: float = 1.0, logit_scale: float = LOGIT_SCALE) -> NDArray[np.float64]:
        """The mean logits of walks, float64 (N, 3): ``probabilities`` of them are the means over windows.

        Of a walk of one window they are that window's own logits. Of several windows they are the logits with the
        averaged probabilities, and with the mean over classes that the windows' logits have.
        """
        if not len(self.counts):
            return np.zeros((0, self.logits.shape[-1]))
        logits = self.logits.astype(np.float64)
        averaged = self.log_probabilities(temperature, logit_scale) * (temperature / logit_scale)
        levels = np.add.reduceat(logits, self._starts).mean(axis=1) / self.counts
        averaged += (levels - averaged.mean(axis=1))[:, np.newaxis]
        return np.where((self.counts == 1)[:, np.newaxis], logits[self._starts], averaged)
