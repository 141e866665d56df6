"""Does a column beside the walks tell the classes apart? Class x column, the column's own ROC area, what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.roster import ListedWalk
from scoliogait.data.walk_column import WalkColumn
from scoliogait.errors import DataError
from scoliogait.evaluation.column import Column, parse_column
from scoliogait.evaluation.column_area import column_areas
from scoliogait.evaluation.metrics import in_group
from scoliogait.evaluation.resampling import group_numbers
from scoliogait.evaluation.strata import STRATIFIED_GROUPS, class_counts
from scoliogait.evaluation.strata_verdict import CHANCE
from scoliogait.survey.hazards import Hazard
from scoliogait.wording import first_few

# A column with this ROC area by itself makes a model look good that looks at nobody.
_SERIOUS = 0.70


def check_column(
    found: WalkColumn, walks: Sequence[ListedWalk], n_resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> dict[str, Any]:
    """A column beside the classes, as JSON values; walks without a class or without a value are left out and counted.

    ``strata``: walks, people and classes of each value (numbers and dates: of four groups). ``column_alone``: see
    ``column_areas``. ``hazards``: what follows, the worst first. Raises DataError when no walk has both, or as
    ``parse_column`` does.
    """
    used = [walk for walk in walks if walk.label >= 0 and walk.id in found.values]
    if not used:
        raise DataError(
            f"{found.where}: no walk has both a class and a value of {found.name} ({len(walks)} walks, "
            f"{len(found.values)} with a value); nothing can be compared"
        )
    persons = [walk.subject_id for walk in used]
    try:
        column = parse_column(found.name, [found.values[walk.id] for walk in used], persons)
    except DataError as error:
        raise DataError(f"{found.where}: {error}") from error
    labels = np.array([walk.label for walk in used], dtype=np.int64)
    people = group_numbers(persons, len(used))
    areas = column_areas(column, labels, people, n_resamples, seed, level)
    content = {
        "column": found.name,
        "where": found.where,
        "kind": column.kind,
        "n_walks": len(used),
        "n_people": int(people.max()) + 1,
        "n_walks_without_class": sum(walk.label < 0 for walk in walks),
        "n_walks_without_value": sum(walk.id not in found.values for walk in walks),
        "n_walks_of_unknown_person": persons.count(None),
        "strata": list(_strata(column, labels, people)),
        "column_alone": areas,
    }
    return content | {"hazards": [*_hazards(column, labels, areas), *_left_out(found.name, content)]}


def _strata(column: Column, labels: NDArray[np.int64], people: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    for code, name in enumerate(column.strata):
        rows = column.codes == code
        n_people = len(set(people[rows].tolist()))
        yield {"name": name, "n_walks": int(rows.sum()), "n_people": n_people, "classes": class_counts(labels[rows])}


def _hazards(column: Column, labels: NDArray[np.int64], areas: Mapping[str, Any]) -> Iterator[Hazard]:
    sick = in_group(labels, "abnormal")
    if not sick.any() or sick.all():
        sentence = f"All walks are {'abnormal' if sick.all() else 'negative'}: {column.name} cannot tell who is."
        yield Hazard("one-class", "caution", sentence)
        return
    one_sided = [
        name
        for code, name in enumerate(column.strata)
        if sick[column.codes == code].all() or not sick[column.codes == code].any()
    ]
    if len(one_sided) == len(column.strata):
        yield Hazard(
            "column-is-class",
            "broken",
            f"{column.name} identifies the class: no value of it has both negative and abnormal walks, so no result on "
            "these walks can tell a model of walking from one of this column.",
            {"strata": one_sided},
        )
        return
    told = [group for group in STRATIFIED_GROUPS if areas[group]["interval"] and areas[group]["interval"][0] > CHANCE]
    if not told:
        yield Hazard("column-says-little", "note", f"{column.name} alone is not shown to tell the classes apart.")
    else:
        group = max(told, key=lambda name: areas[name]["value"])
        area, interval = areas[group]["value"], areas[group]["interval"]
        yield Hazard(
            "column-tells-class",
            "serious" if area >= _SERIOUS else "caution",
            f"{column.name} alone ranks {group} walks with a ROC AUC of {area:.3f} ({interval[0]:.3f} to "
            f"{interval[1]:.3f}): a model may score as much by telling {column.name}. Read its result within "
            f"{column.name} (`evaluate --by`), or record the classes alike.",
            {"group": group, "roc_auc": area, "interval": interval},
        )
    if one_sided:
        n_walks = int(np.isin(column.codes, [column.strata.index(name) for name in one_sided]).sum())
        sentence = (
            f"{len(one_sided)} of {len(column.strata)} values of {column.name} have no negative or no abnormal walk "
            f"({first_few(one_sided, 5)}; {n_walks} walks): nothing can be ranked within them."
        )
        yield Hazard("one-sided-strata", "caution", sentence, {"strata": one_sided, "n_walks": n_walks})


def _left_out(name: str, content: Mapping[str, Any]) -> Iterator[Hazard]:
    for key, words in (("n_walks_without_value", f"no {name}"), ("n_walks_without_class", "no class")):
        if content[key]:
            yield Hazard("left-out", "caution", f"{content[key]} walks have {words} and are left out.")
    if content["n_walks_of_unknown_person"]:
        sentence = "is unknown: intervals over walks are too narrow."
        yield Hazard(
            "unknown-people", "caution", f"The person of {content['n_walks_of_unknown_person']} walks {sentence}"
        )
