"""YAML from outside, without what it can do to a reader: aliases that multiply, keys given twice, odd numbers."""

from __future__ import annotations

from typing import Any

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from scoliogait.limits import MAX_DIGITS, MAX_NESTING, MAX_YAML_BYTES, MAX_YAML_VALUES
from scoliogait.plain_text import is_storable

_WHOLE = "tag:yaml.org,2002:int"


class YamlTextError(Exception):
    """The text is no YAML, or YAML that is not read; the message says why, without naming the file."""


def load_yaml(text: str) -> Any:
    """The content of a YAML text, of plain types alone; nothing in it is executed.

    Raises YamlTextError for what is not YAML, a key given twice, more than 10,000 values when aliases are written out,
    nesting deeper than 50, a whole number of more than 30 digits, and text that UTF-8 cannot hold.
    """
    if len(text) > MAX_YAML_BYTES:
        raise YamlTextError(f"is not read: it is longer than {MAX_YAML_BYTES:,} characters")
    try:
        return _checked_content(text)
    except YamlTextError:
        raise
    except Exception as error:  # an impossible date, an empty number, deep nesting: nearly any exception of the parser
        raise YamlTextError(f"is not YAML ({' '.join(str(error).split()) or type(error).__name__})") from error


def _checked_content(text: str) -> Any:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _Check().size_of(node, 0)
        return loader.construct_document(node)
    finally:
        loader.dispose()


class _Check:
    """Looks at the nodes before values are made of them; each node is looked at once, however many aliases name it."""

    def __init__(self) -> None:
        self._sizes: dict[int, int | None] = {}

    def size_of(self, node: Node, depth: int) -> int:
        """Values in this part of the tree, aliases written out. Raises YamlTextError as ``load_yaml`` does."""
        if depth > MAX_NESTING:
            raise _refused(node, f"nested more than {MAX_NESTING} deep")
        known = self._sizes.get(id(node), 0)
        if known is None:
            raise _refused(node, "an alias inside of what it names")
        if known:
            return known
        self._sizes[id(node)] = None
        size = 1 + sum(self.size_of(inner, depth + 1) for inner in self._inner(node))
        if size > MAX_YAML_VALUES:
            raise _refused(node, f"more than {MAX_YAML_VALUES:,} values")
        self._sizes[id(node)] = size
        return size

    def _inner(self, node: Node) -> list[Node]:
        if isinstance(node, SequenceNode):
            return list(node.value)
        if isinstance(node, MappingNode):
            _refuse_repeated_keys(node)
            return [part for pair in node.value for part in pair]
        _check_scalar(node)
        return []


def _refuse_repeated_keys(node: MappingNode) -> None:
    seen: set[tuple[str, str]] = set()
    for key, _ in node.value:
        if not isinstance(key, ScalarNode):
            raise _refused(key, "a key that is no text")
        if (key.tag, key.value) in seen:
            raise _refused(key, f"the key {key.value!r} a second time; give it once")
        seen.add((key.tag, key.value))


def _check_scalar(node: Node) -> None:
    if not is_storable(node.value):
        raise _refused(node, "text that UTF-8 cannot hold")
    if node.tag == _WHOLE and len(node.value) > MAX_DIGITS:
        raise _refused(node, f"a whole number of {len(node.value)} digits")


def _refused(node: Node, what: str) -> YamlTextError:
    return YamlTextError(f"is not read: line {node.start_mark.line + 1} holds {what}")
