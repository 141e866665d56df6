"""CPU seconds of commands that refuse or answer at once, and how many times the imports any command line needs.

``python -m benchmarks.refusals --against CHECKOUT`` measures another checkout in the same run, command by command in
turns, so that a busy machine is equally busy for both. CPU seconds (user and system) of the whole process; the least of
all rounds, since everything but the work itself only adds.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scoliogait.data.store import write_store
from scoliogait.walk import Walk

N_ROUNDS = 3
TARGET_CPU_S = 0.7
NEEDED_ANYWAY = "import typer, rich, pydantic"
# STORE, FOLDER and PAGE stand for paths: a store, an empty folder, a page that exists.
COMMANDS = {
    "--help": "--help",
    "train, a typo in --set": "train small-ske --set optimizer.lrr=1 --data STORE --out NEW",
    "train, no such recipe": "train small-sk --out NEW",
    "data analyze, existing output": "data analyze STORE --out PAGE",
    "screen, no such file": "screen nosuch.npz",
    "runs": "runs FOLDER",
    "evaluate, no such model": "evaluate nosuch",
    "compare, no such predictions": "compare nosuch.parquet nosuch.parquet",
    "reproduce, no such row": "reproduce STORE --out NEW --rows nosuch",
    "model inspect, no such file": "model inspect nosuch.pt",
    "demo, a typo in --set": "demo --out NEW --set trainer.stepss=1",
}


def run(against: Path | None = None) -> list[dict[str, Any]]:
    """Measure every command, here and in the other checkout, print the table, and give its rows."""
    sources = {"here": Path(__file__).parents[1] / "src"}
    if against is not None:
        sources["there"] = against.resolve() / "src"
    with tempfile.TemporaryDirectory() as folder:
        places = _places(Path(folder))
        python = [sys.executable, "-c", NEEDED_ANYWAY]
        needed = min(cpu_s(python, sources["here"], Path(folder)) for _ in range(N_ROUNDS))
        rows = [_measure(name, line, places, sources, Path(folder)) for name, line in COMMANDS.items()]
    _print(rows, needed, list(sources))
    return rows


def _places(folder: Path) -> dict[str, str]:
    import numpy as np

    poses = np.random.default_rng(0).random((10, 17, 3), dtype=np.float32)
    write_store(folder / "store", [Walk(walk_id="a", poses=poses)], {})
    (folder / "runs").mkdir()
    (folder / "page.html").write_text("")
    names = {"STORE": "store", "FOLDER": "runs", "PAGE": "page.html", "NEW": "new"}
    return {name: str(folder / path) for name, path in names.items()}


def _measure(name: str, line: str, places: dict[str, str], sources: dict[str, Path], folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "scoliogait", *(places.get(word, word) for word in line.split())]
    seconds: dict[str, list[float]] = {source: [] for source in sources}
    for _ in range(N_ROUNDS):
        for source, path in sources.items():
            seconds[source].append(cpu_s(command, path, folder))
    return {"command": name} | {source: min(measured) for source, measured in seconds.items()}


def cpu_s(command: list[str], source: Path, folder: Path) -> float:
    """User and system seconds of a command that imports scoliogait from ``source``, run in ``folder``."""
    environment = os.environ | {"PYTHONPATH": str(source)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _print(rows: list[dict[str, Any]], needed: float, sources: list[str]) -> None:
    table = Table(title=f"CPU s, least of {N_ROUNDS}; times the {needed:.2f} s of `{NEEDED_ANYWAY}`")
    table.add_column("command")
    for source in sources:
        table.add_column(f"{source}, CPU s", justify="right")
        table.add_column("times", justify="right")
    for row in rows:
        cells = [text for source in sources for text in (f"{row[source]:.2f}", f"{row[source] / needed:.1f}")]
        table.add_row(row["command"], *cells, style="" if row["here"] <= TARGET_CPU_S else "red")
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="another checkout of scoliogait")
    run(parser.parse_args().against)
