"""The core of the package against the original, a plain re-writing of ours, and what the machine could give at most.

``python -m benchmarks kernels --original DIR`` measures a checkout of OpenGait 0efafd4 in the same run and in turns;
without it there are no ratios to it. Processor seconds on one thread, the least of the rounds. Peak memory is that of
one run over model and input, in a process of its own. ``--out FOLDER`` keeps ``kernels.json`` and ``kernels.svg``.

The floor of a row is the longer of two times: its operations at the rate of a large matrix product, and the bytes that
go in and come out at the rate of a copy in memory, both measured in the same run. No arrangement of the same operations
is faster; fewer operations are.
"""

from __future__ import annotations

import json
import multiprocessing
import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.ceilings import Ceilings, cpu_s, measure_ceilings
from benchmarks.exported import FILES, exported
from benchmarks.original import Original
from benchmarks.run_memory import memory_of_mb
from benchmarks.sized import Sized, Workload
from benchmarks.workloads import WORKLOADS

N_ROUNDS = 3


@dataclass(frozen=True)
class Row:
    """CPU seconds a frame of one workload at one size; None where nothing was there to be measured."""

    workload: str
    size_name: str
    size: int
    ours_s: float
    plain_s: float | None
    original_s: float | None
    floor_s: float
    target: float
    peak_mb: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.original_s is None else self.original_s / self.ours_s


def run(original: Path | None = None, out: Path | None = None, full: bool = False) -> list[Row]:
    """Measure every workload at every size (without ``full`` at the largest alone), print the table, give its rows."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    for kind, precision in FILES:  # before the original, whose stand-in for torchvision the exporter complains of
        exported(kind, precision)
    beside = Original(original) if original is not None else None
    ceilings = measure_ceilings()
    rows = []
    for number, workload in enumerate(WORKLOADS):
        # First, while this process is small: Linux lets a child's peak start at that of its parent.
        peak_mb = _peak_mb(number)
        for size in workload.sizes if full else workload.sizes[-1:]:
            memory = peak_mb if size == workload.sizes[-1] else None
            rows.append(measured(workload, size, beside, ceilings, memory))
    _print(rows, ceilings)
    if out is not None:
        write(out, rows, ceilings)
    return rows


def measured(
    workload: Workload, size: int, original: Original | None, ceilings: Ceilings, peak_mb: float | None = None
) -> Row:
    """One row: all that are there take turns, round by round; the first round warms up."""
    sized = workload.at(size, original)
    runs = {"ours": sized.ours, "plain": sized.plain, "original": sized.original}
    rounds = [{name: cpu_s(work) for name, work in runs.items() if work is not None} for _ in range(1 + N_ROUNDS)]
    least = {name: min(of[name] for of in rounds[1:]) / sized.frames for name in rounds[0]}
    return Row(
        workload=workload.name,
        size_name=workload.size_name,
        size=size,
        ours_s=least["ours"],
        plain_s=least.get("plain"),
        original_s=least.get("original"),
        floor_s=ceilings.floor_s(sized.flops, sized.n_bytes, sized.precision) / sized.frames,
        target=workload.target,
        peak_mb=peak_mb,
    )


def _peak_mb(number: int) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(memory_of_a_run_mb, (number,))


def memory_of_a_run_mb(number: int) -> float:
    """How much a run takes at most beside model and input; meant for a fresh process."""
    torch.set_num_threads(1)
    workload = WORKLOADS[number]
    sized: Sized = workload.at(workload.sizes[-1], None)
    return memory_of_mb(sized.ours)


def processor() -> str:
    """Its model and family as Linux names them; elsewhere what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return f"{facts.get('model name', platform.machine())}, family {facts.get('cpu family', 'not known')}"


def write(out: Path, rows: list[Row], ceilings: Ceilings) -> None:
    """``kernels.json`` with all numbers, and ``kernels.svg``: cost against size."""
    from benchmarks.kernel_plot import plot

    out.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {
        "machine": {"processor": processor(), "python": sys.version.split()[0], "torch": torch.__version__}
        | {name: version(name) for name in ("opencv-python-headless", "onnxruntime", "openvino")}
        | {"cpu_capability": torch.backends.cpu.get_cpu_capability(), "threads": 1}
        | asdict(ceilings),
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
    }
    (out / "kernels.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    plot(rows, out / "kernels.svg")


def _print(rows: list[Row], ceilings: Ceilings) -> None:
    title = (
        f"CPU us a frame, one thread, least of {N_ROUNDS} rounds; at most {ceilings.fp32 / 1e9:.0f} GFLOP/s in fp32, "
        f"{ceilings.bf16 / 1e9:.0f} in bf16, {ceilings.int8 / 1e9:.0f} in int8, {ceilings.read / 1e9:.1f} GB/s read; "
        f"{processor()}, {torch.backends.cpu.get_cpu_capability()}"
    )
    table = Table("workload", "size", "ours", "plain", "original", "ratio", "target", "floor", "peak MB", title=title)
    for row in rows:
        table.add_row(
            row.workload,
            f"{row.size} {row.size_name}",
            _us(row.ours_s),
            _us(row.plain_s),
            _us(row.original_s),
            "" if row.ratio is None else f"{row.ratio:.2f}x",
            f">= {row.target:g}x",
            f"{_us(row.floor_s)} ({row.floor_s / row.ours_s:.0%})",
            "" if row.peak_mb is None else f"{row.peak_mb:.0f}",
        )
    Console(width=150).print(table)


def _us(seconds: float | None) -> str:
    return "" if seconds is None else f"{1e6 * seconds:,.1f}"
