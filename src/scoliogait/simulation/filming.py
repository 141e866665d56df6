"""One person filmed on their way to a camera and back, as pictures: rendered walkers for the whole chain of videos.

Both passes have one posture, one camera and one set of clothes, as on one visit; strides differ between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation.appearance import Appearance
from scoliogait.simulation.body import Body
from scoliogait.simulation.camera import Camera, Path, place_on_path
from scoliogait.simulation.cohort import arm_drift_deg, stride_by_stride
from scoliogait.simulation.frames import Array
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.mocap import Loop, captured_walker
from scoliogait.simulation.planting import mirror_walker, plant_traits, spread_arms
from scoliogait.simulation.render import Picture, render_walk
from scoliogait.simulation.traits import Traits
from scoliogait.simulation.true_asymmetry import regular_walk, true_asymmetry

# From the camera to the nearest point of the way, and how long it is.
NEAREST_M, LENGTH_M = 6.0, 5.2
# The camera is zoomed until a body is so tall at the nearest point; at the farthest it is 190 px.
SIZE_PX, LARGEST_BODY_PX = (512, 512), 355.0
HEIGHT_M, PITCH_DEG = 1.2, 3.0


@dataclass(frozen=True, eq=False)
class FilmedWalker:
    """A person before a camera. loop: the captured walk that moves them, None for the published curves."""

    body: Body
    traits: Traits
    looks: Appearance
    camera: Camera
    loop: Loop | None = None
    mirrored: bool = False

    @property
    def source(self) -> str:
        """The name of the motion, as in ``cohort.Motion``."""
        if self.loop is None:
            return "published curves"
        return f"captured {self.loop.name}{' mirrored' if self.mirrored else ''}"

    @property
    def truth(self) -> Array:
        """Their asymmetry (8, 3), as from ``true_asymmetry``."""
        return true_asymmetry(regular_walk(self.body, self.traits, self.source))

    def film(self, towards: bool, rate_hz: float, seed: int) -> FilmedPass:
        """One pass at so many pictures a second. seed: of its strides, and of the noise of its pixels."""
        rng = np.random.default_rng(seed)
        speed_m_s = self.traits["stride_length_statures"] * self.body.stature_m / self.traits["stride_time_s"]
        time_s = np.arange(int(LENGTH_M / speed_m_s * rate_hz)) / rate_hz
        walked = speed_m_s * time_s
        depth = NEAREST_M + (LENGTH_M - walked if towards else walked)
        path = Path(depth, np.full(len(time_s), 0.0 if towards else 180.0), np.ones(len(time_s)))
        phase, gain = stride_by_stride(rng, time_s, self.traits)
        even = symmetric_walker(self.body, phase) if self.loop is None else captured_walker(self.loop, self.body, phase)
        planted = plant_traits(mirror_walker(even) if self.mirrored else even, self.body, self.traits, gain)
        return FilmedPass(self, spread_arms(planted, arm_drift_deg(rng, time_s)), path, time_s, seed)


@dataclass(frozen=True, eq=False)
class FilmedPass:
    """joints (T, 17, 3) in the walker's frame, in metres, on a path; time_s (T,): of each picture."""

    walker: FilmedWalker
    joints: Array
    path: Path
    time_s: NDArray[np.float64]
    seed: int

    @property
    def pixels(self) -> Array:
        """Where the joints are in the pictures, (T, 17, 2)."""
        return self.walker.camera.project(place_on_path(self.joints, self.path))

    def pictures(self) -> Iterator[Picture]:
        """One picture (H, W, 3), RGB, after the other."""
        walker = self.walker
        return render_walk(self.joints, walker.body, self.path, walker.camera, walker.looks, self.seed)


def film_camera(stature_m: float, roll_deg: float, height_m: float = HEIGHT_M, offset_m: float = 0.0) -> Camera:
    """A camera for that way and a body of this stature, turned about its line of sight (see ``Camera``)."""
    return Camera(
        height_m=height_m,
        offset_m=offset_m,
        roll_deg=roll_deg,
        pitch_deg=PITCH_DEG + float(np.rad2deg((height_m - HEIGHT_M) / (NEAREST_M + LENGTH_M / 2))),
        focal_px=LARGEST_BODY_PX * NEAREST_M / stature_m,
        frame_size_px=SIZE_PX,
    )
