"""All jobs of a reproduction: one after another here, or side by side in processes of their own, one a device."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from rich.console import Console

from scoliogait.errors import DataError, ScoliogaitError
from scoliogait.files import atomic_file
from scoliogait.reproduction.folder import Job, ReproductionFolder
from scoliogait.reproduction.plan import Row, chains


@dataclass(frozen=True)
class Failure:
    """A job that did not end well, and why, in one line."""

    job: Job
    reason: str


# Environment of the process of a job; None: no process of its own.
JobEnvironment = Mapping[str, str] | None
# As `nvidia-smi -L` prints it.
_UUID = "GPU-"


def places(workers: int = 1, devices: Sequence[str] = ()) -> list[JobEnvironment]:
    """Where jobs run: here; in ``workers`` processes, one on each GPU or sharing the cores; one on each of ``devices``.

    devices: such as ``cuda:0``, or the UUID of a GPU as ``nvidia-smi -L`` prints it. Raises DataError for a device that
    this machine does not have, one that is named twice, and more workers than GPUs.
    """
    if devices:
        return [{"CUDA_VISIBLE_DEVICES": name} for name in _named_devices(devices)]
    if workers == 1:
        return [None]
    visible = _visible_devices()
    if not visible:
        threads = str(max(1, (os.cpu_count() or 1) // workers))
        return [{"OMP_NUM_THREADS": threads} for _ in range(workers)]
    if workers > len(visible):
        raise DataError(
            f"--workers {workers}: a training takes a GPU of its own, and this machine has {len(visible)}; expected at "
            "most as many (CUDA_VISIBLE_DEVICES= before the command trains on the cores instead)"
        )
    return [{"CUDA_VISIBLE_DEVICES": name} for name in visible[:workers]]


def _named_devices(devices: Sequence[str]) -> list[str]:
    """What CUDA_VISIBLE_DEVICES calls each of the devices."""
    visible = _visible_devices()
    number = {f"cuda:{index}": index for index in range(len(visible))}
    if any(device.startswith(_UUID) for device in devices):
        number |= {name: index for index, name in enumerate(_uuids(len(visible)))}
    for device in devices:
        if device not in number:
            have = ", ".join(number) or "none"
            raise DataError(f"--devices {device}: is no CUDA device of this machine ({have}); leave --devices out")
    numbers = [number[device] for device in devices]
    if len(set(numbers)) < len(numbers):
        raise DataError(f"--devices {','.join(devices)}: names a device twice; give each once")
    return [visible[index] for index in numbers]


def _visible_devices() -> list[str]:
    """What CUDA_VISIBLE_DEVICES calls each device that torch sees, in torch's order."""
    import torch

    named = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    n_devices = torch.cuda.device_count()
    return named[:n_devices] or [str(index) for index in range(n_devices)]


def _uuids(n_devices: int) -> list[str]:
    """Of each device, in torch's order."""
    import torch

    return [f"{_UUID}{torch.cuda.get_device_properties(index).uuid}" for index in range(n_devices)]


def plan_jobs(folder: ReproductionFolder, rows: Sequence[Row], n_seeds: int) -> list[list[Job]]:
    """Jobs that start from one another together, in order; the whole table of a seed before the next seed."""
    return [[folder.job(row, seed) for row in chain] for seed in range(n_seeds) for chain in chains(rows)]


def of_share(planned: Sequence[Sequence[Job]], share: tuple[int, int]) -> list[Sequence[Job]]:
    """The jobs of the k-th of n shares, from 1. Raises DataError for a share that is none."""
    k, n = share
    if not 1 <= k <= n:
        raise DataError(f"--shard {k}/{n}: expected K/N with K from 1 to N")
    return list(planned[k - 1 :: n])


def run_all(
    folder: ReproductionFolder,
    jobs: Sequence[Sequence[Job]],
    where: Sequence[JobEnvironment],
    after_each: Callable[[Job, Failure | None], None],
    console: Console | None = None,
    allow_leak: bool = False,
) -> list[Failure]:
    """Run the jobs that are not finished; one that fails leaves a log and does not stop the others.

    after_each: called after every job, one call at a time. console: where training in this process draws its progress.
    allow_leak: as ``run_job`` takes it.
    """
    waiting: SimpleQueue[Sequence[Job]] = SimpleQueue()
    for chain in jobs:
        waiting.put(chain)
    failures: list[Failure] = []
    noting = threading.Lock()
    stopped = threading.Event()

    def work(place: JobEnvironment) -> None:
        for job in _taken(waiting):
            if stopped.is_set():
                return
            reason = _attempt(folder, job, place, console, allow_leak)
            if stopped.is_set():
                return
            failure = None if reason is None else Failure(job, reason)
            with noting:
                failures.extend([] if failure is None else [failure])
                after_each(job, failure)

    if list(where) == [None]:
        work(None)
        return failures
    with ThreadPoolExecutor(len(where)) as pool:
        try:
            for done in [pool.submit(work, place) for place in where]:
                done.result()
        except BaseException:
            stopped.set()  # the processes of an interrupted terminal end by themselves; no further ones are started
            raise
    return failures


def _taken(waiting: SimpleQueue[Sequence[Job]]) -> Iterator[Job]:
    while True:
        try:
            chain = waiting.get_nowait()
        except Empty:
            return
        yield from (job for job in chain if not job.finished)


def _attempt(
    folder: ReproductionFolder, job: Job, place: JobEnvironment, console: Console | None, allow_leak: bool
) -> str | None:
    """None when the job ended well, else why it did not."""
    try:
        job.log_file.unlink(missing_ok=True)
    except OSError as error:
        return _noted(job, "", f"{job.log_file}: {error.strerror}")
    if place is not None:
        return _attempt_in_process(folder, job, place, allow_leak)
    from scoliogait.reproduction.job import run_job

    try:
        run_job(folder, job, console, allow_leak)
    except ScoliogaitError as error:
        return _noted(job, "", str(error))
    # Whatever breaks one job, memory of a device say, must not cost the others.
    except Exception as error:
        return _noted(job, traceback.format_exc(), f"{type(error).__name__}: {error}")
    return None


def _attempt_in_process(folder: ReproductionFolder, job: Job, place: Mapping[str, str], allow_leak: bool) -> str | None:
    command = [sys.executable, "-m", "scoliogait.reproduction.job"]
    given = [str(folder.path), job.row.name, str(job.seed), *(["--allow-leak"] if allow_leak else [])]
    ended = subprocess.run(
        [*command, *given], env={**os.environ, **place}, capture_output=True, text=True, errors="replace", check=False
    )
    if ended.returncode == 0 and job.finished:
        return None
    said = ended.stderr.strip()
    if ended.returncode < 0:
        return _noted(job, said, f"its process was killed by {_signal(-ended.returncode)}; mostly for want of memory")
    last = said.splitlines()[-1] if said else "it said nothing"
    return _noted(job, said, f"{last} (exit code {ended.returncode})")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name
        return f"signal {number}"


def _noted(job: Job, log: str, reason: str) -> str:
    """The reason in one line, which is also the last of the job's log."""
    reason = " ".join(reason.split())
    try:
        with atomic_file(job.log_file) as temporary:
            temporary.write_text(f"{log}\n{reason}\n", encoding="utf-8")
    except DataError as error:
        return " ".join(f"{reason} ({error})".split())
    return reason
