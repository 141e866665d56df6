"""The passes of one person on one day as one result: asymmetries with the roll cancelled, probabilities averaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scoliogait.api.places import DEFAULT_MODEL, Place, path_of
from scoliogait.api.posture_words import asymmetry_note, posture_rows
from scoliogait.api.screen import NO_INTERVAL_NOTE, ScreenedWalk, quality_line
from scoliogait.api.screen import screen as screen_walk
from scoliogait.api.session_passes import cut_at_turns, unlike_within
from scoliogait.api.session_probability import mean_probabilities
from scoliogait.api.shown import Shown, Summary
from scoliogait.class_words import CLASS_NOTE, banner, headline
from scoliogait.errors import DataError
from scoliogait.io.read import read_walk, with_frame_rate
from scoliogait.measurement.apparent_height import apparent_height
from scoliogait.measurement.pass_strides import Look, look_at
from scoliogait.measurement.passes import pass_disagreements, unlike_heights, unlike_passes
from scoliogait.measurement.posture import NO_POSTURE, Posture, posture_of
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.proportions import proportions
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.result_states import Answered, state_of_result
from scoliogait.walk import Walk

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.screening import Screener

SESSION_INTERVAL_NOTE = (
    "in brackets: where the mean of another session of as many passes comes out in 95 of 100 cases (measured on "
    "simulated walkers)"
)


@dataclass(frozen=True, repr=False, eq=False)
class Session(Shown):
    """One person on one day, in front of one camera that stood still: their passes, and what follows from all.

    passes: each with its own result, in the order given. asymmetry: of all their strides together (``posture_of``).
    probabilities: mean over the passes, by class name; probability_intervals: low and high, 95 %, of that mean in
    another session of as many passes; None for a model that scores whole walks. reasons: why the session is
    inconclusive, one sentence each; notes: what else a reader should know.
    """

    passes: tuple[ScreenedWalk, ...]
    asymmetry: Posture
    probabilities: Mapping[str, float]
    probability_intervals: Mapping[str, tuple[float, float]] | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def screen(
        cls,
        walks: Sequence[Walk | str | Path],
        model: Place | Screener = DEFAULT_MODEL,
        frame_rate_hz: float | None = None,
    ) -> Session:
        """Screen the passes of one person: each as ``sg.screen`` does, then all together.

        walks: at least one; towards the camera and away from it, so that the roll of the camera cancels. The camera
        must not have been moved between them. One that shows turns is cut there (``sg.passes_of``), unless a pass of it
        could not be screened by itself; a note says which. model, frame_rate_hz: as in ``sg.screen``.

        Raises DataError when there is no walk, when a walk is given twice, or when two passes show different people, by
        what they state, by their height at one place of the picture or by the proportions of their limbs;
        WalkRefusedError when a pass cannot be screened.
        """
        from scoliogait.screening import Screener, load_model

        recorded = [_read(walk, frame_rate_hz) for walk in walks]
        refuse_other_people(recorded)
        screener = model if isinstance(model, Screener) else load_model(path_of(model))
        cut = [cut_at_turns(walk) for walk in recorded]
        together = cls._together([screen_walk(one, screener) for passes, _ in cut for one in passes])
        doubts = [doubt for passes, _ in cut for doubt in unlike_within(passes)]
        notes = [note for _, note in cut if note]
        return replace(together, reasons=(*together.reasons, *doubts), notes=(*together.notes, *notes))

    @classmethod
    def of(cls, passes: Sequence[ScreenedWalk]) -> Session:
        """From passes that were screened by one model. Raises DataError as ``screen`` does."""
        refuse_other_people([screened.walk for screened in passes])
        return cls._together(passes)

    @classmethod
    def _together(cls, passes: Sequence[ScreenedWalk]) -> Session:
        from scoliogait.screening import probability_doubts

        models = {screened.screening.model["digest"] for screened in passes}
        if len(models) > 1:
            raise DataError(f"the passes were screened by {len(models)} models; screen them all by one")
        looks = [look for screened in passes if (look := _look(screened)) is not None]
        posture = posture_of(looks) if looks else NO_POSTURE
        chances, intervals = mean_probabilities(
            [screened.probabilities for screened in passes], [screened.probability_intervals for screened in passes]
        )
        threshold = passes[0].screening.answer_threshold
        doubts = probability_doubts(np.array(list(chances.values())), threshold)
        reasons = (*doubts, *_disagreements(passes, looks), *posture_cautions(posture), *_pass_reasons(passes))
        return cls(tuple(passes), posture, chances, intervals, reasons, tuple(_notes(posture)))

    @property
    def predicted(self) -> str:
        """The most probable class; read ``inconclusive`` first."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def inconclusive(self) -> bool:
        """Whether the passes or their probabilities leave a doubt; ``reasons`` name it."""
        return bool(self.reasons)

    @property
    def outcome(self) -> Answered:
        """What came of it, in the words of ``result_states``."""
        return state_of_result(self.inconclusive)

    @property
    def headline(self) -> str:
        """What the result is called: no bare class where the model has not learned from recorded walks."""
        return headline(self.probabilities, self.inconclusive, self.passes[0].screening.training_walks)

    @property
    def banner(self) -> str:
        """What must stand above the result; empty for a model that learned from recorded walks."""
        return banner(self.passes[0].screening.training_walks)

    @property
    def pass_notes(self) -> tuple[str, ...]:
        """What else should be known of single passes, such as who was followed, one sentence each."""
        return tuple(
            f"Pass {number}: {note}"
            for number, screened in enumerate(self.passes, start=1)
            for note in screened.screening.quality.notes
        )

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said along with the result."""
        return self.passes[0].screening.statements

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the session, and under ``passes`` each of them."""
        return {
            "outcome": self.outcome,
            "n_passes": len(self.passes),
            "predicted": self.predicted,
            "headline": self.headline,
            "probabilities": dict(self.probabilities),
            "probability_intervals": None
            if self.probability_intervals is None
            else {name: list(ends) for name, ends in self.probability_intervals.items()},
            "inconclusive": self.inconclusive,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "statements": list(self.statements),
            **self.asymmetry.to_dict(),
            "passes": [screened.to_dict() for screened in self.passes],
        }

    def summary_words(self) -> Summary:
        chances = [
            (f"probability of {name}", f"{chance:.3f}{self._interval_words(name)}")
            for name, chance in self.probabilities.items()
        ]
        seen = [
            (f"pass {number}", f"{screened.screening.walk_id}: {quality_line(screened.screening)}")
            for number, screened in enumerate(self.passes, start=1)
        ]
        doubts = [f"inconclusive: {reason}" for reason in self.reasons]
        return Summary(
            title=f"session of {len(self.passes)} {'pass' if len(self.passes) == 1 else 'passes'}: {self.headline}",
            rows=(*chances, *seen, *posture_rows(self.asymmetry)),
            notes=(
                CLASS_NOTE,
                *([asymmetry_note(self.asymmetry)] if self.asymmetry else []),
                self.interval_note,
                *doubts,
                *self.notes,
                *self.pass_notes,
            ),
            statements=self.statements,
            first=(self.banner,) if self.banner else (),
        )

    @property
    def interval_note(self) -> str:
        """What the intervals beside probabilities are, or why there is none."""
        return NO_INTERVAL_NOTE if self.probability_intervals is None else SESSION_INTERVAL_NOTE

    def _interval_words(self, name: str) -> str:
        if self.probability_intervals is None:
            return ""
        low, high = self.probability_intervals[name]
        return f" ({low:.3f} to {high:.3f})"

    def plot(self) -> Figure:
        """The signed asymmetries of the session with their intervals."""
        from scoliogait.report.walk_pictures import asymmetry_figure

        return asymmetry_figure(self.asymmetry, f"Measured asymmetries of {len(self.passes)} passes")


def refuse_other_people(walks: Sequence[Walk]) -> None:
    """Raises DataError unless these walks, at least one, may be different recordings of one person."""
    if not walks:
        raise DataError("a session needs at least one walk; give the recordings of one person on one day")
    for first, second in combinations(walks, 2):
        if _same_recording(first, second):
            raise DataError(f"{second.source}: the same recording as {first.source}; give each pass once")
        if None not in (first.subject_id, second.subject_id) and first.subject_id != second.subject_id:
            raise DataError(
                f"{second.source}: shows subject {second.subject_id!r}, and {first.source} shows {first.subject_id!r}; "
                "a session holds the passes of one person"
            )
    with_poses = [walk for walk in walks if walk.poses is not None]
    _refuse_other_heights(with_poses)
    unlike = unlike_passes([proportions(walk.poses) for walk in with_poses if walk.poses is not None])
    if unlike is not None:
        first, second = (with_poses[number] for number in unlike)
        raise DataError(
            f"{second.source}: the limbs have other proportions than in {first.source}, so these are hardly passes of "
            "one person; a session holds one person, so screen them one by one"
        )


def _refuse_other_heights(walks: Sequence[Walk]) -> None:
    """Raises DataError where somebody taller stands at the same place of the picture, in pictures of one size."""
    if len({walk.frame_size_px for walk in walks}) != 1:
        return
    unlike = unlike_heights([apparent_height(walk.poses) for walk in walks if walk.poses is not None])
    if unlike is None:
        return
    first, second = (walks[number] for number in unlike[:2])
    change = 100 * float(np.expm1(-unlike[2]))
    words = "smaller" if change < 0 else "taller"
    raise DataError(
        f"{second.source}: at the same place of the picture the body is {abs(change):.0f} % {words} than in "
        f"{first.source}: another person, or a camera that was moved; a session holds one person before a camera that "
        "stood still, so screen them one by one"
    )


def _read(walk: Walk | str | Path, frame_rate_hz: float | None) -> Walk:
    return with_frame_rate(walk if isinstance(walk, Walk) else read_walk(walk), frame_rate_hz)


def _same_recording(first: Walk, second: Walk) -> bool:
    if first.poses is None or second.poses is None:
        return False
    return first.poses.shape == second.poses.shape and bool((first.poses == second.poses).all())


def _look(screened: ScreenedWalk) -> Look | None:
    poses = repaired_walk(screened.walk)[0].poses
    if poses is None:
        return None
    return look_at(poses, screened.screening.quality.stride_frames, screened.walk.mirror_difference)


def _disagreements(passes: Sequence[ScreenedWalk], looks: Sequence[Look]) -> Iterator[str]:
    called = {number: screened.predicted for number, screened in enumerate(passes, start=1)}
    if len(set(called.values())) > 1:
        listed = ", ".join(f"{name} in pass {number}" for number, name in called.items())
        yield f"The most probable class differs between the passes: {listed}."
    postures = [screened.asymmetry for screened in passes if screened.asymmetry]
    if len(postures) > 1:
        yield from pass_disagreements(postures, looks)


def _pass_reasons(passes: Sequence[ScreenedWalk]) -> Iterator[str]:
    """What makes single passes doubtful; their own roll and probabilities are judged for the session as a whole."""
    for number, screened in enumerate(passes, start=1):
        for reason in screened.screening.recording_doubts:
            yield reason if len(passes) == 1 else f"Pass {number}: {reason}"


def _notes(posture: Posture) -> Iterator[str]:
    roll = posture.camera_roll_deg
    if roll is not None and not roll.from_both_directions:
        yield (
            f"One direction only was seen: a roll of the camera ({roll.value:+.1f} degrees assumed) looks like a lean "
            "of the whole person, and widens the intervals; add a pass the other way."
        )
