"""Copies of training walks under test ids are found before anything is trained."""

from pathlib import Path

import pytest

from scoliogait.data.partition import Partition
from scoliogait.data.store import write_store
from scoliogait.errors import DataError
from scoliogait.reproduction.shared_walks import refuse_shared_walks
from walk_fixtures import drawn_walks


def test_copies_are_counted_in_the_partition_that_has_them_on_both_sides(tmp_path: Path) -> None:
    walks = list(drawn_walks(4, 20))
    copies = [walk.with_changes(walk_id=f"copy-{walk.walk_id}") for walk in walks[:2]]
    store = write_store(tmp_path / "store", [*walks, *copies], {"simulated": "yes"})
    ids = [walk.walk_id for walk in walks]
    clean = Partition("clean", tuple(ids[:8]), tuple(ids[8:]))
    spoiled = Partition("spoiled", tuple(ids[:8]), (*ids[8:], *(walk.walk_id for walk in copies)))
    refuse_shared_walks(store, [clean, clean])
    with pytest.raises(DataError, match="partition spoiled: 2 of its 6 test walks are copies of training walks"):
        refuse_shared_walks(store, [clean, spoiled])
