"""The comparison of models: what it trains on, and how its figures come from predictions."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from sklearn.metrics import roc_auc_score
from studies.comparison_cohorts import partition_of, prepare_cohorts
from studies.comparison_jobs import recipe_of, run_job
from studies.comparison_plan import CONDITIONS, MODELS, PROBES, Job, Study
from studies.comparison_table import cells_of, write_report

from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import Predictions, read_predictions, write_predictions
from scoliogait.simulation.cohort import plan_cohort
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig

PLANS = plan_cohort(CohortConfig(n_walks=300, seed=3))


def a_study(out: Path, seeds: tuple[int, ...] = (0,)) -> Study:
    return Study(out, n_walks=60, n_frames=20, seeds=seeds, budget_s=1.0, most_steps=8)


@pytest.mark.parametrize("model", MODELS)
def test_models_differ_from_the_base_in_contract_and_network_alone(model: str, tmp_path: Path) -> None:
    recipe = recipe_of(a_study(tmp_path), CONDITIONS[0], model, seed=1, steps=30)
    base = recipe_of(a_study(tmp_path), CONDITIONS[0], "ScoNet-MT-ske", seed=1, steps=30)
    assert recipe.contract.evaluation_frames == "windows"
    assert recipe.trainer.steps == 30
    assert (recipe.sampler, recipe.optimizer, recipe.schedule) == (base.sampler, base.optimizer, base.schedule)
    assert recipe.contract.skeleton_map in (None, base.contract.skeleton_map)


def test_fewer_people_train_and_the_same_walks_test() -> None:
    every, few = (partition_of(PLANS, condition, seed=3) for condition in CONDITIONS[1:])
    person = {plan.walk_id: plan.subject for plan in PLANS}
    label = {plan.walk_id: plan.label for plan in PLANS}
    assert few.test == every.test
    assert set(few.train) < set(every.train)
    people_of = {name: {person[walk] for walk in ids} for name, ids in (("every", every.train), ("few", few.train))}
    assert len(people_of["few"]) == pytest.approx(len(people_of["every"]) / 3, rel=0.2)
    assert {label[walk] for walk in few.train} == set(label.values())
    # A person is in as a whole, or not at all.
    assert {walk for walk in every.train if person[walk] in people_of["few"]} == set(few.train)


def predictions(generator: np.random.Generator) -> Predictions:
    labels = np.repeat([0, 1, 2], 10)
    scores = generator.normal(size=(30, 3)) + 1.5 * np.eye(3)[labels]
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    ids = tuple(f"w{i}" for i in range(30))
    return Predictions(ids, tuple(f"s{i // 2}" for i in range(30)), labels, scores, chances)


def test_figures_over_seeds(tmp_path: Path) -> None:
    study = a_study(tmp_path, seeds=(0, 1, 2))
    f1, areas = [], []
    for seed in (0, 2):  # the seed between has not finished
        made = predictions(np.random.default_rng(seed))
        folder = tmp_path / "runs" / Job(CONDITIONS[0], "DRF", seed).folder_name
        folder.mkdir(parents=True)
        write_predictions(folder / "test.parquet", made)
        f1.append(screening_metrics(made.mean_logits, made.labels)["macro_f1"])
        areas.append(roc_auc_score(made.labels > 0, 1 - made.probabilities[:, 0]))
    cells = cells_of(study, CONDITIONS[0], "DRF", "test")
    for metric, values in (("macro_f1", f1), ("roc_auc_abnormal", areas)):
        cell = cells[metric]
        assert cell.values == pytest.approx(tuple(values))
        assert cell.mean == pytest.approx(np.mean(values))
        assert cell.spread == pytest.approx(np.std(values, ddof=1))
        assert cell.low < cell.mean < cell.high
    assert cells_of(study, CONDITIONS[1], "DRF", "test") == {}


@pytest.mark.slow
def test_a_probe_from_cohort_to_table_and_back_again(tmp_path: Path) -> None:
    study = a_study(tmp_path)
    for shifted, noise in ((False, 1.0), (True, 1.5)):  # without silhouettes: a probe needs none, and they take long
        config = CohortConfig(n_walks=60, n_frames=20, noise_factor=noise, silhouettes=False)
        write_cohort(config, study.cohort(0, shifted), workers=1)
    prepare_cohorts(study, Console(quiet=True))
    job = Job(CONDITIONS[0], next(iter(PROBES)), 0)
    facts = run_job(study, job, steps=0)
    assert facts["model"] == job.model
    folder = tmp_path / "runs" / job.folder_name
    usual, shifted_walks = (read_predictions(folder / f"{name}.parquet") for name in ("test", "shifted"))
    assert usual.walk_ids == shifted_walks.walk_ids
    assert not np.array_equal(usual.mean_logits, shifted_walks.mean_logits)
    table = write_report(study, (), tmp_path)
    assert job.model in table
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert run_job(study, job, steps=0) == facts
