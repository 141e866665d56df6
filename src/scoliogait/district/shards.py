"""Shards of a manifest: some walks each, cut at the same places by everybody, named by what decides their results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scoliogait.district.manifest import ManifestRow

# Walks of poses in a shard: seconds of work, so that a killed worker loses little and files stay few.
WALKS_PER_SHARD = 64
# A video takes minutes where poses take a tenth of a second: four of them fill a shard.
_VIDEO, _VIDEO_COUNTS_FOR = "video", 16


@dataclass(frozen=True)
class Shard:
    """Some rows of a manifest in its order. digest: of them and of what is done with them; it names the result."""

    number: int
    digest: str
    rows: tuple[ManifestRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as a worker gets it."""
        return {"number": self.number, "digest": self.digest, "rows": [asdict(row) for row in self.rows]}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Shard:
        rows = tuple(ManifestRow(**row) for row in values["rows"])
        return Shard(values["number"], values["digest"], rows)


def shards_of(rows: Iterable[ManifestRow], work_digest: str) -> Iterator[Shard]:
    """work_digest: names what is done with each walk. Only one shard is in memory at a time."""
    held: list[ManifestRow] = []
    number = weight = 0
    for row in rows:
        held.append(row)
        weight += _VIDEO_COUNTS_FOR if row.kind == _VIDEO else 1
        if weight >= WALKS_PER_SHARD:
            yield _shard(number, held, work_digest)
            number, weight = number + 1, 0
            held.clear()
    if held:
        yield _shard(number, held, work_digest)


def _shard(number: int, rows: Sequence[ManifestRow], work_digest: str) -> Shard:
    content = json.dumps([work_digest, [asdict(row) for row in rows]], sort_keys=True, separators=(",", ":"))
    return Shard(number, hashlib.sha256(content.encode("ascii")).hexdigest()[:32], tuple(rows))
