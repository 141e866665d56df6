"""The ledger: nothing that was written is lost or changed unnoticed, and a line that a kill cut off is completed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from full_disk import fill_disk
from scoliogait import ledger as ledger_module
from scoliogait.errors import DataError
from scoliogait.ledger import LEDGER_FILE, OPENED, RESULT, Ledger, digest_of_test_set, openings


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "run" / LEDGER_FILE)
    for number in range(3):
        ledger.add(OPENED, {"test_set": "t", "model_digest": f"m{number % 2}", "partition": "größe [1]"})
    return ledger


def lines(ledger: Ledger) -> list[bytes]:
    return ledger.path.read_bytes().splitlines(keepends=True)


def test_entries_come_back_in_order_and_are_readable(ledger: Ledger) -> None:
    entries = ledger.entries()
    assert [entry["number"] for entry in entries] == [1, 2, 3]
    assert [entry["before"] for entry in entries[1:]] == [entry["sha256"] for entry in entries[:-1]]
    shown = json.loads(lines(ledger)[0])
    assert list(shown)[:3] == ["number", "time", "event"]
    assert "größe [1]" in ledger.path.read_text(encoding="utf-8")


def test_a_ledger_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert Ledger(tmp_path / LEDGER_FILE).entries() == ()


def test_openings_count_one_test_set_and_one_model(ledger: Ledger) -> None:
    ledger.add(RESULT, {"test_set": "t", "model_digest": "m0"})
    ledger.add(OPENED, {"test_set": "other", "model_digest": "m0"})
    entries = ledger.entries()
    assert openings(entries, "t") == 3
    assert openings(entries, "t", "m0") == 2
    assert openings(entries, "t", "m9") == 0


def test_a_test_set_has_one_name_whatever_its_order() -> None:
    assert digest_of_test_set("s", ["b", "a"]) == digest_of_test_set("s", ["a", "b"])
    assert (
        len({digest_of_test_set("s", ["a"]), digest_of_test_set("s", ["a", "b"]), digest_of_test_set("r", ["a"])}) == 3
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_line_is_named_and_nothing_is_written(ledger: Ledger, number: int) -> None:
    content = lines(ledger)
    content[number - 1] = content[number - 1].replace(b'"test_set": "t"', b'"test_set": "u"')
    ledger.path.write_bytes(b"".join(content))
    for use in (ledger.entries, lambda: ledger.add(OPENED, {})):
        with pytest.raises(DataError, match=rf"line {number} was changed"):
            use()
    assert ledger.path.read_bytes() == b"".join(content)


def test_changes_that_json_would_not_show_are_changes(ledger: Ledger) -> None:
    content = lines(ledger)
    ledger.path.write_bytes(b"".join([content[0].replace(b"{", b'{"number": 9, ', 1), *content[1:]]))
    with pytest.raises(DataError, match="line 1 was changed"):
        ledger.entries()


@pytest.mark.parametrize("kept", [(1, 2), (0, 2), (0, 2, 1), (0, 0, 1, 2)])
def test_missing_and_moved_lines_are_found(ledger: Ledger, kept: tuple[int, ...]) -> None:
    content = lines(ledger)
    ledger.path.write_bytes(b"".join(content[i] for i in kept))
    with pytest.raises(DataError, match="does not follow the line before"):
        ledger.entries()


@pytest.mark.parametrize("cut", ["empty", "in a line", "between lines"])
def test_a_ledger_cut_in_half_is_refused(ledger: Ledger, cut: str) -> None:
    first, second, _ = lines(ledger)
    left = {"empty": b"", "in a line": first + second[: len(second) // 2], "between lines": first}
    ledger.path.write_bytes(left[cut])
    before = ledger.path.read_bytes()
    for use in (ledger.entries, lambda: ledger.add(OPENED, {})):
        with pytest.raises(DataError, match="is cut off or missing"):
            use()
    assert ledger.path.read_bytes() == before


def test_the_line_that_a_kill_cut_off_is_completed(ledger: Ledger) -> None:
    whole = ledger.path.read_bytes()
    content = lines(ledger)
    for length in (0, 1, len(content[2]) // 2, len(content[2]) - 1):
        ledger.path.write_bytes(b"".join(content[:2]) + content[2][:length])
        assert [entry["number"] for entry in ledger.entries()] == [1, 2, 3]
        ledger.add(RESULT, {"test_set": "t"})
        assert ledger.path.read_bytes().startswith(whole)
        assert len(ledger.entries()) == 4
        ledger.path.with_name(f"{LEDGER_FILE}.last").write_bytes(content[2])


def test_a_torn_line_that_was_not_being_written_is_refused(ledger: Ledger) -> None:
    ledger.path.write_bytes(ledger.path.read_bytes() + b'{"number": 4, "ti')
    with pytest.raises(DataError, match="line 4 is cut off"):
        ledger.entries()
    ledger.path.with_name(f"{LEDGER_FILE}.last").unlink()
    with pytest.raises(DataError, match="line 4 is cut off"):
        ledger.entries()


def test_a_copy_of_the_ledger_alone_is_read(ledger: Ledger, tmp_path: Path) -> None:
    copy = Ledger(tmp_path / LEDGER_FILE)
    copy.path.write_bytes(ledger.path.read_bytes())
    assert len(copy.entries()) == 3
    copy.add(RESULT, {})
    assert len(copy.entries()) == 4


def test_bytes_that_are_no_text_are_refused(ledger: Ledger) -> None:
    ledger.path.write_bytes(b"\xff\xfe\x00\n" + ledger.path.read_bytes())
    with pytest.raises(DataError, match="line 1 was changed"):
        ledger.entries()


def test_a_locked_ledger_is_waited_for_and_then_named(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "LOCK_SECONDS", 0.05)
    with (
        FileLock(ledger.path.with_name(f".{LEDGER_FILE}.lock")),
        pytest.raises(DataError, match="another process has held this lock"),
    ):
        ledger.add(OPENED, {})
    assert len(ledger.entries()) == 3


def test_entries_of_several_processes_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / LEDGER_FILE
    program = (
        "import sys; from pathlib import Path; from scoliogait.ledger import Ledger\n"
        "for number in range(15): Ledger(Path(sys.argv[1])).add('test opened', {'who': sys.argv[2]})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in "ab"]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    entries = Ledger(path).entries()
    assert [entry["number"] for entry in entries] == list(range(1, 31))
    assert sorted(entry["who"] for entry in entries) == ["a"] * 15 + ["b"] * 15


@pytest.mark.parametrize("free_bytes", [0, 100, 500, 10_000])
def test_a_full_disk_loses_no_entry(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    before = ledger.entries()

    def fill() -> None:
        for _ in range(40):
            ledger.add(OPENED, {"test_set": "t"})

    with monkeypatch.context() as patch:
        fill_disk(patch, free_bytes)
        with pytest.raises(DataError, match="cannot be written"):
            fill()
    left = ledger.entries()
    assert left[:3] == before
    ledger.add(RESULT, {"test_set": "t"})
    assert [entry["number"] for entry in ledger.entries()] == list(range(1, len(left) + 2))
