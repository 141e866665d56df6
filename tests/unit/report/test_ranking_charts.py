"""The pictures show the figures of the summary, and say "undefined" where there is nothing to draw."""

from pathlib import Path

import numpy as np
import pytest

from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.screening_plan import ScreeningPlan
from scoliogait.evaluation.summary import summarise
from scoliogait.report.evaluation import OPERATING_POINT, PRECISION_RECALL, RELIABILITY, ROC, write_evaluation
from scoliogait.report.ranking_charts import (
    operating_point_figure,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from scoliogait.scores import probabilities


def walks(prefix: str, n_walks: int, classes: tuple[int, ...] = (0, 1, 2)) -> Predictions:
    generator = np.random.default_rng(len(prefix))
    labels = np.array([classes[row % len(classes)] for row in range(n_walks)])
    logits = 0.2 * np.eye(3)[labels] + generator.normal(scale=0.15, size=(n_walks, 3))
    names = tuple(f"{prefix}{row}" for row in range(n_walks))
    return Predictions(names, names, labels, logits, probabilities(logits))


def legend_of(figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_areas_stand_in_the_legends() -> None:
    test = walks("t", 60)
    ranking = summarise(test, 50)["ranking"]
    for draw, area in ((roc_figure, "roc_auc"), (precision_recall_figure, "average_precision")):
        legend = legend_of(draw(test, ranking))
        assert legend[0].startswith(f"abnormal (neutral or positive): {ranking['abnormal'][area]['value']:.3f} (")
        assert len(legend) == 4


def test_a_class_without_walks_is_undefined_in_the_legend() -> None:
    test = walks("t", 20, (0, 2))
    legend = legend_of(roc_figure(test, summarise(test, 20)["ranking"]))
    assert "neutral alone: undefined" in legend


def test_reliability_draws_the_filled_bins_and_the_error() -> None:
    calibration = summarise(walks("t", 60), 50)["calibration"]
    figure = reliability_figure(calibration)
    above = figure.axes[0]
    filled = [row for row in calibration["top_label"]["bins"] if row["n"]]
    np.testing.assert_allclose(above.lines[-1].get_ydata(), [row["observed"] for row in filled])
    assert above.texts[0].get_text().startswith(f"ECE {calibration['top_label']['ece']['value']:.3f}")


def test_the_operating_point_stands_on_the_curve_of_the_walks_judged() -> None:
    test, validation = walks("t", 60), walks("vv", 45)
    point = summarise(test, 20, plan=ScreeningPlan(None, validation, 0.8))["operating_point"]
    axes = operating_point_figure(test, validation, point).axes[0]
    curve = axes.lines[0]
    assert curve.get_label() == "sensitivity, these walks"
    at_threshold = np.interp(point["threshold"], curve.get_xdata(), curve.get_ydata())
    assert at_threshold == pytest.approx(point["sensitivity"]["value"], abs=0.06)


@pytest.mark.slow
def test_the_folder_holds_every_picture_also_for_one_walk(tmp_path: Path) -> None:
    test, validation = walks("t", 30), walks("vv", 30)
    write_evaluation(tmp_path / "a", test, summarise(test, 20, plan=ScreeningPlan(0.1, validation, 0.8)), validation)
    for name in (ROC, PRECISION_RECALL, RELIABILITY, OPERATING_POINT):
        assert (tmp_path / "a" / name).stat().st_size > 5000
    one = walks("t", 1)
    write_evaluation(tmp_path / "b", one, summarise(one, 20))
    assert (tmp_path / "b" / RELIABILITY).is_file()
    assert not (tmp_path / "b" / OPERATING_POINT).exists()
