"""Names of our own, and names of users made harmless."""

import pytest

from scoliogait.plain_text import without_hidden
from scoliogait.serve.names import is_id, new_id, person_code, shown_name
from scoliogait.serve.refused import Refused


def test_an_id_cannot_be_guessed_and_is_one() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_id(one) for one in ids)


@pytest.mark.parametrize("text", ["", "0" * 15, "0" * 17, "0" * 15 + "g", "0" * 15 + "A", "0" * 15 + "\n", "٠" * 16])
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("walk.mp4", "walk.mp4"),
        ("/".join(("..", "..", "etc", "passwd")), "passwd"),
        ("C:\\videos\\walk.mp4", "walk.mp4"),
        ("a\x00b\x1b[31m\u202ec\u2028d.mp4", "ab[31mcd.mp4"),
        ("王小明.mp4", "王小明.mp4"),
        ("", "unnamed"),
        ("\u202e", "unnamed"),
    ],
)
def test_a_name_is_shown_without_what_it_could_do(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_a_long_name_keeps_its_ending() -> None:
    assert shown_name("w" * 500 + ".mp4") == "w" * 69 + "…" + "w" * 6 + ".mp4"


def test_a_long_code_is_refused() -> None:
    assert person_code("  K  1 ") == "K 1"
    with pytest.raises(Refused, match="long_code"):
        person_code("K" * 500)


def test_hidden_characters_go() -> None:
    assert without_hidden("a\u200eb\nc\ud800d") == "abcd"
    assert without_hidden("plain é 王") == "plain é 王"
