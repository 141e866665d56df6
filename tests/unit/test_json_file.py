"""One way of reading our JSON files: what is wrong with one is said in a line that names file, key and remedy."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from scoliogait.errors import DataError
from scoliogait.json_file import Format, has_format, parse_model, read_versioned

NOTES = Format("scoliogait.notes", 2, "a file of notes", "write it again")


class Notes(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    pages: int = 1
    kind: Literal["long", "short"] = "short"


def written(path: Path, **content: Any) -> Path:
    path.write_text(json.dumps(NOTES.mark | content), encoding="utf-8")
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = written(tmp_path / "n.json", title="x", pages=3)
    assert read_versioned(file, Notes, NOTES) == Notes(title="x", pages=3)
    assert has_format(file, NOTES)
    assert not has_format(tmp_path / "none.json", NOTES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "title is missing; write it again"),
        ({"title": 3}, "title is 3; expected text; write it again"),
        ({"title": "x", "pages": "3"}, "pages is '3'; expected a whole number"),
        ({"title": "x", "kind": "thick"}, "kind is 'thick'; expected one of 'long' or 'short'"),
        ({"title": "x", "pagse": 3}, "pagse is an unknown key"),
        ({"pagse": 3}, r"pagse is an unknown key \(and 1 more problem\)"),
        ({"version": 1, "title": "x"}, "is of version 1, this program reads version 2; write it again"),
        ({"version": None, "title": "x"}, "states no version, this program reads version 2"),
        ({"format": "another", "title": "x"}, "is not a file of notes"),
    ],
)
def test_what_is_refused(content: dict[str, Any], message: str, tmp_path: Path) -> None:
    file = written(tmp_path / "n.json", **content)
    with pytest.raises(DataError, match=message) as refused:
        read_versioned(file, Notes, NOTES)
    text = str(refused.value)
    assert text.startswith(f"{file}: ")
    assert "\n" not in text
    assert "Input should" not in text
    assert "validation error" not in text


@pytest.mark.parametrize("text", ["[1]", "{", "null", '"scoliogait.notes"'])
def test_what_is_no_table_at_all(text: str, tmp_path: Path) -> None:
    file = tmp_path / "n.json"
    file.write_text(text)
    assert not has_format(file, NOTES)
    with pytest.raises(DataError, match=r"n\.json: is not"):
        read_versioned(file, Notes, NOTES)
    with pytest.raises(DataError, match=r"here: it is \[1\]; expected a table of keys and values; mend it"):
        parse_model([1], "here", Notes, "mend it")
