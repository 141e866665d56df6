"""Statistics of a set of walks: hand-solved maps, scaling, class means and a probe that must find a planted line."""

from pathlib import Path

import numpy as np
import pytest

from scoliogait.data.store import WalkStore, write_store
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.skeleton_map import render_skeleton_maps
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.survey import analysis


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    config = CohortConfig(n_walks=8, n_frames=12, silhouettes=False)
    walks = [simulate_walk(config, plan).walk for plan in plan_cohort(config)]
    folder: Path = tmp_path_factory.mktemp("analysis") / "store"
    return write_store(folder, walks, {"simulated": "yes"})


def test_support_agrees_with_counting_pixel_by_pixel(store: WalkStore) -> None:
    threshold = 20
    support = analysis.map_support(store, [0, 3], threshold)
    widths, heights, active, jitter = [], [], [], []
    for walk in (0, 3):
        maps = render_skeleton_maps(store.frames("poses", walk), SkeletonMapConfig(alignment="shared")).numpy()
        boxes = []
        for frame in maps:
            rows, columns = np.nonzero((frame[0] > threshold) | (frame[1] > threshold))
            boxes.append((columns.min(), columns.max() + 1, rows.min(), rows.max() + 1, len(rows)))
        left, right, top, bottom, lit = np.array(boxes, dtype=float).T
        widths.append((right - left).mean())
        heights.append((bottom - top).mean())
        active.append(lit.mean() / 64**2)
        jitter.append([((left + right) / 2).std(), ((top + bottom) / 2).std(), (right - left).std()])
    assert support.width == pytest.approx(np.mean(widths))
    assert support.height == pytest.approx(np.mean(heights))
    assert support.active_fraction == pytest.approx(np.mean(active))
    centre_x, centre_y, width = np.mean(jitter, axis=0)
    assert support.jitter_centre_x == pytest.approx(centre_x)
    assert support.jitter_centre_y == pytest.approx(centre_y)
    assert support.jitter_width == pytest.approx(width)


def test_black_maps_have_no_support() -> None:
    first, length = analysis._extent(np.array([[False, False, False], [False, True, True]]))
    np.testing.assert_array_equal(first, [0.0, 1.0])
    np.testing.assert_array_equal(length, [0.0, 2.0])


def test_asymmetries_and_confidences_are_those_of_the_walks(store: WalkStore) -> None:
    asymmetries = analysis.walk_asymmetries(store)
    assert asymmetries.shape == (8, 24)
    np.testing.assert_allclose(asymmetries[5], postural_asymmetry(store.walk(5).poses).ravel())
    assert analysis.mean_confidences(store)[5] == pytest.approx(store.frames("poses", 5)[..., 2].mean())


def test_min_max_uses_the_reference_only_and_zeroes_what_is_constant() -> None:
    reference = np.array([[1.0, 5.0, 0.0], [3.0, 5.0, 1e-15]])
    scaled = analysis.min_max(np.array([[2.0, 9.0, 3.0], [5.0, 5.0, 0.0]]), reference)
    np.testing.assert_allclose(scaled, [[0.5, 0.0, 0.0], [2.0, 0.0, 0.0]])


def test_class_means_by_hand() -> None:
    values = np.array([[0.0, 1.0], [1.0, 1.0], [0.2, 0.4]])
    means = analysis.class_means(values, [0, 0, 2], [0, 1, 2])
    np.testing.assert_allclose(means, [0.75, np.nan, 0.3])


def test_probe_finds_planted_classes_and_nothing_in_noise() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [300, 40, 60])
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])

    def rows() -> np.ndarray:
        return centres[labels] + rng.standard_normal((len(labels), 2))

    found = analysis.linear_probe(rows(), labels, rows(), labels)
    assert found["macro_recall"] > 0.9
    assert found["accuracy"] > 0.9
    noise = rng.standard_normal((2, len(labels), 5))
    blind = analysis.linear_probe(noise[0], labels, noise[1], labels)
    assert blind["macro_recall"] == pytest.approx(1 / 3, abs=0.12)


def test_the_cross_validated_probe_never_learns_the_person_it_predicts() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [40, 20, 30])
    # Ten walks of a person are the same vector, which says who it is and nothing about the class.
    people = [f"p{k // 10}" for k in range(90)]
    values = np.repeat(rng.standard_normal((9, 24)), 10, axis=0)
    by_person = analysis.cross_validated_probe(values, labels, people)
    by_walk = analysis.cross_validated_probe(values, labels, [None] * 90)
    assert by_person is not None
    assert by_walk is not None
    assert by_walk.figures["macro_recall"][0] > 0.95
    assert by_person.figures["macro_recall"][0] < 0.7
    assert (by_person.n_folds, by_person.n_people, by_walk.n_folds, by_walk.n_people) == (2, 9, 5, 90)


def test_the_probe_has_an_interval_over_people_and_needs_two_of_each_class() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 40)
    found = analysis.cross_validated_probe(labels[:, None] + rng.normal(0, 0.5, (120, 1)), labels, [None] * 120)
    assert found is not None
    for value, low, high in found.figures.values():
        assert low < value < high
    assert analysis.cross_validated_probe(rng.normal(size=(4, 24)), np.array([0, 0, 2, 2]), [None] * 4) is None


def test_clipped_share_is_the_mass_in_the_cut_columns(store: WalkStore) -> None:
    wide = store.frames("poses", 0).copy()
    wide[..., 0] = 4 * (wide[..., 0] - wide[..., 0].mean()) + wide[..., 0].mean()
    maps = render_skeleton_maps(wide, SkeletonMapConfig(alignment="shared")).numpy().astype(float)
    expected = (maps[..., :10].sum() + maps[..., -10:].sum()) / maps.sum()
    assert expected > 0.05
    assert analysis._support_of_walk(wide, 20)[-1] == pytest.approx(expected)
