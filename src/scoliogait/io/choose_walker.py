"""Which of the people in a recording is its walker, and what must be said about the others.

The walker is who walks, and among those who walk the one seen largest for longest. Another walker who comes near that
at the same time makes the choice a guess: it is refused, and ``person`` chooses by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scoliogait.errors import DataError, NotUsableError
from scoliogait.io.bodies import Array
from scoliogait.io.follow import Tracks
from scoliogait.io.people import Indices, Poses
from scoliogait.io.walking import Movement, movement
from scoliogait.measurement.body_size import person_height_px, sizes_px, visible
from scoliogait.skeleton import JOINT, N_JOINTS
from scoliogait.video.numbers import NumberedPerson
from scoliogait.walk import PeopleSeen

# A body with fewer joints (median over its frames) is a ghost: a sign, a mirror, a hand at the edge.
FEWEST_JOINTS = 8
# A track of fewer frames is not counted as a person, unless all are as short.
FEWEST_FRAMES = 3
# Another walker with this share of the walker's frames times size is as good a choice; with the second one, nearly.
AS_GOOD, NEARLY = 0.7, 0.4
_SHARE_WITH_FEET = 1 / 3
_ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]
_MOST_LISTED = 6
_MOST_CANDIDATES = 200


@dataclass(frozen=True, eq=False)
class _Person:
    """One track: its detections, where and how large it is, and how much of it is walking.

    size_px: from ankles to eyes, of the parts that are seen; height_px: from head to feet, as a reader is told.
    """

    track: int
    rows: Indices
    frame: Indices
    x_px: float
    size_px: float
    height_px: float
    does: Movement
    walking: float
    n_joints: int
    n_feet: int

    @property
    def shows_feet(self) -> bool:
        """Without the feet a walk cannot be screened."""
        return self.n_feet >= _SHARE_WITH_FEET * len(self.frame)

    @property
    def weight(self) -> float:
        """Frames in which they walk (all, if never) times size, as far as the body is seen."""
        return self.n_joints / N_JOINTS * self.size_px * (self.walking if self.walking else 1.0)

    @property
    def span(self) -> str:
        first, last = int(self.frame[0]), int(self.frame[-1])
        return f"frame {first}" if first == last else f"frames {first} to {last}"

    def describe(self, number: int) -> str:
        return f"person {number}: around x = {self.x_px:.0f} px, {self.height_px:.0f} px tall, {self.span}, {self.does}"


def choose_walker(tracks: Tracks, where: str, person: int | None = None) -> tuple[Poses, PeopleSeen]:
    """Poses (T, 17, 3) of the walker, all zeros in a frame without them, and what was seen of people.

    person: the number of a person, 1 for the one farthest to the left (median over their frames); None chooses.
    ``where`` names the recording in messages. Raises NotUsableError when no person is seen and when two walkers
    cannot be told apart, DataError when there is no person of that number; it lists the people.
    """
    people = _people(tracks)
    if not people:
        raise NotUsableError(
            f"{where}: no frame shows a person; film one person from head to feet, upright in the picture, in good "
            "light, or check the pose estimator"
        )
    if person is not None and not 1 <= person <= len(people):
        raise DataError(f"{where}: has no person {person}; {_listed(people)}")
    walker = _best(people) if person is None else people[person - 1]
    rivals = _rivals(walker, people, tracks)
    if person is None and rivals.equal:
        first, second = sorted((people.index(walker) + 1, people.index(rivals.equal[0]) + 1))
        raise NotUsableError(
            f"{where}: persons {first} and {second} cannot be told apart as the walker; "
            f"{_listed(people, (first, second))}. Choose with --person N (person=N in Python)"
        )
    seen = PeopleSeen(
        n_people=len(people),
        n_frames_together=_frames_together(people),
        walker_frames=len(walker.frame),
        reason="chosen by hand" if person is not None else _reason(walker, people),
        listed=tuple(p.describe(number) for number, p in enumerate(people, 1))[: max(_MOST_LISTED, person or 0)],
        walker=people.index(walker) + 1,
        doubts=tuple(_doubts(walker, rivals, people, by_hand=person is not None)),
    )
    poses = np.zeros((tracks.people.n_frames, N_JOINTS, 3), dtype=np.float32)
    poses[walker.frame] = tracks.people.poses[walker.rows]
    return poses, seen


def numbered_people(tracks: Tracks) -> tuple[NumberedPerson, ...]:
    """Everybody, with the numbers and in the order in which ``choose_walker`` names them."""
    poses = tracks.people.poses
    return tuple(
        NumberedPerson(number, person.frame, poses[person.rows]) for number, person in enumerate(_people(tracks), 1)
    )


def _people(tracks: Tracks) -> list[_Person]:
    """Tracks that are people, from left to right."""
    poses, track = tracks.people.poses, tracks.track
    if not len(track):
        return []
    size = sizes_px(poses)
    n_frames = np.bincount(track, minlength=tracks.n_tracks)
    n_joints = visible(poses).sum(axis=1)
    weight = np.bincount(track, np.nan_to_num(size) * n_joints, minlength=tracks.n_tracks)
    order = np.argsort(track, kind="stable")
    rows_of = np.split(order, np.cumsum(n_frames)[:-1])
    whole = np.array([np.median(n_joints[rows]) >= FEWEST_JOINTS for rows in rows_of])
    kept = whole & (n_frames >= FEWEST_FRAMES)
    for rule in (kept, whole, n_frames >= FEWEST_FRAMES, n_frames > 0):
        if rule.any():
            kept = rule
            break
    likely = np.flatnonzero(kept)
    likely = likely[np.argsort(-weight[likely], kind="stable")][:_MOST_CANDIDATES]
    people = [_person(int(number), rows_of[number], tracks, size) for number in likely]
    return sorted(people, key=lambda p: (p.x_px, int(p.frame[0])))


def _person(track: int, rows: Indices, tracks: Tracks, size: Array) -> _Person:
    poses, frame = tracks.people.poses[rows], tracks.people.frame[rows]
    known = size[rows][np.isfinite(size[rows])]
    size_px = float(np.median(known)) if len(known) else 0.0
    x = poses[..., 0][visible(poses)]
    seen = visible(poses)
    return _Person(
        track,
        rows,
        frame,
        float(np.median(x)),
        size_px,
        person_height_px(poses) or 0.0,
        *movement(poses, frame),
        n_joints=int(seen.sum()),
        n_feet=int(seen[:, _ANKLES].all(axis=1).sum()),
    )


def _best(people: Sequence[_Person]) -> _Person:
    return max(_candidates(people), key=lambda p: p.weight)


def _candidates(people: Sequence[_Person]) -> list[_Person]:
    """Who may be the walker: who shows their feet and does not stand, as far as there is anybody like that."""
    with_feet = [p for p in people if p.shows_feet] or list(people)
    return [p for p in with_feet if p.does != "stands"] or with_feet


@dataclass(frozen=True)
class _Rivals:
    """Others who could be meant: at the same time with equal or nearly equal weight; before or after the walker."""

    equal: list[_Person]
    near: list[_Person]
    apart: list[_Person]
    continued: bool


def _rivals(walker: _Person, people: Sequence[_Person], tracks: Tracks) -> _Rivals:
    tied = set(tracks.continued[(tracks.continued == walker.track).any(axis=1)].ravel().tolist())
    others = [p for p in _candidates(people) if p is not walker]
    together = [p for p in others if np.intersect1d(p.frame, walker.frame).size]
    share = {p.track: _weight_with_pieces(p, together, tracks) / (walker.weight or 1.0) for p in others}
    return _Rivals(
        equal=[p for p in together if share[p.track] >= AS_GOOD],
        near=[p for p in together if NEARLY <= share[p.track] < AS_GOOD],
        apart=[p for p in others if p not in together and share[p.track] >= NEARLY],
        continued=any(p.track in tied for p in people if p is not walker),
    )


def _weight_with_pieces(person: _Person, others: Sequence[_Person], tracks: Tracks) -> float:
    """A person's weight and that of the tracks beside the walker that may continue theirs."""
    reached, todo = {person.track}, [person.track]
    while todo:
        ties = tracks.continued[(tracks.continued == todo.pop()).any(axis=1)]
        new = set(ties.ravel().tolist()) & {p.track for p in others} - reached
        reached |= new
        todo += new
    free = np.ones(tracks.people.n_frames, dtype=bool)
    weight = 0.0
    for piece in sorted((p for p in others if p.track in reached), key=lambda p: (p is not person, -p.weight)):
        if free[piece.frame].all():
            weight += piece.weight
            free[piece.frame[0] : piece.frame[-1] + 1] = False
    return weight or person.weight


def _doubts(walker: _Person, rivals: _Rivals, people: Sequence[_Person], *, by_hand: bool) -> Iterator[str]:
    if rivals.continued:
        yield (
            f"It is not certain who is who outside {walker.span}, where people cross or one of them jumps; "
            "the walk was cut there."
        )
    for other in rivals.near if not by_hand else ():
        yield f"Another person walks at the same time, nearly as large ({other.describe(people.index(other) + 1)})."
    for other in rivals.apart if not by_hand else ():
        yield (
            f"Another person, or the same one again, walks before or after "
            f"({other.describe(people.index(other) + 1)}); only {walker.span} were taken."
        )


def _reason(walker: _Person, people: Sequence[_Person]) -> str:
    if len(people) == 1:
        return "the only person seen"
    if walker.does == "stands":
        return "all stand, and this one is largest for longest"
    return "the only one who walks" if len(_candidates(people)) == 1 else "of those who move the largest for longest"


def _frames_together(people: Sequence[_Person]) -> int:
    frames = np.concatenate([p.frame for p in people])
    return int((np.bincount(frames) > 1).sum())


def _listed(people: Sequence[_Person], named: Sequence[int] = ()) -> str:
    """The first people, and those whose numbers are ``named`` in the same sentence."""
    shown = [number for number in range(1, len(people) + 1) if number <= _MOST_LISTED or number in named]
    listed = "; ".join(people[number - 1].describe(number) for number in shown)
    more = len(people) - len(shown)
    return f"{listed}; and {more} more" if more > 0 else listed
