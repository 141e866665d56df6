"""Scenes for the study of the follower: simulated walkers and bystanders, filmed together, with a detector's faults.

A scene knows the truth: which detection is of whom, who is the walker, and whether the walker can be told from the
others at all. Person 0 is the walker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation.camera import Camera, Path, draw_camera, draw_path, place_on_path
from scoliogait.simulation.cohort import WalkPlan, draw_subject, move, plan_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.planting import step_on_the_spot
from scoliogait.simulation.traits import vary_between_walks
from scoliogait.skeleton import JOINT, MIRROR, N_JOINTS

Array = NDArray[np.float64]
Poses = NDArray[np.float32]
Rng = np.random.Generator

NEAR_M, FAR_M = 2.8, 9.5
# Another walker with more than this share of the walker's frames times height is as good a choice.
AMBIGUOUS_SHARE = 0.6
_FEWEST_JOINTS_DETECTED = 3
_TRUNK = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip")]
_LOWER = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
_ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]
_HIPS_AND_LOWER = [*_LOWER, JOINT["left_hip"], JOINT["right_hip"]]


@dataclass(frozen=True)
class Actor:
    """A person on stage: joints (T, 17, 3) in their own frame, place and heading frame by frame, and who is there."""

    joints: Array
    x_m: Array
    depth_m: Array
    heading_deg: Array
    walks: bool
    present: NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """What a detector wrote, and the truth.

    frames: detections of each frame, (P, 17, 3) each, in random order. versions: (T, V, 17, 3) every form in which a
    person's pose was written, NaN where it was not; of_person (V,): whose form it is. detected (T, n_people).
    solvable: the walker can be told from the others.
    """

    kind: str
    frames: list[Poses]
    versions: Array
    of_person: NDArray[np.int64]
    detected: NDArray[np.bool_]
    solvable: bool


@dataclass(frozen=True)
class Stage:
    """What all people of a scene share."""

    rng: Rng
    config: CohortConfig
    plans: list[WalkPlan]
    camera: Camera
    time_s: Array

    @property
    def n_frames(self) -> int:
        return len(self.time_s)


def make_scene(kind: str, seed: int, number: int) -> Scene:
    """One scene of a kind; it depends on the seed and its number alone."""
    rng = np.random.default_rng([seed, number])
    rate = float(rng.choice([15.0, 25.0, 30.0]))
    n_frames = int(rate * rng.uniform(4.0, 7.0))
    config = CohortConfig(n_walks=60, n_frames=n_frames, seed=seed, frame_rate_hz=rate, turn_share=0.0)
    stage = Stage(rng, config, plan_cohort(config), draw_camera(rng), np.arange(n_frames) / rate)
    actors = KINDS[kind](stage)
    return _film(kind, stage, actors)


def walk_line(stage: Stage, start: tuple[float, float], heading_deg: float, begin_s: float = 0.0) -> Actor:
    """Somebody who walks straight ahead from a place (x, depth); there before ``begin_s`` they are not seen."""
    joints, speed = _moving_joints(stage)
    way = speed * (stage.time_s - begin_s)
    turn = np.deg2rad(heading_deg)
    x, depth = start[0] - way * np.sin(turn), start[1] - way * np.cos(turn)
    constant = np.full(stage.n_frames, heading_deg)
    return Actor(joints, x, depth, constant, True, _in_range(depth) & (stage.time_s >= begin_s))


def walk_there_and_back(stage: Stage) -> Actor:
    """A walker who turns at the ends of the path."""
    joints, speed = _moving_joints(stage)
    path = draw_path(stage.rng, stage.time_s, speed, turn_share=1.0)
    zero = np.zeros(stage.n_frames)
    return Actor(joints, zero, path.depth_m, path.heading_deg, True, np.ones(stage.n_frames, dtype=bool))


def stand(stage: Stage, x_m: float, depth_m: float) -> Actor:
    """Somebody who stands and sways a little."""
    joints, _ = _moving_joints(stage, on_the_spot=True)
    still = np.repeat(joints[:1], stage.n_frames, axis=0)
    sway = 0.01 * np.sin(2 * np.pi * 0.3 * stage.time_s + stage.rng.uniform(0, 6))
    still[..., 0] += sway[:, None] * still[..., 1]
    heading = np.full(stage.n_frames, stage.rng.uniform(-60, 60))
    place = np.full(stage.n_frames, depth_m)
    return Actor(still, np.full(stage.n_frames, x_m), place, heading, False, np.ones(stage.n_frames, dtype=bool))


def _moving_joints(stage: Stage, *, on_the_spot: bool = False) -> tuple[Array, float]:
    plan = stage.plans[int(stage.rng.integers(len(stage.plans)))]
    subject = draw_subject(stage.config, plan)
    traits = vary_between_walks(stage.rng, subject.traits)
    motion = move(stage.rng, stage.config, subject.body, traits)
    joints = step_on_the_spot(motion.joints, subject.body, np.zeros(stage.n_frames)) if on_the_spot else motion.joints
    return joints, traits["stride_length_statures"] * subject.body.stature_m / traits["stride_time_s"]


def _in_range(depth: Array) -> NDArray[np.bool_]:
    return (depth >= NEAR_M) & (depth <= FAR_M + 4.0)


def _walker(stage: Stage) -> Actor:
    """The walker of a scene: towards the camera, away from it, or there and back."""
    form = stage.rng.integers(3)
    if form == 0:
        return walk_there_and_back(stage)
    if form == 1:
        return walk_line(stage, (0.0, stage.rng.uniform(8.5, FAR_M)), 0.0)
    return walk_line(stage, (0.0, stage.rng.uniform(3.0, 3.6)), 180.0)


def _side(stage: Stage) -> float:
    return 1.0 if stage.rng.random() < 0.5 else -1.0


def _alone(stage: Stage) -> list[Actor]:
    return [_walker(stage)]


def _crossing(stage: Stage) -> list[Actor]:
    side, depth = _side(stage), stage.rng.uniform(3.2, 8.0)
    begin = stage.rng.uniform(0.2, 0.6) * stage.time_s[-1]
    other = walk_line(stage, (side * 3.5, depth), side * 90.0, begin)
    return [_walker(stage), other]


def _oncoming(stage: Stage) -> list[Actor]:
    away = stage.rng.random() < 0.5
    beside = _side(stage) * stage.rng.uniform(0.3, 0.9)
    walker = walk_line(stage, (0.0, 3.2 if away else 9.0), 180.0 if away else 0.0)
    other = walk_line(stage, (beside, 9.0 if away else 3.2), 0.0 if away else 180.0)
    return [walker, other]


def _following(stage: Stage) -> list[Actor]:
    behind = stage.rng.uniform(1.2, 3.0)
    other = walk_line(stage, (stage.rng.uniform(-0.3, 0.3), 9.0 + behind), 0.0)
    return [walk_line(stage, (0.0, 9.0), 0.0), other]


def _side_by_side(stage: Stage) -> list[Actor]:
    away = stage.rng.random() < 0.5
    start, heading = (3.2, 180.0) if away else (9.0, 0.0)
    beside = _side(stage) * stage.rng.uniform(0.55, 1.0)
    return [walk_line(stage, (0.0, start), heading), walk_line(stage, (beside, start), heading)]


def _still_in_front(stage: Stage) -> list[Actor]:
    return [_walker(stage), stand(stage, _side(stage) * stage.rng.uniform(0.35, 1.2), stage.rng.uniform(2.8, 4.0))]


def _still_on_the_way(stage: Stage) -> list[Actor]:
    return [_walker(stage), stand(stage, _side(stage) * stage.rng.uniform(0.25, 0.7), stage.rng.uniform(4.5, 8.0))]


def _enters_later(stage: Stage) -> list[Actor]:
    begin = stage.rng.uniform(0.55, 0.8) * stage.time_s[-1]
    other = walk_line(stage, (stage.rng.uniform(-0.8, 0.8), stage.rng.uniform(8.5, 9.5)), 0.0, begin)
    return [_walker(stage), other]


def _leaves(stage: Stage) -> list[Actor]:
    """The walker leaves half-way, and another person comes in where they went."""
    walker = walk_line(stage, (0.0, 9.0), 0.0)
    half = stage.rng.uniform(0.45, 0.7) * stage.time_s[-1]
    walker = replace(walker, present=walker.present & (stage.time_s < half))
    gap_s = stage.rng.uniform(0.0, 1.5)
    other = walk_line(stage, (stage.rng.uniform(-0.5, 0.5), stage.rng.uniform(3.2, 9.0)), 0.0, half + gap_s)
    return [walker, other]


def _passer_in_front(stage: Stage) -> list[Actor]:
    side = _side(stage)
    begin = stage.rng.uniform(0.2, 0.7) * stage.time_s[-1]
    return [_walker(stage), walk_line(stage, (side * 2.2, stage.rng.uniform(2.8, 3.1)), side * 90.0, begin)]


KINDS: dict[str, Callable[[Stage], list[Actor]]] = {
    "alone": _alone,
    "crossing": _crossing,
    "oncoming": _oncoming,
    "following": _following,
    "side by side": _side_by_side,
    "stands in front": _still_in_front,
    "stands on the way": _still_on_the_way,
    "enters later": _enters_later,
    "leaves, another comes": _leaves,
    "passes in front": _passer_in_front,
}


def _film(kind: str, stage: Stage, actors: list[Actor]) -> Scene:
    rng = stage.rng
    level = NoiseLevel().scaled(float(rng.uniform(0.7, 2.5)))
    true = [_pixels(stage.camera, actor) for actor in actors]
    whole = np.stack(
        [observe(rng, pixels, np.cos(np.deg2rad(a.heading_deg)), level) for pixels, a in zip(true, actors, strict=True)]
    )
    seen = _visible_joints(stage, actors, whole)
    _lose_frames(rng, seen)
    _show_parts(rng, seen)
    written = np.where(seen[..., None], whole, 0).astype(np.float32)
    _exchange_sides(rng, written)
    return _write(kind, rng, actors, written)


def _pixels(camera: Camera, actor: Actor) -> Array:
    path = Path(actor.depth_m, actor.heading_deg, np.ones(len(actor.depth_m)))
    placed = place_on_path(actor.joints, path)
    placed[..., 0] += actor.x_m[:, None]
    placed[..., 2] = np.maximum(placed[..., 2], 0.5)
    return camera.project(placed)


def _visible_joints(stage: Stage, actors: list[Actor], whole: Poses) -> NDArray[np.bool_]:
    """(people, T, 17): inside the picture, there, and not hidden behind a nearer person."""
    width, height = stage.camera.frame_size_px
    xy = whole[..., :2]
    seen = (xy >= 0).all(axis=-1) & (xy < (width, height)).all(axis=-1)
    for index, actor in enumerate(actors):
        seen[index] &= actor.present[:, None]
    for near, a in enumerate(actors):
        trunk = xy[near][:, _TRUNK]
        low, high = trunk.min(axis=1)[:, None], trunk.max(axis=1)[:, None]
        for far, b in enumerate(actors):
            if far == near:
                continue
            inside = ((xy[far] >= low) & (xy[far] <= high)).all(axis=-1) & a.present[:, None]
            hidden = inside & (b.depth_m > a.depth_m)[:, None] & (stage.rng.random(inside.shape) < 0.7)
            seen[far] &= ~hidden
    seen &= (seen.sum(axis=2) >= _FEWEST_JOINTS_DETECTED)[..., None]
    return seen


def _lose_frames(rng: Rng, seen: NDArray[np.bool_]) -> None:
    """Single frames and one longer gap in which a person is not found."""
    n_people, n_frames, _ = seen.shape
    rate = rng.uniform(0.0, 0.08)
    seen &= (rng.random((n_people, n_frames)) >= rate)[..., None]
    for person in range(n_people):
        if rng.random() < 0.4:
            start = int(rng.integers(n_frames))
            seen[person, start : start + int(rng.integers(3, 12))] = False


def _show_parts(rng: Rng, seen: NDArray[np.bool_]) -> None:
    """A stretch in which legs or upper body are not found."""
    for person in range(len(seen)):
        if rng.random() < 0.3:
            start, length = int(rng.integers(seen.shape[1])), int(rng.integers(3, 12))
            missing = _LOWER if rng.random() < 0.6 else [j for j in range(N_JOINTS) if j not in _HIPS_AND_LOWER]
            seen[person, start : start + length, missing] = False


def _exchange_sides(rng: Rng, written: Poses) -> None:
    if rng.random() < 0.3:
        frames = rng.integers(written.shape[1], size=int(rng.integers(1, 6)))
        written[0, frames] = written[0, frames][:, list(MIRROR)]


def _write(kind: str, rng: Rng, actors: list[Actor], written: Poses) -> Scene:
    n_people, n_frames = written.shape[:2]
    split_from = int(rng.integers(n_frames)) if rng.random() < 0.3 else n_frames
    split_until = split_from + int(rng.integers(3, 12))
    copies = rng.random(n_frames) < (0.1 if rng.random() < 0.2 else 0.0)
    sign = _sign(rng) if rng.random() < 0.25 else None
    frames: list[Poses] = []
    versions = np.full((n_frames, n_people + 1, N_JOINTS, 3), np.nan)
    for frame in range(n_frames):
        found: list[Poses] = []
        for person in range(n_people):
            pose = written[person, frame]
            if not (pose[:, 2] > 0).any():
                continue
            versions[frame, person] = pose
            found += _split(pose) if person == 0 and split_from <= frame < split_until else [pose]
        if copies[frame] and (written[0, frame, :, 2] > 0).any():
            versions[frame, n_people] = _copy(rng, written[0, frame])
            found.append(versions[frame, n_people].astype(np.float32))
        if sign is not None and rng.random() < 0.7:
            found.append(_jittered(rng, sign, 1.0))
        if rng.random() < 0.05:
            found.append(_stray(rng))
        order = rng.permutation(len(found))
        frames.append(np.array([found[i] for i in order], dtype=np.float32).reshape(-1, N_JOINTS, 3))
    detected = (written[..., 2] > 0).any(axis=2).T
    of_person = np.array([*range(n_people), 0])
    return Scene(kind, frames, versions, of_person, detected, _solvable(actors, written))


def _split(pose: Poses) -> list[Poses]:
    upper, lower = pose.copy(), pose.copy()
    upper[_LOWER] = 0
    lower[[j for j in range(N_JOINTS) if j not in _LOWER]] = 0
    return [part for part in (upper, lower) if (part[:, 2] > 0).any()]


def _copy(rng: Rng, pose: Poses) -> Poses:
    copied = _jittered(rng, pose, 0.005 * float(np.ptp(pose[pose[:, 2] > 0, 1])))
    copied[:, 2] *= 0.7
    return copied


def _jittered(rng: Rng, pose: Poses, px: float) -> Poses:
    moved = pose.copy()
    moved[:, :2] += (rng.standard_normal((N_JOINTS, 2)) * px * (pose[:, 2:] > 0)).astype(np.float32)
    return moved


def _sign(rng: Rng) -> Poses:
    """Something on the wall that the detector takes for part of a person, in most frames."""
    return _ghost(rng, int(rng.integers(4, 8)), rng.uniform(60, 260), 0.6)


def _stray(rng: Rng) -> Poses:
    return _ghost(rng, int(rng.integers(2, 7)), rng.uniform(40, 300), 0.25)


def _ghost(rng: Rng, n_joints: int, height_px: float, confidence: float) -> Poses:
    ghost = np.zeros((N_JOINTS, 3), dtype=np.float32)
    joints = rng.choice(N_JOINTS, n_joints, replace=False)
    place = rng.uniform((60, 60), (1220, 660))
    ghost[joints, :2] = place + rng.uniform(-0.5, 0.5, (n_joints, 2)) * (0.4 * height_px, height_px)
    ghost[joints, 2] = confidence
    return ghost


def _solvable(actors: list[Actor], written: Poses) -> bool:
    """Whether no other person, seen down to the feet, walks with more than 0.6 of the walker's frames times height."""
    weights = []
    for poses in written:
        whole = (poses[..., 2] > 0).sum(axis=1) >= N_JOINTS // 2
        whole &= (poses[:, _ANKLES, 2] > 0).all(axis=1)
        heights = [float(np.ptp(pose[pose[:, 2] > 0, 1])) for pose in poses[whole]]
        weights.append(sum(heights))
    others = [w for w, actor in zip(weights[1:], actors[1:], strict=True) if actor.walks]
    return max(others, default=0.0) <= AMBIGUOUS_SHARE * weights[0]
