"""What a row of ``kernels`` is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.original import Original

Run = Callable[[], object]


@dataclass(frozen=True)
class Sized:
    """One workload at one size: ``frames`` pass in a run, which takes at least so many operations and bytes.

    precision: of the operations, a field of ``Ceilings``.
    """

    frames: int
    ours: Run
    plain: Run | None
    original: Run | None
    flops: float
    n_bytes: float
    precision: str = "fp32"


@dataclass(frozen=True)
class Workload:
    """sizes: what ``at`` takes; the last one gives the ratio of the table. target: that ratio to the original."""

    name: str
    size_name: str
    sizes: tuple[int, ...]
    at: Callable[[int, Original | None], Sized]
    target: float
