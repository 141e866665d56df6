"""The folder of a run: what is done in it, the parts that are finished, the tries that died, and the merged table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from scoliogait.errors import DataError
from scoliogait.files import holds_nothing, write_json
from scoliogait.json_file import Format, read_versioned

RUN = Format("scoliogait.run-of-many", 1, "the folder of a 'scoliogait screen --manifest'", "choose another folder")
_RUN_FILE = "run.json"
RESULTS = "screenings.parquet"


class RunFacts(BaseModel):
    """What decides the results of a run. model, backend: where they lie; the digests say what they are."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    package: str
    manifest: str
    model: str
    model_digest: str
    model_runs_with: str
    backend: str | None = None
    backend_digest: str | None = None
    options: dict[str, str | int | float | None]

    @property
    def digest_content(self) -> str:
        """Of everything but the manifest: what is done with a walk, whatever others there are."""
        held = self.model_dump(exclude={"manifest", "model", "backend"})
        return json.dumps(held, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class ResultsFolder:
    """The folder that ``--out`` names."""

    path: Path

    @property
    def results(self) -> Path:
        return self.path / RESULTS

    def part(self, digest: str) -> Path:
        """Where the results of a shard lie when it is done."""
        return self.path / "parts" / f"{digest}.parquet"

    def tries(self, digest: str) -> Path:
        """The folder of the tries at a shard."""
        return self.path / "tries" / digest

    def claim(self, facts: RunFacts) -> None:
        """Note what is done here, or find it noted.

        Raises DataError when something else lies there, or the results of another manifest, model, version or options.
        """
        file = self.path / _RUN_FILE
        if not file.is_file():
            if self.path.exists() and not self.path.is_dir():
                raise DataError(f"{self.path}: is a file; give a folder for the results")
            if not holds_nothing(self.path):
                raise DataError(f"{self.path}: exists and is not {RUN.what}; choose another folder")
            write_json(file, RUN.mark | facts.model_dump())
            return
        held = read_versioned(file, RunFacts, RUN)
        for name, what in _DIFFERENCES.items():
            ours, theirs = getattr(facts, name), getattr(held, name)
            if ours != theirs:
                raise DataError(
                    f"{self.path}: holds results of another {what}: {_shown(theirs)}, now {_shown(ours)}; choose "
                    "another folder, or give the same"
                )


_DIFFERENCES = {
    "package": "version of scoliogait",
    "model_digest": "model",
    "model_runs_with": "package that runs the model",
    "backend_digest": "backend",
    "manifest": "manifest",
    "options": "choice of options",
}


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {held}" for key, held in value.items() if held is not None) or "none"
    return str(value)[:12]
