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
# The last ones are smaller: workers then end together, however many there are.
WALKS_PER_LAST_SHARD, WALKS_IN_LAST_SHARDS = 16, 128
# A video takes minutes where poses take a tenth of a second: four of them fill a shard, one of them a small one.
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


def shards_of(rows: Iterable[ManifestRow], n_rows: int, work_digest: str) -> Iterator[Shard]:
    """n_rows: how many there will be. work_digest: names what is done with each walk. One shard is held at a time."""
    held: list[ManifestRow] = []
    number = weight = 0
    full = _full_when_left(n_rows)
    for n_left, row in zip(range(n_rows - 1, -1, -1), rows, strict=True):
        held.append(row)
        weight += _VIDEO_COUNTS_FOR if row.kind == _VIDEO else 1
        if weight >= full:
            yield _shard(number, held, work_digest)
            number, weight, full = number + 1, 0, _full_when_left(n_left)
            held.clear()
    if held:
        yield _shard(number, held, work_digest)


def _full_when_left(n_rows: int) -> int:
    return WALKS_PER_SHARD if n_rows > WALKS_IN_LAST_SHARDS else WALKS_PER_LAST_SHARD


def _shard(number: int, rows: Sequence[ManifestRow], work_digest: str) -> Shard:
    content = json.dumps([work_digest, [asdict(row) for row in rows]], sort_keys=True, separators=(",", ":"))
    return Shard(number, hashlib.sha256(content.encode("ascii")).hexdigest()[:32], tuple(rows))
