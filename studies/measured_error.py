"""Where the sizes of the systematic errors come from, and what they are worth where the assumption behind them fails.

``python -m studies.measured_error --out FOLDER``. First the constants of ``measurement/keypoint_error.py`` and
``measurement/perspective.py``, on a seed that nothing is reported on. Then the coverage of the 95 % intervals on
another seed, for keypoints that are not as the assumption says: smoothed tracks, twice or half the constant error.
Last, sessions of several recordings, each with its own constant errors. Everything is simulated. Writes
measured_error.json and measured_error.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from scoliogait.files import atomic_file, write_json
from scoliogait.measurement.camera_roll import find_camera_roll
from scoliogait.measurement.keypoint_error import KEYPOINT_SHARE
from scoliogait.measurement.pass_strides import look_at, measure_strides
from scoliogait.measurement.robust_asymmetry import robust_asymmetry
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_statistics import combine_strides, direction_means, joined
from scoliogait.simulation.camera import draw_camera, place_on_path
from scoliogait.simulation.cohort import draw_subject, move, plan_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.simulation.traits import vary_between_walks
from scoliogait.simulation.true_asymmetry import regular_walk, true_asymmetry
from scoliogait.skeleton import PAIR_NAMES

Array = NDArray[np.float64]
Poses = NDArray[np.float32]

FIXED_ON_SEED, REPORTED_SEED = 11, 122
N_WALKS = 200
_USUAL = NoiseLevel()
# Name: keypoint errors, and the spread in frames of the filter that smooths the tracks.
ASSUMPTIONS: dict[str, tuple[NoiseLevel, float]] = {
    "as assumed": (_USUAL, 0.0),
    "tracks smoothed over 1 frame": (_USUAL, 1.0),
    "tracks smoothed over 2 frames": (_USUAL, 2.0),
    "twice the constant error": (replace(_USUAL, bias=2 * _USUAL.bias), 0.0),
    "half the constant error": (replace(_USUAL, bias=0.5 * _USUAL.bias), 0.0),
}
VIEWS = ("front and back", "front")
# Which direction each recording of a session shows.
SESSIONS = {
    "one towards, one away": (1, -1),
    "two towards, two away": (1, -1, 1, -1),
    "two towards": (1, 1),
}
_METRICS = ("vertical", "midline", "angular")


@dataclass(frozen=True, eq=False)
class Filmed:
    """A simulated walk in front of its camera. pixels (T, 17, 2): true joints; facing (T,): 1 front, -1 back."""

    pixels: Array
    facing: Array
    truth: Array
    number: int

    def poses(self, seed: int, level: NoiseLevel, smoothing: float = 0.0) -> Poses:
        """What an estimator makes of it, (T, 17, 3); the same draws for each level."""
        poses = observe(np.random.default_rng([seed, self.number]), self.pixels, self.facing, level)
        if smoothing:
            poses[..., :2] = gaussian_filter1d(poses[..., :2], smoothing, axis=0)
        return poses


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m studies.measured_error", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for measured_error.json and measured_error.md")
    parser.add_argument("--walks", type=int, default=N_WALKS)
    options = parser.parse_args(arguments)
    shares, perspective, coverage = sizes(options.walks), perspective_sizes(options.walks), coverages(options.walks)
    options.out.mkdir(parents=True, exist_ok=True)
    sessions = session_coverages(options.walks)
    content = {"shares": shares, "perspective": perspective, "coverage": coverage, "sessions": sessions}
    write_json(options.out / "measured_error.json", content)
    with atomic_file(options.out / "measured_error.md") as path:
        path.write_text("\n\n".join(tables(shares, perspective, coverage, sessions)) + "\n", encoding="utf-8")
    print(f"{options.out}: measured_error.json, measured_error.md")


def films(n_walks: int, seed: int) -> Iterator[Filmed]:
    """Walks of a simulated cohort, each with its own level camera."""
    config = CohortConfig(n_walks=n_walks, seed=seed, silhouettes=False)
    for plan in plan_cohort(config):
        rng = np.random.default_rng([seed, plan.walk])
        subject = draw_subject(config, plan)
        traits = vary_between_walks(rng, subject.traits)
        motion, camera = move(rng, config, subject.body, traits), draw_camera(rng)
        pixels = camera.project(place_on_path(motion.joints, motion.path))
        facing = np.cos(np.deg2rad(motion.path.heading_deg))
        truth = true_asymmetry(regular_walk(subject.body, traits, motion.source))
        yield Filmed(pixels, facing, truth, plan.walk)


def sizes(n_walks: int) -> dict[str, float]:
    """The constant error that differs between the directions, over the jitter and over the spread of strides."""
    constant, by_jitter, by_stride = [], [], []
    for film in films(n_walks, FIXED_ON_SEED):
        found = _directions(film.poses(FIXED_ON_SEED, _USUAL))
        if found is not None:
            half, sampling, spread, expected = found
            constant.append((np.square(half) - sampling)[:, :2])
            by_jitter.append(np.square(expected / KEYPOINT_SHARE)[:, :2])
            by_stride.append(np.square(spread)[:, :2])
    size, jitter, stride = (np.nanmean(part, axis=0) for part in (constant, by_jitter, by_stride))
    return {
        "of the jitter": float(np.sqrt(np.median(size / jitter))),
        "of the strides": float(np.sqrt(np.median(size / stride))),
    }


def perspective_sizes(n_walks: int) -> dict[str, dict[str, float]]:
    """Without keypoint errors, by pair, root mean squares of the midline's error and half the heights' difference."""
    midlines, heights = [], []
    for film in films(n_walks, FIXED_ON_SEED):
        poses = film.poses(FIXED_ON_SEED, _USUAL.scaled(0.0))
        midlines.append(robust_asymmetry(poses, 15.0).values[:, 1] - film.truth[:, 1])
        found = _directions(poses)
        if found is not None:
            heights.append(found[0][:, 0])
    midline, height = (np.sqrt(np.nanmean(np.square(part), axis=0)) for part in (midlines, heights))
    return {
        pair: {"midline": float(midline[row]), "height that turns round": float(height[row])}
        for row, pair in enumerate(PAIR_NAMES)
    }


def _directions(poses: Poses) -> tuple[Array, Array, Array, Array] | None:
    """Half the difference of the directions, its variance by strides, their spread, the assumed size; each (8, 3)."""
    look = look_at(poses, find_strides(poses, 15.0).stride_frames)
    strides = measure_strides(look, find_camera_roll([look.angles]).angle)
    shape = (len(strides.sides), -1)
    means, spread = direction_means(strides.values.reshape(shape), strides.weights.reshape(shape), strides.sides)
    if len(means) < 2:
        return None
    (there, n_there), (back, n_back) = means.values()
    with np.errstate(divide="ignore", invalid="ignore"):
        sampling = spread**2 * (1 / n_there + 1 / n_back) / 4
    half, sampling, spread = (part.reshape(-1, 3) for part in ((there - back) / 2, sampling, spread))
    return half, sampling, spread, strides.keypoint_errors


def coverages(n_walks: int) -> dict[str, dict[str, list[float]]]:
    """Share of the truths inside the 95 % interval, by view, by what holds of the keypoints, and by metric."""
    inside: dict[str, dict[str, list[Array]]] = {view: {name: [] for name in ASSUMPTIONS} for view in VIEWS}
    for film in films(n_walks, REPORTED_SEED):
        front = film.facing > 0.999
        for name, (level, smoothing) in ASSUMPTIONS.items():
            poses = film.poses(REPORTED_SEED, level, smoothing)
            for view, shown in zip(VIEWS, (poses, poses[front]), strict=True):
                if len(shown):
                    found = robust_asymmetry(shown, 15.0)
                    held = np.abs(found.values - film.truth) <= found.half_widths
                    inside[view][name].append(np.where(np.isfinite(found.half_widths), held, np.nan))
    return {
        view: {name: np.nanmean(np.array(held), axis=(0, 1)).tolist() for name, held in by_name.items()}
        for view, by_name in inside.items()
    }


def session_coverages(n_walks: int) -> dict[str, list[float]]:
    """Share of the truths inside the 95 % interval of a session, by its recordings and by metric."""
    inside: dict[str, list[Array]] = {name: [] for name in SESSIONS}
    for film in films(n_walks, REPORTED_SEED):
        for name, sides in SESSIONS.items():
            shown = [side * film.facing > 0.999 for side in sides]
            if all(frames.any() for frames in shown):
                passes = [film.poses(REPORTED_SEED + i, _USUAL)[frames] for i, frames in enumerate(shown, start=1)]
                looks = [look_at(poses, find_strides(poses, 15.0).stride_frames) for poses in passes]
                roll = find_camera_roll([look.angles for look in looks])
                strides = joined([measure_strides(look, roll.angle) for look in looks])
                found = combine_strides(strides, roll.error, roll.freedom)
                held = np.abs(found.values - film.truth) <= found.half_widths
                inside[name].append(np.where(np.isfinite(found.half_widths), held, np.nan))
    return {name: np.nanmean(np.array(held), axis=(0, 1)).tolist() for name, held in inside.items() if held}


def tables(
    shares: dict[str, float],
    perspective: dict[str, dict[str, float]],
    coverage: dict[str, dict[str, list[float]]],
    sessions: dict[str, list[float]],
) -> Iterator[str]:
    """Markdown tables, in the order of the page."""
    yield "\n".join(f"- one part of the constant error is {share:.2f} {name}" for name, share in shares.items())
    lines = ["| pair | midline | height that turns round |", "|---|---|---|"]
    lines += [f"| {p} | {v['midline']:.2f} | {v['height that turns round']:.2f} |" for p, v in perspective.items()]
    yield "\n".join(lines)
    lines = [f"| seen | keypoints | {' | '.join(_METRICS)} |", "|---|---|---|---|---|"]
    for view, by_name in coverage.items():
        for name, held in by_name.items():
            lines.append(f"| {view} | {name} | {_percents(held)} |")
    yield "\n".join(lines)
    lines = [f"| recordings | {' | '.join(_METRICS)} |", "|---|---|---|---|"]
    yield "\n".join([*lines, *(f"| {name} | {_percents(held)} |" for name, held in sessions.items())])


def _percents(shares: Sequence[float]) -> str:
    return " | ".join(f"{100 * share:.0f} %" for share in shares)


if __name__ == "__main__":
    main()
