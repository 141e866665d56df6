"""Estimating batch norm again: the statistics are those of the batches, the weights stay, a stopped study goes on."""

from pathlib import Path

import pytest
import torch
from studies.batch_norm import AGAIN, AS_TRAINED, estimate_again, run_seed, table
from torch import Tensor

from scoliogait.models.batch_norm import BatchNorm
from scoliogait.models.build import build_model
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.walks import choose_walks
from training_fixtures import tiny_overrides, tiny_store


def test_the_statistics_are_the_means_over_batches(tmp_path: Path) -> None:
    recipe = load_recipe("small-ske", tiny_overrides(tiny_store(tmp_path / "store")))
    walks, module = choose_walks(recipe), build_model(recipe.model, torch.Generator().manual_seed(3))
    stem = next(one for one in module.modules() if isinstance(one, BatchNorm))
    seen: list[Tensor] = []
    hook = stem.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    weights = [parameter.clone() for parameter in module.parameters()]
    estimate_again(module, recipe, walks, n_batches=4)
    hook.remove()
    assert len(seen) == 4
    means = torch.stack([one.mean(dim=(0, 2, 3)) for one in seen]).mean(dim=0)
    variances = torch.stack([one.var(dim=(0, 2, 3)) for one in seen]).mean(dim=0)
    torch.testing.assert_close(stem.running_mean, means)
    torch.testing.assert_close(stem.running_var, variances)
    assert all(map(torch.equal, module.parameters(), weights))
    assert not module.training


@pytest.mark.slow
def test_a_seed_from_cohort_to_row_and_back_again(tmp_path: Path) -> None:
    few = {"trainer.steps": 4, "trainer.evaluate_every": 2, "trainer.save_every": 2, "schedule.warmup_steps": 1}
    found = run_seed(tmp_path, 0, n_walks=60, settings=few)
    assert set(found[AS_TRAINED]) == set(found[AGAIN]) == {"roc_auc_abnormal", "macro_f1"}
    assert found["walks"]["validation"]["neutral"] > 0
    assert run_seed(tmp_path, 0) == found


def test_the_table_counts_who_gains() -> None:
    rows = [
        {
            "seed": seed,
            AS_TRAINED: {"roc_auc_abnormal": 0.7, "macro_f1": 0.4},
            AGAIN: {"roc_auc_abnormal": 0.7 + gain, "macro_f1": 0.4 - gain},
        }
        for seed, gain in enumerate((0.1, 0.2, -0.03))
    ]
    text = table(rows)
    assert "| 1 | 0.700 | 0.900 | 0.400 | 0.200 |" in text
    assert "ROC AUC abnormal: +0.090 on average, from -0.030 to +0.200; higher in 2 of 3" in text
    assert "macro-F1: -0.090 on average, from -0.200 to +0.030; higher in 1 of 3" in text
