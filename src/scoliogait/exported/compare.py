"""An exported model against its bundle: the same input to both, the difference of their probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.answer_threshold import value_of
from scoliogait.checkpoints.bundle import Bundle
from scoliogait.exported.engines import Arrays
from scoliogait.exported.examples import example_inputs
from scoliogait.exported.form import ChangedCalls
from scoliogait.exported.model import CHUNK_FRAMES, ExportedModel
from scoliogait.exported.ports import OF_FRAMES
from scoliogait.labels import CLASS_NAMES
from scoliogait.models.windows import mean_logits
from scoliogait.representation.arrays import Inputs, model_arrays
from scoliogait.representation.windows import Window, logits_of_windows
from scoliogait.time_ratio import time_ratio
from scoliogait.walk import Walk

# Walks of so many frames are compared: below, at and above what chunks and windows are cut at, and long ones.
CHECKED_FRAMES = (1, 2, 7, 8, 9, 15, 16, 17, 300, 720)
NO_CALL = "no class"
_TIMED_FRAMES = 2 * CHUNK_FRAMES


@dataclass(frozen=True)
class Call:
    """What a walk is called, and how probable that class is, by the bundle and by its export."""

    walk_id: str
    bundle: str
    bundle_probability: float
    exported: str
    exported_probability: float
    difference: float

    @property
    def changed(self) -> bool:
        return self.bundle != self.exported


def largest_difference(exported: ExportedModel, bundle: Bundle) -> float:
    """Of a probability, over walks of ``CHECKED_FRAMES`` frames: scored whole, and in the windows of the contract."""
    worst = 0.0
    for n_frames in CHECKED_FRAMES:
        inputs = example_inputs(bundle.contract, n_frames)
        for windows in {((0, n_frames),), tuple(bundle.contract.windows(n_frames))}:
            spread = np.abs(
                _probabilities(bundle, exported.logits(inputs, windows), windows)
                - _probabilities(bundle, bundle_logits(bundle, inputs, windows), windows)
            )
            worst = max(worst, float(np.nan_to_num(spread, nan=np.inf).max()))
    return worst


def calls(exported: ExportedModel, bundle: Bundle, walks: Sequence[Walk]) -> list[Call]:
    """What both call each walk. Raises DataError where the contract refuses one."""
    found = []
    for walk in walks:
        inputs = model_arrays(bundle.contract, walk)
        windows = tuple(bundle.contract.windows(next(len(inputs[name]) for name in OF_FRAMES if name in inputs)))
        theirs = _probabilities(bundle, bundle_logits(bundle, inputs, windows), windows)
        ours = _probabilities(bundle, exported.logits(inputs, windows), windows)
        moved = float(np.abs(ours - theirs).max())
        found.append(Call(walk.walk_id, *_called(theirs, bundle), *_called(ours, bundle), moved))
    return found


def changed_calls(compared: Sequence[Call]) -> ChangedCalls:
    """How many of at least one walk are called otherwise."""
    return ChangedCalls(
        n_walks=len(compared),
        n_changed=sum(call.changed for call in compared),
        largest_difference=rounded_up(max(call.difference for call in compared)),
    )


def time_beside(exported: ExportedModel, other: ExportedModel) -> float:
    """The processor time in which this machine scores a few frames by one, divided by that of another model."""
    inputs, whole = example_inputs(exported.contract, _TIMED_FRAMES), ((0, _TIMED_FRAMES),)
    return time_ratio(partial(exported.logits, inputs, whole), partial(other.logits, inputs, whole))


def feeds_of(exported: ExportedModel, walks: Sequence[Walk]) -> Iterator[Arrays]:
    """What the graph is called with when it scores walks."""
    for walk in walks:
        inputs = model_arrays(exported.contract, walk)
        n_frames = next(len(inputs[name]) for name in OF_FRAMES if name in inputs)
        for start, stop in exported.contract.windows(n_frames):
            yield from (fed for fed, _ in exported.pieces(inputs, start, stop))


def bundle_logits(bundle: Bundle, inputs: Inputs, windows: Sequence[Window]) -> NDArray[np.float32]:
    """As ``ExportedModel.logits``, by the bundle's own network."""
    tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
    n_frames = next(len(inputs[name]) for name in OF_FRAMES if name in inputs)
    with torch.no_grad():
        logits: NDArray[np.float32] = mean_logits(bundle.module, tensors, [n_frames], [windows]).numpy()
    return logits


def rounded_up(difference: float) -> float:
    """To one digit, at least 1e-6: below that machines differ, and a file should not."""
    if difference <= 1e-6:
        return 1e-6
    step = 10.0 ** math.floor(math.log10(difference))
    return float(f"{math.ceil(difference / step) * step:.0e}")


def _probabilities(bundle: Bundle, logits: NDArray[np.float32], windows: Sequence[Window]) -> NDArray[np.float64]:
    """(3,): of the walk; NaN of logits that are no numbers, which ``bundle.scores`` would refuse."""
    scores = logits_of_windows(logits, [windows]).scores(bundle.temperature, bundle.logit_scale)[0]
    return np.asarray(bundle.probabilities(scores))


def _called(chances: NDArray[np.float64], bundle: Bundle) -> tuple[str, float]:
    highest = float(chances.max())
    return (CLASS_NAMES[int(chances.argmax())] if highest >= value_of(bundle.answer_threshold) else NO_CALL), highest
