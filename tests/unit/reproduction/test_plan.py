"""The plan of a reproduction: rows, their recipes, their choice, their order."""

import pytest

from scoliogait.data.partition import PUBLISHED
from scoliogait.errors import RecipeError
from scoliogait.models.build import build_model
from scoliogait.reproduction.plan import ROWS, chains, choose_rows
from scoliogait.reproduction.published import PUBLISHED_FIGURES


@pytest.mark.parametrize("name", ROWS)
def test_every_row_has_a_recipe_and_a_smoke_size(name: str) -> None:
    row = ROWS[name]
    full, smoke = row.load(), row.load(smoke=True)
    assert smoke.contract.model_copy(update={"max_frames": full.contract.max_frames}) == full.contract
    assert smoke.model.architecture == full.model.architecture
    assert smoke.trainer.steps < 10 < full.trainer.steps
    assert sum(p.numel() for p in build_model(smoke.model).parameters()) < 20_000
    assert row.split in PUBLISHED


def test_models_of_the_papers_stand_on_every_split() -> None:
    for model in ("sconet", "sconet-mt", "sconet-mt-ske", "drf"):
        assert {f"{model}-{split}" for split in PUBLISHED} <= set(ROWS)


def test_each_figure_stands_beside_one_row_or_says_why_not() -> None:
    beside = [key for row in ROWS.values() for key in row.published]
    assert sorted(beside) == sorted(key for key, figure in PUBLISHED_FIGURES.items() if not figure.not_comparable)
    for row in ROWS.values():
        assert all(figure.split == row.split for figure in row.figures)


def test_choosing_by_name_and_pattern_keeps_the_order_of_the_table() -> None:
    assert [row.name for row in choose_rows(["drf-118, sconet-112", "pose-set-*"])] == [
        "sconet-112",
        "drf-118",
        "pose-set-112",
        "pose-set-118",
    ]
    assert len(choose_rows()) == len(ROWS)


def test_a_row_brings_the_one_it_starts_from_and_follows_it() -> None:
    rows = choose_rows(["body-only-adamw-112", "drf-warm-112", "drf-112"])
    assert [[row.name for row in chain] for chain in chains(rows)] == [
        ["drf-112"],
        ["body-only-sgd-112", "body-only-adamw-112", "drf-warm-112"],
    ]


def test_an_unknown_row_is_named_with_its_neighbour() -> None:
    with pytest.raises(RecipeError, match=r"--rows drf-119: no such row; did you mean 'drf-11[268]'"):
        choose_rows(["sconet-112", "drf-119"])
