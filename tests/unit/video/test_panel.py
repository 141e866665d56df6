"""The strip below a picture: all its words fit, and the words of a picture go with it."""

import numpy as np
import pytest

from scoliogait.video.lettering import BOLD, in_lines, shortened, width_of, write_text
from scoliogait.video.panel import Panel, note_lines


def test_long_notes_are_broken_and_cut_with_a_count() -> None:
    notes = [f"Doubtful: note {number} " + "with many words " * 8 for number in range(9)]
    lines = note_lines(notes, 500, 18)
    assert len(lines) == 6
    assert all(width_of(line, 18) <= 500 for line in lines)
    n_all = sum(len(in_lines(note, 500, 18)) for note in notes)
    assert f"and {n_all - 5} more lines" in lines[-1]
    assert note_lines(["short"], 500, 18) == ["short"]


@pytest.mark.parametrize("text", ["walk.mp4", "a very long name of a file " * 9 + ".mp4", "長い名前" * 60, "x" * 400])
def test_names_are_shortened_in_their_middle(text: str) -> None:
    short = shortened(text, 300, 20, BOLD)
    assert width_of(short, 20, BOLD) <= 300
    head, _, tail = short.partition("…")
    assert text.startswith(head)
    assert text.endswith(tail)


def test_no_word_leaves_the_panel() -> None:
    panel = Panel.of(640, 20, "name " * 90, ["note " * 300], show_faces=False)
    words = panel.with_words("fact " * 90, "doubt " * 90)
    assert words.shape == panel.blank.shape
    assert words.shape[0] % 2 == 0
    assert (words[:, -10:] == 255).all()
    assert (words[-3:] == 255).all()


def test_words_of_one_picture_do_not_stay_on_the_next() -> None:
    panel = Panel.of(640, 20, "walk.mp4", [], show_faces=True)
    first = panel.with_words("one", "two").copy()
    panel.with_words("three", "four")
    np.testing.assert_array_equal(panel.with_words("one", "two"), first)


def test_text_begins_and_stands_where_it_is_to() -> None:
    canvas = np.full((60, 300, 3), 255, dtype=np.uint8)
    end = write_text(canvas, "HIM", 20, 40, 24, (0, 0, 0))
    rows, columns = np.nonzero((canvas < 128).any(axis=-1))
    assert 20 <= columns.min() <= 24
    assert columns.max() < end <= columns.max() + 6
    assert 37 <= rows.max() <= 40
