"""What the set network says of walks of people it has not seen: five trainings a cohort, each without a fifth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.special import logsumexp
from sklearn.model_selection import StratifiedGroupKFold

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.data.partition import OWN_PARTITION, read_partition
from scoliogait.data.store import WalkStore
from scoliogait.files import atomic_file
from scoliogait.training.fit import fit
from scoliogait.training.predict import predict_walks
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from studies.headroom_folds import write_fold

RECIPE = "small-pose-set"
N_FOLDS = 5

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


def training_part(store: WalkStore) -> Numbers:
    """Indices of the cohort's training walks. Its test walks are not read anywhere in this study."""
    return store.indices_of(read_partition(store.path / OWN_PARTITION).train)


def folds_of(labels: Numbers, people: NDArray[np.str_], seed: int) -> Numbers:
    """Fold (walks,) of each walk: all walks of a person in one, the classes spread over all."""
    fold = np.empty(len(labels), dtype=np.int64)
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    for number, (_, held) in enumerate(splitter.split(np.zeros(len(labels)), labels, people)):
        fold[held] = number
    return fold


def network_scores(
    store: WalkStore, fold: Numbers, out: Path, seed: int, steps: int, console: Console, recipe: str = RECIPE
) -> Array:
    """Log-odds (walks, 2) of each walk of the training part by the network that has not seen its person.

    Abnormal against negative, and positive against neutral, as the log-probabilities of the recipe's network give them.
    The last checkpoint counts: no walk of the fold has chosen anything. A finished fold is read from ``out``.
    """
    walks = training_part(store)
    scores = np.empty((len(walks), 2))
    for number in range(N_FOLDS):
        file = out / f"fold-{number}.npy"
        if not file.is_file():
            with console.status(f"{store.path.name}: training {number + 1} of {N_FOLDS}"):
                known, held = walks[fold != number], walks[fold == number]
                of_fold = _trained_scores(store, known, held, out, number, _settings(seed, steps), recipe)
            with atomic_file(file) as temporary, temporary.open("wb") as stream:
                np.save(stream, of_fold)
        scores[fold == number] = np.load(file)
    return scores


def _trained_scores(
    store: WalkStore, train: Numbers, held: Numbers, out: Path, number: int, settings: list[str], recipe: str
) -> Array:
    partition = out / f"fold-{number}.json"
    write_fold(store, train, partition)
    data = [f"data.store='{store.path}'", f"data.partition='{partition}'"]
    run = RunFolder(out / f"run-{number}")
    if not (run.facts_file.is_file() and run.finished):
        run = fit(load_recipe(recipe, [*settings, *data]), run.path)
    bundle = load_bundle(run.model)
    windows = predict_walks(bundle.module, bundle.contract, store, held)
    negative, neutral, positive = windows.log_probabilities(bundle.temperature, bundle.logit_scale).T
    return np.stack([logsumexp([neutral, positive], axis=0) - negative, positive - neutral], axis=1)


def _settings(seed: int, steps: int) -> list[str]:
    return [
        f"seed={seed}",
        "data.validation_fraction=0",
        f"trainer.steps={steps}",
        f"schedule.warmup_steps={min(20, steps - 1)}",
        "trainer.device=cpu",
        "log.tensorboard=false",
    ]
