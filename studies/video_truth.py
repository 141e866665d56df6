"""Videos against known truth: ``python -m studies.video_truth --out FOLDER --kept FOLDER``.

Rendered people with planted differences between left and right, filmed by rolled cameras on a way towards them and one
away, go through the whole chain: pixels, detector, pose network, follower, even rate, measurement. Asked are the error
of each signed asymmetry, the coverage of the stated 95 % intervals with and without the least errors of videos, how far
repeats differ, and what a second direction does to the roll. Everything is simulated. Writes video_truth.json and
video_truth.md; --kept holds what the networks saw, so that a second run needs seconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scoliogait.files import atomic_file, write_json
from scoliogait.simulation.noise import NoiseLevel, observe
from scoliogait.skeleton import PAIR_NAMES
from studies.filmed_truth import PASSES, UNITS, Array, Filmed, filmed_walkers, look, measure
from studies.rendered_walkers import ReadPass, read_pass
from studies.video_truth_captured import captured_coverage, captured_pairs, held_by, with_interval
from studies.video_truth_frames import followed, knees_between
from studies.video_truth_sizes import FITTED, N_EXACT, N_PLANTED, calibration, exact_rolls, planted, sizes
from studies.video_truth_table import tables

# Walkers of these seeds by number; those of odd numbers are captured. Nothing was set on them.
REPORTED = {302: range(40), 304: range(1, 40, 2), 305: range(1, 40, 2)}
# Captured walkers that were added when it had been written down what the sizes let expect of them.
ADDED = {306: range(1, 60, 2)}
REPEATED_SEED, N_REPEATED = 302, 10
# Whether a captured walk moves them.
_MOTIONS = {"published curves": (False,), "captured walks": (True,), "all": (False, True)}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m studies.video_truth", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for video_truth.json and video_truth.md")
    parser.add_argument("--kept", type=Path, required=True, help="folder for what the networks saw of each pass")
    parser.add_argument("--walkers", type=int, default=40, help="of each seed at most; fewer for a trial")
    options = parser.parse_args(arguments)
    n = options.walkers
    groups = [
        {seed: filmed_walkers(seed, numbers[:n], options.kept) for seed, numbers in seeds.items()}
        for seeds in (FITTED, REPORTED, ADDED)
    ]
    _, by_seed, added_by_seed = groups
    set_on, reported, added = ([filmed for walkers in part.values() for filmed in walkers] for part in groups)
    truths = planted(min(25 * n, N_PLANTED))
    content = {
        "sizes": sizes(set_on, truths),
        "calibration": calibration(set_on, truths),
        "exact rolls": exact_rolls(min(5 * n, N_EXACT)),
        "seen": seen(reported),
        "errors": errors(reported),
        "coverage": [row for poses in ("network", "simulated") for row in coverage(reported, poses)],
        "captured": captured_coverage(by_seed) | captured_coverage(added_by_seed),
        "expected": {
            ", ".join(map(str, seeds)): captured_pairs(walkers, set_on, truths)
            for seeds, walkers in ((REPORTED, reported), (ADDED, added))
        },
        "followed": followed(set_on),
        "knees between": knees_between(set_on),
        "roll": rolls(reported),
        "repeats": repeats(reported[: min(n, N_REPEATED)], options.kept),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "video_truth.json", content)
    with atomic_file(options.out / "video_truth.md") as path:
        path.write_text("\n\n".join(tables(content)) + "\n", encoding="utf-8")
    print(f"{options.out}: video_truth.json, video_truth.md")


def seen(reported: Sequence[Filmed]) -> dict[str, Any]:
    """How many passes gave what, in how many of their pictures the walker was seen, and how far joints are off."""
    passes = [seen_pass for filmed in reported for seen_pass in filmed.passes]
    read = [p for p in passes if len(p.poses)]
    shown = [(p.poses[..., 2] > 0).any(axis=1) for p in read]
    off = []
    for one, frames in zip(read, shown, strict=True):
        distance_px = np.linalg.norm(one.poses[frames, 5:, :2] - one.pixels[frames, 5:], axis=-1)
        off.append(100 * distance_px / np.ptp(one.pixels[frames][..., 1], axis=1)[:, None])
    return {
        "passes": len(passes),
        "refused": len(passes) - len(read),
        "without a stride": sum(look(p) is None for p in read),
        "pictures": sum(map(len, shown)),
        "pictures that show the walker": int(sum(frames.sum() for frames in shown)),
        "median distance of a joint, % of eyes to ankles": float(np.median(np.concatenate(off))),
    }


def errors(reported: Sequence[Filmed]) -> dict[str, dict[str, list[float]]]:
    """By pair, (3,) each: root mean square errors of one pass and of both, and the response to what was planted."""
    truths = [filmed.walker.truth * UNITS for filmed in reported]
    by_way = {}
    for way, which in PASSES.items():
        found = [measure([filmed.passes[i] for i in which]) for filmed in reported]
        by_way[way] = np.array([f.values if f is not None else np.full((8, 3), np.nan) for f in found])
    off = {way: values - np.array(truths) for way, values in by_way.items()}
    one_pass = _rms(np.concatenate([off["towards"], off["away"]]))
    both, spread = _rms(off["both"]), np.std(truths, axis=0)
    response = _slopes(np.array(truths), by_way["both"])
    return {
        pair: {
            "spread": spread[row].tolist(),
            "response": response[row].tolist(),
            "one pass": one_pass[row].tolist(),
            "both": both[row].tolist(),
        }
        for row, pair in enumerate(PAIR_NAMES)
    }


def coverage(reported: Sequence[Filmed], poses: str) -> Iterator[dict[str, Any]]:
    """Truths inside their intervals, by motion, passes, and with or without the least errors of videos; [3] by metric.

    poses: of the "network", or "simulated" ones: the true joints with the errors of the simulated estimator.
    """
    for motion, captured in _MOTIONS.items():
        people = [filmed for filmed in reported if filmed.captured in captured]
        shown = [f.passes if poses == "network" else _observed(f, n) for n, f in enumerate(people)]
        for way, which in PASSES.items():
            for with_least in (False, True) if poses == "network" else (False,):
                inside, width = [], []
                for filmed, passes in zip(people, shown, strict=True):
                    found = measure([passes[i] for i in which], float(with_least))
                    if found is not None:
                        inside.append(held_by(found, filmed.walker.truth))
                        width.append(found.half_widths)
                yield {
                    "poses": poses,
                    "motion": motion,
                    "passes": way,
                    "least errors": with_least,
                    "walkers": len(inside),
                    "inside": with_interval(np.array(inside)),
                    "pairs": {p: _shares(np.array(inside)[:, row]) for row, p in enumerate(PAIR_NAMES)},
                    "half_widths": {p: _medians(np.array(width)[:, row]) for row, p in enumerate(PAIR_NAMES)},
                }


def _observed(filmed: Filmed, number: int) -> tuple[ReadPass, ...]:
    rng = np.random.default_rng([REPEATED_SEED, 7, number])
    return tuple(
        ReadPass(
            observe(rng, one.pixels, np.full(len(one.pixels), side), NoiseLevel()),
            np.zeros((len(one.pixels), 17, 2), np.float32),
            one.pixels,
            one.rate_hz,
        )
        for one, side in zip(filmed.passes, (1.0, -1.0), strict=True)
    )


def rolls(reported: Sequence[Filmed]) -> dict[str, dict[str, Any]]:
    """By passes: root mean square error of the roll in degrees, median half width, truths inside."""
    rows = {}
    for way, which in PASSES.items():
        pairs = [(f, measure([f.passes[i] for i in which])) for f in reported]
        off = np.array(
            [[m.roll_deg - f.walker.camera.roll_deg, m.roll_half_width_deg] for f, m in pairs if m is not None]
        )
        inside = (np.abs(off[:, 0]) <= off[:, 1]).astype(np.float64)
        rows[way] = {
            "error": float(np.sqrt(np.mean(off[:, 0] ** 2))),
            "half width": float(np.median(off[:, 1])),
            "inside": with_interval(inside[:, None, None])[0],
        }
    return rows


def repeats(people: Sequence[Filmed], kept: Path) -> dict[str, dict[str, list[float]]]:
    """By pair, (3,) each: standard deviations of one value over halves of a pass, passes one way, and visits of two.

    From differences of two, which cancel what is constant; root mean squares.
    """
    again = [tuple(read_pass(f.walker, REPEATED_SEED, n, way, 1, kept) for way in (0, 1)) for n, f in enumerate(people)]
    kinds = {"halves of a pass": [], "passes one way": [], "towards and away": []}  # type: dict[str, list[Array]]
    for filmed, second in zip(people, again, strict=True):
        for one, other in zip(filmed.passes, second, strict=True):
            kinds["halves of a pass"] += [_apart(*map(_one, _halves(p))) for p in (one, other)]
            kinds["passes one way"].append(_apart([one], [other]))
        kinds["towards and away"].append(_apart(filmed.passes, second))
    return {
        pair: {name: (_rms(np.array(apart))[row] / np.sqrt(2)).tolist() for name, apart in kinds.items()}
        for row, pair in enumerate(PAIR_NAMES)
    }


def _one(seen_pass: ReadPass) -> list[ReadPass]:
    return [seen_pass]


def _halves(one: ReadPass) -> tuple[ReadPass, ReadPass]:
    middle = len(one.poses) // 2
    first, second = (
        ReadPass(one.poses[part], one.sides_px[part], one.pixels[part], one.rate_hz)
        for part in (slice(None, middle), slice(middle, None))
    )
    return first, second


def _apart(one: Sequence[ReadPass], other: Sequence[ReadPass]) -> Array:
    first, second = measure(one), measure(other)
    return np.full((8, 3), np.nan) if first is None or second is None else first.values - second.values


def _rms(values: Array) -> Array:
    """Root mean square of the known values along the first axis."""
    return np.asarray(np.sqrt(np.nanmean(np.square(values), axis=0)))


def _slopes(truths: Array, values: Array) -> Array:
    """Least-squares slopes (8, 3) of values (N, 8, 3) on truths."""
    known = np.isfinite(values)
    x, y = (np.where(known, part, np.nan) for part in (truths, values))
    x, y = (part - np.nanmean(part, axis=0) for part in (x, y))
    return np.asarray(np.nansum(x * y, axis=0) / np.nansum(x * x, axis=0))


def _shares(inside: Array) -> list[float]:
    return np.nanmean(inside, axis=0).tolist()  # type: ignore[no-any-return]


def _medians(widths: Array) -> list[float]:
    return np.nanmedian(widths, axis=0).tolist()  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
