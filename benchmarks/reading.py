"""Reading recordings: an OpenPose folder, crowds, a walk file full of silhouettes, and JSON that is refused.

``python -m benchmarks reading --full --against CHECKOUT`` takes the full sizes, and measures the folder with another
checkout as well, in turns. Everything runs in processes of its own; CPU seconds are user and system together, the
least of all rounds; memory is the peak of the whole process.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.fresh_process import ROOT, Spent, Work, least_spent
from benchmarks.recordings import write_archive, write_crowd, write_millions, write_three_people

N_ROUNDS = 2
N_CROWD_FRAMES = 20
MB_PER_SILHOUETTE = 0.065536
MOST_EXPONENT = 1.1
TARGET_RATIOS = {"parsing": 4.0, "read_walk": 1.5}
MOST_REFUSAL_S, MOST_REFUSAL_MB = 2.0, 200.0


@dataclass(frozen=True)
class Sizes:
    """How much is read: frames of three people, people of the crowds, MB of silhouettes."""

    n_frames: int
    n_people: tuple[int, ...]
    silhouettes_mb: tuple[int, ...]


SHORT = Sizes(n_frames=500, n_people=(125, 250, 500), silhouettes_mb=(0, 10, 50))
FULL = Sizes(n_frames=10_000, n_people=(500, 1_000, 2_000, 5_000), silhouettes_mb=(0, 100, 1_000))

_PATHS = """
from pathlib import Path
folder = Path(arguments[0])
paths = sorted(folder.glob("*_keypoints.json"))
"""
# In builds before the follower, files were parsed by a function of one file.
_PARSE_BEFORE = f"""{_PATHS}
from scoliogait.io import openpose_json
one_file = getattr(openpose_json, "_people", None)
read_people = getattr(openpose_json, "read_people", None) or (lambda paths: [one_file(path) for path in paths])
"""
_PARSE = "people = read_people(paths)"
_READ_BEFORE = "from scoliogait.io.read import read_walk"
_READ = "walk = read_walk(arguments[0])"
# The least that any reader does: the numbers of each person as an array.
_PLAIN_BEFORE = f"{_PATHS}\nimport json\nimport numpy as np"
_PLAIN = """
people = [
    [np.array(person["pose_keypoints_2d"]).reshape(-1, 3) for person in json.loads(path.read_bytes())["people"]]
    for path in paths
]
"""
_FOLLOW_BEFORE = f"""{_PARSE_BEFORE}
from scoliogait.io.coco17_people import coco17_people
from scoliogait.io.follow import follow
from scoliogait.io.people import people_of_frames
frames, _ = coco17_people(read_people(paths), arguments[0])
follow(people_of_frames(frames[:1], arguments[0]))  # imports
"""
_FOLLOW = "tracks = follow(people_of_frames(frames, arguments[0]))"
_READ_ONE = "walk = read_walk(arguments[0], person=1)"
_READ_POSES = "walk = read_walk(arguments[0], modalities={'poses'})"
_REFUSED = """
try:
    read_walk(arguments[0])
except Exception as error:
    assert type(error).__name__ == "DataError", error
else:
    raise AssertionError("it was read")
"""


def run(against: Path | None = None, *, full: bool = False) -> list[dict[str, Any]]:
    """Measure, print the tables, and give their rows."""
    sizes = FULL if full else SHORT
    rows: list[dict[str, Any]] = []
    for measure in (_folder_of_three, _crowds, _silhouettes, _refusals):
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(Path(folder), sizes, against)
    return rows


def _folder_of_three(folder: Path, sizes: Sizes, against: Path | None) -> list[dict[str, Any]]:
    arguments = [write_three_people(folder / "walk", sizes.n_frames)]
    checkouts = {"here": ROOT} | ({} if against is None else {"there": against})
    works = {"plain": Work(_PLAIN, _PLAIN_BEFORE, arguments)}
    works |= {f"parsing {name}": Work(_PARSE, _PARSE_BEFORE, arguments, path) for name, path in checkouts.items()}
    works |= {f"read_walk {name}": Work(_READ, _READ_BEFORE, arguments, path) for name, path in checkouts.items()}
    taken = least_spent(works, N_ROUNDS)
    # A build may load at once what another one loads when it is needed, so the whole process counts.
    seconds = {name: of.process_cpu_s if name.startswith("read_walk") else of.cpu_s for name, of in taken.items()}
    rows = [_row(what, seconds) for what in TARGET_RATIOS]
    table = Table(
        *("what", "CPU s", "plain parsing", "times", "there, CPU s", "faster", "target"),
        title=f"OpenPose folder, {sizes.n_frames:,} frames of 3 people; least of {N_ROUNDS} rounds",
    )
    for row in rows:
        cells = [f"{row['here']:.2f}", f"{row['plain']:.2f}", f"{row['here'] / row['plain']:.2f}"]
        cells += [f"{row['there']:.2f}", f"{row['there'] / row['here']:.1f}x"] if "there" in row else ["", ""]
        table.add_row(row["what"], *cells, f">= {TARGET_RATIOS[row['what']]:.1f}x")
    Console().print(table)
    return rows


def _row(what: str, seconds: dict[str, float]) -> dict[str, Any]:
    measured = {name: seconds[f"{what} {name}"] for name in ("here", "there") if f"{what} {name}" in seconds}
    return {"what": what, "plain": seconds["plain"], **measured}


def _crowds(folder: Path, sizes: Sizes, against: Path | None) -> list[dict[str, Any]]:
    rows = [_crowd(folder, n, on_a_grid) for on_a_grid in (True, False) for n in sizes.n_people]
    table = Table(
        *("places", "people", "plain parsing", "parsing", "following", "read_walk", "peak, MB"),
        title=f"{N_CROWD_FRAMES} frames of a crowd, CPU s; least of {N_ROUNDS} rounds; target n^{MOST_EXPONENT}",
    )
    for row in rows:
        seconds = [f"{row[name].cpu_s:.2f}" for name in ("plain", "parsing", "following", "read_walk")]
        table.add_row(row["places"], f"{row['people']:,}", *seconds, f"{row['read_walk'].peak_mb:,.0f}")
    for places in ("grid", "random"):
        of_places = [row for row in rows if row["places"] == places]
        powers = [f"n^{_exponent(of_places, name):.2f}" for name in ("plain", "parsing", "following", "read_walk")]
        table.add_row(places, "", *powers, "")
    Console().print(table)
    return rows


def _crowd(folder: Path, n_people: int, on_a_grid: bool) -> dict[str, Any]:
    places = "grid" if on_a_grid else "random"
    arguments = [write_crowd(folder / f"{places}-{n_people}", n_people, N_CROWD_FRAMES, on_a_grid=on_a_grid)]
    works = {
        "plain": Work(_PLAIN, _PLAIN_BEFORE, arguments),
        "parsing": Work(_PARSE, _PARSE_BEFORE, arguments),
        "following": Work(_FOLLOW, _FOLLOW_BEFORE, arguments),
        "read_walk": Work(_READ_ONE, _READ_BEFORE, arguments),
    }
    return {"places": places, "people": n_people, **least_spent(works, N_ROUNDS)}


def _exponent(rows: list[dict[str, Any]], name: str) -> float:
    """The power of the number of people that the CPU seconds grow with: the slope of their logarithms."""
    return float(np.polyfit(np.log([row["people"] for row in rows]), np.log([row[name].cpu_s for row in rows]), 1)[0])


def _silhouettes(folder: Path, sizes: Sizes, against: Path | None) -> list[dict[str, Any]]:
    works = {}
    for mb in sizes.silhouettes_mb:
        arguments = [write_archive(folder / f"{mb}.npz", round(mb / MB_PER_SILHOUETTE))]
        works[f"{mb}, poses alone"] = Work(_READ_POSES, _READ_BEFORE, arguments)
        works[f"{mb}, all"] = Work(_READ, _READ_BEFORE, arguments)
    table = Table("silhouettes in the file, MB", "CPU s", "peak of the process, MB", title="A walk file (.npz)")
    rows = [{"file": name, "spent": taken} for name, taken in least_spent(works, 1).items()]
    for row in rows:
        table.add_row(row["file"], f"{row['spent'].cpu_s:.2f}", f"{row['spent'].peak_mb:,.0f}")
    Console().print(table)
    return rows


def _refusals(folder: Path, sizes: Sizes, against: Path | None) -> list[dict[str, Any]]:
    works = {name: Work(_REFUSED, _READ_BEFORE, [path]) for name, path in write_millions(folder)}
    rows = [{"form": name, "spent": taken} for name, taken in least_spent(works, N_ROUNDS).items()]
    limits = f"at most {MOST_REFUSAL_S:.0f} s and {MOST_REFUSAL_MB:.0f} MB with all imports"
    table = Table("form", "CPU s", "of the process", "peak, MB", title=f"A million people, refused; {limits}")
    for row in rows:
        taken: Spent = row["spent"]
        above = taken.process_cpu_s > MOST_REFUSAL_S or taken.peak_mb > MOST_REFUSAL_MB
        cells = f"{taken.cpu_s:.2f}", f"{taken.process_cpu_s:.2f}", f"{taken.peak_mb:.0f}"
        table.add_row(row["form"], *cells, style="red" if above else "")
    Console().print(table)
    return rows
