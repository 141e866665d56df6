"""CPU time of measuring a walker of 300 frames, and the ratio to another checkout.

``python -m benchmarks measurement --against CHECKOUT`` measures that checkout in the same run and in turns, each in a
process of its own, imports not counted. *Posture*: asymmetries over the strides with their errors. *All that screening
measures*: sides put right, quality, cautions and posture. A checkout from before there was ``scoliogait.measurement``
is measured by what it had: ``robust_asymmetry``, and ``assess_quality`` with the medians beside it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.fresh_process import ROOT, Work, least_spent
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig

N_FRAMES = 300
N_TIMES = 30
N_ROUNDS = 5
MOST_RATIO = 1.2
_BEFORE = """
import numpy as np
from scoliogait.walk import Walk
poses = np.load(arguments[0])
walk = Walk(walk_id="walk", poses=poses, frame_rate_hz=15.0)
try:
    from scoliogait.measurement.posture import measure_posture as posture
    from scoliogait.measurement.quality import assess_quality
    from scoliogait.measurement.side_swaps import repaired_walk
    def measure():
        repaired, swaps = repaired_walk(walk)
        return posture(repaired.poses, assess_quality(repaired, swaps).stride_frames)
except ImportError:
    from scoliogait.quality import assess_quality
    from scoliogait.representation.robust_asymmetry import robust_asymmetry as posture
    from scoliogait.screening import measured_asymmetry
    def measure():
        return measured_asymmetry(walk, assess_quality(walk))
posture(poses), measure()
"""
_FORMS = {"posture": "posture(poses)", "all that screening measures": "measure()"}


def run(against: Path | None = None) -> list[dict[str, Any]]:
    """Measure both, here and in the other checkout, print the table, and give its rows."""
    checkouts = {"here": ROOT} | ({"there": against} if against is not None else {})
    with tempfile.TemporaryDirectory() as name:
        config = CohortConfig(n_walks=6, n_frames=N_FRAMES, silhouettes=False)
        file = Path(name) / "poses.npy"
        np.save(file, simulate_walk(config, plan_cohort(config)[0]).walk.poses)
        rows = [_measure(form, code, file, checkouts) for form, code in _FORMS.items()]
    _print(rows)
    return rows


def _measure(form: str, code: str, file: Path, checkouts: dict[str, Path]) -> dict[str, Any]:
    repeated = f"for _ in range({N_TIMES}): {code}"
    works = {name: Work(repeated, _BEFORE, [file], checkout) for name, checkout in checkouts.items()}
    taken = {name: 1e3 * of.cpu_s / N_TIMES for name, of in least_spent(works, N_ROUNDS).items()}
    return {"form": form, **taken, "ratio": taken["here"] / taken["there"] if "there" in taken else None}


def _print(rows: list[dict[str, Any]]) -> None:
    title = f"Measuring a walk of {N_FRAMES} frames, CPU ms; least of {N_ROUNDS} rounds of {N_TIMES}"
    table = Table("what", "here, ms", "there, ms", "ratio", "target", title=title)
    for row in rows:
        there = (f"{row['there']:.1f}", f"{row['ratio']:.2f}x") if row["ratio"] is not None else ("", "")
        table.add_row(row["form"], f"{row['here']:.1f}", *there, f"<= {MOST_RATIO:.1f}x")
    Console().print(table)
