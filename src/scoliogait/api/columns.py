"""A column beside the walks (site, sex, camera, date): does it tell the classes apart, and does a result rest on it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.api.places import Place, path_of
from scoliogait.api.shown import Shown, Summary, span_words, value_words, with_span
from scoliogait.data.roster import ListedWalk, Roster, read_roster, store_roster
from scoliogait.data.store import WalkStore, is_store
from scoliogait.data.walk_column import WalkColumn, read_walk_column
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions, predictions_file, read_predictions
from scoliogait.labels import CLASS_NAMES, UNKNOWN_LABEL
from scoliogait.optional_package import names_missing_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.survey.hazards import Hazard

# In the folder of an evaluation: what ``evaluate --by`` found, by column.
STRATA_FILE = "strata.json"
_LABEL_TABLE = ".csv"


@dataclass(frozen=True, repr=False, eq=False)
class ColumnCheck(Shown):
    """A column beside the classes. content: every figure, as in ``data check --by … --json`` (docs/partitions.md)."""

    content: Mapping[str, Any]

    @property
    def hazards(self) -> Sequence[Hazard]:
        """What follows, the worst first; ``broken`` when the column identifies the class."""
        hazards: Sequence[Hazard] = self.content["hazards"]
        return hazards

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        from dataclasses import asdict

        return dict(self.content) | {"hazards": [asdict(hazard) for hazard in self.hazards]}

    def summary_words(self) -> Summary:
        rows = (
            (one["name"], str(one["n_people"]), str(one["n_walks"]), *(str(one["classes"][n]) for n in CLASS_NAMES))
            for one in self.content["strata"]
        )
        areas = self.content["column_alone"]
        words = ", ".join(f"{group} {with_span(areas[group])}" for group in ("abnormal", *CLASS_NAMES, "macro"))
        return Summary(
            title=f"classes by {self.content['column']} ({self.content['n_walks']} walks, {self.content['where']})",
            headings=(self.content["column"], "people", "walks", *CLASS_NAMES),
            rows=tuple(rows),
            notes=(f"ROC AUC of {self.content['column']} alone: {words}",),
            statements=tuple(f"{hazard.severity}: {hazard.sentence}" for hazard in self.hazards),
        )

    def plot(self) -> Figure:
        """Share of each class among the walks of each value."""
        from scoliogait.report.strata_figures import class_shares_figure

        return class_shares_figure(self.content)


@dataclass(frozen=True, repr=False, eq=False)
class StratifiedEvaluation(Shown):
    """A result divided by a column. content: every figure, as in ``strata.json`` (docs/evaluation.md)."""

    content: Mapping[str, Any]

    @property
    def verdicts(self) -> Mapping[str, str | None]:
        """For ``abnormal`` and ``positive``: a word when some of the ROC AUC lies between strata, else None."""
        return {group: one["verdict"] for group, one in self.content["groups"].items()}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dict(self.content)

    def summary_words(self) -> Summary:
        content = self.content
        alone = with_span(content["column_alone"]["abnormal"])
        counts = ", ".join(f"{one['name']} {'/'.join(map(str, one['classes'].values()))}" for one in content["strata"])
        notes = [
            f"walks that are {'/'.join(CLASS_NAMES)}: {counts}",
            f"ROC AUC of {content['column']} alone, abnormal: {alone}",
        ]
        notes += [one["sentence"] for one in content["groups"].values() if one["verdict"] is None]
        if content["n_walks_without_value"]:
            notes.append(f"{content['n_walks_without_value']} walks have no {content['column']} and are left out")
        return Summary(
            title=f"by {content['column']}: {content['n_walks']} walks of {content['n_people']} people",
            headings=(content["column"], "figure", "value", "95 %", "counted"),
            rows=tuple(row for one in content["strata"] for row in _stratum_rows(one)),
            notes=tuple(notes),
            statements=tuple(one["sentence"] for one in content["groups"].values() if one["verdict"] is not None),
        )

    def plot(self) -> Figure:
        """ROC areas with intervals: pooled, within strata, inside each stratum."""
        from scoliogait.report.strata_figures import strata_figure

        return strata_figure(self.content)


@names_missing_extra
def check_column(
    data: Place | Sequence[Place], by: str, *, table: Place | None = None, resamples: int = 2000, seed: int = 0
) -> ColumnCheck:
    """Compare a column beside the walks with their classes, as ``scoliogait data check --by`` does.

    data: a store, a table of labels (``.csv``), or trees. by: a column of ``table``; without it, of the store or of
    the table of labels. table: CSV with the column ``id`` (walk or tree id) or ``subject`` (person), one line each; an
    empty cell is an unknown value. resamples, seed: of the bootstrap over people.

    Raises DataError for an unknown column, walks that the table lacks, one value for all walks, or a column that names
    each person by itself.
    """
    given = data if isinstance(data, Sequence) and not isinstance(data, str) else [data]
    sources = [Path(path_of(place)) for place in given]
    return check_listed_column(read_roster(sources), sources, by, table, resamples, seed)


def check_listed_column(
    roster: Roster, sources: Sequence[Path], by: str, table: Place | None, resamples: int = 2000, seed: int = 0
) -> ColumnCheck:
    """``check_column`` of walks that were listed already. sources: where the roster was read."""
    from scoliogait.survey.column_check import check_column as check

    return ColumnCheck(check(column_of_sources(sources, roster, by, table), roster.walks, resamples, seed))


def column_of_sources(sources: Sequence[Path], roster: Roster, by: str, table: Place | None) -> WalkColumn:
    """A column of the table, else of the one source that the roster was read from, where it is a store or a table."""
    given = None if table is None else Path(path_of(table))
    if given is None and sources[0].suffix.lower() == _LABEL_TABLE:
        given = sources[0]
    store = WalkStore.open(sources[0]) if given is None and is_store(sources[0]) else None
    return read_walk_column(by, roster.walks, given, store)


@names_missing_extra
def stratify(
    result: Place | Predictions,
    by: str,
    *,
    table: Place | None = None,
    data: Place | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> StratifiedEvaluation:
    """Divide a result by a column beside its walks, as ``scoliogait evaluate --by`` does.

    result: predictions, or the folder or object of an evaluation. table: as in ``check_column``; without it ``data``,
    the store of the walks. Raises DataError as ``check_column`` does, and when no walk has both class and value.
    """
    predictions = (
        result if isinstance(result, Predictions) else read_predictions(predictions_file(Path(path_of(result))))
    )
    store = None if data is None else WalkStore.open(path_of(data))
    walks = listed_walks(predictions, store)
    found = read_walk_column(by, walks, None if table is None else path_of(table), store)
    return divide(predictions, found, resamples, seed)


def listed_walks(predictions: Predictions, store: WalkStore | None) -> Sequence[ListedWalk]:
    """The walks of a result; where the store is at hand, with the ids of their trees."""
    if store is not None:
        wanted = set(predictions.walk_ids)
        return [walk for walk in store_roster(store).walks if walk.id in wanted]
    rows = zip(predictions.walk_ids, predictions.labels.tolist(), predictions.subject_ids, strict=True)
    return [ListedWalk(id_, label, person) for id_, label, person in rows]


def columns_of_walks(
    store: WalkStore, ids: Sequence[str], by: Sequence[str], table: Place | None
) -> tuple[WalkColumn, ...]:
    """Columns beside the walks that the ids name, each fit to divide a result on them.

    Raises DataError where one is not, and for a table that no column is asked of.
    """
    if table is not None and not by:
        raise DataError(f"{path_of(table)}: a table is given and no column of it; add --by COLUMN")
    if not by:
        return ()
    wanted = {store.walk_ids[index] for index in store.indices_of(ids)}
    walks = [walk for walk in store_roster(store).walks if walk.id in wanted]
    columns = [read_walk_column(name, walks, None if table is None else path_of(table), store) for name in by]
    for column in columns:
        require_usable(column, walks)
    return tuple(columns)


def require_usable(found: WalkColumn, walks: Sequence[ListedWalk]) -> None:
    """DataError where a column cannot divide a result on these walks: before the result is worked out."""
    from scoliogait.evaluation.column import parse_column

    used = [walk for walk in walks if walk.id in found.values and walk.label != UNKNOWN_LABEL]
    try:
        parse_column(found.name, [found.values[walk.id] for walk in used], [walk.subject_id for walk in used])
    except DataError as error:
        raise DataError(f"{found.where}: {error}") from error


def divide(predictions: Predictions, found: WalkColumn, resamples: int, seed: int) -> StratifiedEvaluation:
    """A result divided by a column that was read already. Raises DataError as ``require_usable`` does."""
    from scoliogait.evaluation.column import parse_column
    from scoliogait.evaluation.strata import stratified_summary

    labelled = predictions.labelled()
    ids = [walk for walk in labelled.walk_ids if walk in found.values]
    require_usable(found, listed_walks(labelled, None))
    known = labelled.in_order(ids)
    column = parse_column(found.name, [found.values[walk] for walk in ids], known.subject_ids)
    counts = {
        "where": found.where,
        "n_walks_without_value": len(labelled) - len(known),
        "n_walks_without_class": len(predictions) - len(labelled),
    }
    return StratifiedEvaluation(counts | stratified_summary(known, column, resamples, seed))


def _stratum_rows(one: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Areas of both groups, then what the model's own calls find and clear."""
    name = one["name"]
    for group, figures in one["groups"].items():
        found = figures["sensitivity"]["n"]
        counted = f"{found} against {one['n_walks'] - found}"
        yield name, f"ROC AUC, {group}", *_value_and_span(figures["roc_auc"]), counted
        name = ""
    for figure in ("sensitivity", "specificity"):
        share = one["groups"]["abnormal"][figure]
        yield "", f"{figure}, abnormal", *_value_and_span(share), f"{share['n_right']} of {share['n']}"


def _value_and_span(entry: Mapping[str, Any]) -> tuple[str, str]:
    return value_words(entry["value"]), span_words(entry["interval"])
