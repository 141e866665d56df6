"""Rendered people who walk towards a camera and away from it, read by the whole chain of videos, with their truth.

What the chain saw of each pass is kept in a folder, as the networks take most of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.video_file import read_video
from scoliogait.simulation.appearance import draw_appearance
from scoliogait.simulation.cohort import draw_subject, plan_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.filming import FilmedPass, FilmedWalker, film_camera
from scoliogait.simulation.mocap import captured_loops
from scoliogait.simulation.traits import vary_between_walks
from scoliogait.video.encode import video_file
from scoliogait.video.walker_sides import walker_sides_px
from scoliogait.video.watched_video import WatchedVideo

Array = NDArray[np.float64]
RATE_HZ = 15.0
WAYS = ("towards", "away")
# Planted evenly between these and their negatives.
LARGEST_SHOULDER_TILT_DEG, LARGEST_HIP_TILT_DEG, LARGEST_SHIFT_MM, LARGEST_ROLL_DEG = 6.0, 5.0, 25.0, 4.0
_MOST_WALKERS = 1000
# Reads a video and gives the walk, as ``read_video``; another estimator beside it reads the same videos.
ReadsVideo = Callable[..., Any]


def rendered_walker(seed: int, number: int) -> FilmedWalker:
    """A walker of a seed; every other one is moved by a captured walk, drawn by chance, half of those mirrored."""
    config = CohortConfig(n_walks=_MOST_WALKERS, seed=seed, silhouettes=False)
    rng = np.random.default_rng([seed, number])
    subject = draw_subject(config, plan_cohort(config)[number])
    traits = vary_between_walks(rng, subject.traits)
    for name, largest in (
        ("shoulder_tilt_deg", LARGEST_SHOULDER_TILT_DEG),
        ("pelvic_obliquity_deg", LARGEST_HIP_TILT_DEG),
        ("trunk_shift_mm", LARGEST_SHIFT_MM),
    ):
        traits[name] = float(rng.uniform(-largest, largest))
    camera = film_camera(
        subject.body.stature_m,
        float(rng.uniform(-LARGEST_ROLL_DEG, LARGEST_ROLL_DEG)),
        float(rng.uniform(1.05, 1.35)),
        float(rng.normal(0.0, 0.1)),
    )
    looks = draw_appearance(rng, traits["girth_factor"])
    loops = captured_loops()
    loop = loops[int(rng.integers(len(loops)))] if number % 2 else None
    mirrored = bool(loop is not None and rng.random() < 0.5)
    return FilmedWalker(subject.body, traits, looks, camera, loop, mirrored)


@dataclass(frozen=True, eq=False)
class ReadPass:
    """What the chain saw of a pass. poses (T, 17, 3); sides_px (T, 17, 2): as in ``Seen``, of the walker.

    pixels (T, 17, 2): the true joints. refusal: why there is nothing, empty where there is something.
    """

    poses: NDArray[np.float32]
    sides_px: NDArray[np.float32]
    pixels: Array
    rate_hz: float
    refusal: str = ""


def read_pass(
    walker: FilmedWalker, seed: int, number: int, way: int, again: int, kept: Path, read: ReadsVideo = read_video
) -> ReadPass:
    """What the chain saw of the walker ``number`` of a seed on a way (0 towards, 1 away); again: which repeat, from 0.

    From the folder where it was kept; else it is looked at, and kept.
    """
    file = kept / f"{seed}-{number}-{WAYS[way]}{'-again' * again}.npz"
    if not file.exists():
        seen = look_at_pass(walker.film(way == 0, RATE_HZ, seed=1000 * seed + 10 * number + way + 5 * again), read)
        kept.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            np.savez_compressed(stream, **vars(seen))
    with np.load(file) as held:
        return ReadPass(held["poses"], held["sides_px"], held["pixels"], float(held["rate_hz"]), str(held["refusal"]))


def look_at_pass(filmed: FilmedPass, read: ReadsVideo = read_video) -> ReadPass:
    """A pass as a video file, read by the chain."""
    seen: list[WatchedVideo] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pass.mp4"
        write_pass(filmed, path)
        try:
            walk = read(path, keep_seen=seen.append)
        except DataError as error:
            none = np.zeros((0, 17, 3), np.float32), np.zeros((0, 17, 2), np.float32)
            return ReadPass(*none, filmed.pixels, RATE_HZ, str(error).removeprefix(str(path)))
    sides_px = walker_sides_px(seen[0].seen, seen[0].poses)
    return ReadPass(walk.poses, sides_px, filmed.pixels, walk.frame_rate_hz)


def write_pass(filmed: FilmedPass, path: Path) -> None:
    """The video of a pass, as MPEG-4 or VP9 by the ending."""
    with video_file(path, filmed.walker.camera.frame_size_px, RATE_HZ) as video:
        for time_s, picture in zip(filmed.time_s.tolist(), filmed.pictures(), strict=True):
            video.add(time_s, picture)
