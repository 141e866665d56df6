"""The pictures show what they are given: read back from the figure's own objects."""

import errno
import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from scoliogait.errors import DataError
from scoliogait.report import figures
from scoliogait.report.charts import LearningCurve, confusion_matrix_figure, learning_curve_figure
from scoliogait.report.figures import DPI, figure_png, save_figure

TABLE = [[180, 14, 10], [40, 52, 34], [0, 0, 0]]


def texts_of(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_matrix_shows_counts_and_row_shares() -> None:
    texts = texts_of(confusion_matrix_figure(TABLE))
    for count in np.ravel(TABLE):
        assert str(count) in texts
    assert "88% of row" in texts
    assert texts.count("no such walk") == 3


def test_the_matrix_names_truth_and_prediction() -> None:
    axes = confusion_matrix_figure(TABLE, note="12 simulated walks").axes[0]
    assert "predicted class" in axes.get_xlabel()
    assert "12 simulated walks" in axes.get_xlabel()
    assert "true class" in axes.get_ylabel()
    assert [label.get_text() for label in axes.get_xticklabels()] == ["negative", "neutral", "positive"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "negative\n(204)",
        "neutral\n(126)",
        "positive\n(0)",
    ]


def test_a_figure_becomes_the_same_png_each_time() -> None:
    first = figure_png(confusion_matrix_figure(TABLE))
    assert first == figure_png(confusion_matrix_figure(TABLE))
    picture = imread(io.BytesIO(first))
    assert picture.shape[:2] == (5.0 * DPI, 5.4 * DPI)
    assert picture.std() > 0.05


def test_the_learning_curve_marks_the_selected_step() -> None:
    curve = LearningCurve(range(100), np.linspace(2, 1, 100).tolist(), [25, 50, 75], [0.3, 0.6, 0.5], 50)
    figure = learning_curve_figure(curve)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), np.linspace(2, 1, 100))
    # A straight line stays itself under the running mean, but for its ends.
    np.testing.assert_allclose(figure.axes[0].lines[1].get_ydata()[5:-5], np.linspace(2, 1, 100)[5:-5])
    assert texts_of(figure) == ["selected: step 50, macro-F1 0.60"]


def test_a_curve_without_selection_has_no_mark() -> None:
    assert texts_of(learning_curve_figure(LearningCurve([1, 2], [2.0, 1.0], [2], [0.4]))) == []


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        (LearningCurve([1, 2], [1.0], [1], [0.5]), "as many values as steps"),
        (LearningCurve([], [], [1], [0.5]), "some of each"),
        (LearningCurve([1], [1.0], [1], [0.5], 7), "selected step 7"),
    ],
)
def test_a_bad_curve_is_refused(curve: LearningCurve, message: str) -> None:
    with pytest.raises(DataError, match=message):
        learning_curve_figure(curve)


@pytest.mark.parametrize("table", [np.zeros((2, 2)), -np.ones((3, 3))])
def test_a_bad_table_is_refused(table: np.ndarray) -> None:
    with pytest.raises(DataError, match="confusion matrix"):
        confusion_matrix_figure(table)


def test_saving_is_atomic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "confusion.png"
    save_figure(confusion_matrix_figure(TABLE), path)
    before = path.read_bytes()
    assert before == figure_png(confusion_matrix_figure(TABLE))

    def fail(self: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(figures.Path, "write_bytes", fail)
    with pytest.raises(DataError, match=r"confusion\.png: cannot be written"):
        save_figure(confusion_matrix_figure([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), path)
    assert path.read_bytes() == before
