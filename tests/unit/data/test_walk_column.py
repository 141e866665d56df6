"""Values beside the walks: from a table by walk or by person, or from what a store knows."""

from pathlib import Path

import pytest

from scoliogait.data.csv_table import read_csv_table
from scoliogait.data.roster import ListedWalk
from scoliogait.data.walk_column import read_walk_column
from scoliogait.errors import DataError
from training_fixtures import tiny_store

WALKS = [ListedWalk("a1", 0, "anna"), ListedWalk("a2", 0, "anna"), ListedWalk("b1", 2, "ben", "b")]


def table(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_by_person(tmp_path: Path) -> None:
    found = read_walk_column("site", WALKS, table(tmp_path, "subject, site \nanna, Hong Kong\n\nben,\n"), None)
    assert found.values == {"a1": "Hong Kong", "a2": "Hong Kong"}


def test_by_walk_and_by_the_id_of_its_tree(tmp_path: Path) -> None:
    text = "site,id,subject\nA,a1,x\nB,a2,x\nC,b,x\nD,further,x\n"
    assert read_walk_column("site", WALKS, table(tmp_path, text), None).values == {"a1": "A", "a2": "B", "b1": "C"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,site\nanna,A\n", "has neither a column id"),
        ("id,site\na1,A\n", "has no line for 2 of 3 walks, the first: a2"),
        ("subject,site\nanna,A\n", "has no line for 1 of 3 walks, the first: b1, of ben"),
        ("id,site\na1,A\na1,B\n", "line 3: id a1 comes twice"),
        ("id,site\n,A\n", "line 2: the id is empty; name the walk"),
        ("id,sites,age\na1,A,1\n", "has no column 'site' to compare by; did you mean sites: it has sites, age"),
        ("id,class\na1,A\n", "it has none"),
        ("id,site,site\na1,A,B\n", "the heading 'site' empty or twice"),
        ("id,,site\na1,A,B\n", "the heading '' empty or twice"),
        ("id,site\na1,Hong Kong, China\n", "line 2: has 3 cells for 2 columns"),
        ("", "has neither a column id"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        read_walk_column("site", WALKS, table(tmp_path, text), None)
    assert str(tmp_path / "people.csv") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_of_people_needs_known_people(tmp_path: Path) -> None:
    walks = [*WALKS, ListedWalk("c1", 1)]
    with pytest.raises(DataError, match="the person of 1 of 4 walks is unknown, the first: c1"):
        read_walk_column("site", walks, table(tmp_path, "subject,site\nanna,A\nben,B\n"), None)


def test_without_a_table_or_a_store_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--by site: there is no table"):
        read_walk_column("site", WALKS, None, None)


def test_what_a_store_knows(tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store")
    walks = [ListedWalk(walk, 0) for walk in store.walk_ids[:3]]
    found = read_walk_column("n_frames", walks, None, store).values
    assert found == {walk: str(len(store.frames("poses", k))) for k, walk in enumerate(store.walk_ids[:3])}
    assert store.walk_facts(0) == {"simulated": "yes", "source": "memory", "n_frames": found[walks[0].id]}
    with pytest.raises(DataError, match="has no column 'site'"):
        read_walk_column("site", walks, None, store)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"id,site\n\xff\xfe,A\n")
    with pytest.raises(DataError, match="cannot be read as a CSV table"):
        read_csv_table(tmp_path / "people.csv")
    with pytest.raises(DataError, match="is no file but a folder"):
        read_csv_table(tmp_path)
