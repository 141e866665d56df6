"""A training run from recipe to model bundle: start or resume, train, choose by validation, calibrate, write."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.plugins.environments import LightningEnvironment, TorchElasticEnvironment
from lightning.pytorch.strategies import DDPStrategy
from rich.console import Console
from rich.text import Text
from torch import nn
from torch.nn import SyncBatchNorm

from scoliogait.data.loader import BatchShare, TrainingBatches, WalkFrames, training_loader
from scoliogait.data.sampling import WalkBatchSampler
from scoliogait.files import clear_leftovers, full_disk_in_one_line, sole_writer
from scoliogait.models.batch_norm import synchronise_batch_norm
from scoliogait.models.build import build_model
from scoliogait.training.cheap_checks import check_loggers
from scoliogait.training.divergence import DivergenceError
from scoliogait.training.finish import finish_run
from scoliogait.training.freezing import Freezing
from scoliogait.training.half_precision import half_precision_cautions
from scoliogait.training.history import History
from scoliogait.training.loggers import InputPictures, make_loggers, wandb_run_of_its_own
from scoliogait.training.memory import training_memory_in_one_line
from scoliogait.training.processes import Processes, lightning_precision, processes_of_run
from scoliogait.training.progress import TrainingProgress
from scoliogait.training.recipe import Recipe
from scoliogait.training.recorder import RunRecorder
from scoliogait.training.run_folder import RunFolder, cautions_on_going_on, prepare_run_folder
from scoliogait.training.start_checks import start_model
from scoliogait.training.start_report import print_start, write_start
from scoliogait.training.task import ScreeningTask
from scoliogait.training.walks import RunWalks, choose_walks, ready_contract
from scoliogait.training.weights_folder import AtomicCheckpointIO, newest_intact_step, rewind, state_path


def fit(recipe: Recipe, out: str | Path, overwrite: bool = False, console: Console | None = None) -> RunFolder:
    """Train as the recipe says and leave a finished run folder; an unfinished run of the same recipe in it goes on.

    Resuming is exact: the weights at the end are those of an uninterrupted run, bit for bit on the same machine with as
    many threads and processes; with another number the run says so and records it. Under torchrun each process trains
    on its share of the same batches, and the losses are those of one process up to the order of summation. A process
    that dies ends the others; the same call goes on. A run that goes on does not need its start weights any more.
    console: where cautions and the start weights are printed and a progress bar is drawn; None: nowhere. Cautions stand
    in ``run.json``, too.

    Raises RecipeError, DataError and ModelError before training starts: for a recipe that does not fit data or machine,
    an output folder that is something else, a store or partition that cannot be used, or start weights that do not fit.
    Later: ``DivergenceError`` at the step at which the loss is no number, RecipeError where memory runs out, and
    ``LostProcessError`` where another process of the run ended.
    """
    folder = RunFolder(Path(out))
    check_loggers(recipe)
    with (
        _quiet(),
        training_memory_in_one_line(recipe),
        processes_of_run(recipe.trainer) as processes,
        _sole(folder, processes),
        wandb_run_of_its_own(recipe),
    ):
        walks = choose_walks(recipe)
        given = recipe
        recipe = given.model_copy(update={"contract": ready_contract(given, walks)})
        batches = make_batches(recipe, walks, BatchShare(processes.rank, processes.world_size))
        task = make_task(recipe, processes)
        goes_on = processes.from_first(not overwrite and newest_intact_step(folder.checkpoints) > 0)
        started = None if goes_on else start_model(task.module, recipe, walks)
        if processes.first:
            clear_leftovers(folder.path)
            numbers = (torch.get_num_threads(), processes.world_size)
            prepare_run_folder(folder, given, walks.store.digest, overwrite, *numbers)
            cautions = cautions_on_going_on(folder, *numbers)
            if not goes_on:  # a run that goes on has it in its facts
                cautions += half_precision_cautions(recipe, processes.device)
            folder.note_cautions(cautions)
            _tell(cautions, console)
            if started is not None:
                write_start(folder.path, *started)
            if started is not None and console is not None:
                print_start(console, *started)
        batches.first_step = processes.from_first(rewind(folder.checkpoints) if processes.first else 0)
        loggers = make_loggers(given, folder.path, batches.first_step) if processes.first else []
        trainer = _make_trainer(recipe, folder, walks, batches, processes, task.module, loggers, console)
        resume_from = state_path(folder.checkpoints, batches.first_step) if batches.first_step else None
        try:
            with full_disk_in_one_line(folder.path):
                trainer.fit(task, training_loader(batches, recipe.data.workers), ckpt_path=resume_from)
        except DivergenceError as error:
            if processes.first:
                folder.note_stop(error.words)
            raise
        if processes.first:
            finish_run(folder, task.to(processes.device), walks, processes)
        processes.wait()
    return folder


def _sole(folder: RunFolder, processes: Processes) -> AbstractContextManager[None]:
    """The run folder's lock, which the first process holds for all."""
    return sole_writer(folder.path) if processes.first else nullcontext()


def _tell(cautions: list[str], console: Console | None) -> None:
    for caution in cautions:
        if console is not None:
            console.print(Text(f"caution: {caution}", style="yellow"), soft_wrap=True)


def make_batches(recipe: Recipe, walks: RunWalks, share: BatchShare | None = None) -> TrainingBatches:
    """The run's training batches. Raises DataError for a store without the representation's modality, and the like."""
    plan = recipe.sampler
    sampler = WalkBatchSampler(
        walks.identities(plan.identity),
        walks.store.labels[walks.train],
        plan.identities,
        plan.walks_per_identity,
        recipe.seed,
        plan.class_balanced,
    )
    walk_frames = WalkFrames(walks.store, recipe.contract)
    return TrainingBatches(walk_frames, walks.train, sampler, plan.frames, recipe.trainer.steps, plan.mirror, share)


def make_task(recipe: Recipe, processes: Processes) -> ScreeningTask:
    """The model, freshly initialised from the recipe's seed, with batch norm over all processes."""
    module = build_model(recipe.model, torch.Generator().manual_seed(recipe.seed))
    if processes.world_size > 1:
        on_gpu = processes.device.type == "cuda"
        module = SyncBatchNorm.convert_sync_batchnorm(module) if on_gpu else synchronise_batch_norm(module)
    return ScreeningTask(recipe, module)


def _make_trainer(
    recipe: Recipe,
    folder: RunFolder,
    walks: RunWalks,
    batches: TrainingBatches,
    processes: Processes,
    module: nn.Module,
    loggers: list[Logger],
    console: Console | None,
) -> Trainer:
    history = History(folder.history_file)
    if processes.first:
        history.forget_after(batches.first_step)
    callbacks: list[Callback] = [RunRecorder(walks, history, folder.checkpoints, processes)]
    if recipe.start.freeze:
        callbacks.append(Freezing(recipe.start, module))
    if processes.first:
        callbacks.append(InputPictures())
    if processes.first and console is not None:
        plan = recipe.sampler
        callbacks.append(TrainingProgress(history, recipe.trainer.steps, plan.batch_size, plan.frames, console))
    several = processes.world_size > 1
    return Trainer(
        accelerator="gpu" if processes.device.type == "cuda" else "cpu",
        devices=processes.local_world_size if several or processes.device.type == "cpu" else [processes.device.index],
        num_nodes=processes.world_size // processes.local_world_size,
        # Frozen parameters get no gradient that the processes could exchange.
        strategy=DDPStrategy(find_unused_parameters=bool(recipe.start.freeze)) if several else "auto",
        precision=lightning_precision(recipe.trainer.precision, processes.device),
        max_steps=recipe.trainer.steps,
        max_epochs=-1,
        logger=loggers,
        callbacks=callbacks,
        plugins=[AtomicCheckpointIO(), TorchElasticEnvironment() if several else LightningEnvironment()],
        use_distributed_sampler=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder.path,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's advice for the block; its errors still rise."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
