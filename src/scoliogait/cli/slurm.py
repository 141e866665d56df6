"""A script given to SLURM, and what is said then."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_written
from scoliogait.district.slurm import submit


def submit_script(script: Path, command: Sequence[str], console: Console) -> None:
    """Submit it where there is a SLURM, and say how. command: what ends the run when all tasks have ended."""
    job = submit(script)
    if job is None:
        console.print(Text(f"this machine has no sbatch; where there is one: sbatch {script}", "bold"), soft_wrap=True)
    else:
        console.print(Text(f"submitted as job {job}", "bold"), soft_wrap=True)
    console.print(Text(f"when it ended: {shlex.join(command)}", "dim"), soft_wrap=True)
    print_written(console, script)
