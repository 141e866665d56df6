"""CPU seconds of ``data check`` over 1,500 simulated walks, as a store and as trees, and the ratio to another checkout.

``python -m benchmarks check --against CHECKOUT`` measures that checkout in the same run and in turns, so that a busy
machine is equally busy for both; without it there is no ratio. User and system seconds of the whole process; the least
of all rounds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.refusals import cpu_s
from scoliogait.data.tree_export import export_poses, export_tree
from scoliogait.representation.contract import InputContract
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig

N_WALKS = 1500
N_FRAMES = 120
N_ROUNDS = 3
TARGET_RATIO = 2.0


def run(against: Path | None = None, n_walks: int = N_WALKS) -> list[dict[str, Any]]:
    """Measure both forms, here and in the other checkout, print the table, and give its rows."""
    sources = {"here": Path(__file__).parents[1] / "src"}
    if against is not None:
        sources["there"] = against.resolve() / "src"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = write_cohort(CohortConfig(n_walks=n_walks, n_frames=N_FRAMES), folder / "store")
        export_poses(store, folder / "poses")
        export_tree(store, folder / "silhouettes", InputContract(representation="silhouette"))
        forms = {"store": ["store"], "trees": ["poses", "silhouettes"]}
        rows = [_measure(form, paths, sources, folder) for form, paths in forms.items()]
    _print(rows, n_walks)
    return rows


def _measure(form: str, paths: list[str], sources: dict[str, Path], folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "scoliogait", "data", "check", *paths]
    seconds: dict[str, list[float]] = {source: [] for source in sources}
    for _ in range(N_ROUNDS):
        for source, path in sources.items():
            seconds[source].append(cpu_s(command, path, folder))
    least = {source: min(measured) for source, measured in seconds.items()}
    ratio = least["there"] / least["here"] if "there" in least else None
    return {"form": form, **least, "ratio": ratio, "target_ratio": TARGET_RATIO}


def _print(rows: list[dict[str, Any]], n_walks: int) -> None:
    title = f"data check of {n_walks:,} walks of {N_FRAMES} frames, CPU s; least of {N_ROUNDS}"
    table = Table("form", "here, CPU s", "there, CPU s", "ratio", "target", title=title)
    for row in rows:
        measured = row["ratio"] is not None
        table.add_row(
            row["form"],
            f"{row['here']:.2f}",
            f"{row['there']:.2f}" if measured else "",
            f"{row['ratio']:.2f}x" if measured else "",
            f">= {row['target_ratio']:.0f}x",
        )
    Console().print(table)
