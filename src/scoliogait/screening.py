"""Screening: one walk in, one result with its doubts out, or a refusal that says why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.errors import DataError
from scoliogait.labels import CLASS_NAMES
from scoliogait.measurement.posture import NO_POSTURE, Posture, measure_posture
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.quality import WalkQuality, assess_quality
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.models.device import choose_device
from scoliogait.provenance import Selection, WalkOrigin, model_statements
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.skeleton import JOINT_NAMES
from scoliogait.walk import Walk

# A result is inconclusive when no class reaches this probability, or when the recording gives cause for caution.
CONCLUSIVE_PROBABILITY = 0.5

STATEMENT = (
    "Screening aid, research software, not a medical device. It gives no diagnosis, measures no Cobb angle and decides "
    "on no X-ray; a clinical examination does."
)


class WalkRefusedError(DataError):
    """This walk cannot be screened; the message says why and what to do.

    ``quality`` and ``asymmetry`` hold what was seen of it all the same.
    """

    def __init__(self, message: str, quality: WalkQuality, asymmetry: Posture) -> None:
        super().__init__(message)
        self.quality = quality
        self.asymmetry = asymmetry


@dataclass(frozen=True)
class Screening:
    """The result of one walk.

    probabilities: by class name, sum 1. predicted: the most probable class name.
    inconclusive: True when no class reaches a probability of 0.5 or the recording gives cause for caution;
        reasons: why, one sentence each; recording_doubts: those of them that lie in the recording, not in its
        probabilities or its measured posture.
    asymmetry: signed measurements by joint pair, and the roll of the camera (see ``measure_posture``); empty where the
        walk holds no poses.
    pav: the literal, unnormalised Postural Asymmetry Vector, 8 rows of 3, as models know it; None without poses.
    quality: what was seen of the walk. model: which model gave the result.
    training_walks: of the model: "recorded", "simulated", or "unknown" where its provenance does not say.
    """

    walk_id: str
    source: str
    probabilities: Mapping[str, float]
    predicted: str
    inconclusive: bool
    reasons: tuple[str, ...]
    recording_doubts: tuple[str, ...]
    asymmetry: Posture
    pav: tuple[tuple[float, ...], ...] | None
    quality: WalkQuality
    model: Mapping[str, str]
    training_walks: WalkOrigin

    @property
    def trained_on_simulated_walks(self) -> bool:
        return self.training_walks == "simulated"

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said along with the result."""
        return (STATEMENT, *model_statements(self.training_walks, Selection.of(self.model)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "outcome": "result",
            "walk_id": self.walk_id,
            "source": self.source,
            "predicted": self.predicted,
            "probabilities": dict(self.probabilities),
            "inconclusive": self.inconclusive,
            "reasons": list(self.reasons),
            "statements": list(self.statements),
            **self.asymmetry.to_dict(),
            "pav": self.pav,
            "quality": self.quality.to_dict(),
            "model": dict(self.model),
            "training_walks": self.training_walks,
            "trained_on_simulated_walks": self.trained_on_simulated_walks,
        }

    def to_json(self) -> str:
        """The same as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)


def load_model(path: str | Path, device: str | torch.device | None = None) -> Screener:
    """A model that screens: from a bundle or run folder, or ``"builtin:demo"``, the one that comes with the package.

    device: where it runs; None takes a GPU when there is one. Raises ModelError when the bundle is missing, damaged or
    edited, or when no model of that name comes with the package.
    """
    bundle = load_bundle(model_folder(path))
    bundle.module.to(choose_device(device))
    return Screener(bundle)


@dataclass(frozen=True)
class Screener:
    """A loaded model, ready for walks."""

    bundle: Bundle

    def screen(self, walk: Walk) -> Screening:
        """Probabilities, measured asymmetries and quality of one walk.

        Sides that the pose estimator exchanged in some frames are put right first, whatever the model, and counted in
        the quality; training and evaluation read walks as they are stored.

        Raises WalkRefusedError (a DataError) when the recording cannot be screened (see ``quality.py`` for the rules),
        and DataError when the walk lacks what this model was made for.
        """
        walk, swaps = repaired_walk(walk)
        quality = assess_quality(walk, swaps)
        asymmetry = measured_asymmetry(walk, quality)
        if quality.refusal is not None:
            message = f"{walk.source}: walk {walk.walk_id!r} cannot be screened: {quality.refusal}"
            raise WalkRefusedError(message, quality, asymmetry)
        mean_logits = self.bundle.mean_logits(walk).double().cpu().numpy()
        chances = np.asarray(self.bundle.probabilities(mean_logits))
        recording_doubts = (*quality.cautions, *self._contract_cautions(walk))
        reasons = (*probability_doubts(chances), *posture_cautions(asymmetry), *recording_doubts)
        return Screening(
            walk_id=walk.walk_id,
            source=walk.source,
            probabilities=MappingProxyType(dict(zip(CLASS_NAMES, chances.tolist(), strict=True))),
            predicted=CLASS_NAMES[int(chances.argmax())],
            inconclusive=bool(reasons),
            reasons=reasons,
            recording_doubts=recording_doubts,
            asymmetry=asymmetry,
            pav=None if walk.poses is None else tuple(map(tuple, postural_asymmetry(walk.poses).tolist())),
            quality=quality,
            model=MappingProxyType(self.facts),
            training_walks=self.training_walks,
        )

    @property
    def facts(self) -> dict[str, str]:
        """Which model this is, in words."""
        return self.bundle.facts.in_words()

    @property
    def training_walks(self) -> WalkOrigin:
        """ "recorded" or "simulated" as the provenance says; an unstated origin is "unknown", never taken for real."""
        return self.bundle.facts.trained_on.origin

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said along with every result of this model."""
        return (STATEMENT, *model_statements(self.training_walks, self.bundle.facts.selection))

    def _contract_cautions(self, walk: Walk) -> tuple[str, ...]:
        drawn = self.bundle.contract.skeleton_map
        if drawn is None or drawn.missing != "as-published" or walk.poses is None:
            return ()
        names = ", ".join(JOINT_NAMES[joint] for joint in _never_placed(walk.poses))
        if not names:
            return ()
        return (
            f"Never seen: {names}; the published way of drawing maps, which this model uses, is distorted by that.",
        )


def measured_asymmetry(walk: Walk, quality: WalkQuality) -> Posture:
    """Signed asymmetries of a walk over whole strides, where strides were seen; empty without poses."""
    if walk.poses is None:
        return NO_POSTURE
    return measure_posture(walk.poses, quality.stride_frames)


def probability_doubts(chances: NDArray[np.float64]) -> tuple[str, ...]:
    """Why probabilities (3,) call for no class, one sentence each; none where one class is probable enough."""
    if chances.max() >= CONCLUSIVE_PROBABILITY:
        return ()
    return (f"No class reaches a probability of {CONCLUSIVE_PROBABILITY:g} (highest {chances.max():.2f}).",)


def _never_placed(poses: NDArray[np.float32]) -> NDArray[np.intp]:
    """Joints with a coordinate of exactly 0 in every frame: what the published completion cannot fill."""
    return np.flatnonzero((poses[..., :2] == 0).all(axis=0).any(axis=1))
