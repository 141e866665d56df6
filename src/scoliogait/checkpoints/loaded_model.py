"""What a loaded model knows and says of scores, whatever computes its network: torch, or the engine of a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.answer_threshold import AnswerThreshold
from scoliogait.checkpoints.model_folder import model_name
from scoliogait.errors import DataError, ModelError
from scoliogait.models.config import ModelConfig
from scoliogait.provenance import ModelFacts
from scoliogait.representation.contract import InputContract
from scoliogait.scores import LOGIT_SCALE, WindowLogits, probabilities
from scoliogait.walk import Walk


@dataclass(frozen=True, eq=False, kw_only=True)
class LoadedModel(ABC):
    """A model that is ready to score walks, its classes in the package's order.

    temperature, logit_scale: probabilities are softmax(logit_scale · mean logit / temperature).
    window_spread: of the log-odds of windows of one walk (``repeat_interval``); None where whole walks are scored.
    answer_threshold: from which probability on a class is called; None where no validation walks chose it.
    provenance: where the model comes from (data, simulated, selection rule, ...).
    digest: sha256 over everything that decides a result; two models with the same digest are the same model.
    path: of its folder or file.
    """

    architecture: ModelConfig
    contract: InputContract
    temperature: float = 1.0
    logit_scale: float = LOGIT_SCALE
    provenance: Mapping[str, Any]
    digest: str
    path: Path
    window_spread: float | None = None
    answer_threshold: AnswerThreshold | None = None

    @property
    def name(self) -> str:
        """What the model is called in results."""
        return model_name(self.path)

    @property
    @abstractmethod
    def runtime(self) -> str:
        """What computes the network, in words: program, version, precision."""

    @abstractmethod
    def window_logits(self, walk: Walk) -> WindowLogits:
        """The logits of the walk's windows, averaged over parts, float32; of one window where whole walks are scored.

        Raises DataError when the contract refuses the walk, ModelError when the model cannot take raw walks.
        """

    @property
    def facts(self) -> ModelFacts:
        """Which model this is and how it came about. Raises ModelError for provenance that contradicts itself."""
        try:
            return ModelFacts.from_provenance(self.provenance, self.name, self.digest, self.contract.describe())
        except DataError as error:
            raise ModelError(f"{self.path}: provenance: {error}; save the model again") from error

    def scores(self, windows: WindowLogits) -> NDArray[np.float64]:
        """(N, 3): the mean logits of walks, from those of their windows, at this model's temperature.

        Raises ModelError for logits that are no numbers, which would pass for a result.
        """
        if not np.isfinite(windows.logits).all():
            raise ModelError(f"{self.path}: its network gives NaN or infinite scores; export or train the model again")
        return windows.scores(self.temperature, self.logit_scale)

    def probabilities(self, mean_logits: NDArray[np.floating]) -> NDArray[np.floating]:
        """(..., 3) mean logits -> (..., 3) probabilities."""
        return probabilities(mean_logits, self.temperature, self.logit_scale)
