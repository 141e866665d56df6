"""One walk in, one result with its doubts out, as ``scoliogait screen`` gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.api.places import DEFAULT_MODEL, Place, path_of
from scoliogait.api.posture_words import asymmetry_note, posture_rows
from scoliogait.api.shown import Shown, Summary
from scoliogait.class_words import CLASS_NOTE
from scoliogait.errors import DataError
from scoliogait.io.read import read_walk, with_frame_rate
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.memory import out_of_memory_in_one_line
from scoliogait.representation.arrays import model_arrays
from scoliogait.video.camera import Camera
from scoliogait.walk import Walk

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.measurement.posture import Posture
    from scoliogait.screening import Screener, Screening


INTERVAL_NOTE = "in brackets: where 95 of 100 repeat recordings of the walker come out (measured on simulated walkers)"
NO_INTERVAL_NOTE = "probabilities have no interval: the model scores whole walks, not windows of them"


@dataclass(frozen=True, repr=False, eq=False)
class ScreenedWalk(Shown):
    """A walk, as recorded, with its result. screening: everything that was found; screener: the model that was used."""

    walk: Walk
    screening: Screening
    screener: Screener

    @property
    def predicted(self) -> str:
        """The most probable class; read ``inconclusive`` first."""
        return self.screening.predicted

    @property
    def probabilities(self) -> Mapping[str, float]:
        """By class name; they add up to 1."""
        return self.screening.probabilities

    @property
    def probability_intervals(self) -> Mapping[str, tuple[float, float]] | None:
        """By class name, where 95 of 100 repeat recordings come out; None where whole walks are scored."""
        return self.screening.probability_intervals

    @property
    def inconclusive(self) -> bool:
        """Whether the recording or the probabilities leave a doubt; ``screening.reasons`` name it."""
        return self.screening.inconclusive

    @property
    def asymmetry(self) -> Posture:
        """Signed measurements by joint pair with their intervals, and the roll of the camera (``measure_posture``)."""
        return self.screening.asymmetry

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, as in the file of ``scoliogait screen --json``."""
        return self.screening.to_dict()

    def summary_words(self) -> Summary:
        found = self.screening
        chances = [(f"probability of {name}", " ".join(chance_words(found, name))) for name in found.probabilities]
        postures = posture_rows(found.asymmetry)
        doubts = [f"inconclusive: {reason}" for reason in found.reasons]
        return Summary(
            title=f"{found.walk_id}: {found.headline}  ({found.source})",
            rows=(*chances, ("quality", quality_line(found)), *postures),
            notes=(
                CLASS_NOTE,
                *([asymmetry_note(found.asymmetry)] if postures else []),
                interval_note(found),
                *doubts,
                *found.notes,
            ),
            statements=found.statements,
            first=(found.banner,) if found.banner else (),
        )

    def plot(self) -> Figure:
        """From left to right: the recording, what the model was fed, the measured asymmetries, the probabilities.

        The panels of what the walk or the model lacks are left out.
        """
        from scoliogait.report.result_picture import result_picture

        return result_picture(repaired_walk(self.walk)[0], self._maps(), self.screening, self._coordinates())

    def _maps(self) -> NDArray[np.float32] | None:
        """The skeleton maps (T, 2, H, W) that the model was fed, 0..1; None where it is fed none."""
        frames = self._fed("skeleton-map", "frames")
        return None if frames is None else frames[:, -2:]  # limbs and joints; a silhouette comes first

    def _coordinates(self) -> NDArray[np.float32] | None:
        """The joints (T, 17, 3) that the model was fed, body heights from the hips; None where it is fed none."""
        return self._fed("coordinates", "poses")

    def _fed(self, representation: str, name: str) -> NDArray[np.float32] | None:
        contract = self.screener.model.contract
        if representation not in contract.representation:
            return None
        return model_arrays(contract, repaired_walk(self.walk)[0])[name]


def screen(
    walk: Walk | str | Path | Camera, model: Place | Screener = DEFAULT_MODEL, frame_rate_hz: float | None = None
) -> ScreenedWalk:
    """Screen one recorded walk: class probabilities, measured asymmetries, quality, and every doubt.

    walk: a Walk, the file or folder of one in any known format, or a camera that records it now. model: a run, run or
    bundle folder, the model that comes with the package, or one that is loaded already (``load_model``), which saves
    time for many walks. frame_rate_hz: frames per second, for a walk that does not state it.

    Raises WalkRefusedError (a DataError) that says why, when the recording cannot be screened; DataError when it cannot
    be read, states another frame rate, lacks what the model needs or takes more memory than there is; ModelError when
    the model cannot be loaded.
    """
    recorded = with_frame_rate(walk if isinstance(walk, Walk) else read_walk(walk), frame_rate_hz)

    from scoliogait.screening import Screener, load_model

    screener = model if isinstance(model, Screener) else load_model(path_of(model))
    with out_of_memory_in_one_line(lambda which: _too_long(recorded, which)):
        return ScreenedWalk(recorded, screener.screen(recorded), screener)


def _too_long(walk: Walk, which: str) -> DataError:
    return DataError(
        f"{walk.source}: screening walk {walk.walk_id!r} ran out of {which}; it has {walk.n_frames} frames; give a "
        "shorter part of it, or smaller pictures"
    )


def chance_words(screening: Screening, name: str) -> tuple[str, str]:
    """The probability of a class, such as ``0.352``, and its interval, such as ``0.22-0.51``; a dash without one."""
    intervals = screening.probability_intervals
    ends = "–" if intervals is None else "–".join(f"{end:.2f}" for end in intervals[name])
    return f"{screening.probabilities[name]:.3f}", f"({ends})"


def interval_note(screening: Screening) -> str:
    """What the intervals beside probabilities are, or why there is none."""
    return INTERVAL_NOTE if screening.probability_intervals is not None else NO_INTERVAL_NOTE


def quality_line(screening: Screening) -> str:
    """What was seen of the walk, in one line."""
    quality = screening.quality
    parts = [f"{quality.n_frames} frames"]
    if quality.duration_s is not None:
        parts.append(f"{quality.duration_s:.1f} s")
    if quality.usable_share is not None:
        parts += [f"{quality.view} view", f"{quality.usable_share:.0%} usable", f"{quality.n_strides:.1f} strides"]
        parts.append(f"mean confidence {quality.mean_confidence:.2f}")
    return ", ".join(parts)
