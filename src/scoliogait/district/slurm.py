"""The script of a SLURM array: each task does its share of the work, and no other program is needed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.files import atomic_file

DEFAULT_TASKS = 8
_CORES = "${SLURM_CPUS_PER_TASK:-1}"
# Of sbatch's own options: a name, and a value without anything that a shell could run.
_OPTION = re.compile(r"--[a-z][a-z-]*(=[\w.,:/@%+\[\]-]+)?")
_OURS = ("--array", "--output", "--error", "--wrap")


def checked_options(text: str) -> tuple[str, ...]:
    """The words of ``--slurm``. Raises DataError for what is no option of sbatch, or is set by the script itself."""
    words = tuple(text.split())
    for word in words:
        if not _OPTION.fullmatch(word):
            raise DataError(f"--slurm: {word!r} is no option; expected words such as --time=02:00:00 --partition=day")
        if word.partition("=")[0] in _OURS:
            raise DataError(f"--slurm: {word!r} is set by the script; leave it out (--tasks says how many tasks)")
    return words


def write_script(
    script: Path, options: Sequence[str], command: Sequence[str], n_tasks: int, one_process: bool = False
) -> Path:
    """The script, in the folder of the results. command: what a task runs, without its share.

    one_process: the cores of a task are threads of one process, and else processes with a thread each.
    """
    folder = script.parent
    for word in (*command, str(folder)):
        if "\n" in word:
            raise DataError(f"{word!r}: a name with a line break cannot stand in a script; rename it")
    logs = str(folder.absolute() / "slurm-%A_%a.log")
    if re.search(r"\s", logs):
        raise DataError(f"{folder}: a name with a space cannot stand in a script of SLURM; choose another folder")
    workers = "" if one_process else f' --workers "{_CORES}"'
    lines = [
        "#!/bin/sh",
        "#SBATCH --job-name=scoliogait",
        f"#SBATCH --array=1-{n_tasks}",
        f"#SBATCH --output={logs}",
        "#SBATCH --requeue",
        *(f"#SBATCH {option}" for option in options),
        "# Each task does its share. What is finished is skipped, so the same script goes on after any loss; the same",
        "# command without --shard ends the run: it does what is left and writes one table of all.",
        f'export OMP_NUM_THREADS="{_CORES}"' if one_process else "export OMP_NUM_THREADS=1",
        f'exec {shlex.join(command)} --shard "$SLURM_ARRAY_TASK_ID/{n_tasks}"' + workers,
    ]
    with atomic_file(script) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script


def submit(script: Path) -> str | None:
    """Give the script to sbatch; the number of its job, or None where this machine has no sbatch.

    Raises DataError with what sbatch said.
    """
    sbatch = shutil.which("sbatch")
    if sbatch is None:
        return None
    ended = subprocess.run([sbatch, "--parsable", str(script)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise DataError(f"sbatch refused {script}: {' '.join(ended.stderr.split()) or ended.returncode}")
    return ended.stdout.strip().partition(";")[0]
