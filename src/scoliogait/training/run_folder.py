"""A run's folder: what lies where, whether it may be written, and whether a run in it can go on.

``run.json`` facts and status · ``recipe.yaml`` the resolved recipe · ``history.csv`` curves · ``checkpoints/`` weights
of the best steps and the state to resume from · ``model/`` the bundle of the selected step · ``validation.parquet`` its
predictions on the validation walks · ``logs/`` TensorBoard · ``ledger.jsonl`` every opening of the test set.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from scoliogait.checkpoints.model_folder import MODEL
from scoliogait.errors import DataError, RecipeError
from scoliogait.files import holds_nothing, write_json
from scoliogait.json_file import Format, read_versioned
from scoliogait.ledger import LEDGER_FILE, Ledger
from scoliogait.mistaken_path import what_it_is
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import dotted_values, load_recipe, write_recipe

RUN = Format("scoliogait.run", 1, "the record of a run; expected one made by `scoliogait train`", "train again")
# What may differ when a run goes on: where things are and who watches, not what is computed.
_FREE_KEYS = ("data.store", "data.workers", "trainer.device", "log.")


class ChosenStep(BaseModel):
    """How the checkpoint of a run was chosen: rule is a word of ``Selection``, step the one that was taken."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    rule: str
    step: int | None = None


class RunRecord(BaseModel):
    """What ``run.json`` says. A run that goes on states its status and its walks, a finished one the rest."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    status: Literal["running", "finished"]
    threads: int | None = None
    n_processes: int | None = None
    cautions: list[str] | None = None
    stopped: str | None = None  # why a run that is not finished cannot go on, such as "diverged at step 7: ..."
    store_digest: str | None = None
    data: str | None = None
    partition: str | None = None
    partition_sha256: str | None = None
    recipe_name: str | None = None
    seed: int | None = None
    model_digest: str | None = None
    selection: ChosenStep | None = None
    validation: dict[str, dict[str, Any]] | None = None
    started_from: dict[str, Any] | None = None
    finetuning: str | None = None  # what training made of the start weights, in a sentence


@dataclass(frozen=True)
class RunFolder:
    path: Path

    @property
    def facts_file(self) -> Path:
        return self.path / "run.json"

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.yaml"

    @property
    def history_file(self) -> Path:
        return self.path / "history.csv"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        return self.path / MODEL

    @property
    def validation_file(self) -> Path:
        return self.path / "validation.parquet"

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.path / LEDGER_FILE)

    def facts(self) -> dict[str, Any]:
        """What ``run.json`` says. Raises DataError when the folder is no run, or one of another version."""
        if not self.facts_file.is_file():
            raise DataError(
                f"{self.path}: is not a run folder{what_it_is(self.path)}; expected one made by `scoliogait train`"
            )
        return read_versioned(self.facts_file, RunRecord, RUN).model_dump(exclude_unset=True)

    @property
    def finished(self) -> bool:
        return self.facts().get("status") == "finished"

    def write_facts(self, status: str, facts: Mapping[str, Any]) -> None:
        write_json(self.facts_file, {**RUN.mark, "status": status, **facts})

    def note_stop(self, words: str) -> None:
        """Record why the run cannot go on."""
        facts = self.facts()
        self.write_facts(facts.pop("status"), facts | {"stopped": words})

    def note_cautions(self, said: Sequence[str]) -> None:
        """Record what was said of the run, each sentence once."""
        facts = self.facts()
        before = facts.get("cautions") or []
        if set(said) - set(before):
            self.write_facts(facts.pop("status"), facts | {"cautions": list(dict.fromkeys([*before, *said]))})

    def recipe_of_unfinished_run(self) -> Path:
        """The file to resume with. Raises DataError when the folder holds no run, a finished or a diverged one."""
        if self.finished:
            raise DataError(f"{self.path}: its run is finished; there is nothing to resume")
        self.refuse_stopped()
        if not self.recipe_file.is_file():
            raise DataError(f"{self.recipe_file}: is missing; start the run again with --overwrite")
        return self.recipe_file

    def refuse_stopped(self) -> None:
        """Raise DataError for a run that would stop again where it did, such as one that diverged."""
        stopped = self.facts().get("stopped")
        if stopped is not None:
            raise DataError(
                f"{self.path}: its run {stopped}; it would end so again: start it with other settings, a lower "
                "optimizer.lr say, and --overwrite"
            )


def prepare_run_folder(
    folder: RunFolder,
    recipe: Recipe,
    store_digest: str,
    overwrite: bool,
    threads: int | None = None,
    n_processes: int | None = None,
) -> None:
    """Make a new run folder, or accept the unfinished run in it if it was started with this recipe and this data.

    threads, n_processes: on which the last bits of a result depend; recorded, see ``cautions_on_going_on``.
    Raises DataError when the folder is something else or a finished run (unless ``overwrite``), RecipeError when its
    run was started with another recipe or other data.
    """
    if refuse_occupied(folder, overwrite):
        _check_same_run(folder, folder.facts(), recipe, store_digest)
        return
    if folder.facts_file.is_file():
        _empty(folder)
    folder.write_facts("running", {"store_digest": store_digest, "threads": threads, "n_processes": n_processes})
    write_recipe(folder.recipe_file, recipe)


def cautions_on_going_on(folder: RunFolder, threads: int, n_processes: int) -> list[str]:
    """What is said when a run goes on with other threads or processes than it was started with."""
    facts = folder.facts()
    numbers = {
        "threads": (facts.get("threads"), threads, f"; OMP_NUM_THREADS={facts.get('threads')} keeps it so"),
        "processes": (facts.get("n_processes"), n_processes, "; the walks of each step are the same"),
    }
    return [
        f"the run goes on with another number of {name}, {now} instead of {before}: sums are rounded in another order, "
        f"so its result will not equal that of an uninterrupted run to the last bit{more}"
        for name, (before, now, more) in numbers.items()
        if before not in (None, now)
    ]


def refuse_occupied(folder: RunFolder, overwrite: bool) -> bool:
    """Whether an unfinished run lies there, which goes on. A folder that holds nothing is free for a new one.

    Raises DataError when the folder is something else than a run, or a finished one (unless ``overwrite``).
    """
    if holds_nothing(folder.path):
        return False
    if not folder.facts_file.is_file():
        raise DataError(
            f"{folder.path}: exists and is not a run folder{what_it_is(folder.path)}; choose another folder to write"
        )
    if folder.finished and not overwrite:
        raise DataError(f"{folder.path}: is a finished run; choose another folder, or --overwrite to train it again")
    return not overwrite


def _empty(folder: RunFolder) -> None:
    """Remove a run, but not its ledger: a new training does not undo what the test set has shown.

    ``run.json`` is left to be replaced, so that a kill in between leaves a folder that can be overwritten again.
    """
    for child in folder.path.iterdir():
        if child in (folder.facts_file, *folder.ledger.files):
            continue
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _check_same_run(folder: RunFolder, facts: Mapping[str, Any], recipe: Recipe, store_digest: str) -> None:
    folder.refuse_stopped()
    if not folder.recipe_file.exists():  # killed between its first two files
        write_recipe(folder.recipe_file, recipe)
    before, now = (dict(dotted_values(r.model_dump(mode="json"))) for r in (load_recipe(folder.recipe_file), recipe))
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key) and not key.startswith(_FREE_KEYS):
            raise RecipeError(
                f"{folder.path}: its unfinished run was started with {key} {before.get(key)}, not {now.get(key)}; "
                "give --resume to go on with its own recipe, or --overwrite to start again"
            )
    if facts.get("store_digest") != store_digest:
        raise RecipeError(
            f"{folder.path}: its unfinished run was started on other walks than those in {recipe.data.store}; "
            "give the same store, or --overwrite to start again"
        )
