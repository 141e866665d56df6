"""CPU seconds of simulating walks of 300 frames with silhouettes into a store, and the ratio to another checkout.

``python -m benchmarks simulation --against CHECKOUT`` simulates the same cohort in the same run and in turns, each side
in a process of its own. Imports and the captured walks, which are loaded once, are not counted: a small cohort comes
before. ``--full`` takes 1,500 walks.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.fresh_process import ROOT, Work
from benchmarks.walks_beside import N_FRAMES, row_of

N_WALKS, N_WALKS_FULL = 60, 1500
TARGET_RATIO = 1.5
_BEFORE = """
from pathlib import Path
try:
    from scoliogait.simulation.cohort_store import write_cohort
except ImportError:
    from scoliogait.cli.simulate import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.mocap import captured_loops
captured_loops()
def simulate(n_walks):
    config = CohortConfig(n_walks=n_walks, n_frames=int(arguments[2]))
    write_cohort(config, Path(arguments[0]), workers=1, overwrite=True)
simulate(6)
"""
_CODE = "simulate(int(arguments[1]))"


def run(against: Path | None = None, full: bool = False) -> dict[str, Any]:
    """Measure here and in the other checkout, print the table, and give its row."""
    n_walks = N_WALKS_FULL if full else N_WALKS
    checkouts = {"here": ROOT} | ({"there": against} if against is not None else {})
    with tempfile.TemporaryDirectory() as name:
        works = {
            side: Work(_CODE, _BEFORE, [Path(name) / side, str(n_walks), str(N_FRAMES)], checkout)
            for side, checkout in checkouts.items()
        }
        return row_of("Simulating", works, n_walks, TARGET_RATIO)
