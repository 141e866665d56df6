"""Pictures on a page: none is shrunk so far that its letters cannot be read."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from scoliogait.measurement.posture import measure_posture
from scoliogait.report.charts import LearningCurve, confusion_matrix_figure, learning_curve_figure
from scoliogait.report.figures import SMALLEST_TEXT_PT, figure_png, new_figure, smallest_text_pt
from scoliogait.report.page import filled
from scoliogait.report.page_pictures import page_figure, page_picture
from scoliogait.report.walk_pictures import asymmetry_figure, coordinates_figure, map_montage_figure, skeleton_figure
from walk_fixtures import drawn_walks

WALK = next(drawn_walks(1))
assert WALK.poses is not None
FIGURES = {
    "confusion matrix": confusion_matrix_figure(np.diag([3, 4, 5]), note="12 walks"),
    "learning curve": learning_curve_figure(LearningCurve([1, 2, 3], [1.0, 0.8, 0.7], [2, 3], [0.4, 0.5], 3)),
    "skeleton": skeleton_figure(WALK),
    "maps": map_montage_figure(np.ones((30, 2, 64, 44), np.float32)),
    "coordinates": coordinates_figure(np.ones((30, 17, 3), np.float32)),
    "asymmetry": asymmetry_figure(measure_posture(WALK.poses, 33.0)),
}


PHONE_CONTENT_PX = 350  # of 390, between the margins


@pytest.mark.parametrize("name", FIGURES)
def test_the_smallest_letters_can_be_read_where_a_picture_is_scrolled(name: str) -> None:
    figure: Figure = FIGURES[name]
    picture = page_figure(figure)
    sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert min(sizes) == smallest_text_pt(figure) >= SMALLEST_TEXT_PT
    assert 9.0 <= min(sizes) * picture.least_px / (72 * figure.get_figwidth()) < 9.2


@pytest.mark.parametrize("name", ["confusion matrix", "learning curve"])
def test_the_charts_of_a_test_fit_a_phone_without_scrolling(name: str) -> None:
    assert page_figure(FIGURES[name]).least_px <= PHONE_CONTENT_PX


def test_a_picture_whose_letters_are_not_known_is_taken_to_have_the_smallest() -> None:
    png = figure_png(FIGURES["confusion matrix"])
    assert page_picture(png).least_px > page_picture(png, 10.0).least_px


def test_a_page_states_how_wide_each_picture_must_be() -> None:
    picture = page_picture(figure_png(new_figure(5.0, 1.0)))
    page = filled("reproduction.html", title="t", marks=[], statements=[], picture=picture, tables=[])
    assert f'style="--least: {picture.least_px}px"' in page
    assert "min-width: var(--least)" in page
