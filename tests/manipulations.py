"""What can be wrong with a recording, done to good walks, and what must come of it; ``docs/cautions.md`` shows it.

Two walks are the ground: a simulated one, towards the camera and away, with keypoint errors, and a captured one of a
real person, who walks towards a pinhole camera without any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from captured_walks import captured_joints
from masks import as_segmented, drawn_masks, outlines, with_another, with_specks
from scoliogait.io.coco17_poses import coco17_poses
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.labels import ScreeningClass
from scoliogait.simulation.camera import Camera, Path, place_on_path
from scoliogait.simulation.cohort import WalkPlan, draw_subject, move
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.traits import vary_between_walks
from scoliogait.skeleton import JOINT, MIRROR
from scoliogait.walk import Walk

Outcome = Literal["passes", "put right", "cautioned", "refused", "cautioned or refused"]
KINDS = ("simulated", "captured")
_CONFIG = CohortConfig(n_walks=6, n_frames=240, seed=90430, turn_share=0.0, silhouettes=False)
_LEVEL = Camera(pitch_deg=6.0)
_HIGH = Camera(height_m=2.6, pitch_deg=18.0)


@dataclass(frozen=True)
class Scene:
    """Somebody who walks: world (T, 17, 3) in metres, how much of them faces the camera (T,), frames a second."""

    world: np.ndarray
    facing: np.ndarray
    rate_hz: float
    noise: float

    def film(self, camera: Camera = _LEVEL, **fields: object) -> Walk:
        seen = camera.project(self.world)
        poses = observe(np.random.default_rng(90431), seen, self.facing, NoiseLevel().scaled(self.noise))
        return Walk(walk_id="w", poses=poses, frame_rate_hz=self.rate_hz, **fields)  # type: ignore[arg-type]


@cache
def scene(kind: str, person: int = 0, turned_deg: float = 0.0) -> Scene:
    """One of the two walks; ``person`` 1 is somebody else. turned_deg: the way, away from the line to the camera."""
    if kind == "simulated":
        plan = WalkPlan(person, person, ScreeningClass.NEGATIVE)
        subject, rng = draw_subject(_CONFIG, plan), np.random.default_rng(90432 + person)
        motion = move(rng, _CONFIG, subject.body, vary_between_walks(rng, subject.traits))
        joints, path, rate_hz = motion.joints, motion.path, _CONFIG.frame_rate_hz
    else:
        joints, rate_hz = captured_joints()[("35_08", "16_16")[person]], 30.0
        joints = joints - np.array([0.0, joints[..., 1].min(), 0.0])
        depth = 8.0 - 1.3 * np.arange(len(joints)) / rate_hz
        path = Path(depth[::-1] if turned_deg == 180.0 else depth, np.zeros(len(joints)), np.ones(len(joints)))
    turned = Path(path.depth_m, path.heading_deg + turned_deg, path.moving)
    return Scene(place_on_path(joints, turned), np.cos(np.deg2rad(turned.heading_deg)), rate_hz, kind == "simulated")


def good_walk(kind: str) -> Walk:
    return scene(kind).film()


def _changed(change: Callable[[np.ndarray], np.ndarray], **fields: object) -> Callable[[str], Walk]:
    """The good walk with its poses (T, 17, 3) changed."""
    return lambda kind: (walk := good_walk(kind)).with_changes(poses=change(walk.poses.copy()), **fields)


def _wider(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda poses: poses * np.array([factor, 1, 1], np.float32)


def _shares(whole: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda poses: poses * np.array([whole / _LEVEL.frame_size_px[0], whole / _LEVEL.frame_size_px[1], 1])


def _turned(poses: np.ndarray, degrees: float) -> np.ndarray:
    angle, middle = np.deg2rad(degrees), np.array([640.0, 360.0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    poses[..., :2] = (poses[..., :2] - middle) @ turn + middle
    return poses


def _mirrored_sides(share: float) -> Callable[[np.ndarray], np.ndarray]:
    """Left and right of all joints exchanged in runs of four frames that make up a share of the film."""

    def change(poses: np.ndarray) -> np.ndarray:
        runs = np.arange(len(poses)) // 4
        chosen = np.floor((runs + 1) * share) > np.floor(runs * share)
        poses[chosen] = poses[chosen][:, MIRROR]
        return poses

    return change


def _mirrored_picture(poses: np.ndarray) -> np.ndarray:
    """The estimator sees a mirror picture, and calls left what it takes for the left of the person in it."""
    poses[..., 0] = 1280 - poses[..., 0]
    return poses[:, MIRROR]


def _wrong_shoulder(poses: np.ndarray) -> np.ndarray:
    left, right = JOINT["left_shoulder"], JOINT["right_shoulder"]
    poses[:, left, 1] -= 0.5 * np.abs(poses[:, left, 0] - poses[:, right, 0])
    return poses


def _with_another(kind: str, alone_s: float | None) -> Walk:
    """A second person, half a metre to the side, is taken for the walker in every second stretch of so many seconds.

    None: in the second half of the film.
    """
    walk, other = good_walk(kind), scene(kind, person=1)
    shifted = Scene(other.world + np.array([0.5, 0.0, 0.0]), other.facing, other.rate_hz, other.noise).film()
    n = min(walk.n_frames, shifted.n_frames)
    frames = n / 2 if alone_s is None else alone_s * other.rate_hz
    stretch = np.floor(np.arange(n) / frames) % 2 == 1
    return walk.with_changes(poses=np.where(stretch[:, None, None], shifted.poses[:n], walk.poses[:n]))


def _read(factor: float) -> Callable[[str], Walk]:
    """Confidences times a factor, in a file that is read."""

    def change(kind: str) -> Walk:
        walk = good_walk(kind)
        poses, notes = coco17_poses(walk.poses * np.array([1, 1, factor]), "file")
        return walk.with_changes(poses=poses, notes=notes)

    return change


def _with_masks(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[str], Walk]:
    """Drawn silhouettes beside the poses, changed, in a file that is read."""

    def read(kind: str) -> Walk:
        masks, notes = read_silhouettes(change(drawn_masks(40)), "file")
        return good_walk(kind).with_changes(silhouettes=masks, notes=notes)

    return read


def _some_white(masks: np.ndarray) -> np.ndarray:
    masks[::10] = 255
    return masks


def _feet_below(kind: str) -> Walk:
    walk = good_walk(kind)
    ankles = walk.poses[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 1]
    return walk.with_changes(frame_size_px=(1280, int(ankles.min()) - 5))


def _still(poses: np.ndarray) -> np.ndarray:
    trembling = np.random.default_rng(90433).normal(0, 0.3, poses[..., :2].shape)
    poses[:] = poses[:1]
    poses[..., :2] += trembling
    return poses


@dataclass(frozen=True)
class Row:
    """One manipulation. words: what the refusal, a caution or (put right) a note says; "" where nothing is said.

    by_the_reader: refused when the file is read, so that there is no walk.
    """

    manipulation: str
    outcome: Outcome
    words: str
    walk: Callable[[str], Walk]
    by_the_reader: bool = False


ROWS = (
    Row("none", "passes", "", good_walk),
    Row("camera rolled by 8 degrees", "cautioned", "camera is rolled by", _changed(lambda p: _turned(p, 8.0))),
    Row("camera at 2.6 m, looking down", "cautioned", "camera looks down", lambda kind: scene(kind).film(_HIGH)),
    Row("picture of 4:3 shown as 16:9", "cautioned", "stretched sideways", _changed(_wider(4 / 3))),
    Row("picture of 16:9 shown as 4:3", "cautioned", "stretched", _changed(_wider(3 / 4))),
    Row("coordinates in percent of the picture", "cautioned", "percentages of a picture", _changed(_shares(100))),
    Row("coordinates in thousandths of the picture", "cautioned", "picture stretched", _changed(_shares(1000))),
    Row("picture upside down", "refused", "not upright", _changed(lambda p: _turned(p, 180.0))),
    Row("another person for a second, again and again", "cautioned", "jumps", lambda kind: _with_another(kind, 1.0)),
    Row("another person in every second frame", "cautioned", "jumps", lambda kind: _with_another(kind, 0.04)),
    Row("another person from the middle on", "cautioned", "jumps once", lambda kind: _with_another(kind, None)),
    Row(
        "left and right exchanged in all frames",
        "cautioned",
        "left and right are exchanged",
        _changed(lambda p: p[:, MIRROR]),
    ),
    Row(
        "left and right exchanged in 30 % of frames",
        "cautioned",
        "exchanged left and right",
        _changed(_mirrored_sides(0.3)),
    ),
    Row(
        "left and right exchanged in 10 % of frames",
        "put right",
        "exchanged left and right",
        _changed(_mirrored_sides(0.1)),
    ),
    Row("each frame twice", "cautioned or refused", "exact copies", _changed(lambda p: p.repeat(2, axis=0))),
    Row("the film twice over", "cautioned", "exact copies", _changed(lambda p: np.concatenate([p, p]))),
    Row(
        "one shoulder point too high, by half a shoulder width",
        "cautioned",
        "line through the shoulders is tilted",
        _changed(_wrong_shoulder),
    ),
    Row("confidences four times too high", "cautioned", "another scale", _read(4.0)),
    Row("confidences as percentages", "refused", "divide percentages by 100", _read(100.0), by_the_reader=True),
    Row("confidences a tenth too high", "put right", "set to 1", _read(1.1)),
    Row("file states the side view 090", "cautioned", "states the view '090'", _changed(lambda p: p, view="090")),
    Row(
        "file states the front view, the walk is seen from behind",
        "cautioned",
        "states the view 'front'",
        lambda kind: (
            scene(kind, turned_deg=180.0).film(view="front")
            if kind == "captured"
            else good_walk(kind).with_changes(view="front")
        ),
    ),
    Row("file states the view it has", "passes", "", _changed(lambda p: p, view="000_180")),
    Row("filmed from the side", "refused", "side view", lambda kind: scene(kind, turned_deg=90.0).film()),
    Row("14 frames", "refused", "too short", _changed(lambda p: p[:14])),
    Row(
        "1.2 seconds",
        "cautioned",
        "strides were seen",
        lambda kind: (walk := good_walk(kind)).with_changes(poses=walk.poses[: int(1.2 * walk.frame_rate_hz)]),
    ),
    Row("feet below the picture", "refused", "inside the picture", _feet_below),
    Row("a person who stands", "refused", "no walking seen", _changed(_still)),
    Row("a rate that is not known, of 120 a second", "refused", "give --frame-rate-hz", lambda kind: _at_120(kind)),
    Row("silhouettes with holes and a few specks", "passes", "", _with_masks(as_segmented)),
    Row("silhouettes: every tenth is white all over", "cautioned", "white all over", _with_masks(_some_white)),
    Row("silhouettes: two bodies", "cautioned", "a second body", _with_masks(lambda m: with_another(m, 0.9))),
    Row("silhouettes: salt noise", "cautioned", "scattered specks", _with_masks(lambda m: with_specks(m, 0.01, 255))),
    Row("silhouettes: outlines", "refused", "outlines that are not filled", _with_masks(outlines), by_the_reader=True),
    Row("mirrored picture", "passes", "", _changed(_mirrored_picture)),
    Row("picture 9 % too wide", "passes", "", _changed(_wider(1.09))),
)


def _at_120(kind: str) -> Walk:
    walk = good_walk(kind)
    factor = round(120 / (walk.frame_rate_hz or 1))
    time = np.linspace(0, walk.n_frames - 1, factor * (walk.n_frames - 1) + 1)
    columns = [np.interp(time, np.arange(walk.n_frames), column) for column in walk.poses.reshape(walk.n_frames, -1).T]
    return walk.with_changes(poses=np.stack(columns, axis=1).reshape(-1, 17, 3), frame_rate_hz=None)
