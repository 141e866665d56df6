"""What pydantic found wrong, in our words: field, value, what was expected. Its own sentences never reach a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

# How pydantic describes one mistake.
Found = Mapping[str, Any]

_LONGEST_VALUE = 80
# What was expected, by pydantic's name of the error; names in braces come from its context.
_EXPECTED = {
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "multiple_of": "a multiple of {multiple_of}",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "string_too_short": "{min_length} characters or more",
    "string_too_long": "{max_length} characters or fewer",
    "none_required": "nothing (null)",
    "too_short": "{min_length} entries or more",
    "too_long": "{max_length} entries or fewer",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table of keys and values",
    "mapping_type": "a table of keys and values",
    "model_type": "a table of keys and values",
    "dataclass_type": "a table of keys and values",
    "string_pattern_mismatch": "text of the form {pattern}",
    "model_attributes_type": "a table of keys and values",
    "union_tag_invalid": "one of {expected_tags}",
}
_MISSING = ("missing", "union_tag_not_found")


def first_problem(error: ValidationError) -> Found:
    """The find to report: an unknown key before all others, since it explains the missing one beside it."""
    return min(error.errors(include_url=False), key=lambda found: found["type"] != "extra_forbidden")


def problem_text(found: Found, field: str) -> str:
    """One find in our words, such as ``trainer.steps is 0; expected 1 or more``."""
    kind = found["type"]
    if kind == "extra_forbidden":
        return f"{field}: unknown key (value {shown_value(found['input'])})"
    if kind in _MISSING:
        return f"{field}: is missing; add it"
    if kind in ("value_error", "assertion_error"):  # said by a check of ours
        return str(found["ctx"]["error"])
    return f"{field} is {shown_value(_given(found))}; expected {expected_text(found)}"


def expected_text(found: Found) -> str:
    """What would have been right."""
    context: Mapping[str, Any] = found.get("ctx", {})
    return _EXPECTED.get(found["type"], "another kind of value").format_map(
        {name: f"{value:g}" if isinstance(value, float) else value for name, value in context.items()}
    )


def field_problem(error: ValidationError) -> str:
    """The first find of an error, and how many more there are, for values whose fields are called as in the model."""
    found = first_problem(error)
    field = ".".join(map(str, found["loc"])) or "it"
    if found["type"] == "extra_forbidden":
        return f"{field} is an unknown key{more_text(error)}"
    if found["type"] in _MISSING:
        return f"{field} is missing{more_text(error)}"
    return f"{problem_text(found, field)}{more_text(error)}"


def more_text(error: ValidationError) -> str:
    """Such as `` (and 2 more problems)``; empty for one find."""
    more = error.error_count() - 1
    return f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""


def shown_value(value: Any) -> str:
    """A value as Python writes it, in one line, cut where it is long."""
    try:
        text = " ".join(repr(value).split())
    except (ValueError, RecursionError):  # a number of thousands of digits, or something very deep
        return f"a {type(value).__name__} that cannot be shown"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def dotted_key(location: Sequence[int | str], content: Any) -> str:
    """pydantic's location without the tags of unions, which are no keys of the file."""
    parts: list[str] = []
    for depth, part in enumerate(location):
        is_last = depth == len(location) - 1
        known = (isinstance(content, Mapping) and part in content) or (isinstance(content, list) and part != "tuple")
        if known:
            content = content[part] if not isinstance(part, int) or part < len(content) else None
        elif not is_last:
            continue
        parts.append(str(part))
    return ".".join(parts)


def _given(found: Found) -> Any:
    return found["ctx"]["tag"] if found["type"] == "union_tag_invalid" else found["input"]
