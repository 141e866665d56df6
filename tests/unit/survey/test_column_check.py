"""A column beside the classes: counts by hand, and what is said of columns that tell, say nothing, or are the class."""

import numpy as np
import pytest

from scoliogait.data.roster import ListedWalk
from scoliogait.data.walk_column import WalkColumn
from scoliogait.errors import DataError
from scoliogait.survey.column_check import check_column


def walks_and_column(site_of_sick: float, n: int = 200) -> tuple[list[ListedWalk], WalkColumn]:
    rng = np.random.default_rng(0)
    labels = rng.choice(3, n, p=(0.5, 0.1, 0.4))
    hospital = rng.random(n) < np.where(labels > 0, site_of_sick, 1 - site_of_sick)
    walks = [ListedWalk(f"w{k}", int(label), f"p{k}") for k, label in enumerate(labels)]
    return walks, WalkColumn(
        "site", "t.csv", {f"w{k}": "hospital" if one else "school" for k, one in enumerate(hospital)}
    )


def kinds(content: dict) -> list[tuple[str, str]]:
    return [(hazard.kind, hazard.severity) for hazard in content["hazards"]]


def test_counts_by_hand() -> None:
    walks = [ListedWalk("a", 0, "x"), ListedWalk("b", 2, "x"), ListedWalk("c", 2, "y"), ListedWalk("d", -1, "y")]
    walks += [ListedWalk("e", 1, None), ListedWalk("f", 0, "z")]
    content = check_column(WalkColumn("site", "t.csv", dict(zip("abcde", "AABBB", strict=True))), walks, 20)
    assert content["strata"] == [
        {"name": "A", "n_walks": 2, "n_people": 1, "classes": {"negative": 1, "neutral": 0, "positive": 1}},
        {"name": "B", "n_walks": 2, "n_people": 2, "classes": {"negative": 0, "neutral": 1, "positive": 1}},
    ]
    said = [hazard.sentence for hazard in content["hazards"]]
    assert "1 walks have no site and are left out." in said
    assert "1 walks have no class and are left out." in said
    assert "The person of 1 walks is unknown: intervals over walks are too narrow." in said
    assert any(
        sentence.startswith("1 of 2 values of site have no negative or no abnormal walk (B; 2") for sentence in said
    )


def test_a_site_that_tells_the_classes_is_serious() -> None:
    walks, column = walks_and_column(0.9)
    content = check_column(column, walks, 100)
    assert kinds(content)[0] == ("column-tells-class", "serious")
    assert content["column_alone"]["abnormal"]["value"] > 0.85


def test_a_site_that_says_nothing_is_a_note() -> None:
    walks, column = walks_and_column(0.5)
    assert kinds(check_column(column, walks, 100)) == [("column-says-little", "note")]


def test_a_site_that_is_the_class_is_broken() -> None:
    walks, column = walks_and_column(1.0)
    assert kinds(check_column(column, walks, 20)) == [("column-is-class", "broken")]


def test_walks_of_one_class_say_nothing() -> None:
    walks = [ListedWalk(f"w{k}", 0, f"p{k}") for k in range(8)]
    column = WalkColumn("site", "t.csv", {f"w{k}": "AB"[k % 2] for k in range(8)})
    assert kinds(check_column(column, walks, 5)) == [("one-class", "caution")]


def test_nothing_to_compare_is_refused() -> None:
    walks, column = walks_and_column(0.5)
    with pytest.raises(DataError, match=r"t\.csv: no walk has both a class and a value of site"):
        check_column(WalkColumn("site", "t.csv", {}), walks)
    with pytest.raises(DataError, match=r"t\.csv: column site: has one value, 'A'"):
        check_column(WalkColumn("site", "t.csv", dict.fromkeys(column.values, "A")), walks)
