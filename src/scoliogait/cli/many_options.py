"""Options of ``scoliogait screen`` for a manifest on many workers, and which of them go together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from scoliogait.errors import DataError

# A part of its own on the page of help.
_option = partial(typer.Option, rich_help_panel="Many walks on many workers, with --manifest")

Manifest = Annotated[
    Path | None, _option(help="Screen the walks of this table (`scoliogait manifest`) on many workers.")
]
Out = Annotated[Path | None, _option(help="Folder of the results; a run goes on where it was.")]
Root = Annotated[Path | None, _option(help="Where the walks lie here, if not where the manifest was made.")]
Workers = Annotated[int | None, _option(min=1, help="Processes at once; one a core unless given.", metavar="N")]
Shard = Annotated[str | None, _option(help="Do the K-th of N shares alone, and merge nothing.", metavar="K/N")]
Cluster = Annotated[
    str | None, _option(help="Workers of Dask: tls://HOST:PORT, tcp://127.0.0.1:PORT, or local.", metavar="ADDRESS")
]
Certificates = Annotated[Path | None, _option(help="For tls://: folder with ca.pem, cert.pem and key.pem.")]
TrustNetwork = Annotated[
    bool, _option("--trust-network", help="Allow tcp:// to another machine: whoever reaches a worker runs code.")
]
Slurm = Annotated[str | None, _option(help="Submit a SLURM array with these options of sbatch.", metavar="OPTIONS")]
Tasks = Annotated[int | None, _option(min=1, help="With --slurm: how many tasks; 8 unless given.", metavar="N")]
SecondsPerWalk = Annotated[
    float | None, _option(min=1, help="A walk that takes longer is given up; 3600 unless given.")
]


@dataclass(frozen=True)
class ManyOptions:
    """As they were given; None and False for those that were not."""

    manifest: Path | None
    out: Path | None
    root: Path | None
    workers: int | None
    shard: str | None
    cluster: str | None
    certificates: Path | None
    trust_network: bool
    slurm: str | None
    tasks: int | None
    seconds_per_walk: float | None

    def refuse_without_manifest(self) -> None:
        """DataError for one of them that has no meaning without a manifest."""
        for field in fields(self)[1:]:
            if getattr(self, field.name) not in (None, False):
                raise DataError(f"{_spelled(field.name)} is for many walks of a table; give --manifest too")

    def refuse_beside(self, others: Mapping[str, object]) -> None:
        """DataError for one of the options of single walks that is given, too."""
        for name, value in others.items():
            if value not in (None, False, []):
                raise DataError(f"{name} has no meaning beside --manifest, which names its walks; leave it out")

    def refuse_combinations(self) -> None:
        """DataError for options that contradict each other."""
        if self.out is None:
            raise DataError("--out is missing; give the folder for the results")
        if self.cluster is not None and self.slurm is not None:
            raise DataError("--cluster and --slurm are two ways to run; take one of them")
        if self.slurm is not None and self.shard is not None:
            raise DataError("--slurm gives each of its tasks its --shard; leave --shard out")
        if self.slurm is None and self.tasks is not None:
            raise DataError("--tasks is how many tasks SLURM gets; give --slurm too")
        if self.cluster is None and (self.certificates is not None or self.trust_network):
            raise DataError("--certificates and --trust-network are for --cluster; give its address too")
        if self.cluster not in (None, "local") and self.workers is not None:
            raise DataError(f"--cluster {self.cluster} has the workers that it has; leave --workers out")

    @property
    def share(self) -> tuple[int, int] | None:
        """Raises DataError for a --shard that is none."""
        if self.shard is None:
            return None
        return share_of(self.shard)


def share_of(shard: str) -> tuple[int, int]:
    """``K/N`` of ``--shard`` as numbers. Raises DataError for another text."""
    found = re.fullmatch(r"(\d{1,7})/(\d{1,7})", shard)
    if found is None:
        raise DataError(f"--shard {shard}: expected K/N, such as 1/8 for the first of eight")
    return int(found[1]), int(found[2])


def _spelled(name: str) -> str:
    return "--" + name.replace("_", "-")
