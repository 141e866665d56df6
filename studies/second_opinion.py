"""Does a second pose network make intervals honest or narrower? ``python -m studies.second_opinion``.

Takes ``--backend onnx:FILE --kept FOLDER --second FOLDER --out FOLDER``: the rendered walkers of the study of videos
(what the built-in network saw of them in --kept) are read by another network too (kept in --second). Compared are both,
the mean of both, and intervals with their disagreement, for both passes together. Sizes are set on one seed, coverage
is that of another. Everything is simulated. Writes second_opinion.json and second_opinion.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from scoliogait.files import atomic_file, write_json
from scoliogait.io.backend_names import backend_named
from scoliogait.io.video_file import read_video
from studies.filmed_truth import UNITS, Array, filmed_walkers, measure
from studies.rendered_walkers import ReadsVideo

FITTED_SEED, REPORTED_SEED = 301, 302
N_FITTED, N_REPORTED = 18, 16
_METRICS = ("height", "midline", "tilt")


@dataclass(frozen=True, eq=False)
class Opinions:
    """Of one walker whom both networks measured, (8, 3) each, in units of ``UNITS``.

    own, other: values less the truth. half_widths: of the package's network; known_half_widths: the same without the
    least errors of videos.
    """

    own: Array
    other: Array
    half_widths: Array
    known_half_widths: Array


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m studies.second_opinion", description=__doc__)
    parser.add_argument("--backend", required=True, help="the second network, onnx:FILE")
    parser.add_argument("--kept", type=Path, required=True, help="folder of what the built-in network saw")
    parser.add_argument("--second", type=Path, required=True, help="folder of what the second network saw")
    parser.add_argument("--out", type=Path, required=True, help="folder for second_opinion.json and second_opinion.md")
    parser.add_argument("--walkers", type=int, default=N_REPORTED, help="to report; fewer for a trial")
    options = parser.parse_args(arguments)
    second: ReadsVideo = partial(read_video, backend=backend_named(options.backend))
    places = (options.kept, options.second, second)
    fitted = opinions(FITTED_SEED, range(min(N_FITTED, options.walkers)), *places)
    content = compared(fitted, opinions(REPORTED_SEED, range(options.walkers), *places))
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "second_opinion.json", content)
    with atomic_file(options.out / "second_opinion.md") as path:
        path.write_text(table(content), encoding="utf-8")
    print(f"{options.out}: second_opinion.json, second_opinion.md")


def opinions(seed: int, numbers: Iterable[int], kept: Path, second: Path, read: ReadsVideo) -> list[Opinions]:
    """Of the walkers of a seed in whom both networks see a stride both ways."""
    numbers = list(numbers)
    found = []
    for one, two in zip(filmed_walkers(seed, numbers, kept), filmed_walkers(seed, numbers, second, read), strict=True):
        own, known, other = measure(one.passes), measure(one.passes, 0.0), measure(two.passes)
        if own is not None and known is not None and other is not None:
            truth = one.walker.truth * UNITS
            off = own.values - truth, other.values - truth
            found.append(Opinions(*off, own.half_widths, known.half_widths))
    return found


def compared(fitted: Sequence[Opinions], reported: Sequence[Opinions]) -> dict[str, Any]:
    """Errors of both networks and their mean, and what the intervals hold, by what is done with the second one."""
    own, other, shipped, known = (_stacked(reported, name) for name in _FIELDS)
    set_own, set_other, set_shipped, set_known = (_stacked(fitted, name) for name in _FIELDS)
    apart, set_apart = own - other, set_own - set_other
    # What intervals without the least errors lack, in half widths over disagreements, on the walkers that set it.
    lacking = np.sqrt(np.maximum(set_shipped**2 - set_known**2, 0.0))
    share = _rms(lacking) / _rms(set_apart)
    narrower = _rms((set_own + set_other) / 2) / _rms(set_own)
    ways = {
        "the package's network, as it is": (own, shipped),
        "with half of the disagreement added": (own, np.hypot(shipped, 1.96 * abs(apart) / 2)),
        "the disagreement in place of the least errors": (own, np.hypot(known, share * abs(apart))),
        "mean of both networks": ((own + other) / 2, np.hypot(known, narrower * np.sqrt(shipped**2 - known**2))),
    }
    ranks = [[spearmanr(abs(own[:, p, m]), abs(apart[:, p, m])).statistic for m in range(3)] for p in range(8)]
    return {
        "walkers that set sizes": len(fitted),
        "walkers": len(reported),
        "errors": {name: np.mean(_rms(off), axis=0).tolist() for name, off in _errors(own, other).items()},
        "rank correlation of error and disagreement": np.mean(ranks, axis=0).tolist(),
        "ways": {
            name: {
                "inside": np.nanmean(abs(off) <= half, axis=(0, 1)).tolist(),
                "half width": np.mean(np.nanmedian(half, axis=0), axis=0).tolist(),
            }
            for name, (off, half) in ways.items()
        },
    }


_FIELDS = ("own", "other", "half_widths", "known_half_widths")


def _errors(own: Array, other: Array) -> dict[str, Array]:
    return {"the package's network": own, "the second network": other, "mean of both": (own + other) / 2}


def _stacked(walkers: Sequence[Opinions], name: str) -> Array:
    return np.array([getattr(one, name) for one in walkers])


def _rms(values: Array) -> Array:
    """Root mean square of the known values along the first axis."""
    return np.asarray(np.sqrt(np.nanmean(np.square(values), axis=0)))


def table(content: dict[str, Any]) -> str:
    """Markdown: errors, then coverage and half widths, height / midline / tilt."""
    lines = [f"{content['walkers']} walkers, sizes set on {content['walkers that set sizes']}", ""]
    lines += ["| network | root mean square error |", "|---|---|"]
    lines += [f"| {name} | {_three(values, '{:.2f}')} |" for name, values in content["errors"].items()]
    ranks = _three(content["rank correlation of error and disagreement"], "{:.2f}")
    lines += ["", f"rank correlation of error and disagreement: {ranks}", ""]
    lines += ["| intervals | truths inside | half width |", "|---|---|---|"]
    for name, way in content["ways"].items():
        inside = _three([100 * share for share in way["inside"]], "{:.0f}")
        lines.append(f"| {name} | {inside} % | {_three(way['half width'], '{:.2f}')} |")
    return "\n".join(lines) + "\n"


def _three(values: Sequence[float], form: str) -> str:
    return " / ".join(form.format(value) for value in values)


if __name__ == "__main__":
    main()
