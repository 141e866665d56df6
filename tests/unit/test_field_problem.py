"""Whatever pydantic refuses is said in our words, for every kind of mistake that our files and recipes allow."""

from typing import Annotated, Any, Literal

import numpy as np
import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from scoliogait.field_problem import field_problem, shown_value


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]
    age: int = 0


class Everything(BaseModel):
    """A field for each kind of check."""

    flag: bool = True
    count: Annotated[int, Field(ge=2, multiple_of=2)] = 2
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    at_most: Annotated[float, Field(le=3)] = 1
    name: Annotated[str, Field(min_length=2, pattern="^[a-z]+$")] = "ab"
    names: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    pair: tuple[int, int] = (0, 0)
    table: dict[str, int] = {}
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat(kind="cat")
    inner: Dog = Dog(kind="dog")

    @model_validator(mode="after")
    def own_check(self) -> "Everything":
        if self.at_most > self.count:
            raise ValueError("at_most 2.5 exceeds count 2; lower it")
        return self


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"flag": "perhaps"}, "flag is 'perhaps'; expected true or false"),
        ({"count": 2.5}, "count is 2.5; expected a whole number"),
        ({"count": 0}, "count is 0; expected 2 or more"),
        ({"count": 3}, "count is 3; expected a multiple of 2"),
        ({"share": 0}, "share is 0; expected more than 0"),
        ({"share": 1}, "share is 1; expected less than 1"),
        ({"share": float("inf")}, "share is inf; expected a finite number"),
        ({"share": "x"}, "share is 'x'; expected a number"),
        ({"at_most": 4}, "at_most is 4; expected 3 or less"),
        ({"name": 1}, "name is 1; expected text"),
        ({"name": "a"}, "name is 'a'; expected 2 characters or more"),
        ({"name": "AB"}, "name is 'AB'; expected text of the form ^[a-z]+$"),
        ({"names": "a"}, "names is 'a'; expected a list"),
        ({"names": []}, "names is []; expected 1 entries or more"),
        ({"names": ["a"] * 3}, "names is ['a', 'a', 'a']; expected 2 entries or fewer"),
        ({"pair": 1}, "pair is 1; expected a list"),
        ({"table": []}, "table is []; expected a table of keys and values"),
        ({"table": {"a": None}}, "table.a is None; expected a whole number"),
        ({"pet": {"kind": "fish"}}, "pet is 'fish'; expected one of 'cat', 'dog'"),
        ({"pet": {}}, "pet is missing"),
        ({"inner": {"age": "old", "kind": "dog"}}, "inner.age is 'old'; expected a whole number"),
        ({"inner": 1}, "inner is 1; expected a table of keys and values"),
        ({"at_most": 2.5}, "at_most 2.5 exceeds count 2; lower it"),
        ({"count": 0, "share": 0}, "count is 0; expected 2 or more (and 1 more problem)"),
        ({"names": ["x" * 200, 1, 2]}, "expected 2 entries or fewer"),
    ],
)
def test_each_mistake_has_words_of_ours(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate(values)
    text = field_problem(refused.value)
    assert said in text
    assert "another value" not in text
    assert "nput should" not in text
    assert len(text) < 160


def test_a_value_of_several_lines_is_shown_in_one() -> None:
    assert shown_value(np.zeros((2, 2))) == "array([[0., 0.], [0., 0.]])"
