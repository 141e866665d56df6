"""How many workers this machine has room for."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Cores that this process may run on; fewer than the machine has where a job of a cluster was given some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
