"""Shards are cut alike by everybody, and their names tell whatever decides their results."""

from dataclasses import replace

import pytest

from scoliogait.district.manifest import ManifestRow
from scoliogait.district.shards import (
    WALKS_IN_LAST_SHARDS,
    WALKS_PER_LAST_SHARD,
    WALKS_PER_SHARD,
    Shard,
    shards_of,
)


def rows(n_rows: int, kind: str = "native") -> list[ManifestRow]:
    return [ManifestRow(f"{number:05d}", f"{number}.x", None, kind, 1, 2, "ab") for number in range(n_rows)]


@pytest.mark.parametrize(
    ("n_rows", "sizes"), [(1, [1]), (64, [16] * 4), (65, [16] * 4 + [1]), (1_000, [64] * 14 + [16] * 6 + [8])]
)
def test_every_row_is_in_one_shard(n_rows: int, sizes: list[int]) -> None:
    shards = list(shards_of(rows(n_rows), n_rows, "work"))
    assert [row for shard in shards for row in shard.rows] == rows(n_rows)
    assert [shard.number for shard in shards] == list(range(len(shards)))
    assert len({shard.digest for shard in shards}) == len(shards)
    assert [len(shard.rows) for shard in shards] == sizes


def test_the_last_shards_are_small_so_that_workers_end_together() -> None:
    n_rows = 3 * WALKS_PER_SHARD + WALKS_IN_LAST_SHARDS + 1
    sizes = [len(shard.rows) for shard in shards_of(rows(n_rows), n_rows, "work")]
    assert sizes[:4] == [WALKS_PER_SHARD] * 4
    assert set(sizes[4:-1]) == {WALKS_PER_LAST_SHARD}
    assert sizes[-1] <= WALKS_PER_LAST_SHARD
    assert sum(sizes[4:]) == n_rows - 4 * WALKS_PER_SHARD <= WALKS_IN_LAST_SHARDS


def test_videos_make_small_shards() -> None:
    n_videos = WALKS_IN_LAST_SHARDS + 10
    sizes = [len(shard.rows) for shard in shards_of(rows(n_videos, "video"), n_videos, "work")]
    assert sizes == [4, 4, 4] + [1] * (n_videos - 12)


def test_another_number_of_rows_than_was_said_is_an_error() -> None:
    for said in (2, 4):
        with pytest.raises(ValueError, match=r"zip\(\)"):
            list(shards_of(rows(3), said, "work"))


def test_a_name_changes_with_each_thing_that_decides_the_result() -> None:
    def names(*these: ManifestRow, work: str = "work") -> str:
        (shard,) = shards_of(these, len(these), work)
        return shard.digest

    (one,) = rows(1)
    changes = ({"id": "z"}, {"path": "z"}, {"walk_id": "z"}, {"n_bytes": 9}, {"sha256": "z"}, {"modified_ns": 9})
    others = [names(replace(one, **change)) for change in changes]  # type: ignore[arg-type]
    others += [names(one, work="other"), names(one, replace(one, id="00001"))]
    assert len({names(one), *others}) == len(others) + 1
    assert names(one) == names(*rows(1))


def test_a_shard_survives_its_plain_values() -> None:
    (shard,) = shards_of(rows(3), 3, "work")
    assert Shard.from_dict(shard.to_dict()) == shard


def test_shards_are_made_one_at_a_time() -> None:
    taken = 0

    def counted() -> object:
        nonlocal taken
        for row in rows(1_000):
            taken += 1
            yield row

    next(shards_of(counted(), 1_000, "work"))  # type: ignore[arg-type]
    assert taken == WALKS_PER_SHARD
