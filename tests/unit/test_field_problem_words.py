"""Whatever is wrong with a value, the message is in our words: pydantic's own sentences reach nobody."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bundles import untrained_bundle
from scoliogait.checkpoints.config_file import config_digest, read_config
from scoliogait.errors import ScoliogaitError
from scoliogait.field_problem import expected_text, problem_text
from scoliogait.models.pose_set import PoseSet
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import parse_contract
from scoliogait.training.recipe_file import known_keys, load_recipe

# The beginnings of pydantic's sentences, and its addresses.
PYDANTIC = re.compile(
    r"[Ii]nput should|[Ff]ield required|[Ee]xtra inputs|[Vv]alidation error|[Vv]alue error|[Ii]nput tag|unable to|"
    r"(String|Tuple|List) should|errors\.pydantic|type=|input_value|another kind of value"
)
FEW = ("-1", "x", "{a: 1}", "[1]")
MANY = (*FEW, "1.5", "true", "null", "''")
RECIPES = {"small-ske": MANY, "drf-112": FEW, "pose-set-112": FEW}


def refusal(work: Callable[[], object]) -> str | None:
    """The message, None where there is none. Any exception that is not ours rises."""
    try:
        work()
    except ScoliogaitError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", RECIPES)
def test_no_wrong_recipe_is_told_in_the_words_of_a_library(name: str) -> None:
    messages = [
        (f"{key}={value}", refusal(lambda key=key, value=value: load_recipe(name, [f"{key}={value}"])))  # type: ignore[misc]
        for key in sorted(set(known_keys()))
        for value in RECIPES[name]
    ]
    refused = [(override, message) for override, message in messages if message is not None]
    assert len(refused) > 100
    assert [(override, message) for override, message in refused if PYDANTIC.search(message)] == []
    assert [message for _, message in refused if "\n" in message] == []


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("optimizer.lr=x", "optimizer.lr is 'x'; expected a number"),
        ("trainer.steps=1.5", "trainer.steps is 1.5; expected a whole number"),
        ("log.tensorboard=7", "log.tensorboard is 7; expected true or false"),
        ("trainer.select=loss", "trainer.select is 'loss'; expected one of 'macro_f1' or 'accuracy'"),
        ("optimizer.name=adam", "optimizer.name is 'adam'; expected one of 'sgd', 'adamw'"),
        ("sampler.mirror=2", "sampler.mirror is 2; expected 1 or less"),
        ("losses.cross_entropy.label_smoothing=1", "expected less than 1"),
        ("contract=3", "contract is 3; expected a table of keys and values"),
        ("model.channels=[1,2]", "model.channels.2: is missing; add it"),
        ("model.channels=8", "model.channels is 8; expected a list"),
    ],
)
def test_a_message_says_field_value_and_what_was_expected(override: str, words: str) -> None:
    assert words in str(refusal(lambda: load_recipe("small-ske", [override])))


def test_contracts_and_models_and_bundles(tmp_path: Path) -> None:
    wrong: list[Callable[[], object]] = [
        lambda: parse_contract({}, "c.json"),
        lambda: parse_contract({"representation": 3}, "c.json"),
        lambda: parse_contract({"representation": "silhouette", "size_px": "x", "colour": 1}, "c.json"),
        lambda: parse_contract({"representation": "skeleton-map", "skeleton_map": {"sigma_limb": 900}}, "c.json"),
        lambda: ScoNet(channels=(0, 1, 1, 1)),
        lambda: ScoNet(parts="many"),  # type: ignore[arg-type]
        lambda: PoseSet(width=-1),
    ]
    for change in ({"architecture": {}}, {"architecture": {"architecture": "x"}}, {"temperature": 0}, {"new": 1}):
        wrong.append(lambda change=change: read_config(_edited(tmp_path, change)))  # type: ignore[misc]
    for work in wrong:
        message = refusal(work)
        assert message is not None
        assert not PYDANTIC.search(message), message


def _edited(folder: Path, change: dict[str, Any]) -> Path:
    """A ``config.json`` with a change, and a digest that agrees with it."""
    file = untrained_bundle(folder / "bundle") / "config.json"
    content = json.loads(file.read_text())
    del content["digest"]
    content |= change
    file.write_text(json.dumps(content | {"digest": config_digest(content)}))
    return file


def test_an_error_that_is_not_in_the_table_is_still_in_our_words() -> None:
    found = dict(type="brand_new", loc=("a",), msg="Input should be nice", input=1)
    assert problem_text(found, "a") == "a is 1; expected another kind of value"
    assert expected_text(found) == "another kind of value"
