"""Drift of a screening programme: what its results say of each site, against the others or an earlier period."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.api.shown import Shown, Summary
from scoliogait.data.csv_table import read_csv_table
from scoliogait.errors import DataError
from scoliogait.evaluation.site_tally import CONFIDENCE, FIGURES, MIN_INPUTS, Tally, joined
from scoliogait.report.result_files import StoredResult, reader_of_results
from scoliogait.wording import nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.evaluation.drift import Shift

# Columns of a table of sites that say of which result a line is.
_KEYS = ("file", "id")
# FIGURES, short enough for a terminal of 80 columns.
_HEADINGS = ("refused", "incon.", "neg.", "neut.", "pos.", "conf.")
_LEGEND = (
    "In per cent: refused of all inputs; inconclusive, negative, neutral and positive (most probable) of those with "
    "probabilities; confidence is the mean probability of the most probable class. * moved."
)
_CAUTION = (
    "Walks are counted as independent; several of one person make the intervals too narrow. What moved says where to "
    "look, and not why."
)


@dataclass(frozen=True)
class SiteDrift:
    """One site. tally: what came of its inputs. shifts: each figure against the reference, which ``against`` names."""

    name: str
    tally: Tally
    against: str
    shifts: Mapping[str, Shift]

    @property
    def moved(self) -> tuple[str, ...]:
        """The figures that moved."""
        return tuple(figure for figure, shift in self.shifts.items() if shift.moved)


@dataclass(frozen=True, repr=False, eq=False)
class Drift(Shown):
    """What moved between the sites of a programme. model: digest of the one model that all results are of."""

    model: str
    sites: tuple[SiteDrift, ...]

    @property
    def moved(self) -> bool:
        """Whether any figure of any site did."""
        return any(site.moved for site in self.sites)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "model_digest": self.model,
            "sites": [
                {
                    "site": site.name,
                    "inputs": site.tally.n,
                    "with_probabilities": site.tally.answered,
                    "against": site.against,
                    "figures": {figure: shift.to_dict() for figure, shift in site.shifts.items()},
                    "moved": list(site.moved),
                }
                for site in self.sites
            ],
            "notes": self._notes(),
        }

    def summary_words(self) -> Summary:
        n_sites, n = len(self.sites), sum(site.tally.n for site in self.sites)
        rows = tuple(
            (site.name, str(site.tally.n), *(_cell(site.shifts[figure]) for figure in FIGURES)) for site in self.sites
        )
        title = f"{n:,} results of {n_sites} site{'' if n_sites == 1 else 's'}, model {self.model[:12]}"
        return Summary(title, rows, ("site", "inputs", *_HEADINGS), (_LEGEND, *self._notes()))

    def plot(self) -> Figure:
        from scoliogait.report.drift_figure import drift_figure

        return drift_figure({site.name: site.shifts for site in self.sites})

    def _notes(self) -> tuple[str, ...]:
        lines = [_moved_words(site) for site in self.sites if site.moved]
        small = [site.name for site in self.sites if all(shift.moved is None for shift in site.shifts.values())]
        if small:
            lines.append(f"Not judged, as a side has fewer than {MIN_INPUTS} inputs: {', '.join(small)}.")
        return (*(lines or ["No figure moved."]), _CAUTION)


def drift(
    results: str | Path | Sequence[str | Path],
    *,
    against: str | Path | None = None,
    by: str | None = None,
    table: str | Path | None = None,
) -> Drift:
    """Whether refusals, doubts, classes and confidence of a site moved.

    results: tables of ``screen`` (CSV, JSON Lines, JSON), of one model. against: an earlier table; a site is compared
    with itself there if that has 30 inputs of it, else with all of it. Without it sites are compared with each other
    (see ``evaluation.drift.shifts_between``). by, table: a column of a CSV table whose column ``file`` or ``id`` names
    the input; without them the site is the first folder in which the paths of the inputs differ.

    Raises DataError for a file that holds no results, results of several models, a table without the column or without
    a line for an input.
    """
    if (by is None) != (table is None):
        raise DataError("--by and --table belong together: a column, and the table (CSV) that has it")
    site_of = None if by is None or table is None else _SitesOfTable(by, Path(table))
    paths = [results] if isinstance(results, str | Path) else list(results)
    now = _Results([Path(path) for path in paths], site_of)
    if against is None:
        return Drift(now.model, tuple(_against_others(now.sites)))
    earlier = _Results([Path(against)], site_of)
    if earlier.model != now.model:
        raise DataError(
            f"{against}: is of the model {earlier.model[:12]}, {paths[0]} of {now.model[:12]}; a change of model is no "
            "drift, screen one of them again"
        )
    return Drift(now.model, tuple(_against_earlier(now.sites, earlier.sites)))


class _SitesOfTable:
    """The site of an input as a table says it."""

    def __init__(self, by: str, table: Path) -> None:
        read = read_csv_table(table)
        self._key = next((key for key in _KEYS if key in read.columns), None)
        if self._key is None:
            raise DataError(f"{table}: has neither a column file nor id; name the key column so")
        if by not in read.columns:
            close = nearest(by, read.columns)
            raise DataError(
                f"{table}: has no column {by!r}; {f'did you mean {close}: ' if close else ''}it has "
                f"{', '.join(read.columns)}"
            )
        self._table, self._sites = table, {row[self._key]: row[by] for _, row in read.rows}

    def __call__(self, entry: Mapping[str, Any]) -> str:
        place = str(entry.get("file") or "")
        name = place if self._key == "file" else str(entry.get("walk_id") or Path(place).stem)
        site = self._sites.get(name)
        if not site:
            raise DataError(f"{self._table}: has no line with {self._key} {name!r}; add it, with its site")
        return site


class _Results:
    """The results of some files, counted site by site; model: digest of the one they are of."""

    def __init__(self, paths: Sequence[Path], site_of: _SitesOfTable | None) -> None:
        self.model = ""
        counted: dict[str, Tally] = {}
        for path, one in _each_of(paths):
            self._same_model(path, one)
            entry = one.entry
            site = os.path.dirname(str(entry.get("file") or "")) if site_of is None else site_of(entry)  # noqa: PTH120
            counted.setdefault(site, Tally()).add(str(entry.get("outcome")), entry.get("probabilities"))
        if not counted:
            raise DataError(f"{', '.join(map(str, paths))}: holds no result; give a table of `scoliogait screen`")
        self.sites = counted if site_of is not None else _by_first_folder(counted)

    def _same_model(self, path: Path, one: StoredResult) -> None:
        digest = str((one.model or {}).get("digest") or "")
        self.model = self.model or digest
        if digest != self.model:
            raise DataError(
                f"{path}: {one.name}: is of the model {digest[:12]}, those before of {self.model[:12]}; give results "
                "of one model"
            )


def _each_of(paths: Sequence[Path]) -> Iterator[tuple[Path, StoredResult]]:
    for path in paths:
        reader = reader_of_results(path)
        if reader is None:
            what = "no such file" if not path.exists() else "holds no results"
            raise DataError(f"{path}: {what}; give a table that `scoliogait screen --csv` or --jsonl wrote")
        for one in reader():
            yield path, one


def _by_first_folder(folders: Mapping[str, Tally]) -> dict[str, Tally]:
    """Joined by the first part in which the folders differ."""
    parts = {folder: Path(folder).parts for folder in folders}
    shared = 0
    while len({one[shared : shared + 1] for one in parts.values()}) == 1 and all(
        len(p) > shared for p in parts.values()
    ):
        shared += 1
    sites: dict[str, Tally] = {}
    for folder, tally in folders.items():
        name = (parts[folder][shared : shared + 1] or (folder or ".",))[0]
        sites[name] = joined([sites[name], tally]) if name in sites else tally
    return sites


def _against_others(sites: Mapping[str, Tally]) -> Iterator[SiteDrift]:
    from scoliogait.evaluation.drift import shifts_between

    words = "the sites that are alike" if len(sites) > 1 else "nothing: there is one site"
    for name, found in sorted(shifts_between(sites).items()):
        yield SiteDrift(name, sites[name], words, found)


def _against_earlier(sites: Mapping[str, Tally], earlier: Mapping[str, Tally]) -> Iterator[SiteDrift]:
    from scoliogait.evaluation.drift import shifts

    whole = joined(earlier.values())
    for name, tally in sorted(sites.items()):
        own = earlier.get(name)
        known = own is not None and own.n >= MIN_INPUTS
        words = "this site before" if known else "all sites before"
        yield SiteDrift(name, tally, words, shifts(tally, own if known else whole, len(sites)))


def _cell(shift: Shift) -> str:
    mark = "*" if shift.moved else ""
    return "-" if math.isnan(shift.value) else f"{100 * shift.value:.1f}{mark}"


def _points(share: float | None) -> str:
    return f"{100 * (share or 0.0):+.1f}"


def _moved_words(site: SiteDrift) -> str:
    pieces = []
    for figure in site.moved:
        shift = site.shifts[figure]
        low, high = shift.difference_interval or (0.0, 0.0)
        what = "mean confidence" if figure == CONFIDENCE else f"share {figure}"
        pieces.append(
            f"{what} {100 * shift.value:.1f} %, {_points(shift.difference)} ({_points(low)} to {_points(high)} points)"
        )
    return f"{site.name} against {site.against}: {'; '.join(pieces)}."
