"""Openings are counted by walks, over stores and runs; what cannot be noted for all of them stays closed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from scoliogait.data.importing import import_walks
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.tree_export import export_poses
from scoliogait.errors import DataError
from scoliogait.ledger import LEDGER_FILE, OPENED, Ledger
from scoliogait.provenance import OpeningFacts, Selection
from scoliogait.results.ledger_home import HOME_VARIABLE, SETS, LedgerHome
from scoliogait.results.opening import Opening, open_test_set
from walk_fixtures import drawn_walks

WALKS = list(drawn_walks(8, 30))
IDS = tuple(walk.walk_id for walk in WALKS)
ORIGIN = {"simulated": "yes"}
OWN = Partition("own", IDS[:12], IDS[12:])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return write_store(tmp_path_factory.mktemp("data") / "store", WALKS, ORIGIN)


def opened(run: Path, store: WalkStore, partition: Partition, model: str = "m") -> Opening:
    return open_test_set(
        Ledger(run / LEDGER_FILE), store, partition, model_digest=model, selection=Selection.VALIDATION
    )


def counts(opening: Opening) -> tuple[int, int, int]:
    facts = opening.facts
    return facts.n_openings, facts.n_by_model, facts.n_elsewhere


def test_the_same_walks_are_counted_over_runs_and_models(store: WalkStore, tmp_path: Path) -> None:
    assert counts(opened(tmp_path / "a", store, OWN)) == (1, 1, 0)
    assert counts(opened(tmp_path / "a", store, OWN)) == (2, 2, 0)
    assert counts(opened(tmp_path / "b", store, OWN, "other")) == (3, 1, 2)
    assert counts(opened(tmp_path / "a", store, OWN)) == (4, 3, 1)


def test_an_export_under_other_ids_is_no_new_test_set(store: WalkStore, tmp_path: Path) -> None:
    opened(tmp_path / "a", store, OWN)
    export_poses(store, tmp_path / "tree")
    again = import_walks([tmp_path / "tree"], tmp_path / "again")
    assert counts(opened(tmp_path / "b", again, OWN)) == (2, 2, 1)
    renamed = write_store(tmp_path / "renamed", (w.with_changes(walk_id=f"x{w.walk_id}") for w in WALKS), ORIGIN)
    other = Partition("own", tuple(f"x{i}" for i in OWN.train), tuple(f"x{i}" for i in OWN.test))
    assert counts(opened(tmp_path / "c", renamed, other)) == (3, 3, 2)


@pytest.mark.parametrize(
    ("test", "counted"),
    [
        (IDS[12:15], True),  # a part
        (IDS[6:], True),  # more
        (IDS[6:18], True),  # half of both
        (IDS[7:18], True),  # 6 of the 11
        (IDS[5:17], False),  # 5 of 12
        (IDS[:12], False),  # none
    ],
)
def test_a_set_counts_from_half_of_the_smaller_one(
    store: WalkStore, tmp_path: Path, test: tuple[str, ...], counted: bool
) -> None:
    opened(tmp_path / "a", store, OWN)
    partition = Partition("p", tuple(i for i in IDS if i not in test), test)
    assert counts(opened(tmp_path / "b", store, partition))[0] == 1 + counted


def test_an_older_opening_of_the_run_is_counted_with_those_of_the_machine(store: WalkStore, tmp_path: Path) -> None:
    run = Ledger(tmp_path / "a" / LEDGER_FILE)
    first = opened(tmp_path / "a", store, OWN)
    run.add(OPENED, {"test_set": first.facts.test_set, "model_digest": "m"})  # as an older program noted it
    assert counts(opened(tmp_path / "b", store, OWN)) == (2, 2, 1)
    assert counts(opened(tmp_path / "a", store, OWN)) == (4, 4, 1)


def test_entry_and_facts_carry_the_count(store: WalkStore, tmp_path: Path) -> None:
    opened(tmp_path / "a", store, OWN)
    opening = opened(tmp_path / "b", store, OWN)
    (entry,) = Ledger(tmp_path / "b" / LEDGER_FILE).entries()
    assert (entry["n_openings"], entry["n_by_model"], entry["n_elsewhere"]) == (2, 2, 1)
    assert OpeningFacts.from_text(opening.facts.to_text()) == opening.facts
    assert "frames" not in json.dumps(entry)


def refusal(run: Path, store: WalkStore) -> str:
    with pytest.raises(DataError) as refused:
        opened(run, store, OWN)
    assert not (run / LEDGER_FILE).exists()
    message = str(refused.value)
    assert message.startswith("the test set stays closed, since its opening cannot be noted for all stores and runs: ")
    assert message.endswith(f"or name another folder with --ledger-home or {HOME_VARIABLE}")
    assert "\n" not in message
    return message


def test_where_the_home_cannot_be_written_the_test_set_stays_closed(
    store: WalkStore, tmp_path: Path, ledger_home: Path
) -> None:
    ledger_home.write_text("a file, no folder")
    assert f"{ledger_home}" in refusal(tmp_path / "run", store)


def test_a_home_that_is_read_only_keeps_the_test_set_closed(
    store: WalkStore, tmp_path: Path, ledger_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a medium that is mounted read-only says it; rights alone do not stop an administrator."""
    opened(tmp_path / "a", store, OWN)
    touch = Path.touch

    def refuses(path: Path, *arguments: object, **more: object) -> None:
        if ledger_home in path.parents:
            raise OSError(30, "Read-only file system", str(path))
        touch(path, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "touch", refuses)
    assert "Read-only file system" in refusal(tmp_path / "run", store)


def test_a_changed_ledger_or_set_keeps_the_test_set_closed(store: WalkStore, tmp_path: Path, ledger_home: Path) -> None:
    opened(tmp_path / "a", store, Partition("first", IDS[6:], IDS[:6]))
    ledger, (file,) = ledger_home / LEDGER_FILE, (ledger_home / SETS).iterdir()
    whole, kept = file.read_bytes(), ledger.read_bytes()
    table = pq.read_table(file)
    pq.write_table(table.slice(1), file)
    assert "was changed after it was written; restore the file from a copy" in refusal(tmp_path / "run", store)
    file.write_bytes(whole[:100])
    assert f"{file}: is not a readable parquet file" in refusal(tmp_path / "run", store)
    file.unlink()
    assert f"{file}: is not a readable parquet file (no such file)" in refusal(tmp_path / "run", store)
    file.write_bytes(whole)
    content = ledger.read_bytes()
    assert content.startswith(kept)  # the refused ones were noted: rather an opening too many
    ledger.write_bytes(content.replace(b"first", b"third", 1))
    assert "line 1 was changed after it was written" in refusal(tmp_path / "run", store)
    ledger.write_bytes(content)
    assert counts(opened(tmp_path / "b", store, OWN))[0] == 4


def test_two_processes_at_once_get_two_counts(store: WalkStore, tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.ledger import Ledger
from scoliogait.provenance import Selection
from scoliogait.results.opening import open_test_set
store, ledger = WalkStore.open(sys.argv[1]), Ledger(Path(sys.argv[2]))
partition = Partition("own", store.walk_ids[:12], store.walk_ids[12:])
for _ in range(5):
    opening = open_test_set(ledger, store, partition, model_digest="m", selection=Selection.LAST)
    print(opening.facts.n_openings)
"""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(store.path), str(tmp_path / name / LEDGER_FILE)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    said = [int(line) for process in started for line in process.communicate()[0].split()]
    assert sorted(said) == list(range(1, 11))


def test_the_place_is_named_or_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "named"))
    assert LedgerHome.of_this_machine().path == tmp_path / "named"
    monkeypatch.delenv(HOME_VARIABLE)
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, appauthor: tmp_path / "data" / name)
    assert LedgerHome.of_this_machine().path == tmp_path / "data" / "scoliogait"


def test_a_walk_without_telling_frames_is_counted_by_its_name(tmp_path: Path) -> None:
    still = [walk.with_changes(poses=np.repeat(WALKS[0].poses[:1], 9, axis=0)) for walk in WALKS]  # type: ignore[index]
    one, two = (write_store(tmp_path / name, still, ORIGIN) for name in ("one", "two"))
    opened(tmp_path / "a", one, OWN)
    assert counts(opened(tmp_path / "b", two, OWN)) == (2, 2, 1)
    assert counts(opened(tmp_path / "b", two, Partition("p", IDS[12:], IDS[:12]))) == (1, 1, 0)
