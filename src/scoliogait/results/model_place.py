"""Where a model lies: in the run that made it, or alone. A run knows its walks and keeps a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scoliogait.checkpoints.model_folder import is_builtin, model_folder
from scoliogait.data.partition import Partition, given_or_own, read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.ledger import LEDGER_FILE, Ledger
from scoliogait.mistaken_path import what_it_is
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder


@dataclass(frozen=True)
class ModelPlace:
    """bundle: its folder. run: that it lies in, None for a bundle alone."""

    bundle: Path
    run: RunFolder | None

    def ledger(self, out: Path) -> Ledger:
        """The run's ledger; for a bundle alone the one beside the evaluation folder ``out``."""
        return Ledger(out.parent / LEDGER_FILE) if self.run is None else self.run.ledger

    def open_store(self, data: Path | None) -> WalkStore:
        """The store given, else the one that the run was trained on. Raises DataError when there is none."""
        if data is not None:
            return WalkStore.open(data)
        store = None if self.run is None else _recipe_of(self.run).data.store
        if store is None:
            raise DataError(f"{self.bundle}: does not say where its walks are; give --data STORE")
        if not Path(store).is_dir():
            raise DataError(f"{store}: the walks that the run was trained on are no longer there; give --data STORE")
        return WalkStore.open(store)

    def partition(self, given: str | Path | None, store: WalkStore) -> Partition:
        """The partition given; else the run's own, where the store is that of the run; else the store's own.

        Raises DataError when the run's own partition was changed after the training: what was held out is then unknown.
        """
        if given is not None or self.run is None or self.run.facts().get("store_digest") != store.digest:
            return read_partition(given_or_own(given, store.path))
        partition = read_partition(given_or_own(_recipe_of(self.run).data.partition, store.path))
        trained_with = self.run.facts().get("partition_sha256")
        if trained_with is not None and trained_with != partition.digest:
            raise DataError(
                f"{self.run.path}: was trained with another partition than {partition.words} is now; restore that "
                "file, or give the wanted one with --partition"
            )
        return partition

    def validation_ids(self, partition: Partition, store: WalkStore, given: bool) -> tuple[str, ...]:
        """Walks held back from training: the run's own, or, of a partition that was ``given``, those that it lists."""
        if given or self.run is None:
            if not partition.validation:
                raise DataError(
                    f"{partition.words}: lists no validation walks; take a partition that does (data split "
                    "--validation), or the run that the model was trained in"
                )
            return partition.validation
        if self.run.facts().get("store_digest") != store.digest:
            raise DataError(f"{store.path}: is not the store that {self.run.path} was trained on; give that one")
        if not self.run.validation_file.is_file():
            raise DataError(f"{self.run.path}: was trained without validation walks; give --subset train or --test")
        return read_predictions(self.run.validation_file).walk_ids


def find_model(path_or_name: str) -> ModelPlace:
    """A run folder, the bundle in it, a bundle alone or in a promotion, or ``builtin:NAME``.

    Raises ModelError for an unknown builtin model, DataError for a run that is not finished.
    """
    if is_builtin(path_or_name):
        return ModelPlace(model_folder(path_or_name), None)
    path = Path(path_or_name)
    for run in (RunFolder(path), RunFolder(path.parent)):
        if run.facts_file.is_file() and path in (run.path, run.model):
            if not run.finished:
                run.refuse_stopped()
                raise DataError(
                    f"{run.path}: its training is not finished; go on with `scoliogait train --resume --out {run.path}`"
                )
            return ModelPlace(run.model, run)
    return ModelPlace(model_folder(path), None)


def find_run(path: Path) -> RunFolder:
    """A finished run. Raises DataError for anything else."""
    run = find_model(str(path)).run
    if run is None:
        raise DataError(f"{path}: is not a run folder{what_it_is(path)}; expected one made by `scoliogait train`")
    return run


def _recipe_of(run: RunFolder) -> Recipe:
    return load_recipe(run.recipe_file)
