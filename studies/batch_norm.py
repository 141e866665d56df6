"""Is a map network better once its batch norm is estimated again? ``python -m studies.batch_norm --out FOLDER``.

Running statistics are averages over weights that still moved. Per seed: a cohort and a training of ``small-ske`` of its
own; then the statistics of the chosen weights are estimated again over training batches, and both are scored on the
same validation walks. No test walk is touched. A stopped study goes on. Everything is simulated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.data.loader import TrainingBatch
from scoliogait.evaluation.metrics import group_score, in_group, screening_metrics
from scoliogait.files import atomic_file, read_json, write_json
from scoliogait.results.evaluate import evaluate_seen_walks
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.training.fit import fit, make_batches, make_task
from scoliogait.training.processes import Processes
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe, setting
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.walks import RunWalks, choose_walks

N_WALKS, N_FRAMES = 1500, 60
# Half the steps of the recipe, of fewer frames: a minute of CPU time a seed. Many walks choose and compare.
SETTINGS = {
    "sampler.frames": 12,
    "trainer.steps": 120,
    "trainer.evaluate_every": 40,
    "data.validation_fraction": 0.4,
    "trainer.device": "cpu",
    "log.tensorboard": False,
}
BATCHES = 40
AS_TRAINED, AGAIN = "as trained", "estimated again"
FIGURES = {"roc_auc_abnormal": "ROC AUC abnormal", "macro_f1": "macro-F1"}


class _Input(nn.Module):
    """A model behind one argument, as ``update_bn`` calls it: the inputs by name."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: dict[str, Tensor]) -> None:
        self.module(**inputs)


def estimate_again(module: nn.Module, recipe: Recipe, walks: RunWalks, n_batches: int = BATCHES) -> None:
    """Replace the running statistics of ``module`` by their means over training batches, in place; weights stay.

    The batches are drawn as in training (balanced, mirrored), and none of them is one that the training has used.
    """
    first = recipe.trainer.steps
    batches = make_batches(recipe, walks)
    task = make_task(recipe, Processes(0, 1, 1, torch.device("cpu")))

    def inputs() -> Iterator[dict[str, Tensor]]:
        for step in range(first, first + n_batches):
            batch: TrainingBatch = batches.batch(step)
            yield task.inputs(batch)

    with torch.inference_mode():
        update_bn(inputs(), _Input(module))
    module.eval()


def validated(bundle: Bundle, walks: RunWalks) -> dict[str, float]:
    """The figures of a model on the validation walks."""
    ids = [walks.store.walk_ids[index] for index in walks.validation]
    found = evaluate_seen_walks(bundle, walks.store, ids, walks.partition, "validation", device="cpu")
    area = roc_auc_score(in_group(found.labels, "abnormal"), group_score(found.probabilities, "abnormal"))
    return {"roc_auc_abnormal": float(area), "macro_f1": screening_metrics(found.mean_logits, found.labels)["macro_f1"]}


def run_seed(out: Path, seed: int, n_walks: int = N_WALKS, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """Cohort, training and both figures of a seed; what an earlier call finished is read."""
    done = out / f"seed-{seed}.json"
    if done.is_file():
        return dict(read_json(done))
    cohort = out / f"cohort-{seed}"
    if not cohort.exists():
        config = CohortConfig(n_walks=n_walks, n_frames=N_FRAMES, seed=seed, silhouettes=False)
        write_cohort(config, cohort, ratio="most")
    given = {"data.store": cohort.as_posix(), "seed": seed} | SETTINGS | (settings or {})
    recipe = load_recipe("small-ske", [setting(name, value) for name, value in given.items()])
    run = RunFolder(out / f"run-{seed}")
    if not (run.facts_file.is_file() and run.finished):
        fit(recipe, run.path)
    bundle, walks = load_bundle(run.model), choose_walks(recipe)
    result: dict[str, Any] = {"seed": seed, "walks": walks.counts(), AS_TRAINED: validated(bundle, walks)}
    estimate_again(bundle.module, recipe, walks)
    result |= {AGAIN: validated(bundle, walks), "step": bundle.provenance["selected_step"]}
    write_json(done, result)
    return result


def table(results: Sequence[dict[str, Any]]) -> str:
    """A row a seed, then the means and in how many seeds the second is higher."""
    heads = [f"{words}, {way}" for words in FIGURES.values() for way in (AS_TRAINED, AGAIN)]
    lines = [f"| seed | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    values = np.array([[one[way][name] for name in FIGURES for way in (AS_TRAINED, AGAIN)] for one in results])
    for one, row in zip(results, values, strict=True):
        lines.append(f"| {one['seed']} | {' | '.join(f'{value:.3f}' for value in row)} |")
    lines.append(f"| mean | {' | '.join(f'{value:.3f}' for value in values.mean(axis=0))} |")
    gains = values[:, 1::2] - values[:, 0::2]
    words = [
        f"{name}: {gain.mean():+.3f} on average, from {gain.min():+.3f} to {gain.max():+.3f}; "
        f"higher in {int((gain > 0).sum())} of {len(gain)}"
        for name, gain in zip(FIGURES.values(), gains.T, strict=True)
    ]
    return "\n".join([*lines, "", *words])


def main(
    out: Annotated[Path, typer.Option(help="Folder of the study; a study in it goes on.")],
    seeds: Annotated[int, typer.Option(help="Seeds, from 0; each has a cohort of its own.", min=1)] = 5,
) -> None:
    """Train, estimate again, and print the table."""
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    text = table([run_seed(out, seed) for seed in range(seeds)])
    with atomic_file(out / "batch_norm.md") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    typer.echo(text)


if __name__ == "__main__":
    typer.run(main)
