"""One process or several: what torchrun started, and the process group that they share. One process needs no group."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar

import torch
import torch.distributed as dist

from scoliogait.errors import RecipeError, ScoliogaitError
from scoliogait.models.device import choose_device
from scoliogait.training.recipe import TrainerSection

T = TypeVar("T")

# How long a process waits for one that is alive and does not answer. Others wait while the first finishes the run.
PATIENCE = timedelta(minutes=30)
# What torch says when a process of the group is gone or silent: words of gloo, of NCCL and of the store they meet at.
_OF_THE_GROUP = re.compile(r"gloo|NCCL|Connection (closed|reset) by|Broken pipe|Timed out waiting", re.IGNORECASE)


class LostProcessError(ScoliogaitError):
    """Another process of the run ended or does not answer, so that this one cannot go on."""


@dataclass(frozen=True)
class Processes:
    """rank: of this process. world_size, local_world_size: processes of the run, of this machine. device: its own."""

    rank: int
    world_size: int
    local_world_size: int
    device: torch.device

    @property
    def first(self) -> bool:
        return self.rank == 0

    def from_first(self, value: T) -> T:
        """The first process's value, on every process."""
        if self.world_size == 1:
            return value
        box: list[Any] = [value]
        dist.broadcast_object_list(box, src=0, device=self.device if self.device.type == "cuda" else None)
        return box[0]

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world_size > 1:
            dist.barrier()


def is_first_process() -> bool:
    """Whether this process speaks for the run: the only one, or torchrun's first."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def processes_of_run(trainer: TrainerSection) -> Iterator[Processes]:
    """Read torchrun's environment; with several processes join their group (gloo on CPU, nccl on GPU) for the block.

    Raises RecipeError when a GPU is asked for that is not there, and LostProcessError when another process is lost in
    the block.
    """
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    processes = Processes(
        rank=int(os.environ.get("RANK", "0")),
        world_size=world_size,
        local_world_size=int(os.environ.get("LOCAL_WORLD_SIZE", "1")),
        device=device_of_process(trainer.device, local_rank),
    )
    if world_size == 1:
        yield processes
        return
    if processes.device.type == "cuda":
        torch.cuda.set_device(processes.device)
    with loss_in_one_line(processes):
        dist.init_process_group("nccl" if processes.device.type == "cuda" else "gloo", timeout=PATIENCE)
        try:
            yield processes
        finally:
            if dist.is_initialized():
                dist.destroy_process_group()


@contextmanager
def loss_in_one_line(processes: Processes) -> Iterator[None]:
    """Raise LostProcessError for what torch says in the block of a group that broke; other errors rise as they are."""
    try:
        yield
    except RuntimeError as error:
        if not (isinstance(error, dist.DistError) or _OF_THE_GROUP.search(str(error))):
            raise
        raise LostProcessError(
            f"process {processes.rank} of {processes.world_size}: another process of the run ended or does not answer; "
            "see what ended it, then start the same command again, which goes on from the last state "
            f"({_in_short(error)})"
        ) from error


def _in_short(error: RuntimeError) -> str:
    """What torch said, without the place in its source: the first sentence, and the last line, where NCCL has why."""
    first, *more = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    short = re.sub(r"^\[[^\]]*\]\s*", "", first).partition(". ")[0]
    return f"{short}; {more[-1]}" if more else short


def device_of_process(wanted: str, local_rank: int = 0) -> torch.device:
    """What the recipe's trainer.device means for this process of the machine. Raises RecipeError for a missing GPU."""
    if wanted != "cuda":
        device = choose_device(wanted)
        if device.type == "cpu":
            return device
    if torch.cuda.device_count() <= local_rank:
        fewer = " or start fewer processes" if local_rank else ""
        raise RecipeError(
            f"trainer.device: {wanted!r} needs {local_rank + 1} CUDA GPU(s) on this machine, found "
            f"{torch.cuda.device_count()}; use --set trainer.device=cpu{fewer}"
        )
    return torch.device("cuda", local_rank)


def lightning_precision(precision: str, device: torch.device) -> Literal["32-true", "16-mixed", "bf16-mixed"]:
    """Lightning's name. Half precision on a CPU is bf16, also where the recipe says fp16, which needs a GPU."""
    if precision == "fp32":
        return "32-true"
    return "16-mixed" if precision == "fp16" and device.type == "cuda" else "bf16-mixed"
