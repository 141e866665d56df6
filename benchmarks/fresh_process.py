"""What a piece of Python takes in a process of its own, with the sources of any checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Linux lets ru_maxrss of a child start at the peak of its parent; VmHWM is of the child alone.
_CHILD = """
import json, sys, time
arguments = sys.argv[1:]
{before}
begin_s = time.process_time()
{code}
end_s = time.process_time()
{after}
try:
    with open("/proc/self/status") as status:
        peak_mb = next(float(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1.024e-3
except OSError:
    import resource
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 976.5625)
print(json.dumps({{"cpu_s": end_s - begin_s, "process_cpu_s": end_s, "peak_mb": peak_mb}}))
"""


@dataclass(frozen=True)
class Spent:
    """CPU seconds (user and system, all threads) of the code and of its whole process, imports included; peak in MB."""

    cpu_s: float
    process_cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class Work:
    """Python to be measured, the Python before and after it that is not, what they find in ``arguments``, and whose
    sources."""

    code: str
    before: str = ""
    arguments: Sequence[str | Path] = ()
    checkout: Path = ROOT
    after: str = ""


def spent(work: Work) -> Spent:
    """Run it once."""
    child = _CHILD.format(before=work.before, code=work.code, after=work.after)
    command = [sys.executable, "-c", child, *map(str, work.arguments)]
    # Compiled sources are kept, as those of an installed package are.
    environment = os.environ | {"PYTHONPATH": str(work.checkout.resolve() / "src"), "PYTHONDONTWRITEBYTECODE": ""}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{work.code.strip()}: {run.stderr.strip().splitlines()[-1]}")
    return Spent(**json.loads(run.stdout.splitlines()[-1]))


def least_spent(works: Mapping[str, Work], n_rounds: int) -> dict[str, Spent]:
    """The round of least CPU seconds of each; they take turns, so that a busy machine is equally busy for all."""
    rounds = [{name: spent(work) for name, work in works.items()} for _ in range(n_rounds)]
    return {name: min((of[name] for of in rounds), key=lambda taken: taken.cpu_s) for name in works}
