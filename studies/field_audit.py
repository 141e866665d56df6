"""What stands behind the published figures of the field: split, selection, possible leak, confound, and an interval.

    python -m studies.field_audit --page docs/field-audit.md

writes the page from ``field_audit.yaml``. Shares have exact (Clopper-Pearson) intervals, areas under the ROC curve
those of Hanley and McNeil (Radiology 143, 1982). Predictions of other people stay where they are; what is counted in
them by

    python -m studies.field_audit --predictions FILE --truth COLUMN --score COLUMN --part A=0:329 --part B=329:484

is printed: the area over all rows, within each part, and of the parts alone.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Self

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.stats import binomtest, norm
from sklearn.metrics import roc_auc_score

from scoliogait.data.csv_table import read_csv_table
from scoliogait.errors import DataError
from scoliogait.evaluation.curves import newcombe_interval
from scoliogait.files import atomic_file

TABLE = Path(__file__).with_suffix(".yaml")
LEVEL = 0.95
# Areas this near to 0 or 1 have the score interval.
_END = 0.01
Interval = tuple[float, float]


class Claim(BaseModel):
    """One figure: a share by counts, an area by its groups, or what is lacking for an interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figure: str
    printed: str
    right: Annotated[int, Field(ge=0)] | None = None
    of: Annotated[int, Field(gt=0)] | None = None
    area: Annotated[float, Field(ge=0, le=1)] | None = None
    sick: Annotated[int, Field(gt=0)] | None = None
    healthy: Annotated[int, Field(gt=0)] | None = None
    lacking: str | None = None
    counts: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = ((self.right, self.of), (self.area, self.sick, self.healthy), (self.lacking,))
        whole = [all(value is not None for value in kind) for kind in kinds]
        part = [any(value is not None for value in kind) for kind in kinds]
        if sum(whole) != 1 or whole != part:
            raise ValueError(f"{self.figure}: expected right and of, or area, sick and healthy, or lacking")
        if self.right is not None and self.of is not None and self.right > self.of:
            raise ValueError(f"{self.figure}: {self.right} of {self.of} is no share")
        return self


class System(BaseModel):
    """One system and how its figures came about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    split: str
    selection: str
    leak: str
    confound: str
    claims: tuple[Claim, ...]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    systems: tuple[System, ...]


def read_systems(path: Path = TABLE) -> tuple[System, ...]:
    """The systems of the table, in its order."""
    return _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).systems


def exact_interval(right: int, of: int, level: float = LEVEL) -> Interval:
    """Clopper-Pearson interval of a share."""
    found = binomtest(right, of).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def area_interval(area: float, sick: int, healthy: int, level: float = LEVEL) -> Interval:
    """Hanley and McNeil's interval, cut at 0 and 1; near 0 or 1, where it has hardly any width, Newcombe's."""
    if not _END <= area <= 1 - _END:
        return newcombe_interval(area, (sick, healthy), level)
    half = float(norm.ppf((1 + level) / 2)) * area_standard_error(area, sick, healthy)
    return max(0.0, area - half), min(1.0, area + half)


def area_standard_error(area: float, sick: int, healthy: int) -> float:
    """Hanley and McNeil 1982: both groups' scores taken as exponential."""
    two_sick, two_healthy = area / (2 - area), 2 * area**2 / (1 + area)
    spread = (sick - 1) * (two_sick - area**2) + (healthy - 1) * (two_healthy - area**2)
    return math.sqrt((area * (1 - area) + spread) / (sick * healthy))


def page(systems: Sequence[System]) -> str:
    """The page in Markdown."""
    names: dict[str, list[str]] = {}
    for one in systems:
        names.setdefault(one.source, []).append(one.name)
    sources = (f"- **{'**, **'.join(named)}**: {source}." for source, named in names.items())
    return "\n".join(
        [_HEAD, *_figures(systems), _MIDDLE, *_origins(systems), _SOURCES, *sources, _conclusions(systems)]
    )


def _conclusions(systems: Sequence[System]) -> str:
    areas = {(one.name, claim.figure): claim.area for one in systems for claim in one.claims}
    low, high = exact_interval(12, 14)
    return _LAST.format(
        site_within=areas["ScoliDetect", "ROC AUC within hospital A"],
        site_alone=areas["ScoliDetect", "the site alone, ROC AUC"],
        sex_alone=areas["ScoliGait", "sex alone, ROC AUC over all 850 people"],
        low=100 * low,
        high=100 * high,
    )


def _figures(systems: Sequence[System]) -> Iterator[str]:
    yield "| system | figure | printed | value | counted on | 95 % interval | counts |"
    yield "|---|---|---|---|---|---|---|"
    for system in systems:
        for place, claim in enumerate(system.claims):
            name = "" if place else system.name
            yield f"| {name} | {claim.figure} | {claim.printed} | {' | '.join(_counted(claim))} |"


def _counted(claim: Claim) -> tuple[str, str, str, str]:
    """Value, what it was counted on, interval, where the counts come from."""
    origin = claim.counts or "as printed"
    if claim.right is not None and claim.of is not None:
        value, counted = f"{100 * claim.right / claim.of:.1f} %", f"{claim.right} of {claim.of}"
        low, high = exact_interval(claim.right, claim.of)
        return value, counted, f"{100 * low:.1f} to {100 * high:.1f} %", origin
    if claim.area is not None and claim.sick is not None and claim.healthy is not None:
        low, high = area_interval(claim.area, claim.sick, claim.healthy)
        counted = f"{claim.sick} sick, {claim.healthy} not"
        return f"{claim.area:.3f}", counted, f"{low:.3f} to {high:.3f}", origin
    return "–", "not published", "none", f"lacking: {claim.lacking}"


def _origins(systems: Sequence[System]) -> Iterator[str]:
    yield "| system | split | selection | possible leak | confound |"
    yield "|---|---|---|---|---|"
    for one in systems:
        yield f"| {one.name} | {one.split} | {one.selection} | {one.leak} | {one.confound} |"


def counts_of_predictions(
    path: Path, truth_column: str, score_column: str, parts: Sequence[str], threshold: float
) -> Iterator[str]:
    """Lines about other people's predictions. parts: ``NAME=FIRST:END``, rows counted from 0, END not included."""
    truth, score = (_numbers(path, column) for column in (truth_column, score_column))
    sick = truth > 0
    yield _line("all rows", sick, score, threshold)
    rows_of = dict(_part(path, text, len(score)) for text in parts)
    for name, rows in rows_of.items():
        yield _line(name, sick[rows], score[rows], threshold)
    if len(rows_of) > 1:
        place = np.concatenate([np.arange(len(score))[rows] for rows in rows_of.values()])
        share = np.concatenate([np.full(len(sick[rows]), sick[rows].mean()) for rows in rows_of.values()])
        yield f"the part alone: {_area(sick[place], share)}"


def _line(name: str, sick: NDArray[np.bool_], score: NDArray[np.float64], threshold: float) -> str:
    found, cleared = int((score[sick] >= threshold).sum()), int((score[~sick] < threshold).sum())
    return (
        f"{name}: {len(sick)} rows, ROC AUC {_area(sick, score)}; at {threshold:g} {found} of {int(sick.sum())} sick "
        f"are called, {cleared} of {int((~sick).sum())} others are not"
    )


def _area(sick: NDArray[np.bool_], score: NDArray[np.float64]) -> str:
    n_sick, n_healthy = int(sick.sum()), int((~sick).sum())
    if not n_sick or not n_healthy:
        return "undefined (one class)"
    area = float(roc_auc_score(sick, score))
    low, high = area_interval(area, n_sick, n_healthy)
    return f"{area:.4f} ({low:.3f} to {high:.3f}; {n_sick} sick, {n_healthy} not)"


def _numbers(path: Path, column: str) -> NDArray[np.float64]:
    table = read_csv_table(path)
    if column not in table.columns:
        raise DataError(f"{path}: has no column {column!r}; it has {', '.join(table.columns)}")
    try:
        return np.array([float(row[column]) for _, row in table.rows])
    except ValueError as error:
        raise DataError(f"{path}: column {column} holds more than numbers ({error})") from error


def _part(path: Path, text: str, n_rows: int) -> tuple[str, slice]:
    name, _, rows = text.partition("=")
    first, _, end = rows.partition(":")
    if not (name and first.isdecimal() and end.isdecimal() and int(first) < int(end) <= n_rows):
        raise DataError(f"--part {text}: expected NAME=FIRST:END within the {n_rows} rows of {path}")
    return name, slice(int(first), int(end))


_HEAD = """# Field audit

What stands behind published figures of screening for scoliosis from walking: how the walks were divided, how the model
was chosen, what may have leaked, what else tells the classes apart, and how far each figure can be trusted by its
counts alone. Written by `python -m studies.field_audit --page docs/field-audit.md` from `studies/field_audit.yaml`; a
test compares. Facts are those of the sources named below; "not stated" means that we did not find it there.

Shares have exact (Clopper–Pearson) intervals, areas under the ROC curve those of Hanley and McNeil (1982); an area
above 0.99 has Newcombe's. They take every row as a person of its own: where people walk several times the true interval
is wider. No interval contains the scatter of training, a choice on the test walks, or a confound.

## Figures
"""
_MIDDLE = """
"Printed" is what the source writes; the value follows from the counts. Where a source prints a percentage, the counts
are the whole numbers that give it. The published "sensitivity" and "specificity" on Scoliosis1K belong to the negative
class ([evaluation](evaluation.md#who-is-positive)); they stand here under what they count.

## How they came about
"""
_SOURCES = """
## Sources
"""
_LAST = """
The same models on the released partitions, and what can be redone: [the published record](studies/published-record.md),
[reproducibility](reproducibility.md).

## What follows
- **Site.** The largest area of the table is {site_within:.3f} within one hospital, and the site alone has
  {site_alone:.3f}. `scoliogait evaluate --by site` prints these figures of any result
  ([evaluation](evaluation.md#by-site-sex-camera-date)).
- **Sex.** Where positive people are mostly girls and negative ones mostly boys, sex alone has an area of
  {sex_alone:.3f}.
- **People.** Scoliosis1K has no key of people, and a split by walk or by clip cannot exclude that a person is on both
  sides. Within one hospital, on later patients and on other people the areas of the table lie between 0.70 and 0.73 and
  the accuracy is 70 %.
- **Counts.** With 14 neutral test walks, 12 right are a recall of {low:.0f} to {high:.0f} %.

## Other people's predictions
They are not copied here. With a file of them at hand, the recomputed rows above are printed by

```
python -m studies.field_audit --predictions FILE --truth COLUMN --score COLUMN --threshold 0.3 \\
    --part "hospital A=0:329" --part "school A=329:484"
```
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """See the head of the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, help="write the page here")
    parser.add_argument("--predictions", type=Path, help="CSV with a row a prediction; printed, never kept")
    parser.add_argument("--truth", default="truth", help="its column of true classes, 0 or 1")
    parser.add_argument("--score", default="score", help="its column of probabilities")
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--part", action="append", default=[], metavar="NAME=FIRST:END")
    options = parser.parse_args(arguments)
    if options.page is not None:
        with atomic_file(options.page) as temporary:
            temporary.write_text(page(read_systems()), encoding="utf-8")
    if options.predictions is not None:
        for line in counts_of_predictions(
            options.predictions, options.truth, options.score, options.part, options.threshold
        ):
            print(line)


if __name__ == "__main__":
    main()
