"""One ledger beside those of the runs: every opening of a test set on this machine, counted by its walks.

A folder with ``ledger.jsonl`` and, in ``sets/``, the walks of each set as ids and frame keys. An earlier opening counts
for a set when at least half of the walks of the smaller of both sets are in the other, by id or by content: the same
walks, a part of them, more than them, or most of them, under whatever store, partition and names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.identity.prints_file import read_prints, write_prints
from scoliogait.identity.walk_prints import WalkPrints, find_walks
from scoliogait.ledger import LEDGER_FILE, OPENED, Entry, Ledger

HOME_VARIABLE = "SCOLIOGAIT_LEDGER_HOME"
SETS = "sets"


@dataclass(frozen=True)
class LedgerHome:
    """The folder, which need not exist yet."""

    path: Path

    @classmethod
    def of_this_machine(cls) -> LedgerHome:
        """The folder that SCOLIOGAIT_LEDGER_HOME names, else ``scoliogait`` in the platform's folder for data."""
        named = os.environ.get(HOME_VARIABLE)
        if named:
            return cls(Path(named))
        from platformdirs import user_data_path

        try:
            return cls(user_data_path("scoliogait", appauthor=False))
        except RuntimeError as error:  # no home folder is known
            raise DataError(
                f"the ledger of this machine has no place ({error}); name one with {HOME_VARIABLE}"
            ) from error

    def note(self, walks: WalkPrints, facts: Mapping[str, Any]) -> tuple[Entry, ...]:
        """Note an opening of these walks. Gives those that count for them, oldest first, this one included.

        walks: with all keys. facts: of the entry. Raises DataError, which says that the test set stays closed, when the
        folder cannot be written, or what it holds was changed or is missing.
        """
        try:
            self._keep(walks)
            entry = Ledger(self.path / LEDGER_FILE).add(OPENED, dict(facts) | {"set": walks.digest})
            entries = Ledger(self.path / LEDGER_FILE).entries()[: entry["number"]]
            sets = {name: self._share(name, walks) for name in {each["set"] for each in entries}}
        except DataError as error:
            raise DataError(
                f"the test set stays closed, since its opening cannot be noted for all stores and runs: {error}; or "
                f"name another folder with --ledger-home or {HOME_VARIABLE}"
            ) from error
        return tuple(each for each in entries if sets[each["set"]])

    def _file(self, name: str) -> Path:
        return self.path / SETS / f"{name}.parquet"

    def _keep(self, walks: WalkPrints) -> None:
        if not self._file(walks.digest).is_file():
            write_prints(self._file(walks.digest), walks)

    def _share(self, name: str, walks: WalkPrints) -> bool:
        """Whether a set that was opened counts for these walks."""
        if name == walks.digest:
            return True
        other = read_prints(self._file(name))
        if other.digest != name:
            raise DataError(f"{self._file(name)}: was changed after it was written; restore the file from a copy")
        return 2 * find_walks(walks, other).n_same >= min(len(walks), len(other))


def use_ledger_home(path: Path | None) -> None:
    """Take another folder for this process and those that it starts; None: leave it as it is."""
    if path is not None:
        os.environ[HOME_VARIABLE] = str(path.resolve())
