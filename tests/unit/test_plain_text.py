import pytest

from scoliogait.errors import DataError
from scoliogait.plain_text import escaped, is_plain, is_storable
from scoliogait.walk import Walk
from walker import draw_walker


@pytest.mark.parametrize("name", ["w-1", "Größe 3", "患者 7", "a\u00a0b", "👩\u200d🦽"])
def test_names_of_people_are_plain(name: str) -> None:
    assert is_plain(name)
    assert is_storable(name)
    assert escaped(name) == name


@pytest.mark.parametrize("name", ["\x00", "a\x1b[2J", "a\nb", "\x7f", "\x9b", "a\u2028b", "a\u202eb", "\ud800"])
def test_what_drives_a_terminal_is_not(name: str) -> None:
    assert not is_plain(name)
    assert escaped(name).isprintable()
    assert escaped(name, keep=name) == name


@pytest.mark.parametrize("field", ["walk_id", "subject_id", "view"])
def test_a_walk_cannot_have_such_a_name(field: str) -> None:
    with pytest.raises(DataError, match=rf"{field} is 'a\\x1b\[2J'; expected text without control characters"):
        Walk(poses=draw_walker(3), **{field: "a\x1b[2J"})
