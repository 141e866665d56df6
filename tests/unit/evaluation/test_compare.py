"""Paired comparisons: against other libraries, laws of symmetry, and the refusals."""

import math

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from scoliogait.errors import DataError
from scoliogait.evaluation.compare import (
    BETTER,
    NOT_SHOWN,
    WORSE,
    _holm,
    compare_models,
    compare_predictions,
    compare_with_first,
)
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import Predictions
from scoliogait.scores import probabilities

N_WALKS = 150
LABELS = np.random.default_rng(0).integers(0, 3, N_WALKS)


def model(skill: float, seed: int, walks_each: int = 3, **changes: object) -> Predictions:
    noise = np.random.default_rng(seed).normal(scale=0.25, size=(N_WALKS, 3))
    logits = skill * np.eye(3)[LABELS] + noise
    values: dict = {
        "walk_ids": tuple(f"w{row:03d}" for row in range(N_WALKS)),
        "subject_ids": tuple(f"p{row // walks_each}" for row in range(N_WALKS)),
        "labels": LABELS,
        "mean_logits": logits,
        "probabilities": probabilities(logits),
        "facts": {"model_digest": f"{skill}-{seed}", "store_digest": "s", "partition": "112"},
    }
    return Predictions(**(values | changes))


def test_a_clearly_better_model_is_better_and_the_mirror_is_worse() -> None:
    weak, strong = model(0.15, 1), model(0.6, 2)
    forth, back = compare_predictions(weak, strong), compare_predictions(strong, weak)
    assert (forth.verdict, back.verdict) == (BETTER, WORSE)
    for metric in ("macro_f1", "accuracy"):
        one, other = forth.differences[metric], back.differences[metric]
        figures = [screening_metrics(side.mean_logits, side.labels)[metric] for side in (weak, strong)]
        assert (one.first, one.second) == pytest.approx(figures)
        assert one.estimate == pytest.approx(figures[1] - figures[0])
        assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]))
        assert one.interval[0] < one.estimate < one.interval[1]
        assert one.p == pytest.approx(other.p)


def test_a_model_does_not_differ_from_itself() -> None:
    same = compare_predictions(model(0.3, 1), model(0.3, 1))
    assert same.verdict == NOT_SHOWN
    assert same.differences["macro_f1"].p == 1
    assert math.isnan(same.differences["macro_f1"].interval[0])
    assert same.mcnemar is not None
    assert (same.mcnemar.p_exact, same.mcnemar.p_mid, same.mcnemar.cohen_g) == (1.0, 1.0, None)


def test_everybody_gains_the_same() -> None:
    right, wrong = np.eye(3)[LABELS], np.eye(3)[(LABELS + 1) % 3]
    pair = [model(0, 0, mean_logits=logits, probabilities=probabilities(logits)) for logits in (wrong, right)]
    comparison = compare_predictions(*pair)
    assert comparison.verdict == BETTER
    assert comparison.differences["macro_f1"].estimate == 1


def test_the_difference_of_accuracies_is_that_of_a_paired_mean() -> None:
    weak, strong = model(0.25, 1, walks_each=1), model(0.35, 2, walks_each=1)
    gain = (strong.predicted == LABELS).astype(float) - (weak.predicted == LABELS)
    error = gain.std(ddof=1) / math.sqrt(N_WALKS)
    difference = compare_predictions(weak, strong, n_resamples=20_000).differences["accuracy"]
    assert (difference.interval[1] - difference.interval[0]) / 2 == pytest.approx(1.976 * error, rel=0.02)


def test_mcnemar_is_statsmodels_and_counts_people_where_they_walk_twice() -> None:
    weak, strong = model(0.25, 1), model(0.4, 2)
    test = compare_predictions(weak, strong).mcnemar
    assert test is not None
    right = [side.predicted == LABELS for side in (weak, strong)]
    table = [[np.sum(right[0] & right[1]), np.sum(right[0] & ~right[1])]]
    table.append([np.sum(~right[0] & right[1]), np.sum(~right[0] & ~right[1])])
    assert (test.only_first, test.only_second) == (table[0][1], table[1][0])
    assert test.p_exact == pytest.approx(mcnemar(np.array(table), exact=True).pvalue)
    assert test.p_exact / 2 < test.p_mid < test.p_exact
    assert test.p_people is not None
    alone = compare_predictions(model(0.25, 1, walks_each=1), model(0.4, 2, walks_each=1)).mcnemar
    assert alone is not None
    assert alone.p_people is None


def test_copies_of_walks_do_not_sharpen_the_verdict() -> None:
    once = compare_predictions(model(0.25, 1, walks_each=1), model(0.35, 2, walks_each=1))

    def copied(skill: float, seed: int) -> Predictions:
        single = model(skill, seed)
        rows = np.repeat(np.arange(N_WALKS), 4)
        return model(
            skill,
            seed,
            walk_ids=tuple(f"c{row}" for row in range(4 * N_WALKS)),
            subject_ids=tuple(f"p{row // 4}" for row in range(4 * N_WALKS)),
            labels=LABELS[rows],
            mean_logits=single.mean_logits[rows],
            probabilities=single.probabilities[rows],
        )

    fourfold = compare_predictions(copied(0.25, 1), copied(0.35, 2))
    assert fourfold.differences["macro_f1"].interval == pytest.approx(once.differences["macro_f1"].interval, abs=1e-9)


def test_walks_may_come_in_another_order() -> None:
    strong = model(0.5, 2)
    shuffled = strong.in_order(list(reversed(strong.walk_ids)))
    straight, turned = (compare_predictions(model(0.2, 1), other) for other in (strong, shuffled))
    assert straight.as_json() == turned.as_json()


def test_seeds_widen_the_interval_by_their_spread() -> None:
    first, second = [model(0.3, seed) for seed in (1, 2, 3)], [model(0.4, seed) for seed in (4, 5, 6)]
    comparison = compare_models(first, second)
    difference = comparison.differences["macro_f1"]
    values = [[screening_metrics(p.mean_logits, p.labels)["macro_f1"] for p in side] for side in (first, second)]
    assert difference.estimate == pytest.approx(np.mean(values[1]) - np.mean(values[0]))
    assert difference.seeds == pytest.approx(tuple(np.std(side, ddof=1) for side in values))
    assert difference.degrees_of_freedom < 49
    assert comparison.mcnemar is None
    # Three trainings with far apart results say little about the fourth.
    scattered = compare_models([model(0.1, 1), model(0.5, 2), model(0.3, 3)], second).differences["macro_f1"]
    assert scattered.interval[1] - scattered.interval[0] > 2 * (difference.interval[1] - difference.interval[0])


def test_one_run_against_three_borrows_their_spread() -> None:
    three = [model(0.1, 1), model(0.5, 2), model(0.3, 3)]
    alone = compare_models([model(0.3, 4)], three).differences["macro_f1"]
    assert alone.seeds[0] is None
    pair = compare_predictions(model(0.3, 4), three[2]).differences["macro_f1"]
    assert alone.interval[1] - alone.interval[0] > 2 * (pair.interval[1] - pair.interval[0])


def test_holm_corrects_several() -> None:
    models = [[model(0.25, 1)], [model(0.33, 2)], [model(0.26, 3)], [model(0.36, 4)]]
    comparisons = compare_with_first(models)
    raw = [comparison.differences["macro_f1"].p for comparison in comparisons]
    corrected = [comparison.differences["macro_f1"].p_adjusted for comparison in comparisons]
    assert min(corrected) == pytest.approx(min(1, 3 * min(raw)))
    assert all(after >= before for before, after in zip(raw, corrected, strict=True))
    assert corrected == pytest.approx(multipletests(raw, method="holm")[1], rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_holm_is_statsmodels_with_ties_and_undefined_ones(seed: int) -> None:
    generator = np.random.default_rng(seed)
    p_values = np.round(generator.random(generator.integers(1, 9)) ** 3, 2)
    p_values[generator.random(len(p_values)) < 0.2] = np.nan
    expected = np.full(len(p_values), np.nan)
    defined = ~np.isnan(p_values)
    if defined.any():
        expected[defined] = multipletests(p_values[defined], method="holm")[1]
    np.testing.assert_allclose(_holm(p_values.tolist()), expected, rtol=1e-12)


def test_one_person_gives_no_verdict() -> None:
    alone = [model(skill, 1, subject_ids=("p",) * N_WALKS) for skill in (0.1, 0.9)]
    comparison = compare_predictions(*alone)
    assert comparison.verdict == NOT_SHOWN
    assert comparison.as_json()["differences"]["macro_f1"]["p"] is None


OTHER_LABELS = np.where(np.arange(N_WALKS) == 7, (LABELS + 1) % 3, LABELS)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (model(0.3, 2, walk_ids=tuple(f"x{row}" for row in range(N_WALKS))), "only the first .* hold walk 'w000'"),
        (
            model(0.3, 2, facts={"store_digest": "t"}),
            "different test sets: the walks of the stores differ: store_digest is 's'",
        ),
        (model(0.3, 2, facts={"partition": "118"}), "partition is '112' in the first and '118'"),
        (model(0.3, 2, labels=OTHER_LABELS), "walk 'w007' has another true class"),
        (model(0.3, 2, walks_each=2), "walk 'w002' is of person 'p0' .* 'p1'"),
    ],
)
def test_other_walks_are_refused_by_the_first_difference(other: Predictions, message: str) -> None:
    with pytest.raises(DataError, match=message):
        compare_predictions(model(0.3, 1), other)


def test_a_seed_counted_twice_and_nothing_to_compare_are_refused() -> None:
    with pytest.raises(DataError, match=r"model 0\.3-1 twice"):
        compare_models([model(0.3, 1), model(0.3, 1)], [model(0.3, 2)])
    with pytest.raises(DataError, match="nothing to compare"):
        compare_models([], [model(0.3, 1)])
    with pytest.raises(DataError, match="at least two"):
        compare_with_first([[model(0.3, 1)]])
