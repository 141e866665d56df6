"""The study of start weights: what it trains on, and how its gains come from predictions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from studies.pretraining import (
    FILMED,
    PRETRAINED,
    RESULT,
    SCRATCH,
    SIZES,
    TRAINED_ON,
    Job,
    Study,
    partition_of,
    run_job,
)
from studies.pretraining_table import found, gain, values, write_report

from scoliogait.checkpoints.bundle import save_bundle
from scoliogait.data.partition import OWN_PARTITION, read_partition
from scoliogait.evaluation.predictions import Predictions, read_predictions, write_predictions
from scoliogait.evaluation.resampling import Resampled
from scoliogait.files import write_json
from scoliogait.models.build import build_model
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.training.recipe_file import load_recipe


def a_study(out: Path, seeds: tuple[int, ...] = (0,), start: str = "unused") -> Study:
    return Study(out, start, n_walks=120, n_frames=30, seeds=seeds)


def test_fewer_walks_are_a_part_of_more_and_the_same_walks_test(tmp_path: Path) -> None:
    study = a_study(tmp_path)
    config = CohortConfig(n_walks=120, n_frames=2, seed=4, silhouettes=False)
    store = write_cohort(config, study.cohort("usual", 0), ratio="112", workers=1)
    whole = read_partition(store.path / OWN_PARTITION)
    few, more = (partition_of(study, Job("usual", n_walks, SCRATCH, 0)) for n_walks in (24, 40))
    assert few.test == more.test == whole.test
    assert set(few.train) < set(more.train) < set(whole.train)
    assert (len(few.train), len(more.train)) == (pytest.approx(24, abs=3), pytest.approx(40, abs=3))
    label = dict(zip(store.walk_ids, store.labels.tolist(), strict=True))
    shares = [np.bincount([label[walk] for walk in one.train], minlength=3) / len(one.train) for one in (few, whole)]
    np.testing.assert_allclose(*shares, atol=0.08)
    assert partition_of(study, Job("usual", None, SCRATCH, 0)) == whole


def predictions(seed: int, skill: float) -> Predictions:
    generator = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2], 10)
    scores = generator.normal(size=(30, 3)) + skill * np.eye(3)[labels]
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return Predictions(
        tuple(f"w{i}" for i in range(30)), tuple(f"s{i // 2}" for i in range(30)), labels, scores, chances
    )


@pytest.mark.slow
def test_gains_are_paired_and_the_report_has_every_row(tmp_path: Path) -> None:
    study = a_study(tmp_path, seeds=(0, 1))
    for job in study.jobs():
        for filmed in FILMED:
            study.folder(job).mkdir(parents=True, exist_ok=True)
            made = predictions(job.seed, 2.0 if job.start == PRETRAINED else 0.5)
            write_predictions(study.folder(job) / f"{filmed}.parquet", made)
        write_json(study.folder(job) / RESULT, {})
    pair: list[list[Resampled]] = [found(study, "shifted", 100, start, "shifted") for start in (SCRATCH, PRETRAINED)]
    mean, low, high = gain(*pair)
    areas: dict[str, Any] = {start: [] for start in (SCRATCH, PRETRAINED)}
    for start, of_start in areas.items():
        for seed in study.seeds:
            one = read_predictions(study.folder(Job("shifted", 100, start, seed)) / "shifted.parquet")
            of_start.append(roc_auc_score(one.labels > 0, 1 - one.probabilities[:, 0]))
    assert mean[0] == pytest.approx(np.mean(areas[PRETRAINED]) - np.mean(areas[SCRATCH]))
    np.testing.assert_allclose(values(pair[1])[:, 0], areas[PRETRAINED])
    assert (low < mean).all()
    assert (mean < high).all()
    same = gain(pair[0], pair[0])
    assert all((figures == 0).all() for figures in same)
    table = write_report(study, tmp_path)
    rows = [line for line in table.splitlines() if line.startswith(("| none", "| 50", "| 100", "| 300", "| all"))]
    assert len(rows) == len(TRAINED_ON) * (2 * len(SIZES) - 1)
    (study.folder(Job("shifted", 50, SCRATCH, 1)) / RESULT).unlink()
    assert len(write_report(study, tmp_path).splitlines()) == len(table.splitlines()) - 1
    assert (tmp_path / "pretraining.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_training_and_the_start_as_it_is_are_tested_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOLIOGAIT_LEDGER_HOME", str(tmp_path / "ledger"))
    recipe = load_recipe("small-pose-set")
    module = build_model(recipe.model, torch.Generator().manual_seed(2))
    contract = recipe.contract.model_copy(update={"training_frames": recipe.sampler.frames})
    start = save_bundle(tmp_path / "start", module, contract, provenance={}, metrics={})
    study = a_study(tmp_path, start=str(start))
    for filmed, settings in FILMED.items():
        config = CohortConfig(n_walks=120, n_frames=30, seed=4, silhouettes=False, **settings)
        write_cohort(config, study.cohort(filmed, 0), ratio="112", workers=1)
    few = {"trainer.steps": 4, "schedule.warmup_steps": 1, "trainer.evaluate_every": 2, "trainer.save_every": 2}
    jobs = [Job("shifted", 40, PRETRAINED, 0), Job("usual", 0, PRETRAINED, 0)]
    for job in jobs:
        facts = run_job(study, job, few)
        assert run_job(study, job) == facts
        test = read_predictions(study.folder(job) / "beyond.parquet")
        assert test.walk_ids == read_partition(study.cohort("beyond", 0) / OWN_PARTITION).test
        assert test.facts["test_openings_by_model"] == "1"
