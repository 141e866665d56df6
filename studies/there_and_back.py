"""Simulated people who walk towards a camera, turn round before it and walk away, as often as one wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation.body import Body
from scoliogait.simulation.camera import Path, draw_camera, place_on_path
from scoliogait.simulation.cohort import arm_drift_deg, draw_subject, plan_cohort, stride_by_stride
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.mocap import captured_loops, captured_walker
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.planting import plant_traits, spread_arms, step_on_the_spot
from scoliogait.simulation.traits import vary_between_walks
from scoliogait.simulation.true_asymmetry import regular_walk, true_asymmetry
from scoliogait.walk import Walk

Array = NDArray[np.float64]
_NEAREST_M = 3.6


@dataclass(frozen=True, eq=False)
class Film:
    """A recording. turns_s: the middles of its turns. truth (8, 3): as from ``true_asymmetry``."""

    walk: Walk
    turns_s: tuple[float, ...]
    truth: Array


@dataclass(frozen=True)
class ThereAndBack:
    """How they walk: so many passes of a length, with turns of ``turn_s`` between, first towards the camera.

    heading_deg: of the first pass; 0 straight towards the camera, 90 across. standing_s: before and after. captured:
    motion-capture walks of the package one after the other, on the simulated bodies; else the published curves.
    """

    n_passes: int = 2
    length_m: float = 5.0
    turn_s: float = 1.7
    heading_deg: float = 0.0
    standing_s: float = 0.0
    rate_hz: float = 15.0
    roll_deg: float = 5.0
    captured: bool = False

    def films(self, n_people: int, seed: int) -> Iterator[Film]:
        """Of each person of a simulated cohort."""
        config = CohortConfig(n_walks=n_people, seed=seed, frame_rate_hz=self.rate_hz, silhouettes=False)
        for plan in plan_cohort(config):
            rng = np.random.default_rng([seed, plan.walk])
            subject = draw_subject(config, plan)
            traits = vary_between_walks(rng, subject.traits)
            speed_m_s = traits["stride_length_statures"] * subject.body.stature_m / traits["stride_time_s"]
            time_s, path, turns_s = self._way(speed_m_s)
            phase, gain = stride_by_stride(rng, time_s, traits)
            joints, source = self._motion(plan.walk, subject.body, phase)
            joints = step_on_the_spot(plant_traits(joints, subject.body, traits, gain), subject.body, path.moving)
            joints = spread_arms(joints, arm_drift_deg(rng, time_s))
            camera = replace(draw_camera(rng), roll_deg=self.roll_deg)
            seen = camera.project(place_on_path(joints, path))
            walk = Walk(
                walk_id=plan.walk_id,
                poses=observe(rng, seen, np.cos(np.deg2rad(path.heading_deg)), NoiseLevel()),
                frame_rate_hz=self.rate_hz,
                frame_size_px=camera.frame_size_px,
                source=f"simulated, seed {seed}, {plan.walk_id}",
            )
            yield Film(walk, turns_s, true_asymmetry(regular_walk(subject.body, traits, source)))

    def _way(self, speed_m_s: float) -> tuple[Array, Path, tuple[float, ...]]:
        pass_s = self.length_m / speed_m_s
        starts = self.standing_s + (pass_s + self.turn_s) * np.arange(self.n_passes)
        time_s = np.arange(int((starts[-1] + pass_s + self.standing_s) * self.rate_hz)) / self.rate_hz
        walked = np.clip((time_s[:, None] - starts) / pass_s, 0.0, 1.0)
        turned = np.clip((time_s[:, None] - starts[1:] + self.turn_s) / self.turn_s, 0.0, 1.0)
        towards = np.where(np.arange(self.n_passes) % 2 == 0, 1.0, -1.0)
        depth_m = _NEAREST_M + self.length_m * (1.0 - walked @ towards)
        heading_deg = self.heading_deg + 180.0 * (turned * turned * (3.0 - 2.0 * turned)).sum(axis=1)
        under_way = ((walked > 0.0) & (walked < 1.0)).any(axis=1)
        turning = ((turned > 0.0) & (turned < 1.0)).any(axis=1)
        moving = np.where(turning, 0.25, under_way.astype(np.float64))
        return time_s, Path(depth_m, heading_deg, moving), tuple((starts[1:] - self.turn_s / 2).tolist())

    def _motion(self, number: int, body: Body, phase: Array) -> tuple[Array, str]:
        if not self.captured:
            return symmetric_walker(body, phase), "published curves"
        loop = captured_loops()[number % len(captured_loops())]
        return captured_walker(loop, body, phase), f"captured {loop.name}"
