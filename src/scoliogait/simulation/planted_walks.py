"""Straight walkers with one joint moved to a side: the pair that an explanation must find is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoliogait.simulation.camera import draw_camera, place_on_path
from scoliogait.simulation.cohort import VIEW, draw_subject, move, plan_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.scene import draw_scene
from scoliogait.simulation.traits import SIDED_NAMES, vary_between_walks
from scoliogait.skeleton import PAIRS
from scoliogait.walk import Walk

# Apart from the streams of a cohort.
_MOTION, _PLANT = 11, 12


@dataclass(frozen=True)
class PlantedWalks:
    """Settings. pairs: rows of ``PAIR_NAMES`` that take turns. even: without the sided traits that people have."""

    seed: int
    n_walks: int
    pairs: tuple[int, ...]
    planted_mm: float = 50.0
    even: bool = True
    n_frames: int = 150

    @property
    def cohort(self) -> CohortConfig:
        """People without a curve to speak of, one walk each."""
        return CohortConfig(
            n_walks=max(6, self.n_walks),
            n_frames=self.n_frames,
            seed=self.seed,
            class_shares=(1.0, 0.0, 0.0),
            walks_per_subject=1.0,
            silhouettes=False,
        )


@dataclass(frozen=True)
class PlantedWalk:
    """A walk in which one joint of this pair is moved. side: the walker's."""

    walk: Walk
    pair: int
    side: str


def planted_walk(walks: PlantedWalks, number: int) -> PlantedWalk:
    """Walk ``number`` (0 to n_walks - 1): one joint moved in a direction drawn in the frontal plane, before the camera
    looks and the estimator errs. The same settings give the same walk."""
    config = walks.cohort
    plan = plan_cohort(config)[number]
    subject, scene = draw_subject(config, plan), draw_scene(config, plan.walk)
    rng = np.random.default_rng([config.seed, _MOTION, plan.walk])
    traits = vary_between_walks(rng, subject.traits)
    if walks.even:
        traits = traits | dict.fromkeys(SIDED_NAMES, 0.0)
    motion = move(rng, config, subject.body, traits, scene.distance_m)
    chosen = np.random.default_rng([config.seed, _PLANT, plan.walk])
    pair = walks.pairs[number % len(walks.pairs)]
    side, angle = int(chosen.integers(2)), chosen.uniform(0.0, 2.0 * np.pi)
    joints = motion.joints.copy()
    joints[:, PAIRS[pair][side], :2] += 1e-3 * walks.planted_mm * np.array([np.cos(angle), np.sin(angle)])
    camera = draw_camera(rng, scene.height_m, scene.roll_deg, scene.pitch_deg)
    facing = np.cos(np.deg2rad(motion.path.heading_deg))
    pixels = camera.project(place_on_path(joints, motion.path))
    walk = Walk(
        walk_id=plan.walk_id,
        subject_id=plan.subject_id,
        poses=observe(rng, pixels, facing, NoiseLevel().scaled(scene.noise_factor)),
        frame_rate_hz=config.frame_rate_hz,
        view=VIEW,
        frame_size_px=camera.frame_size_px,
        source=f"simulated with a planted change, seed {config.seed}",
        origin={"simulated": "yes", "motion": motion.source},
    )
    return PlantedWalk(walk, pair, ("left", "right")[side])
