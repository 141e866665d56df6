"""The PAV as part of the contract: its forms, its statistics, and what it refuses."""

import numpy as np
import pytest

from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.measurement.robust_asymmetry import robust_asymmetry
from scoliogait.representation.asymmetry import PavStatistics, postural_asymmetry
from scoliogait.representation.contract import InputContract
from scoliogait.representation.pav import PavConfig
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.skeleton import PAIR_NAMES
from scoliogait.walk import Walk
from walker import draw_walker

VECTORS = np.random.default_rng(0).random((5, 8, 3)).astype(np.float32) * 20


def a_walk(**changes: object) -> Walk:
    return Walk(poses=draw_walker(40), frame_rate_hz=15.0).with_changes(**changes)


@pytest.mark.parametrize("form", ["literal", "robust"])
def test_forms_and_their_normalisation(form: str) -> None:
    walk = a_walk()
    config = PavConfig(form=form)
    raw = config.raw(walk)
    expected = postural_asymmetry(walk.poses) if form == "literal" else robust_asymmetry(walk.poses, 15.0).magnitudes
    np.testing.assert_array_equal(raw, expected)
    ready = config.with_range_of(np.stack([*VECTORS, raw + 1]))
    assert ready.is_ready
    assert not config.is_ready
    statistics = PavStatistics.of(np.stack([*VECTORS, raw + 1]))
    np.testing.assert_array_equal(ready.of(walk), statistics.normalise(raw))
    assert 0 <= ready.of(walk).min() <= ready.of(walk).max() <= 1


def test_an_exported_vector_is_taken_as_it_is() -> None:
    vector = np.random.default_rng(1).random((8, 3)).astype(np.float32)
    config = PavConfig(form="exported", statistics="dataset")
    assert config.is_ready
    np.testing.assert_array_equal(config.of(a_walk(asymmetry=vector)), vector)
    with pytest.raises(DataError, match="no exported PAV"):
        config.of(a_walk())


def test_what_the_statistics_have_seen_is_told() -> None:
    assert PavConfig(statistics="dataset").leaks
    assert not PavConfig().leaks
    assert (
        PavConfig(statistics="dataset").with_range_of(VECTORS).describe() == "PAV literal, statistics dataset, leaking"
    )
    assert "unknown" in PavConfig().describe()


def test_a_raw_walk_needs_statistics_and_poses() -> None:
    with pytest.raises(ModelError, match="statistics that normalise the literal PAV are unknown"):
        PavConfig().of(a_walk())
    silhouettes = Walk(silhouettes=np.full((3, 64, 64), 255, np.uint8))
    with pytest.raises(DataError, match="holds no poses"):
        PavConfig().with_range_of(VECTORS).of(silhouettes)


def test_it_survives_being_written_down() -> None:
    contract = InputContract(
        representation="skeleton-map", skeleton_map=SkeletonMapConfig(), pav=PavConfig().with_range_of(VECTORS)
    )
    again = InputContract.model_validate_json(contract.model_dump_json())
    assert again == contract
    np.testing.assert_array_equal(again.pav.of(a_walk()), contract.pav.of(a_walk()))  # type: ignore[union-attr]
    assert contract.needed_modalities == ("poses",)
    assert contract.model_input(a_walk())["pav"].shape == (8, 3)


ROWS = tuple((0.0, 0.0, 0.0) for _ in range(8))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pairs": tuple(reversed(PAIR_NAMES))}, "another joint layout"),
        ({"minimum": ROWS}, "only one of minimum and maximum"),
        ({"minimum": ROWS[:5], "maximum": ROWS[:5]}, r"expected \(8, 3\)"),
        ({"minimum": ROWS, "maximum": (*ROWS[:7], (float("nan"), 0.0, 0.0))}, "NaN"),
        ({"minimum": (*ROWS[:7], (1.0, 0.0, 0.0)), "maximum": ROWS}, "exceeds maximum 0 for ankles, vertical"),
        ({"form": "exported", "minimum": ROWS, "maximum": ROWS}, "normalised already"),
    ],
)
def test_contradictions_are_refused(values: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as error:
        PavConfig(**values)
    assert "\n" not in str(error.value)
