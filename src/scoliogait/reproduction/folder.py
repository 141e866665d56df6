"""The folder of a reproduction: what lies where, and whether it may go on there.

``reproduce.json`` what was asked and on which walks · ``store/`` walks imported from trees · ``partitions/`` those that
were drawn here · ``runs/<row>/seed-<n>/`` a job: ``train/`` the run, ``test.parquet`` what its model said of each test
walk, ``job.json`` when all of it is done, ``log.txt`` why it failed · ``table.md``, ``table.json``, ``report.html``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from scoliogait.data.partition import PUBLISHED, Partition, write_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.files import read_json, write_json
from scoliogait.json_file import Format, read_versioned
from scoliogait.reproduction.plan import Row
from scoliogait.training.run_folder import RunFolder

_FORMAT = Format("scoliogait.reproduction", 1, "the record of a reproduction", "choose another folder")


@dataclass(frozen=True)
class Job:
    """One row with one seed, in its folder."""

    row: Row
    seed: int
    path: Path

    @property
    def name(self) -> str:
        return f"{self.row.name} seed {self.seed}"

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.path / "train")

    @property
    def predictions_file(self) -> Path:
        return self.path / "test.parquet"

    @property
    def done_file(self) -> Path:
        return self.path / "job.json"

    @property
    def log_file(self) -> Path:
        return self.path / "log.txt"

    @property
    def finished(self) -> bool:
        return self.done_file.is_file() and self.damage is None

    @property
    def failure(self) -> str | None:
        """Why it failed when it was last tried, in one line; None for one that is finished or was not tried."""
        if self.finished or not self.log_file.is_file():
            return None
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    @property
    def damage(self) -> str | None:
        """Why what an earlier call left of it cannot go on, and what to do; None where it can."""
        try:
            if self.done_file.is_file():
                _require(read_json(self.done_file).get("row") == self.row.name, self.done_file)
                read_predictions(self.predictions_file)
            elif self.run.path.exists():
                self.run.facts()
        except (DataError, AttributeError) as error:
            return f"{self.path}: this job is damaged; remove the folder to start it again ({error})"
        return None


class ReproductionRecord(BaseModel):
    """What ``reproduce.json`` says: what was asked, then on which walks. partitions: name or path by row."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    data: str
    smoke: bool
    store: str | None = None
    store_digest: str | None = None
    partitions: dict[str, str] | None = None


@dataclass(frozen=True)
class ReproductionFolder:
    path: Path

    @property
    def facts_file(self) -> Path:
        return self.path / "reproduce.json"

    @property
    def store(self) -> Path:
        return self.path / "store"

    @property
    def partitions(self) -> Path:
        return self.path / "partitions"

    def job(self, row: Row, seed: int) -> Job:
        return Job(row, seed, self.path / "runs" / row.name / f"seed-{seed}")

    def facts(self) -> dict[str, Any]:
        """What ``reproduce.json`` says. Raises DataError when the folder is no reproduction."""
        if not self.facts_file.is_file():
            raise DataError(f"{self.path}: exists and is no reproduction (no reproduce.json); choose another folder")
        return read_versioned(self.facts_file, ReproductionRecord, _FORMAT).model_dump(exclude_unset=True)

    def check(self, data: Path, smoke: bool) -> None:
        """Raise DataError unless the folder is new, empty, or of an earlier call of the same kind on this data."""
        if not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir())):
            return
        before = self.facts()
        if before.get("smoke") != smoke:
            kinds = {True: "a smoke run", False: "a full one"}
            raise DataError(f"{self.path}: holds {kinds[not smoke]}, and this is {kinds[smoke]}; choose another folder")
        if self.store.exists() and before.get("data") != str(data.resolve()):
            raise DataError(f"{self.path}: was made from {before.get('data')}, not {data}; choose another folder")

    def claim(self, data: Path, smoke: bool) -> None:
        """Make it the folder of a reproduction; what an earlier call noted stays."""
        before = self.facts() if self.facts_file.is_file() else {}
        self._write(before, {"data": str(data.resolve()), "smoke": smoke})

    def settle(self, store: WalkStore, partitions: Mapping[str, Partition]) -> None:
        """Note the walks and the partition of each row, and write the partitions that are none of the released ones.

        Raises DataError, before anything is written, when an earlier call had other walks.
        """
        before = self.facts()
        if before.get("store_digest", store.digest) != store.digest:
            raise DataError(
                f"{self.path}: was started on other walks than those in {store.path}; choose another folder"
            )
        known = dict(before.get("partitions", {}))
        for row, partition in partitions.items():
            path = self.partitions / partition.file_name
            known[row] = partition.name if partition.name in PUBLISHED else str(path.resolve())
            if partition.name not in PUBLISHED and not path.is_file():
                write_partition(path, partition)
        content = {"store": str(store.path.resolve()), "store_digest": store.digest, "partitions": known}
        self._write(before, content)

    def _write(self, before: Mapping[str, Any], news: Mapping[str, Any]) -> None:
        """Nothing where there is no news: shares of one reproduction start at once on many machines."""
        if before != {**before, **news}:
            write_json(self.facts_file, {**_FORMAT.mark, **before, **news})


def _require(holds: bool, path: Path) -> None:
    if not holds:
        raise DataError(f"{path} is missing or of another job")
