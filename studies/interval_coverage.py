"""Do 95 % intervals hold the truth 95 times in 100? Simulated people, whose true figures are known.

    python -m studies.interval_coverage --out coverage

draws many small cohorts from a population of simulated people, computes the intervals of the package on each, and
counts how often they hold the figure of the whole population. Writes ``coverage.json`` and ``coverage.md``.
A simulated person is a class, a number of walks, and scores of which a part is common to all walks of the person. The
same is done for the paired difference of two models, with one training each and with three seeds each.
"""

from __future__ import annotations

import argparse
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from scoliogait.evaluation.compare import compare_models
from scoliogait.evaluation.curves import logit_interval, precision_area_statistic, roc_area_interval, roc_area_statistic
from scoliogait.evaluation.intervals import tables_per_person, weighted_metrics, wilson_intervals
from scoliogait.evaluation.metrics import METRIC_NAMES, group_score, in_group
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.reliability import (
    TOP_LABEL,
    Claims,
    calibration_error,
    calibration_error_interval,
    claims_of,
    gaps_per_person,
)
from scoliogait.evaluation.resampling import Interval, Resampled, bca_interval, group_numbers, resample
from scoliogait.files import atomic_file, write_json

LEVEL = 0.95
# Mean score of each class (rows) for each class (columns); neutral lies between the others and is hard to see.
_CENTRES = np.array([[1.0, 0.0, -0.4], [0.1, 0.3, 0.1], [-0.4, 0.0, 1.0]])
_POPULATION = 200_000


@dataclass(frozen=True)
class Cohort:
    """One kind of study: how many people, of which classes, with how many walks, and how good the model is.

    shares: of the classes among people. most_walks: a person has 1..most_walks. separation: of the class means in
    standard deviations of the scores. common: share of a score's deviation that all walks of a person have in common
    (0..1). sharpness: factor before the softmax; with one walk a person 1.5 is calibrated, less is under-confident.
    """

    name: str
    n_people: int
    shares: tuple[float, float, float]
    most_walks: int
    separation: float
    common: float
    sharpness: float


COHORTS = (
    Cohort("100 people, few neutral", 100, (0.5, 0.1, 0.4), 2, 1.5, 0.6, 1.0),
    Cohort("150 people, one walk each", 150, (0.5, 0.1, 0.4), 1, 1.5, 0.0, 1.2),
    Cohort("150 people, nearly calibrated", 150, (0.5, 0.1, 0.4), 1, 1.5, 0.0, 1.55),
    Cohort("200 people, over-confident", 200, (0.5, 0.1, 0.4), 2, 1.0, 0.5, 2.5),
    Cohort("300 people, 1-4 walks, 1:1:8", 300, (0.8, 0.1, 0.1), 4, 2.0, 0.7, 0.7),
)


@dataclass
class Coverage:
    """Count of intervals that hold the truth, lie above it, and lie below it."""

    cohort: str
    figure: str
    method: str
    truth: float
    trials: int = 0
    covered: int = 0
    above: int = 0
    below: int = 0
    width: float = 0.0

    def add(self, interval: Interval) -> None:
        """Count one interval; one that could not be given counts as a trial that does not cover."""
        low, high = interval
        self.trials += 1
        self.covered += low <= self.truth <= high
        self.above += low > self.truth
        self.below += high < self.truth
        self.width += 0.0 if math.isnan(high - low) else high - low

    @property
    def share(self) -> float:
        """Share of the intervals that hold the truth."""
        return self.covered / self.trials


def trial_generator(name: str, trial: int) -> np.random.Generator:
    """Randomness of one trial of one kind of study; no two share any."""
    return np.random.default_rng((zlib.crc32(name.encode()), trial))


def draw_people(cohort: Cohort, generator: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Person and class of each walk, both (walks,)."""
    classes = generator.choice(3, size=cohort.n_people, p=cohort.shares)
    people = np.repeat(np.arange(cohort.n_people), generator.integers(1, cohort.most_walks + 1, cohort.n_people))
    return people, classes[people]


def draw_scores(
    cohort: Cohort, people: NDArray[np.int64], labels: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Scores (walks, 3): the class mean, the person's own deviation, the walk's own."""
    common = generator.normal(size=(cohort.n_people, 3))[people] * cohort.common
    own = generator.normal(size=(len(people), 3)) * math.sqrt(1 - cohort.common**2)
    return cohort.separation * _CENTRES[labels] + common + own


def as_predictions(
    people: NDArray[np.int64], labels: NDArray[np.int64], scores: NDArray[np.float64], sharpness: float
) -> Predictions:
    """The walks as a predictions table."""
    names = tuple(f"w{row}" for row in range(len(people)))
    subjects = tuple(f"p{person}" for person in people)
    return Predictions(names, subjects, labels, scores, softmax(sharpness * scores, axis=1), {"simulated": "yes"})


def draw(cohort: Cohort, generator: np.random.Generator) -> Predictions:
    """A cohort that a model has seen."""
    people, labels = draw_people(cohort, generator)
    return as_predictions(people, labels, draw_scores(cohort, people, labels, generator), cohort.sharpness)


def intervals_of(sample: Predictions, n_resamples: int, seed: int) -> Iterator[tuple[str, str, Interval]]:
    """(figure, method, interval) of everything that is checked; "percentile" is there for contrast only."""
    tables = tables_per_person(sample.mean_logits, sample.labels, sample.subject_ids)
    figures = resample(lambda weights: weighted_metrics(weights, tables), len(tables), n_resamples, seed)
    for name in ("macro_f1_three_class", "accuracy", "recall_neutral"):
        column = METRIC_NAMES.index(name)
        one = Resampled(figures.value[column], figures.draws[:, column], figures.left_out[:, column])
        yield name, "BCa", bca_interval(one, LEVEL)
        yield name, "percentile", _percentile(one)
    wilson = wilson_intervals(sample.mean_logits, sample.labels, sample.subject_ids, LEVEL)
    plain = wilson_intervals(sample.mean_logits, sample.labels, None, LEVEL)
    for name in ("accuracy", "recall_neutral", "sensitivity_abnormal"):
        yield name, "Wilson", wilson[name]
        yield name, "Wilson, walks as people", plain[name]
    for group in ("abnormal", "neutral"):
        yield from _areas(sample, group, n_resamples, seed)
    for event in (TOP_LABEL, "abnormal"):
        claims = claims_of(sample, event)
        yield f"ece_{event}", "inverted test", calibration_error_interval(claims, n_resamples, seed, LEVEL)
        yield f"ece_{event}", "percentile", _percentile(_resampled_errors(claims, n_resamples, seed))


def truths_of(cohort: Cohort) -> dict[str, float]:
    """Figures of a population that is so large that its sampling error does not matter."""
    population = draw(replace(cohort, n_people=_POPULATION), np.random.default_rng(0))
    tables = tables_per_person(population.mean_logits, population.labels, population.subject_ids)
    values = weighted_metrics(np.ones((1, len(tables))), tables)[0]
    truths = dict(zip(METRIC_NAMES, (float(value) for value in values), strict=True))
    together = np.zeros(len(population), dtype=np.int64)
    for group in ("abnormal", "neutral"):
        inputs = group_score(population.probabilities, group), in_group(population.labels, group), together
        truths[f"roc_auc_{group}"] = float(roc_area_statistic(*inputs)(np.ones((1, 1)))[0])
        truths[f"average_precision_{group}"] = float(precision_area_statistic(*inputs)(np.ones((1, 1)))[0])
    for event in (TOP_LABEL, "abnormal"):
        truths[f"ece_{event}"] = calibration_error(claims_of(population, event))
    return truths


def measure(cohort: Cohort, n_trials: int, n_resamples: int) -> list[Coverage]:
    """Coverage of every interval on freshly drawn cohorts."""
    truths = truths_of(cohort)
    rows: dict[tuple[str, str], Coverage] = {}
    for trial in range(n_trials):
        sample = draw(cohort, trial_generator(cohort.name, trial))
        for figure, method, interval in intervals_of(sample, n_resamples, trial):
            row = rows.setdefault((figure, method), Coverage(cohort.name, figure, method, truths[figure]))
            row.add(interval)
    return list(rows.values())


@dataclass(frozen=True)
class Duel:
    """Two models on the same walks: ``better`` is how much further apart the second sets the classes.

    alike: share of the scores' deviation that both models have in common. n_seeds: trainings of each model;
    seed_spread: standard deviation of the separation between them.
    """

    name: str
    cohort: Cohort
    better: float
    alike: float
    n_seeds: int = 1
    seed_spread: float = 0.0


DUELS = (
    Duel("100 people, a better model", COHORTS[0], 0.3, 0.8),
    Duel("100 people, two equal models", COHORTS[0], 0.0, 0.95),
    Duel("300 people, a better model", COHORTS[4], 0.4, 0.8),
    Duel("100 people, three seeds", COHORTS[0], 0.2, 0.8, 3, 0.15),
    Duel("100 people, three seeds, equal models", COHORTS[0], 0.0, 0.8, 3, 0.15),
)


def draw_duel(duel: Duel, generator: np.random.Generator) -> tuple[list[Predictions], list[Predictions]]:
    """Both sides' trainings on one cohort."""
    cohort = duel.cohort
    people, labels = draw_people(cohort, generator)
    seen_by_both = draw_scores(replace(cohort, separation=0.0), people, labels, generator)

    def training(separation: float) -> Predictions:
        own = draw_scores(replace(cohort, separation=0.0), people, labels, generator)
        noise = duel.alike * seen_by_both + math.sqrt(1 - duel.alike**2) * own
        actual = separation + duel.seed_spread * generator.normal()
        return as_predictions(people, labels, actual * _CENTRES[labels] + noise, cohort.sharpness)

    first = [training(cohort.separation) for _ in range(duel.n_seeds)]
    second = [training(cohort.separation + duel.better) for _ in range(duel.n_seeds)]
    return first, second


def measure_duel(duel: Duel, n_trials: int, n_resamples: int) -> list[Coverage]:
    """Coverage of the intervals of the paired difference, second model less first."""
    large = replace(duel, cohort=replace(duel.cohort, n_people=4000), n_seeds=1)
    true_sides = [draw_duel(large, np.random.default_rng((2, trial))) for trial in range(100)]
    rows = {}
    for metric in ("macro_f1", "accuracy"):
        gains = [_figure(second[0], metric) - _figure(first[0], metric) for first, second in true_sides]
        rows[metric] = Coverage(duel.name, f"difference in {metric}", "paired t", float(np.mean(gains)))
    for trial in range(n_trials):
        first, second = draw_duel(duel, trial_generator(duel.name, trial))
        comparison = compare_models(first, second, n_resamples=n_resamples, seed=trial, level=LEVEL)
        for metric, row in rows.items():
            row.add(comparison.differences[metric].interval)
    return list(rows.values())


def _figure(predictions: Predictions, metric: str) -> float:
    tables = tables_per_person(predictions.mean_logits, predictions.labels, None)
    return float(weighted_metrics(np.ones((1, len(tables))), tables)[0, METRIC_NAMES.index(metric)])


def _areas(sample: Predictions, group: str, n_resamples: int, seed: int) -> Iterator[tuple[str, str, Interval]]:
    people = _people_of(sample)
    score, truth = group_score(sample.probabilities, group), in_group(sample.labels, group)
    sizes = (len(set(people[truth].tolist())), len(set(people[~truth].tolist())))
    n_people = int(people.max()) + 1
    roc = resample(roc_area_statistic(score, truth, people), n_people, n_resamples, seed)
    yield f"roc_auc_{group}", "logit t", roc_area_interval(roc, sizes, LEVEL)
    yield f"roc_auc_{group}", "percentile", _percentile(roc)
    precision = resample(precision_area_statistic(score, truth, people), n_people, n_resamples, seed)
    yield f"average_precision_{group}", "logit t", logit_interval(precision, sizes, LEVEL)


def _people_of(sample: Predictions) -> NDArray[np.int64]:
    return group_numbers(sample.subject_ids, len(sample))


def _resampled_errors(claims: Claims, n_resamples: int, seed: int) -> Resampled:
    gaps, walks = gaps_per_person(claims), np.bincount(claims.people, minlength=claims.n_people)
    return resample(
        lambda weights: np.abs(weights @ gaps).sum(axis=1) / (weights @ walks), claims.n_people, n_resamples, seed
    )


def _percentile(resampled: Resampled) -> Interval:
    low, high = np.nanquantile(resampled.draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def write_results(rows: list[Coverage], out: Path, n_trials: int, n_resamples: int) -> None:
    """``coverage.json`` and ``coverage.md``."""
    out.mkdir(parents=True, exist_ok=True)
    content = {"n_trials": n_trials, "n_resamples": n_resamples, "level": LEVEL, "rows": [asdict(row) for row in rows]}
    write_json(out / "coverage.json", content)
    lines = [
        "| cohort | figure | method | truth | covers | too high | too low | mean width |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        shares = [f"{100 * count / row.trials:.1f} %" for count in (row.covered, row.above, row.below)]
        cells = [row.cohort, row.figure, row.method, f"{row.truth:.3f}", *shares, f"{row.width / row.trials:.3f}"]
        lines.append(f"| {' | '.join(cells)} |")
    with atomic_file(out / "coverage.md") as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Run all cohorts and duels."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--trials", type=int, default=1000, help="cohorts drawn of each kind")
    parser.add_argument("--resamples", type=int, default=1000, help="bootstrap resamples of each")
    arguments = parser.parse_args()
    rows: list[Coverage] = []
    work: list[tuple[str, Callable[[], list[Coverage]]]] = [
        (cohort.name, partial(measure, cohort, arguments.trials, arguments.resamples)) for cohort in COHORTS
    ]
    work += [(duel.name, partial(measure_duel, duel, arguments.trials, arguments.resamples)) for duel in DUELS]
    for name, run in work:
        rows += run()
        write_results(rows, arguments.out, arguments.trials, arguments.resamples)
        print(f"{name}: done", flush=True)


if __name__ == "__main__":
    main()
