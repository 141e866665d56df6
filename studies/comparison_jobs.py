"""One job of the comparison: train within the budget, choose by validation, test; or fit a linear probe."""

from __future__ import annotations

import hashlib
import statistics
import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.data.partition import read_partition
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.predictions import Predictions, write_predictions
from scoliogait.files import read_json, write_json
from scoliogait.ledger import LEDGER_FILE, Ledger
from scoliogait.provenance import ModelFacts, ResultFacts, Selection
from scoliogait.representation.pav import PavConfig
from scoliogait.results.evaluate import evaluate_test_walks
from scoliogait.results.opening import Opening, open_test_set
from scoliogait.training.fit import fit, make_batches, make_task
from scoliogait.training.processes import Processes
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.walks import choose_walks, ready_contract
from studies.comparison_plan import BASE_RECIPE, FRAMES_PER_WALK, MODELS, PROBES, Condition, Job, Study

TESTS = {"test": False, "shifted": True}
_VALIDATIONS = 3
_TIMED_STEPS = 9


def recipe_of(study: Study, condition: Condition, model: str, seed: int, steps: int) -> Recipe:
    """The base recipe with the model's settings, this many steps, and three validations on the way."""
    cadence = max(1, steps // _VALIDATIONS)
    settings = [
        *MODELS[model],
        "contract.evaluation_frames=windows",
        f"seed={seed}",
        f"data.store='{study.cohort(seed)}'",
        f"data.partition='{study.partition(condition, seed)}'",
        f"sampler.frames={FRAMES_PER_WALK}",
        f"trainer.steps={steps}",
        f"trainer.evaluate_every={cadence}",
        f"trainer.save_every={cadence}",
        f"trainer.log_every={max(1, steps // 20)}",
        f"schedule.warmup_steps={min(20, steps - 1)}",
        "trainer.device=cpu",
        "log.tensorboard=false",
    ]
    return load_recipe(BASE_RECIPE, settings)


def cpu_seconds_per_step(study: Study, condition: Condition, model: str) -> float:
    """Median CPU time of a training step on this machine: frames read, drawn, forward, backward, update."""
    recipe = recipe_of(study, condition, model, study.seeds[0], _TIMED_STEPS)
    walks = choose_walks(recipe)
    recipe = recipe.model_copy(update={"contract": ready_contract(recipe, walks)})
    batches = make_batches(recipe, walks)
    task = make_task(recipe, Processes(0, 1, 1, torch.device("cpu")))
    optimizer = task.configure_optimizers()["optimizer"]
    task.train()
    seconds = []
    for step in range(_TIMED_STEPS):
        begin = time.process_time()
        with torch.autocast("cpu", torch.bfloat16):
            loss = task.training_step(batches.batch(step))["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds[2:])


def run_job(study: Study, job: Job, steps: int) -> dict[str, Any]:
    """Result of one job; one that was finished before is read. steps: 0 for a probe."""
    done = study.result(job)
    folder = done.parent
    if done.is_file():
        return dict(read_json(done))
    begin = time.process_time()
    facts: dict[str, Any] = {"condition": job.condition.name, "model": job.model, "seed": job.seed, "steps": steps}
    predicted = _probe(study, job) if job.model in PROBES else _network(study, job, steps, facts)
    for name, predictions in predicted.items():
        write_predictions(folder / f"{name}.parquet", predictions)
    facts["cpu_seconds_with_tests"] = round(time.process_time() - begin, 1)
    write_json(done, facts)
    return facts


def _network(study: Study, job: Job, steps: int, facts: dict[str, Any]) -> dict[str, Predictions]:
    recipe = recipe_of(study, job.condition, job.model, job.seed, steps)
    run = RunFolder(study.result(job).parent / "run")
    if not (run.facts_file.is_file() and run.finished):  # else it was killed between training and tests
        fit(recipe, run.path)
    bundle = load_bundle(run.model)
    facts["parameters"] = sum(p.numel() for p in bundle.module.parameters())
    facts["validation"] = run.facts()["validation"]
    facts["selected_step"] = bundle.provenance["selected_step"]
    openings = _open(study, job, run.ledger, bundle.digest, bundle.facts.selection)
    return {name: evaluate_test_walks(opening, bundle, device="cpu") for name, opening in openings.items()}


def _open(study: Study, job: Job, ledger: Ledger, digest: str, selection: Selection) -> dict[str, Opening]:
    """Both test sets of a job, noted in its ledger before a walk of them is predicted."""
    partition = read_partition(study.partition(job.condition, job.seed))
    return {
        name: open_test_set(
            ledger,
            WalkStore.open(study.cohort(job.seed, shifted)),
            partition,
            model_digest=digest,
            selection=selection,
        )
        for name, shifted in TESTS.items()
    }


def _probe(study: Study, job: Job) -> dict[str, Predictions]:
    """A class-balanced linear softmax classifier on the unnormalised PAV; nothing to select."""
    partition = read_partition(study.partition(job.condition, job.seed))
    form = PavConfig.model_validate({"form": PROBES[job.model]})
    store = WalkStore.open(study.cohort(job.seed))
    train = store.indices_of(partition.train)
    probe = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=5000))
    probe.fit(_pavs(form, store, train), store.labels[train])
    digest = hashlib.sha256(np.ascontiguousarray(probe[-1].coef_).tobytes()).hexdigest()
    ledger = Ledger(study.result(job).parent / LEDGER_FILE)
    openings = _open(study, job, ledger, digest, Selection.LAST)
    return {name: _probe_predictions(probe, form, opening) for name, opening in openings.items()}


def _pavs(form: PavConfig, store: WalkStore, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.stack([form.raw(store.walk(index, ("poses",))).ravel() for index in indices.tolist()]).astype(np.float64)


def _probe_predictions(probe: Any, form: PavConfig, opening: Opening) -> Predictions:
    store = opening.store
    features = _pavs(form, store, opening.indices)
    model = ModelFacts(name="probe", digest=opening.about["model_digest"], selection=Selection.LAST)
    facts = ResultFacts(store.facts(opening.partition, "test"), model, opening.facts, "cpu")
    return Predictions(
        walk_ids=opening.walk_ids,
        subject_ids=tuple(store.subject_ids[i] for i in opening.indices),
        labels=store.labels[opening.indices],
        mean_logits=probe.decision_function(features),
        probabilities=probe.predict_proba(features),
        facts=facts.to_text(),
    )
