"""Passes of simulated people on one day, before one camera: what sessions are made of.

A cohort draws posture of the day, camera and keypoint bias for every walk. Here the passes of a session share the first
two. People move by the published curves: a captured gait would be that of another person on every pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoliogait.simulation.camera import draw_camera, place_on_path
from scoliogait.simulation.cohort import VIEW, WalkPlan, draw_subject, move
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.scene import draw_scene
from scoliogait.simulation.traits import vary_between_walks
from scoliogait.walk import Walk

# Streams of randomness beside those of the simulator.
_DAY, _PASS = 17, 18


@dataclass(frozen=True)
class Sessions:
    """Sessions of ``n_people`` people of a seed, of passes of ``n_frames`` frames at 15 Hz."""

    n_people: int
    n_frames: int
    seed: int

    @property
    def config(self) -> CohortConfig:
        return CohortConfig(
            n_walks=self.n_people,
            n_frames=self.n_frames,
            seed=self.seed,
            walks_per_subject=1.0,
            captured_share=0.0,
            silhouettes=False,
        )

    def walk(self, person: WalkPlan, day: int, number: int, camera: int | None = None) -> Walk:
        """Pass ``number`` of a person on a day. camera: which one; None: that of this person on this day."""
        config = self.config
        subject, scene = draw_subject(config, person), draw_scene(config, person.walk)
        traits = vary_between_walks(np.random.default_rng([self.seed, _DAY, person.walk, day]), subject.traits)
        place = [self.seed, _DAY, person.walk, day, 0] if camera is None else [self.seed, _DAY, camera]
        film = draw_camera(np.random.default_rng(place), scene.height_m, scene.roll_deg, scene.pitch_deg)
        rng = np.random.default_rng([self.seed, _PASS, person.walk, day, number])
        motion = move(rng, config, subject.body, traits, scene.distance_m)
        seen = film.project(place_on_path(motion.joints, motion.path))
        poses = observe(rng, seen, np.cos(np.deg2rad(motion.path.heading_deg)), NoiseLevel().scaled(scene.noise_factor))
        return Walk(
            walk_id=f"{person.walk_id}-{day}-{number}",
            poses=poses,
            frame_rate_hz=config.frame_rate_hz,
            view=VIEW,
            frame_size_px=film.frame_size_px,
            source=f"simulated, seed {self.seed}",
        )
