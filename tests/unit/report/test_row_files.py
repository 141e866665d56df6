"""Rows as CSV and JSON Lines: read back by other readers they are what they were, and no text acts on anything."""

import csv
import io
import json
from pathlib import Path

import pytest

from full_disk import fill_disk
from scoliogait.errors import DataError
from scoliogait.files import sole_writer
from scoliogait.report.row_files import (
    begins_like_csv,
    begins_like_json_lines,
    cell_text,
    csv_file,
    json_lines_file,
    refuse_output_file,
)

COLUMNS = ("file", "walk_id", "n", "x")
EVIL = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "  =1",
    "\t=1",
    "\r=1",
    "\n=cmd",
    "\uff1d1",
    "a;=1+1",
    "a; @x",
    'q",=1+1,"',
    "two\nlines\r\nand\u2028more\x85",
    "\x1b[31mred",
    "half \udcff",
    "\u202egnp",
    "żółć 走",
)


def written(tmp_path: Path) -> tuple[str, str]:
    with csv_file(tmp_path / "t.csv", COLUMNS) as add_cells, json_lines_file(tmp_path / "t.jsonl", COLUMNS) as add_line:
        for text in EVIL:
            row = {"x": -0.5, "walk_id": None, "n": 3, "file": text}
            add_cells(row)
            add_line(row)
    return (tmp_path / "t.csv").read_bytes().decode("utf-8"), (tmp_path / "t.jsonl").read_bytes().decode("ascii")


def test_no_text_is_a_formula_or_breaks_a_line(tmp_path: Path) -> None:
    text, _ = written(tmp_path)
    lines = text.splitlines()
    assert len(lines) == 1 + len(EVIL)
    for delimiter in ",;\t":  # as spreadsheets of different countries take it
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        assert len(rows) == 1 + len(EVIL)
        cells = [cell.strip().strip('"') for row in rows[1:] for cell in row]
        outside = [cell for cell in cells if not cell.startswith("-0.5")]
        assert not [cell for cell in outside if cell[:1] in tuple("=+-@\uff1d")], delimiter


def test_numbers_stay_numbers_and_plain_text_stays(tmp_path: Path) -> None:
    text, _ = written(tmp_path)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(row["walk_id"], row["n"], row["x"]) for row in rows} == {("", "3", "-0.5")}
    assert rows[-1]["file"] == "żółć 走"
    assert rows[0]["file"] == "'=1+1"
    assert cell_text("walks/a-b=c;d.npz") == "walks/a-b=c;d.npz"


def test_json_lines_hold_texts_as_they_are(tmp_path: Path) -> None:
    _, text = written(tmp_path)
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["file"] for row in rows] == list(EVIL)
    assert all(tuple(row) == COLUMNS for row in rows)


def test_rows_are_on_the_disk_as_they_come_and_the_file_appears_at_the_end(tmp_path: Path) -> None:
    with csv_file(tmp_path / "t.csv", ("a",)) as add:
        add({"a": "first"})
        (part,) = tmp_path.glob(".t.csv.*.part")
        assert part.read_text() == "a\nfirst\n"
        assert not (tmp_path / "t.csv").exists()
        with (
            pytest.raises(DataError, match="another process is writing this file"),
            sole_writer(tmp_path / "t.csv", "file"),
        ):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_what_a_kill_left_goes_with_the_next_file(tmp_path: Path) -> None:
    (tmp_path / ".t.csv.0123abcd.part").write_text("a\nhalf")
    (tmp_path / ".other.csv.0123abcd.part").write_text("a\nhalf")
    with csv_file(tmp_path / "t.csv", ("a",)):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.csv.0123abcd.part", "t.csv"]


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch, 1_000)
    with pytest.raises(DataError, match=r"t\.csv: cannot be written"), csv_file(tmp_path / "t.csv", ("a",)) as add:
        add({"a": "x" * 2_000})
    assert list(tmp_path.iterdir()) == []


def test_what_may_be_replaced(tmp_path: Path) -> None:
    table, lines, foreign, empty = (tmp_path / name for name in ("t.csv", "t.jsonl", "foreign.csv", "empty"))
    written(tmp_path)
    foreign.write_text("file;walk_id\n")
    empty.touch()
    is_table, is_lines = begins_like_csv(COLUMNS[:2]), begins_like_json_lines(COLUMNS[:2])
    assert [is_table(path) for path in (table, lines, foreign, empty)] == [True, False, False, True]
    assert [is_lines(path) for path in (table, lines, foreign, empty)] == [False, True, False, True]
    refuse_output_file(table, True, is_table, "a table")
    refuse_output_file(tmp_path / "new.csv", False, is_table, "a table")
    for path, overwrite, words in (
        (table, False, "give --overwrite"),
        (foreign, True, "is not a table"),
        (tmp_path, True, "is a folder"),
    ):
        with pytest.raises(DataError, match=words):
            refuse_output_file(path, overwrite, is_table, "a table")
