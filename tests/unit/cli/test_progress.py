"""The bars that a person sees who waits: walks, and below them the pictures of a video with what is known so far."""

import io

from scoliogait.cli.console import Console
from scoliogait.cli.progress import progress_bar


def shown(terminal: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=160, legacy_windows=False)
    with progress_bar("screening", 3, console) as bar:
        bar.reach(1, 3, "a [red] walk\x1b.mp4")
        for n in range(1, 31):
            bar.look(n, 300, "1 person, 184 px tall")
        bar._bar.refresh()
        bar.end_look()
        bar.advance()
        bar.look(1, 0, "nobody so far")
        bar._bar.refresh()
        bar.end_look()
    return stream.getvalue()


def test_walks_pictures_rate_time_left_and_words_on_a_terminal() -> None:
    seen = shown(terminal=True)
    for words in ("screening", "1/3", "a [red] walk\\x1b.mp4", "pictures", "30/300", "1 person, 184 px tall", " per s"):
        assert words in seen
    assert "2/3" in seen
    assert "nobody so far" in seen
    assert "1/?" in seen  # nobody knows how many there will be


def test_nothing_in_a_pipe() -> None:
    assert shown(terminal=False) == ""
