"""How much memory one call takes beside what was there before it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from benchmarks.models import peak_memory_mb

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def memory_of_mb(run: Callable[[], object]) -> float:
    """The second call of ``run``, so that what is made once and kept is not counted. On Linux exact, from its counter
    that is set back before the call; elsewhere what the call adds to the largest memory of the process so far.
    """
    run()
    gc.collect()
    if not _RESET.exists():
        before = peak_memory_mb()
        run()
        return peak_memory_mb() - before
    _RESET.write_text("5", encoding="ascii")
    before = _status_mb("VmRSS")
    run()
    return _status_mb("VmHWM") - before


def _status_mb(name: str) -> float:
    line = next(line for line in _STATUS.read_text(encoding="ascii").splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024
