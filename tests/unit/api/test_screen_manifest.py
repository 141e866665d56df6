"""A run over a manifest gives one row a walk whatever happens, the same as ``screen`` and the same each time."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import scoliogait as sg
from bundles import untrained_bundle
from here_engine import Here, dies_at, disk_full_after, workers_begin_with
from scoliogait.api import screen_shard
from scoliogait.api.screen_manifest import ManifestScreening
from scoliogait.data.store import write_store
from scoliogait.district import shards, tries
from scoliogait.district.manifest import write_manifest
from scoliogait.district.processes import Processes
from scoliogait.errors import DataError, ModelError
from scoliogait.io.native import write_walk
from scoliogait.report.screening_files import ScreeningFiles
from scoliogait.walk import Walk
from walker import draw_walker


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "WALKS_PER_LAST_SHARD", 3)


def walk(walk_id: str, n_frames: int = 60) -> Walk:
    return Walk(walk_id=walk_id, poses=draw_walker(n_frames), frame_rate_hz=30.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Nine inputs: good ones, a short one, a damaged one, and two in a store."""
    folder = tmp_path / "walks"
    for number in range(4):
        (folder / "deep").mkdir(parents=True, exist_ok=True)
        write_walk(folder / "deep" / f"{number}.npz", walk(f"w{number}"))
    write_walk(folder / "short.npz", walk("short", 12))
    write_walk(folder / "z.npz", walk("z", 70))
    (folder / "bad.npz").write_text("no archive")
    write_store(folder / "store", [walk("s1"), walk("s2")], {})
    return folder


def listed(root: Path) -> Path:
    sg.make_manifest(root, root.parent / "m.parquet", overwrite=True)
    return root.parent / "m.parquet"


def rows_of(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist()


def begun(root: Path, model: str, out: str = "out", **others: Any) -> ManifestScreening:
    return sg.screen_manifest(root.parent / "m.parquet", root.parent / out, model, **others)


def done(root: Path, model: str, out: str = "out", **others: Any) -> bytes:
    run = begun(root, model, out, **others)
    run.run(Here())
    return run.merge().read_bytes()


def test_rows_are_those_of_screen(root: Path, model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same table, to the byte, as that of ``screen --csv`` in the same order, wherever the root lies."""
    listed(root)
    run = begun(root, model)
    progress = run.run(Here())
    assert (progress.n_done, progress.n_walks, progress.n_refused) == (9, 9, 2)
    with ScreeningFiles(csv=tmp_path / "many.csv").open() as files:
        run.merge(lambda row: files.add(row, {}))
    ids = [row.id for row in run.manifest.rows()]
    assert ids == sorted(ids)
    monkeypatch.chdir(root)
    rows = [outcome.to_row() for outcome in sg.screen_many(".", model)]
    order = {(row["file"], row["walk_id"] if row["file"] == "store" else None): row for row in rows}
    with ScreeningFiles(csv=tmp_path / "plain.csv").open() as files:
        for one in run.manifest.rows():
            files.add(order[(one.path, one.walk_id)], {})
    assert (tmp_path / "many.csv").read_bytes() == (tmp_path / "plain.csv").read_bytes()
    assert {row["outcome"] for row in rows} == {"inconclusive", "not usable", "unreadable"}


def test_a_finished_run_reads_no_walk_again(root: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(root)
    first = done(root, model)

    def never(*_: object) -> None:
        raise AssertionError("a walk was screened again")

    monkeypatch.setattr(screen_shard, "_screened", never)
    run = begun(root, model)
    assert run.run(Here()).n_found == 9
    assert run.merge().read_bytes() == first


def test_shares_come_to_the_same(root: Path, model: str) -> None:
    listed(root)
    whole = done(root, model, "whole")
    for k in (2, 1):
        run = begun(root, model, share=(k, 2))
        if k == 2:
            run.run(Here())
            with pytest.raises(DataError, match=r"have no result yet; run without --shard"):
                run.merge()
        else:
            assert run.run(Here()).n_walks == 6
    assert begun(root, model).merge().read_bytes() == whole
    with pytest.raises(DataError, match="share 3/2: expected K/N"):
        begun(root, model, share=(3, 2))


@pytest.mark.parametrize(
    "damage", [lambda part: part.write_bytes(b""), lambda part: part.write_bytes(part.read_bytes()[:-9])]
)
def test_a_damaged_part_is_made_again(root: Path, model: str, damage: Callable[[Path], Any]) -> None:
    listed(root)
    whole = done(root, model)
    parts = sorted((root.parent / "out" / "parts").iterdir())
    damage(parts[1])
    assert done(root, model) == whole
    parts[0].write_bytes(parts[2].read_bytes())  # another one under its name
    assert done(root, model) == whole


def test_results_of_something_else_are_refused(root: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(root)
    begun(root, model)
    with pytest.raises(DataError, match=r"out: holds results of another model: \w{12}, now \w{12}; choose another"):
        begun(root, "builtin:pose-set")
    with pytest.raises(DataError, match=r"another choice of options: none, now person 2"):
        begun(root, model, person=2)
    monkeypatch.setattr("scoliogait.api.screen_manifest.__version__", "9.9.9")
    with pytest.raises(DataError, match=r"another version of scoliogait: 0\.2\.0\S*, now 9\.9\.9"):
        begun(root, model)
    monkeypatch.undo()
    write_walk(root / "new.npz", walk("new"))
    listed(root)
    with pytest.raises(DataError, match="another manifest"):
        begun(root, model)
    (root.parent / "foreign").mkdir()
    (root.parent / "foreign" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="exists and is not the folder of a 'scoliogait screen --manifest'"):
        begun(root, model, "foreign")
    with pytest.raises(ModelError, match="is no model bundle"):
        begun(root, str(root))


def test_a_worker_of_another_version_or_model_is_refused(
    root: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(root)
    run = begun(root, model)
    other = replace(run, facts=run.facts.model_copy(update={"model_digest": "ab" * 32}))
    with pytest.raises(ModelError, match=r"is model \w{12} where a worker runs; the run was begun with abab"):
        other.run(Here())
    monkeypatch.setattr(screen_shard, "__version__", "9.9.9")
    with pytest.raises(DataError, match=r"a worker has scoliogait 9\.9\.9, the run was begun with 0\.2\.0"):
        run.run(Here())


def test_what_changed_is_gone_or_leads_out_is_a_row(root: Path, model: str, tmp_path: Path) -> None:
    listed(root)
    deep = root / "deep"
    write_walk(deep / "0.npz", walk("other", 65))
    (deep / "1.npz").unlink()
    os.utime(deep / "2.npz", ns=(5, 5))  # the same content, copied without its time
    (tmp_path / "outside.npz").write_bytes((deep / "3.npz").read_bytes())
    (deep / "3.npz").unlink()
    (deep / "3.npz").symlink_to(tmp_path / "outside.npz")
    done(root, model)
    found = {row["file"]: (row["outcome"], row["reason"]) for row in rows_of(tmp_path / "out" / "screenings.parquet")}
    assert found["deep/0.npz"][0] == "unreadable"
    assert found["deep/0.npz"][1].startswith("deep/0.npz: was changed since the manifest was made (")
    assert found["deep/1.npz"][1] == (
        "deep/1.npz: is gone since the manifest was made; restore it, or make the manifest again"
    )
    assert found["deep/2.npz"][0] == "inconclusive"
    assert "a link leads out of the root" in found["deep/3.npz"][1]


def test_a_walk_that_changes_while_it_is_read_is_a_row(root: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(root)
    given = screen_shard.screenings_of_place
    target = root / "z.npz"

    def changing(place: Any, *others: Any) -> Any:
        if place.path == target and place.problem is None:
            write_walk(target, walk("z", 71))
        return given(place, *others)

    monkeypatch.setattr(screen_shard, "screenings_of_place", changing)
    done(root, model)
    last = rows_of(root.parent / "out" / "screenings.parquet")[-1]
    assert (last["file"], last["outcome"]) == ("z.npz", "unreadable")
    assert "was changed" in last["reason"]
    assert last["predicted"] is None


def test_without_checksums_size_and_time_tell_a_change(root: Path, model: str) -> None:
    sg.make_manifest(root, root.parent / "m.parquet", checksums=False)
    os.utime(root / "z.npz", ns=(5, 5))
    done(root, model)
    assert "was changed" in rows_of(root.parent / "out" / "screenings.parquet")[-1]["reason"]


def test_a_walk_that_breaks_our_code_is_a_row(root: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(root)
    given = screen_shard._screened

    def broken(work: Any, row: Any, screener: Any) -> Any:
        if row.id == "z.npz":
            raise ZeroDivisionError("by\nnothing")
        return given(work, row, screener)

    monkeypatch.setattr(screen_shard, "_screened", broken)
    done(root, model)
    last = rows_of(root.parent / "out" / "screenings.parquet")[-1]
    assert last["reason"] == "z.npz: screening it failed (ZeroDivisionError: by nothing); report this fault"


def test_doubles_are_named_and_each_has_a_row(root: Path, model: str) -> None:
    (root / "copy.npz").write_bytes((root / "deep" / "2.npz").read_bytes())
    made = sg.make_manifest(root, root.parent / "m.parquet")
    assert [(row.id, row.same_as) for row in made.doubles] == [("deep/2.npz", "copy.npz")]
    assert begun(root, model).manifest.n_doubles == 1
    done(root, model)
    found = {row["file"]: row for row in rows_of(root.parent / "out" / "screenings.parquet")}
    assert len(found) == 9
    assert found["copy.npz"]["probability_negative"] == found["deep/2.npz"]["probability_negative"]


def test_deaths_while_the_model_is_loaded_blame_no_walk(root: Path, model: str) -> None:
    listed(root)
    run = begun(root, model)
    first = next(run.shards())
    folder = run.folder.tries(first.digest)
    folder.mkdir(parents=True)
    for number in range(tries.MAX_TRIES):
        (folder / f"{number}.busy").write_text(str(tries.BEFORE_THE_FIRST))
    with pytest.raises(DataError, match="3 workers died while they loaded the model"):
        run.run(Here())
    assert run.run(Here()).n_done == 9


def test_more_than_a_manifest_can_hold_in_one_place(root: Path, model: str, tmp_path: Path) -> None:
    """A store that lost a walk since, and one that is no store any more."""
    listed(root)
    held = list(begun(root, model).manifest.rows())
    asked = [row if row.walk_id != "s2" else replace(row, id="store: s9", walk_id="s9") for row in held]
    write_manifest(tmp_path / "m.parquet", root, sorted(asked, key=lambda row: row.id))
    done(root, model, "other")
    found = [row for row in rows_of(tmp_path / "other" / "screenings.parquet") if row["file"] == "store"]
    assert [(row["walk_id"], row["outcome"]) for row in found] == [("s1", "inconclusive"), ("s9", "unreadable")]
    assert found[1]["reason"] == "store: holds no walk 's9'; check the id"


@pytest.mark.slow
def test_a_walk_that_kills_its_worker_is_given_up_and_no_other(root: Path, model: str, tmp_path: Path) -> None:
    (root / "deep" / "poison.npz").write_bytes((root / "z.npz").read_bytes())
    listed(root)
    begun(root, model, "clean").run(Here())
    begun(root, model, "clean").merge()
    tables = []
    for n_workers in (1, 2):
        run = begun(root, model, f"out{n_workers}")
        with workers_begin_with(dies_at(tmp_path / "at", "poison.npz")):
            run.run(Processes(n_workers))
        tables.append(run.merge().read_bytes())
        assert list((run.folder.path / "tries").iterdir()) == []
    assert tables[0] == tables[1]
    found, clean = (rows_of(tmp_path / name / "screenings.parquet") for name in ("out1", "clean"))
    poisoned = [row for row in found if row["file"] == "deep/poison.npz"]
    assert [row["outcome"] for row in poisoned] == ["unreadable"]
    assert poisoned[0]["reason"].startswith("deep/poison.npz: ended the process that screened it 3 times")
    assert [row for row in found if row not in poisoned] == [row for row in clean if row["file"] != "deep/poison.npz"]


@pytest.mark.slow
def test_a_full_disk_ends_the_run_in_one_line_and_it_goes_on_later(root: Path, model: str, tmp_path: Path) -> None:
    listed(root)
    run = begun(root, model)
    parts = tmp_path / "out" / "parts"
    parts.mkdir()
    full = workers_begin_with(disk_full_after(tmp_path / "at", 1, parts))
    with full, pytest.raises(DataError, match=r"cannot be written \(No space left on device\)"):
        run.run(Processes(1))
    assert len(list(parts.iterdir())) == 1
    assert run.run(Processes(1)).n_found == 3
    assert run.merge().read_bytes() == done(root, model, "whole")
