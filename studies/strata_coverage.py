"""Do the intervals of a result divided by site hold the truth, and how often is a verdict false or missing?

    python -m studies.strata_coverage --out strata-coverage

draws many small cohorts of two sites whose classes and whose effect on the score are known, divides each result by
site, and counts how often an interval holds the figure of a large population, and which verdict is given. Writes
``strata_coverage.json`` and ``strata_coverage.md``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.special import softmax

from scoliogait.evaluation.column import parse_column
from scoliogait.evaluation.metrics import group_score, in_group
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.strata import divided_area, divided_area_statistic
from scoliogait.evaluation.strata_verdict import BETWEEN, PARTLY
from scoliogait.files import atomic_file, write_json

FIGURES = ("pooled", "within", "between", "lost")
_POPULATION = 40_000
_CLASS_SHARES = (0.5, 0.1, 0.4)


@dataclass(frozen=True)
class Kind:
    """A kind of study. share_of_sick: of the sick people who come from site B, and of the healthy who come from site A.

    effect_of_site, skill: what site B and being sick add to a score whose deviation is 1.
    """

    name: str
    n_people: int
    share_of_sick: float
    effect_of_site: float
    skill: float


KINDS = (
    Kind("telling sites only", 120, 0.9, 2.5, 0.0),
    Kind("telling both", 120, 0.8, 1.0, 1.0),
    Kind("a small effect of the site", 60, 0.75, 0.5, 1.0),
    Kind("telling the sick only, sites differ", 200, 0.7, 0.0, 1.5),
    Kind("telling the sick only, sites alike", 200, 0.5, 0.0, 1.5),
)


@dataclass
class Row:
    """One kind of study: the true areas, how many intervals held them, and the verdicts given."""

    kind: str
    trials: int = 0
    truth: dict[str, float] = field(default_factory=dict)
    covered: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)

    def values(self) -> dict[str, object]:
        """Plain values for JSON."""
        counts = {"covered": dict(self.covered), "verdicts": dict(self.verdicts)}
        return {"kind": self.kind, "trials": self.trials, "truth": self.truth} | counts


def cohort(kind: Kind, seed: int, walks: int = 2) -> tuple[Predictions, list[str]]:
    """Predictions of people who walk several times each, and the site of each walk."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(kind.n_people), walks)
    labels = rng.choice(3, kind.n_people, p=_CLASS_SHARES)[person]
    from_b = np.where(labels[::walks] > 0, kind.share_of_sick, 1 - kind.share_of_sick)
    site = (rng.random(kind.n_people) < from_b)[person]
    score = kind.effect_of_site * site + kind.skill * (labels > 0) + rng.normal(size=len(person))
    logits = np.stack([-score, np.full(len(score), -0.5), score], axis=1)
    names, people = tuple(f"w{k}" for k in range(len(person))), tuple(f"p{k}" for k in person)
    return Predictions(names, people, labels, logits, softmax(logits, axis=1)), ["AB"[k] for k in site.astype(int)]


def measure(kind: Kind, trials: int, n_resamples: int) -> Row:
    """Trials of one kind, the first with seed 0."""
    large = Kind(kind.name, _POPULATION, kind.share_of_sick, kind.effect_of_site, kind.skill)
    row = Row(kind.name, trials, true_areas(large, trials))
    for seed in range(trials):
        known, texts = cohort(kind, seed)
        divided = divided_area(known, parse_column("site", texts, known.subject_ids), "abnormal", n_resamples)
        row.verdicts[divided["verdict"] or "none"] += 1
        for name in FIGURES:
            low, high = divided[name]["interval"] or (np.nan, np.nan)
            row.covered[name] += bool(low <= row.truth[name] <= high)
    return row


def true_areas(large: Kind, seed: int) -> dict[str, float]:
    """The areas of a population of people who walk once."""
    known, texts = cohort(large, seed, 1)
    codes = np.array([text == "B" for text in texts], dtype=np.int64)
    score, sick = group_score(known.probabilities, "abnormal"), in_group(known.labels, "abnormal")
    areas = divided_area_statistic(score, sick, np.arange(len(known)), codes)(np.ones((1, len(known))))[0]
    return dict(zip(FIGURES, map(float, areas), strict=True))


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The results in Markdown."""
    heads = ("a model", *(f"{name} ROC AUC" for name in FIGURES[:3]), "lost", "mostly between", "partly", "none")
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        figures = [f"{row.truth[name]:.3f}, {100 * row.covered[name] / row.trials:.0f} %" for name in FIGURES]
        verdicts = [f"{100 * row.verdicts[name] / row.trials:.0f} %" for name in (BETWEEN, PARTLY, "none")]
        yield f"| {' | '.join([row.kind, *figures, *verdicts])} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """See the head of the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=500)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = [measure(kind, options.trials, options.resamples) for kind in KINDS]
    write_json(options.out / "strata_coverage.json", {"rows": [row.values() for row in rows]})
    with atomic_file(options.out / "strata_coverage.md") as temporary:
        temporary.write_text("\n".join(table(rows)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
