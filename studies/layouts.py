"""Is the order of joints recognised, and are planted faults found, without a false alarm?

    python -m studies.layouts --out layouts

Simulated walks seen in eight ways, the captured walks and the samples of the package are given to the readers' check in
every layout as they are (an alarm is false) and with a planted fault (silence is a miss). Writes ``layouts.json`` and
``layouts.md``. The limits were chosen with ``--seed 1``; the figures in the documentation come from seed 2.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.files import atomic_file, write_json
from scoliogait.io.coco17_poses import coco17_poses
from scoliogait.io.layouts import LAYOUTS, layouts_of
from scoliogait.io.recognise_layout import recognise_layout
from scoliogait.measurement.exchanged_sides import doubts_about_sides
from scoliogait.skeleton import MIRROR
from studies.layouts_scenes import (
    HUMAN_36M,
    Generator,
    Points,
    Recording,
    captured_recordings,
    in_layout,
    permuted,
    sample_recordings,
    scaled,
    simulated_recordings,
    y_up,
)

_PERCENT = np.array([1, 1, 100], np.float32)
_READER = "recording"


@dataclass
class Row:
    """How often something happened: ``n_right`` of ``n``, with its 95 % Wilson interval."""

    what: str
    n: int = 0
    n_right: int = 0

    def count(self, right: bool) -> None:
        self.n += 1
        self.n_right += right

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.n_right, self.n, 0.95)


def is_refused(points: np.ndarray) -> bool:
    """Whether the reader's check of one person's array, 17 joints or another number, says that something is wrong."""
    try:
        coco17_poses(points, _READER)
    except DataError:
        return True
    return False


def is_not_taken_for(points: Points, wrong: str) -> bool:
    """Whether people in a layout are recognised as another one than ``wrong``, or refused."""
    try:
        return recognise_layout(points, _READER)[0].name != wrong
    except DataError:
        return True


def is_recognised(points: Points, name: str) -> bool:
    """Whether people are recognised as this layout without being told."""
    try:
        return recognise_layout(points, _READER)[0].name == name
    except DataError:
        return False


# Each fault: what it makes of right poses, and whether it was found.
Fault = Callable[[Points, Generator], bool]
FAULTS: dict[str, Fault] = {
    "BODY_25B, taken for BODY_25": lambda p, rng: is_not_taken_for(in_layout(p, LAYOUTS["BODY_25B"], rng), "BODY_25"),
    "BODY_25, taken for BODY_25B": lambda p, rng: is_not_taken_for(in_layout(p, LAYOUTS["BODY_25"], rng), "BODY_25B"),
    "COCO-17, taken for Human3.6M-17": lambda p, rng: is_not_taken_for(p, HUMAN_36M.name),
    "Human3.6M-17 in a file of COCO-17": lambda p, rng: is_refused(in_layout(p, HUMAN_36M, rng)),
    "HALPE-26 in a random order": lambda p, rng: is_refused(permuted(in_layout(p, LAYOUTS["HALPE-26"], rng), rng)),
    "COCO-17 in a random order": lambda p, rng: is_refused(permuted(p, rng)),
    "x and y exchanged": lambda p, rng: is_refused(p[..., [1, 0, 2]]),
    "y pointing up": lambda p, rng: is_refused(y_up(p)),
    "coordinates 0 to 1": lambda p, rng: is_refused(scaled(p, 0)),
    "coordinates -1 to 1": lambda p, rng: is_refused(scaled(p, -1)),
    "confidences in percent": lambda p, rng: is_refused(p * _PERCENT),
    "axes (frames, 3, joints)": lambda p, rng: is_refused(p.transpose(0, 2, 1)),
    "axes (joints, frames, 3), 17 frames": lambda p, rng: is_refused(p[:17].transpose(1, 0, 2)),
}
# Reported, without a target: coordinates that look like those of another joint, or of another side.
HARDER: dict[str, Fault] = {
    "two joints exchanged": lambda p, rng: is_refused(_two_exchanged(p, rng)),
    "left and right exchanged throughout: refused": lambda p, rng: is_refused(p[:, MIRROR]),
}
SIDES: dict[str, Fault] = {
    "left and right exchanged: a doubt": lambda p, rng: bool(doubts_about_sides(p[:, MIRROR])),
    "left and right as they are: no doubt": lambda p, rng: not doubts_about_sides(p),
}
# Ways of being seen in which one person walks towards the camera or away from it.
_NEARER_OR_AWAY = {"there and back", "one direction", "noise doubled", "joints missing", "feet outside", "sitting"}


def _two_exchanged(poses: Points, rng: Generator) -> Points:
    order = np.arange(poses.shape[1])
    first, second = rng.choice(len(order), 2, replace=False)
    order[[first, second]] = order[[second, first]]
    return poses[:, order]


def count_faults(recordings: Iterable[Recording], faults: dict[str, Fault], rng: Generator) -> list[Row]:
    """For each fault how often it was found."""
    rows = {what: Row(what) for what in faults}
    for recording in recordings:
        for what, is_found in faults.items():
            rows[what].count(is_found(recording.poses, rng))
    return list(rows.values())


def count_good(recordings: Iterable[Recording]) -> list[Row]:
    """For each way of seeing a person how often right COCO-17 poses passed."""
    rows: dict[str, Row] = {}
    for recording in recordings:
        kind = recording.kind.split(" ")[0] if recording.kind.startswith(("captured", "sample")) else recording.kind
        rows.setdefault(kind, Row(kind)).count(not is_refused(recording.poses))
    return list(rows.values())


def count_layouts(recordings: Sequence[Recording], rng: Generator) -> Iterator[Row]:
    """For each layout how often people in it were recognised without being told."""
    for layout in LAYOUTS.values():
        n = len(layouts_of(len(layout.joints)))
        row = Row(f"{layout.name} ({n} candidate{'s' if n > 1 else ''})")
        for recording in recordings:
            row.count(is_recognised(in_layout(recording.poses, layout, rng), layout.name))
        yield row


def as_table(title: str, rows: Iterable[Row]) -> str:
    """A Markdown table of counts, shares and intervals."""
    lines = [f"| {title} | right | of | share | 95 % interval |", "|---|---|---|---|---|"]
    for row in rows:
        low, high = row.interval
        lines.append(
            f"| {row.what} | {row.n_right} | {row.n} | {100 * row.n_right / row.n:.1f} % "
            f"| {100 * low:.1f} to {100 * high:.1f} % |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study and write its figures and tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for layouts.json and layouts.md")
    parser.add_argument("--n", type=int, default=1000, help="simulated walks")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng([options.seed, 1])
    simulated = list(simulated_recordings(options.n, options.seed))
    real = [*captured_recordings(), *sample_recordings()]
    tables = {
        "right poses that pass": count_good([*simulated, *real]),
        "people recognised in": list(count_layouts([*simulated, *real], rng)),
        "planted fault found": count_faults([*simulated, *real], FAULTS, rng),
        "found, without a target": count_faults([*simulated, *real], HARDER, rng),
        "person comes nearer or goes away": count_faults(
            (r for r in simulated if r.kind in _NEARER_OR_AWAY), SIDES, rng
        ),
        "person stays at one distance": count_faults((r for r in simulated if r.kind == "any direction"), SIDES, rng),
        "captured walks and samples": count_faults(real, SIDES, rng),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "layouts.json", {title: [asdict(row) for row in rows] for title, rows in tables.items()})
    with atomic_file(options.out / "layouts.md") as temporary:
        temporary.write_text("\n\n".join(as_table(*item) for item in tables.items()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
