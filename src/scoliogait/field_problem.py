"""What is wrong with a file or a setting that pydantic refuses, in our words: which key, which value, what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

# By pydantic's own names of its errors; ``{...}`` is filled from what it says beside them.
_EXPECTED: dict[str, str] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dataclass_type": "a table of keys and values",
    "dict_type": "a table of keys and values",
    "enum": "one of {expected}",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt:g}",
    "less_than_equal": "{le:g} or less",
    "list_type": "a list",
    "literal_error": "one of {expected}",
    "model_type": "a table of keys and values",
    "multiple_of": "a multiple of {multiple_of:g}",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "{min_length} characters or more",
    "string_type": "text",
    "too_long": "{max_length} entries or fewer",
    "too_short": "{min_length} entries or more",
    "tuple_type": "a list",
    "union_tag_invalid": "one of {expected_tags}",
}


def field_problem(error: ValidationError) -> str:
    """The first mistake as ``key is value; expected ...``, and how many more there are, in one line."""
    first = first_error(error)
    key = ".".join(map(str, first["loc"])) or "it"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] in ("missing", "union_tag_not_found"):
        return f"{key} is missing{more}"
    if first["type"] == "extra_forbidden":
        return f"{key} is an unknown key{more}"
    return f"{problem_of_value(key, first)}{more}"


def first_error(error: ValidationError) -> Mapping[str, Any]:
    """pydantic's description of the first mistake; an unknown key explains the missing one beside it."""
    return min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")


def problem_of_value(key: str, found: Mapping[str, Any]) -> str:
    """``key is value; expected ...`` of a value that is there and is not what it must be."""
    if found["type"] == "value_error":  # a check of ours, in our words
        return str(found["msg"]).removeprefix("Value error, ")
    value = found["ctx"]["tag"] if found["type"] == "union_tag_invalid" else found["input"]
    expected = _EXPECTED.get(found["type"], "another value").format(**found.get("ctx", {}))
    return f"{key} is {_shown(value)}; expected {expected}"


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
