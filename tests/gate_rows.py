"""The quality gate of a video, row by row: a video on each side of every limit; ``docs/video.md`` shows the table.

Who is in the pictures is known exactly (``seen_people``); pictures, times, people and poses are what a row changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from manipulations import scene
from scoliogait.io.choose_walker import AS_GOOD, NEARLY
from scoliogait.measurement.body import MIN_CONFIDENCE, MIN_FRONTAL_WIDTH
from scoliogait.measurement.caution_limits import (
    GOOD_WALKER_PX,
    MAX_BLUR_PERCENT,
    MAX_CAMERA_HEIGHT,
    MAX_CAMERA_ROLL_DEG,
    MAX_NOISE_SHARE,
    MAX_TILT_DEG,
    MIN_APPROACH,
    MIN_BRIGHTNESS,
    MIN_CONFIDENCE_OF_WALKER,
    MIN_CONTRAST,
    MIN_DURATION_S,
    MIN_FRAMES,
    MIN_STRIDES,
    MIN_USABLE_SHARE,
    OBLIQUE_WIDTH,
    SMALLEST_WALKER_PX,
)
from scoliogait.measurement.stride import MIN_SWING_PERCENT
from scoliogait.simulation.camera import Camera
from scoliogait.skeleton import JOINT
from scoliogait.video.detect import SURE_SCORE
from scoliogait.video.estimate import MARGIN, MIN_PRESENCE, square_of
from seen_people import SIZE_PX, boxes_of
from walker import draw_walker

Outcome = Literal["not usable", "inconclusive", "note"]
T = 75
STEPS = "three filmed scenes made worse in steps ([study](studies/picture-quality.md))"
WALKS = "simulated and captured walks ([cautions](cautions.md))"
FOLLOWER = "scenes of several people ([study](studies/follower.md))"


@dataclass(frozen=True, eq=False)
class Filmed:
    """What a video shows: in each picture its people, poses (17, 3); worse: what is done to each picture."""

    people: Sequence[Sequence[np.ndarray]]
    worse: Callable[[np.ndarray], np.ndarray] | None = None


@dataclass(frozen=True, eq=False)
class Row:
    """what is doubted, beyond which limit, what comes of it, what decided the limit, and words of what is said.

    within, beyond: a video on each side of the limit.
    """

    what: str
    limit: str
    outcome: Outcome
    decided_by: str
    words: str
    within: Filmed
    beyond: Filmed

    @property
    def cells(self) -> str:
        return f"| {self.what} | {self.limit} | {self.outcome} | {self.decided_by} |"


def one(poses: np.ndarray, worse: Callable[[np.ndarray], np.ndarray] | None = None) -> Filmed:
    return Filmed([[pose] for pose in poses], worse)


def walker(n: int = T, **how: float) -> np.ndarray:
    return draw_walker(n, **{"height_px": 220.0, **how})  # type: ignore[arg-type]


def beside(height_px: float) -> Filmed:
    """The walker and somebody else of this height, who walks too."""
    other = draw_walker(T, height_px=height_px, stride_hz=1.1) + np.array([200, 0, 0], np.float32)
    return Filmed([[a, b] for a, b in zip(walker(), other, strict=True)])


def passing(hidden: bool) -> Filmed:
    """Two walk past each other; one is hidden by the other meanwhile, or stays beside."""
    n = 2 * T
    across = (np.arange(n)[:, None, None] - T) * np.array([2.5, 0, 0], np.float32)
    first, second = walker(n) + across, draw_walker(n, height_px=150) - across
    if not hidden:
        first, second = walker(n), draw_walker(n, height_px=80) + np.array([-240, 0, 0], np.float32)
    gone = range(T - 9, T + 9) if hidden else ()
    return Filmed([[first[t]] if t in gone else [first[t], second[t]] for t in range(n)])


def below_the_edge(n_inside: int) -> Filmed:
    """A walker whose feet are in the picture in so many frames, and below its edge in the rest."""
    poses = walker()
    poses[n_inside:, [JOINT["left_ankle"], JOINT["right_ankle"]], 1] += 70
    return one(poses)


def unsure(confidence: float) -> Filmed:
    poses = walker()
    poses[..., 2] = confidence
    return one(poses)


def from_height(height_m: float, pitch_deg: float) -> Filmed:
    """A captured walk of a real person before a camera of this height, in pictures of half the size."""
    poses = scene("captured").film(Camera(height_m=height_m, pitch_deg=pitch_deg)).poses
    assert poses is not None
    return one(poses * np.array([0.5, 0.5, 1], np.float32))


def _box_px() -> float:
    """Length of the walker for whom pictures are judged: that of the square without its margin."""
    return square_of(boxes_of([walker()[0]])[0])[2] / MARGIN


def blurred(percent: float) -> Filmed:
    """Fields of a chessboard are wider than limbs: more of their blur is measured than of a body's."""
    return one(walker(), lambda picture: cv2.GaussianBlur(picture, (0, 0), percent / 100 * _box_px()))


def darkened(share: float) -> Filmed:
    return one(walker(), lambda picture: (picture * share).astype(np.uint8))


def paled(share: float) -> Filmed:
    return one(walker(), lambda picture: (128 + (picture.astype(float) - 128) * share).astype(np.uint8))


def grainy(sigma: float) -> Filmed:
    rng = np.random.default_rng(11)

    def worse(picture: np.ndarray) -> np.ndarray:
        return np.clip(picture + rng.normal(0, sigma, SIZE_PX[::-1])[..., None], 0, 255).astype(np.uint8)

    return one(walker(), worse)


GOOD = one(walker())

ROWS = (
    Row(
        "nobody is found",
        f"score {SURE_SCORE:g} of the detector, {MIN_PRESENCE:g} of the pose network",
        "not usable",
        "an empty room",
        "no frame shows a person",
        GOOD,
        Filmed([[]] * T),
    ),
    Row(
        "length",
        f"{MIN_DURATION_S:g} s and {MIN_FRAMES} pictures",
        "not usable",
        "less is no stride",
        "which is no stride",
        one(walker(30)),
        one(walker(29)),
    ),
    Row(
        "another walker, as large for as long",
        f"{AS_GOOD:g} of frames x size",
        "not usable",
        FOLLOWER,
        "cannot be told apart",
        beside(140),
        beside(170),
    ),
    Row(
        "another walker, nearly as large",
        f"{NEARLY:g} of frames x size",
        "inconclusive",
        FOLLOWER,
        "nearly as large",
        beside(70),
        beside(110),
    ),
    Row(
        "one person hides another",
        "any time; cut there",
        "inconclusive",
        FOLLOWER,
        "not certain who is who",
        passing(hidden=False),
        passing(hidden=True),
    ),
    Row(
        "height of the walker, head to feet",
        f"{SMALLEST_WALKER_PX:.0f} px",
        "not usable",
        STEPS,
        "at least 120 are needed",
        one(walker(height_px=109)),
        one(walker(height_px=105)),
    ),
    Row(
        "height of the walker, head to feet",
        f"{GOOD_WALKER_PX:.0f} px",
        "note",
        STEPS,
        "200 or more are better",
        one(walker(height_px=181)),
        one(walker(height_px=176)),
    ),
    Row(
        "blur, of focus or motion",
        f"{MAX_BLUR_PERCENT:g} % of the body's height",
        "inconclusive",
        STEPS,
        "the walker is blurred",
        blurred(0.6),
        blurred(1.7),
    ),
    Row(
        "half of the body is darker than",
        f"{MIN_BRIGHTNESS:g} of 255",
        "inconclusive",
        STEPS,
        "the walker is dark",
        darkened(0.3),
        darkened(0.04),
    ),
    Row(
        "greys of the body and around it vary by",
        f"{MIN_CONTRAST:g} of 255",
        "inconclusive",
        STEPS,
        "hardly stands out",
        paled(0.22),
        paled(0.09),
    ),
    Row(
        "grain, as a share of that",
        f"{100 * MAX_NOISE_SHARE:g} %",
        "inconclusive",
        STEPS,
        "the walker is grainy",
        grainy(3),
        grainy(25),
    ),
    Row(
        "mean confidence of trunk and legs",
        f"{MIN_CONFIDENCE_OF_WALKER:g}",
        "inconclusive",
        STEPS,
        "mean confidence of",
        unsure(0.77),
        unsure(0.73),
    ),
    Row(
        f"frames with trunk and legs inside the picture (confidence {MIN_CONFIDENCE:g})",
        f"{MIN_DURATION_S:g} s and {MIN_FRAMES} frames",
        "not usable",
        "a man whose feet are below the edge",
        "record the whole body",
        below_the_edge(31),
        below_the_edge(29),
    ),
    Row(
        "share of such frames",
        f"{100 * MIN_USABLE_SHARE:.0f} % of the frames",
        "inconclusive",
        WALKS,
        "frames show trunk and legs inside",
        below_the_edge(38),
        below_the_edge(37),
    ),
    Row(
        "side view: shoulder width",
        f"{MIN_FRONTAL_WIDTH:g} trunk lengths",
        "not usable",
        "a woman who walks across the picture has 0.17",
        "side view",
        one(walker(yaw_deg=61)),
        one(walker(yaw_deg=65)),
    ),
    Row(
        "oblique view: shoulder width",
        f"{OBLIQUE_WIDTH:g} trunk lengths",
        "inconclusive",
        WALKS,
        "view is oblique",
        one(walker(yaw_deg=48)),
        one(walker(yaw_deg=52)),
    ),
    Row(
        "camera from above: its height, in lengths from shoulders to ankles",
        f"{MAX_CAMERA_HEIGHT:g}",
        "inconclusive",
        WALKS,
        "camera looks down",
        from_height(1.4, 6.0),
        from_height(2.6, 18.0),
    ),
    Row(
        "the height of the camera does not show: the walker grows or shrinks by less than",
        f"{100 * np.expm1(MIN_APPROACH):.0f} %",
        "note",
        WALKS,
        "height of the camera does not show",
        from_height(1.4, 6.0),
        GOOD,
    ),
    Row(
        "roll of the camera",
        f"{MAX_CAMERA_ROLL_DEG:g}°",
        "inconclusive",
        WALKS,
        "camera is rolled",
        one(walker(roll_deg=2.7)),
        one(walker(roll_deg=3.3)),
    ),
    Row(
        "tilt of shoulders or hips, error included",
        f"{MAX_TILT_DEG:g}°",
        "inconclusive",
        "clavicles of 56 people ([cautions](cautions.md))",
        "more than bodies are",
        one(walker(shoulder_tilt_deg=12)),
        one(walker(shoulder_tilt_deg=40)),
    ),
    Row(
        "strides",
        f"{MIN_STRIDES:g}",
        "inconclusive",
        WALKS,
        "strides were seen",
        one(walker(T)),
        one(walker(56)),
    ),
    Row(
        "the feet rise in turn",
        f"{MIN_SWING_PERCENT:g} % of the body's height",
        "not usable",
        "a man who waves and squats",
        "no walking seen",
        one(walker(step_height=0.1)),
        one(walker(step_height=0.01)),
    ),
)
