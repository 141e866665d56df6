"""Coverage-guided fuzzing of every reader: ``python -m tools.fuzz [READER...]``, or ``make fuzz``.

FUZZ_SECONDS is the time of one reader (60); FUZZ_RUNS, where set, is a number of executions instead, the same each
time. Any exception but our own, an input that takes more than 10 s and one that
takes more than 2 GiB count as a fault; the input lies in the folder that is named. Where atheris does not install
(it does on Linux with Python 3.11), nothing is fuzzed, and that is said.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NAMES = [
    name
    for part in ("readers.py", "programs.py")
    for name in re.findall(r'^    "([\w-]+)": Reader\(', (HERE / part).read_text(encoding="utf-8"), re.MULTILINE)
]
_RUNS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main() -> int:
    if find_spec("atheris") is None:
        print("fuzz: skipped, atheris is not installed here (pip install -e '.[fuzz]'; Linux, Python 3.11)")
        return 0
    runs, seconds = os.environ.get("FUZZ_RUNS"), os.environ.get("FUZZ_SECONDS", "60")
    length = [f"-runs={int(runs)}", "-seed=1"] if runs else [f"-max_total_time={int(seconds)}"]
    work = Path(os.environ.get("FUZZ_FOLDER") or tempfile.mkdtemp(prefix="scoliogait-fuzz-")).resolve()
    faults = [name for name in sys.argv[1:] or NAMES if not _is_sound(name, work / name, length)]
    print(f"fuzz: {len(faults)} readers with faults{': ' + ', '.join(faults) if faults else ''}")
    return 1 if faults else 0


def _is_sound(name: str, folder: Path, length: list[str]) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    limits = [*length, "-timeout=10", "-rss_limit_mb=2048", "-max_len=131072"]
    options = [*limits, "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/fault-"]
    command = [sys.executable, "-m", "tools.fuzz.one", name, str(folder), *options]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", cwd=ROOT, env=environment, check=False
    )
    runs = _RUNS.search(done.stderr)
    sound = done.returncode == 0 and runs is not None
    print(f"{name}: {runs[1] if runs else 0} executions, {'no fault' if sound else f'FAULT, see {folder}'}", flush=True)
    if not sound:
        print("\n".join(line for line in done.stderr.splitlines() if not line.startswith("INFO"))[-3000:])
    return sound


if __name__ == "__main__":
    sys.exit(main())
