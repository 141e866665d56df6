"""Screening: one walk in, one result with its doubts out, or a refusal that says why."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from scoliogait.answer_threshold import AnswerThreshold, chosen_on, threshold_statement, value_of
from scoliogait.checkpoints.loaded_model import LoadedModel
from scoliogait.checkpoints.model_folder import exported_file, is_builtin, model_folder
from scoliogait.class_words import banner, headline
from scoliogait.errors import ModelError, NotUsableError
from scoliogait.exported.formats import is_export
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.read import load_exported
from scoliogait.exported.stated import package_that_runs, stated_model
from scoliogait.labels import CLASS_NAMES
from scoliogait.long_frames import give_back, in_pieces
from scoliogait.measurement.posture import NO_POSTURE, Posture, measure_posture
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.quality import WalkQuality, assess_quality
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.optional_package import names_missing_extra
from scoliogait.provenance import NOT_STATED, SIMULATED_WALK, Selection, WalkOrigin, model_statements
from scoliogait.repeat_interval import repeat_interval
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.result_states import Answered, state_of_result
from scoliogait.scores import WindowLogits
from scoliogait.skeleton import JOINT_NAMES, JOINT_SETS
from scoliogait.walk import Walk

if TYPE_CHECKING:
    import torch

    from scoliogait.checkpoints.bundle import Bundle

Runtime = Literal["torch", "exported"]

STATEMENT = (
    "Screening aid, research software, not a medical device. It gives no diagnosis, measures no Cobb angle and decides "
    "on no X-ray; a clinical examination does."
)


class WalkRefusedError(NotUsableError):
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
    probability_intervals: by class name, low and high: where the probability of a repeat recording of the same length
        lies in 95 of 100 cases (``repeat_interval``); None for a model that scores whole walks.
    answer_threshold: from which probability on a class is called; None where the model's validation chose none, and the
        usual one is taken (``value_of``).
    inconclusive: True when no class reaches that probability or the recording gives cause for caution;
        reasons: why, one sentence each; recording_doubts: those of them that lie in the recording, not in its
        probabilities or its measured posture.
    asymmetry: signed measurements by joint pair, and the roll of the camera (see ``measure_posture``); empty where the
        walk holds no poses.
    pav: the literal, unnormalised Postural Asymmetry Vector, 8 rows of 3, as models know it; None without poses.
    quality: what was seen of the walk. model: which model gave the result. model_notes: how it scored this walk,
        where that must be known.
    training_walks: of the model: "recorded", "simulated", or "unknown" where its provenance does not say.
    """

    walk_id: str
    source: str
    probabilities: Mapping[str, float]
    probability_intervals: Mapping[str, tuple[float, float]] | None
    predicted: str
    inconclusive: bool
    reasons: tuple[str, ...]
    recording_doubts: tuple[str, ...]
    asymmetry: Posture
    pav: tuple[tuple[float, ...], ...] | None
    quality: WalkQuality
    model: Mapping[str, str]
    training_walks: WalkOrigin
    answer_threshold: AnswerThreshold | None = None
    model_notes: tuple[str, ...] = ()
    walk_is_simulated: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known of the result, and of the recording, without being a doubt."""
        return (*self.model_notes, *self.quality.notes)

    @property
    def trained_on_simulated_walks(self) -> bool:
        return self.training_walks == "simulated"

    @property
    def outcome(self) -> Answered:
        """What came of it, in the words of ``result_states``."""
        return state_of_result(self.inconclusive)

    @property
    def headline(self) -> str:
        """What the result is called: no bare class where the model has not learned from recorded walks."""
        return headline(self.probabilities, self.inconclusive, self.training_walks)

    @property
    def banner(self) -> str:
        """What must stand above the result; empty for a model that learned from recorded walks."""
        return banner(self.training_walks)

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said along with the result."""
        said = model_statements(self.training_walks, Selection.of(self.model))
        simulated = (SIMULATED_WALK,) if self.walk_is_simulated else ()
        return (STATEMENT, *simulated, *said, threshold_statement(self.answer_threshold))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "outcome": self.outcome,
            "walk_id": self.walk_id,
            "source": self.source,
            "predicted": self.predicted,
            "headline": self.headline,
            "probabilities": dict(self.probabilities),
            "probability_intervals": None
            if self.probability_intervals is None
            else {name: list(ends) for name, ends in self.probability_intervals.items()},
            "answer_threshold": {
                "value": value_of(self.answer_threshold),
                "chosen_on": chosen_on(self.answer_threshold),
            },
            "inconclusive": self.inconclusive,
            "reasons": list(self.reasons),
            "statements": list(self.statements),
            "model_notes": list(self.model_notes),
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


@names_missing_extra
def load_model(path: str | Path, device: str | torch.device | None = None, runtime: Runtime | None = None) -> Screener:
    """A model that screens: a bundle, run folder or exported file (``model.onnx``), or ``"builtin:NAME"``, one that
    comes with the package.

    device: where a bundle runs; None takes a GPU when there is one. runtime: None takes what the path names, and of a
    model of the package its exported file where onnxruntime is installed and no device is named; "torch" the bundle
    itself, "exported" the file.

    Raises ModelError when the model is missing, damaged or edited, when no model of that name comes with the package,
    and for a runtime or device that it cannot have.
    """
    if runtime not in (None, *get_args(Runtime)):
        raise ModelError(f"runtime {runtime!r}: expected {' or '.join(get_args(Runtime))}; leave it out")
    if is_export(path):
        return _of_file(Path(path), device, runtime)
    wanted = runtime == "exported" or (runtime is None and device is None and package_that_runs(path) == "onnxruntime")
    if wanted and is_builtin(path):
        return _of_file(exported_file(model_folder(path)), device, runtime)
    if runtime == "exported":
        raise ModelError(f"{path}: is a bundle; write its file with 'scoliogait model export' and load that")

    stated_model(path)  # a folder that is no model is refused before torch is asked for
    from scoliogait.checkpoints.bundle import load_bundle
    from scoliogait.models.device import choose_device

    bundle = load_bundle(model_folder(path))
    bundle.module.to(choose_device(device))
    return Screener(bundle)


def _of_file(file: Path, device: str | torch.device | None, runtime: Runtime | None) -> Screener:
    if device is not None and str(device) != "cpu":
        raise ModelError(f"device {device}: {file} is an exported model and runs on the CPU; load the bundle instead")
    if runtime == "torch":
        raise ModelError(f"{file}: is an exported model, which torch does not run; load the bundle instead")
    return Screener(load_exported(file))


@dataclass(frozen=True)
class Screener:
    """A loaded model, ready for walks: a ``Bundle``, or an ``ExportedModel``."""

    model: LoadedModel

    @property
    def bundle(self) -> Bundle:
        """The bundle, for what looks into its network. Raises ModelError for an exported model, which has none."""
        if isinstance(self.model, ExportedModel):
            raise ModelError(
                f"{self.model.path}: is an exported model, and this looks into the network of a bundle; load that with "
                "load_model(BUNDLE, runtime='torch')"
            )
        return cast("Bundle", self.model)

    def screen(self, walk: Walk) -> Screening:
        """Probabilities, measured asymmetries and quality of one walk.

        Sides that the pose estimator exchanged in some frames are put right first, whatever the model, and counted in
        the quality; training and evaluation read walks as they are stored.

        Raises WalkRefusedError (a DataError) when the recording cannot be screened (see ``quality.py`` for the rules),
        and DataError when the walk lacks what this model was made for.
        """
        seen = _seen(walk)
        walk, quality, asymmetry = seen.walk, seen.quality, seen.asymmetry
        windows = self.model.window_logits(walk)
        chances = self._chances(windows)
        reasons, recording_doubts = self._doubts(seen, chances)
        return Screening(
            walk_id=walk.walk_id,
            source=walk.source,
            probabilities=MappingProxyType(dict(zip(CLASS_NAMES, chances.tolist(), strict=True))),
            probability_intervals=self._intervals(windows),
            predicted=CLASS_NAMES[int(chances.argmax())],
            inconclusive=bool(reasons),
            reasons=reasons,
            recording_doubts=recording_doubts,
            asymmetry=asymmetry,
            pav=None if walk.poses is None else tuple(map(tuple, postural_asymmetry(walk.poses).tolist())),
            quality=quality,
            model=MappingProxyType(self.facts),
            training_walks=self.training_walks,
            answer_threshold=self.model.answer_threshold,
            model_notes=self._length_notes(quality.n_frames),
            walk_is_simulated=walk.origin.get("simulated", "no").strip().lower() not in ("no", NOT_STATED),
        )

    def answer(self, walk: Walk, chances: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """Probabilities (3,) and reasons to call them inconclusive, as ``screen`` gives them of this walk.

        chances: (3,), what the network said of the walk as it is stored; it looks again only where exchanged sides were
        put right. Raises as ``screen`` does.
        """
        seen = _seen(walk)
        if seen.repaired:
            chances = self._chances(self.model.window_logits(seen.walk))
        return chances, self._doubts(seen, chances)[0]

    def _chances(self, windows: WindowLogits) -> NDArray[np.float64]:
        return np.asarray(self.model.probabilities(self.model.scores(windows)[0]))

    def _doubts(self, seen: _SeenWalk, chances: NDArray[np.float64]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """All reasons to call a result inconclusive, and those of them that lie in the recording."""
        of_recording = (*seen.quality.cautions, *self._contract_cautions(seen.walk, seen.quality.joints_never_seen))
        unclear = probability_doubts(chances, self.model.answer_threshold)
        return (*unclear, *posture_cautions(seen.asymmetry), *of_recording), of_recording

    def _intervals(self, windows: WindowLogits) -> Mapping[str, tuple[float, float]] | None:
        spread = self.model.window_spread
        if spread is None:
            return None
        chances = np.asarray(self.model.probabilities(windows.logits.astype(np.float64)))
        ends = repeat_interval(chances, float(windows.n_independent[0]), spread).tolist()
        return MappingProxyType({name: (low, high) for name, (low, high) in zip(CLASS_NAMES, ends, strict=True)})

    def _length_notes(self, n_frames: int) -> tuple[str, ...]:
        """What the length of the recording does to the result, where it does something."""
        contract = self.model.contract
        clip, scored, notes = contract.training_frames, min(n_frames, contract.max_frames), []
        if scored < n_frames:
            notes.append(
                f"The model scores the first {scored} of the walk's {n_frames} frames; asymmetries are of all of them."
            )
        if clip is not None and scored != clip and contract.evaluation_frames == "whole":
            seen = f"the whole walk of {scored} frames" if scored == n_frames else "them"
            notes.append(
                f"This model scores {seen} at once, was trained on clips of {clip}, and its probabilities move with "
                "the length of the recording."
            )
        elif clip is not None and scored < clip:
            notes.append(f"The walk of {scored} frames is shorter than a training clip of {clip} and is scored whole.")
        return tuple(notes)

    @property
    def facts(self) -> dict[str, str]:
        """Which model this is, and what computes its network, in words."""
        return self.model.facts.in_words() | {"runtime": self.model.runtime}

    @property
    def training_walks(self) -> WalkOrigin:
        """ "recorded" or "simulated" as the provenance says; an unstated origin is "unknown", never taken for real."""
        return self.model.facts.trained_on.origin

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said along with every result of this model."""
        said = model_statements(self.training_walks, self.model.facts.selection)
        return (STATEMENT, *said, threshold_statement(self.model.answer_threshold))

    def _contract_cautions(self, walk: Walk, never_seen: Collection[str]) -> tuple[str, ...]:
        drawn, coordinates = self.model.contract.skeleton_map, self.model.contract.coordinates
        if coordinates is not None:
            fed = {JOINT_NAMES[joint] for joint in JOINT_SETS[coordinates.joints]}
            lacking = ", ".join(name for name in never_seen if name in fed)
            return (f"Never seen: {lacking}; without them this model often calls another class.",) if lacking else ()
        if drawn is None or drawn.missing != "as-published" or walk.poses is None:
            return ()
        names = ", ".join(JOINT_NAMES[joint] for joint in _never_placed(walk.poses))
        if not names:
            return ()
        return (
            f"Never seen: {names}; the published way of drawing maps, which this model uses, is distorted by that.",
        )


@dataclass(frozen=True)
class _SeenWalk:
    """A walk that is fit to be screened. repaired: whether sides were exchanged in it, and put right in ``walk``."""

    walk: Walk
    repaired: bool
    quality: WalkQuality
    asymmetry: Posture


def _seen(recorded: Walk) -> _SeenWalk:
    """What there is to see before any model looks at it. Raises WalkRefusedError."""
    walk, swaps = repaired_walk(recorded)
    if walk is not recorded and recorded.poses is not None:
        give_back(recorded.poses)
    quality = assess_quality(walk, swaps)
    asymmetry = measured_asymmetry(walk, quality)
    if quality.refusal is not None:
        message = f"{walk.source}: walk {walk.walk_id!r} cannot be screened: {quality.refusal}"
        raise WalkRefusedError(message, quality, asymmetry)
    return _SeenWalk(walk, walk is not recorded, quality, asymmetry)


def measured_asymmetry(walk: Walk, quality: WalkQuality) -> Posture:
    """Signed asymmetries of a walk over whole strides, where strides were seen; empty without poses."""
    if walk.poses is None:
        return NO_POSTURE
    return measure_posture(walk.poses, quality.stride_frames, walk.mirror_difference)


def probability_doubts(chances: NDArray[np.float64], threshold: AnswerThreshold | None) -> tuple[str, ...]:
    """Why probabilities (3,) call for no class, one sentence each; none where one class is probable enough."""
    if chances.max() >= value_of(threshold):
        return ()
    return (f"No class reaches a probability of {value_of(threshold):.3g} (highest {chances.max():.3f}).",)


def _never_placed(poses: NDArray[np.float32]) -> NDArray[np.intp]:
    """Joints with a coordinate of exactly 0 in every frame: what the published completion cannot fill."""
    missing = np.all([(piece[..., :2] == 0).all(axis=0) for piece in in_pieces(poses)], axis=0)
    return np.flatnonzero(missing.any(axis=1))
