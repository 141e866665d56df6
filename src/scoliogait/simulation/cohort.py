"""A cohort of simulated walkers: who they are, and one recording after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

import cv2
import numpy as np

from scoliogait.labels import ScreeningClass
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.simulation.body import Body, draw_body
from scoliogait.simulation.camera import CAMERA_DISTANCE_M, Camera, Path, draw_camera, draw_path, place_on_path
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.frames import Array
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.mocap import captured_loops, captured_walker
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.planting import mirror_walker, plant_traits, spread_arms, step_on_the_spot
from scoliogait.simulation.scene import Scene, draw_scene
from scoliogait.simulation.silhouette import body_outline, draw_silhouettes
from scoliogait.simulation.spine import Curve
from scoliogait.simulation.traits import Traits, draw_traits, vary_between_walks
from scoliogait.walk import Walk

Result = TypeVar("Result")

VIEW = "000_180"
# Standard deviation and time scale of the arms' wandering away from the body and back.
ARM_DRIFT_DEG = 3.2
ARM_DRIFT_S = 0.8
# Independent streams of randomness: the plan, each subject, each walk.
_PLAN, _SUBJECT, _WALK = range(3)


@dataclass(frozen=True)
class WalkPlan:
    """Which subject a walk shows. Ids are shuffled: neither their order nor their value reveals the class."""

    walk: int
    subject: int
    label: ScreeningClass

    @property
    def walk_id(self) -> str:
        return f"w{self.walk:05d}"

    @property
    def subject_id(self) -> str:
        return f"s{self.subject:05d}"


@dataclass(frozen=True)
class SimulatedWalk:
    """A recording as the real world would give it, and everything that is true of it (one value per name)."""

    walk: Walk
    truth: dict[str, float | int | str]


@dataclass(frozen=True)
class Subject:
    """One person of the cohort."""

    body: Body
    curve: Curve
    traits: Traits


@dataclass(frozen=True)
class Motion:
    """A walker in motion, before a camera looks: joints (T, 17, 3) in the walker's frame, and the way walked."""

    joints: Array
    path: Path
    source: str


def plan_cohort(config: CohortConfig) -> list[WalkPlan]:
    """All walks in the order of their ids: exact class counts, one or more walks per subject, everything shuffled."""
    rng = np.random.default_rng([config.seed, _PLAN])
    owners: list[tuple[int, ScreeningClass]] = []
    n_subjects = 0
    for label, n_walks in config.class_counts().items():
        if n_walks == 0:
            continue
        people = max(1, round(n_walks / config.walks_per_subject))
        again = rng.integers(people, size=n_walks - people)
        owners += [(n_subjects + int(person), label) for person in (*range(people), *again)]
        n_subjects += people
    subject_numbers = rng.permutation(n_subjects)
    order = rng.permutation(len(owners))
    return [
        WalkPlan(walk, int(subject_numbers[owners[place][0]]), owners[place][1]) for walk, place in enumerate(order)
    ]


def simulate_cohort(config: CohortConfig, workers: int = 1) -> Iterator[SimulatedWalk]:
    """Every walk of the cohort, in the order of the ids; the result does not depend on ``workers`` (processes)."""
    return of_every_walk(simulate_walk, config, workers)


def of_every_walk(
    job: Callable[[CohortConfig, WalkPlan], Result], config: CohortConfig, workers: int
) -> Iterator[Result]:
    """What a job gives for each walk of the cohort, in the order of the ids, from so many processes."""
    plans = plan_cohort(config)
    if workers <= 1:
        with _one_thread():
            yield from map(partial(job, config), plans)
        return
    with closing(get_context("spawn").Pool(min(workers, len(plans)), cv2.setNumThreads, (1,))) as pool:
        try:
            yield from pool.imap(partial(job, config), plans, chunksize=2)
        finally:
            pool.terminate()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Of OpenCV: pictures are so small that more threads take longer."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def simulate_walk(config: CohortConfig, plan: WalkPlan) -> SimulatedWalk:
    """One recording of one subject; every random draw depends only on the seed, the subject and the walk."""
    subject = draw_subject(config, plan)
    rng = np.random.default_rng([config.seed, _WALK, plan.walk])
    traits = vary_between_walks(rng, subject.traits)
    scene = draw_scene(config, plan.walk)
    motion = move(rng, config, subject.body, traits, scene.distance_m)
    camera = draw_camera(rng, scene.height_m, scene.roll_deg, scene.pitch_deg)
    seen = camera.project(place_on_path(motion.joints, motion.path))
    facing = np.cos(np.deg2rad(motion.path.heading_deg))
    poses = observe(rng, seen, facing, NoiseLevel().scaled(scene.noise_factor))
    silhouettes = film_silhouettes(motion, camera, subject, traits) if config.silhouettes else None
    walk = Walk(
        walk_id=plan.walk_id,
        subject_id=plan.subject_id,
        poses=poses,
        silhouettes=silhouettes,
        silhouettes_aligned=silhouettes is not None,
        frame_rate_hz=config.frame_rate_hz,
        view=VIEW,
        label=plan.label,
        frame_size_px=camera.frame_size_px,
        source=f"simulated, seed {config.seed}",
        origin={"simulated": "yes", "motion": motion.source},
    )
    return SimulatedWalk(walk, _truth(plan, subject, traits, motion, camera, scene))


def draw_subject(config: CohortConfig, plan: WalkPlan) -> Subject:
    """The subject of a walk: body, curve and traits, the same on each of their walks."""
    rng = np.random.default_rng([config.seed, _SUBJECT, plan.subject])
    body = draw_body(rng)
    curve = config.draw_curve(rng, plan.label)
    return Subject(body, curve, draw_traits(rng, curve))


def move(
    rng: np.random.Generator,
    config: CohortConfig,
    body: Body,
    traits: Traits,
    mean_nearest_m: float = CAMERA_DISTANCE_M,
) -> Motion:
    """A walk of a person with this body and these traits, from the published curves or from a captured walk."""
    time_s = np.arange(config.n_frames) / config.frame_rate_hz
    speed_m_s = traits["stride_length_statures"] * body.stature_m / traits["stride_time_s"]
    path = draw_path(rng, time_s, speed_m_s, config.turn_share, mean_nearest_m)
    phase, gain = stride_by_stride(rng, time_s, traits)
    if rng.random() < config.captured_share:
        loops = captured_loops()
        loop = loops[int(rng.integers(len(loops)))]
        joints, source = captured_walker(loop, body, phase), f"captured {loop.name}"
        if rng.random() < 0.5:
            joints, source = mirror_walker(joints), f"{source} mirrored"
    else:
        joints, source = symmetric_walker(body, phase), "published curves"
    planted = step_on_the_spot(plant_traits(joints, body, traits, gain), body, path.moving)
    return Motion(spread_arms(planted, arm_drift_deg(rng, time_s)), path, source)


def stride_by_stride(rng: np.random.Generator, time_s: Array, traits: Traits) -> tuple[Array, Array]:
    """Gait phase (cycles) and size of the movements (about 1) at each time; both vary from stride to stride."""
    variation = traits["stride_time_variation"]
    n_strides = int(time_s[-1] / (0.5 * traits["stride_time_s"])) + 4
    durations = traits["stride_time_s"] * (1.0 + variation * np.clip(rng.standard_normal(n_strides), -3, 3))
    starts = np.concatenate([[0.0], np.cumsum(durations)]) - rng.uniform(0.0, durations[0])
    phase = np.interp(time_s, starts, np.arange(n_strides + 1))
    # A longer left than right step: the second heel strike comes later than half-way.
    phase = phase - traits["step_time_asymmetry"] * np.sin(np.pi * phase) ** 2
    size = 1.0 + 1.5 * variation * rng.standard_normal(n_strides + 1)
    return phase, np.interp(time_s, starts, size)


def arm_drift_deg(rng: np.random.Generator, time_s: Array) -> Array:
    """How much further out than usual the arms are held at each time: it wanders within seconds."""
    knots = np.arange(0.0, time_s[-1] + 2.0 * ARM_DRIFT_S, ARM_DRIFT_S)
    return np.interp(time_s, knots, ARM_DRIFT_DEG * rng.standard_normal(len(knots)))


def film_silhouettes(motion: Motion, camera: Camera, subject: Subject, traits: Traits) -> np.ndarray:
    """Aligned silhouettes uint8 (T, 64, 64) of the walker, seen by the same camera."""
    outline = body_outline(motion.joints, subject.body, traits, subject.curve, motion.path.heading_deg)
    trunk_px = camera.project(place_on_path(outline.trunk, motion.path))
    discs_px, depth_m = camera.project_with_depth(place_on_path(outline.discs, motion.path))
    radii_px = camera.focal_px * outline.radii_m / depth_m
    return align_silhouettes(draw_silhouettes(trunk_px, discs_px, radii_px, outline))[0]


def _truth(
    plan: WalkPlan, subject: Subject, traits: Traits, motion: Motion, camera: Camera, scene: Scene
) -> dict[str, float | int | str]:
    facts: dict[str, float | int | str] = {
        "walk_id": plan.walk_id,
        "subject_id": plan.subject_id,
        "class": plan.label.spelling,
        "cobb_deg": subject.curve.cobb_deg,
        "side": subject.curve.side,
        "level": subject.curve.level,
        "sex": subject.body.sex,
        "age_years": subject.body.age_years,
        "stature_m": subject.body.stature_m,
        "motion": motion.source,
        "camera_height_m": camera.height_m,
        "camera_roll_deg": camera.roll_deg,
        "camera_pitch_deg": camera.pitch_deg,
        "camera_distance_m": scene.distance_m,
        "noise_factor": scene.noise_factor,
    }
    return facts | traits
