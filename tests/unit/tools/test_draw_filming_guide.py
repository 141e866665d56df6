"""The pictures of the filming guide: every word is readable on a narrow page, inside of its picture, over no other."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from tools import draw_filming_guide as guide

from scoliogait.report.figures import DPI
from scoliogait.serve.filming import PICTURE_FILES
from scoliogait.skeleton import JOINT

# The width of a picture on a page of 390 px, and the smallest letters to be read there.
SHOWN_PX, SMALLEST_PX = 360, 9.0
FIGURES = {"place": guide.place, "way": guide.way, "picture": guide.picture, "clothes": guide.clothes}


def drawn_words(figure: Figure) -> list[Text]:
    figure.draw_without_rendering()
    return [text for axes in figure.axes for text in axes.texts if text.get_text()]


@pytest.mark.parametrize("name", FIGURES)
def test_words_are_readable_and_in_their_place(name: str) -> None:
    figure = FIGURES[name]()
    figure.set_dpi(DPI)
    scale = SHOWN_PX / (figure.get_figwidth() * DPI)
    texts = drawn_words(figure)
    assert texts
    boxes = [text.get_window_extent() for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        assert text.get_fontsize() * DPI / 72 * scale >= SMALLEST_PX
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, text.get_text()
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, text.get_text()
    for a, b in combinations(range(len(texts)), 2):
        assert not boxes[a].overlaps(boxes[b]), (texts[a].get_text(), texts[b].get_text())


def test_left_is_the_walkers_left() -> None:
    front, back = (guide.person(view) for view in ("front", "back"))
    left, right = JOINT["left_shoulder"], JOINT["right_shoulder"]
    assert front[left, 0] > front[right, 0]
    assert back[left, 0] < back[right, 0]
    assert np.ptp(front[:, 1]) > 1.2  # metres


def test_the_page_shows_all_of_them(tmp_path: Path) -> None:
    guide.main(tmp_path, tmp_path / "static")
    page = Path("docs/filming.md").read_text(encoding="utf-8")
    written = sorted(path.name for path in (tmp_path / "images").iterdir())
    assert written == sorted(f"filming-{name}.png" for name in FIGURES)
    assert [name for name in written if f"(images/{name})" not in page] == []


def test_the_pictures_of_the_page_of_serve_are_there_and_have_no_words(tmp_path: Path) -> None:
    figures = guide.wordless()
    assert [name for name, figure in figures.items() if drawn_words(figure)] == []
    guide.main(tmp_path, tmp_path / "static")
    assert {path.name for path in (tmp_path / "static").iterdir()} == PICTURE_FILES
    shipped = Path(guide.__file__).parents[1] / "src" / "scoliogait" / "serve" / "static"
    assert {path.name for path in shipped.glob("*.png")} == PICTURE_FILES
