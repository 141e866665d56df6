"""An AVI file whose headers hold no frame rate: read, and never in silence."""

from pathlib import Path

import pytest

from scoliogait.video.decode import open_video
from scoliogait.walk import DOUBT
from videos import grey_ramp, write_video


def without(path: Path, headers: tuple[bytes, ...]) -> Path:
    """The same file with the rate of these headers set to zero."""
    content = bytearray(path.read_bytes())
    for name in headers:
        at = content.find(name)
        first, size = {b"avih": (8, 4), b"strh": (28, 8)}[name]
        content[at + first : at + first + size] = bytes(size)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("headers", "is_doubted"),
    [((), False), ((b"strh",), False), ((b"avih",), False), ((b"strh", b"avih"), True)],
)
def test_a_rate_that_no_header_states_is_a_doubt(tmp_path: Path, headers: tuple[bytes, ...], is_doubted: bool) -> None:
    made = without(write_video(tmp_path / "a.avi", [grey_ramp(i) for i in range(8)]), headers)
    with open_video(made) as video:
        times_s = [picture.time_s for picture in video]
    assert len(times_s) == 8
    assert (times_s[-1] == pytest.approx(0.7)) is not is_doubted
    doubts = [note for note in video.notes if note.startswith(DOUBT) and "frame rate is unknown" in note]
    assert len(doubts) == is_doubted
