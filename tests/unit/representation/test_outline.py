"""The outline as part of the contract: its scale, the mirror, windows, and what it refuses."""

import json

import numpy as np
import pytest
import torch

from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.measurement.stride_windows import view_of_frames
from scoliogait.measurement.trunk_outline import left_against_right
from scoliogait.representation.contract import InputContract, parse_contract
from scoliogait.representation.model_input import mirror_inputs
from scoliogait.representation.outline import MOST, OutlineConfig
from scoliogait.representation.settings import CoordinateConfig
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.walk import Walk
from walk_fixtures import mirror_poses

READY = OutlineConfig(scale_px=(0.5,) * 12)
CONTRACT = InputContract(
    representation="coordinates+outline",
    coordinates=CoordinateConfig(),
    outline=READY,
    training_frames=30,
    evaluation_frames="windows",
)


@pytest.fixture(scope="module")
def walk() -> Walk:
    config = CohortConfig(n_walks=6, n_frames=45, seed=4)
    drawn = simulate_walk(config, plan_cohort(config)[5]).walk
    assert drawn.silhouettes is not None
    frames = drawn.silhouettes if drawn.silhouettes_aligned else align_silhouettes(drawn.silhouettes)[0]
    return drawn.with_changes(silhouettes=frames, silhouettes_aligned=True)


def test_numbers_are_those_of_the_clear_frames(walk: Walk) -> None:
    raw = OutlineConfig().raw(walk)
    np.testing.assert_array_equal(raw, left_against_right(walk.silhouettes, *view_of_frames(walk.poses)))
    assert np.abs(raw).max() > 0.05
    np.testing.assert_allclose(READY.of(walk), np.clip(raw / 0.5, -MOST, MOST), rtol=1e-6)


def test_a_mirrored_walk_has_the_other_sign(walk: Walk) -> None:
    assert walk.silhouettes is not None
    assert walk.poses is not None
    twin = walk.with_changes(
        poses=mirror_poses(walk.poses, 640.0), silhouettes=np.ascontiguousarray(walk.silhouettes[:, :, ::-1])
    )
    np.testing.assert_allclose(READY.of(twin), -READY.of(walk), atol=1e-5)
    inputs = {name: value[None] for name, value in CONTRACT.model_input(walk).items()}
    turned = mirror_inputs(inputs, torch.tensor([True]))
    expected = CONTRACT.model_input(twin)
    torch.testing.assert_close(turned["outline"][0], expected["outline"], rtol=0, atol=1e-5)
    torch.testing.assert_close(turned["poses"][0], expected["poses"], rtol=0, atol=1e-4)


def test_scale_is_the_root_mean_square_of_the_training_walks() -> None:
    numbers = np.random.default_rng(0).standard_normal((40, 12)) * np.arange(12)
    config = OutlineConfig().with_scale_of(numbers)
    assert not OutlineConfig().is_ready
    assert config.is_ready
    scaled = config.scaled(numbers)
    np.testing.assert_allclose((scaled[:, 1:] ** 2).mean(axis=0), np.ones(11), rtol=1e-5)
    assert (scaled[:, 0] == 0).all()  # a band that never differs says nothing
    np.testing.assert_array_equal(config.scaled(-numbers), -scaled)
    assert config.scaled(1e6 * numbers).max() == MOST
    assert "unknown" in OutlineConfig().describe()
    assert "unknown" not in CONTRACT.describe()


def test_empty_frames_do_not_count(walk: Walk) -> None:
    assert walk.silhouettes is not None
    with_gap = np.array(walk.silhouettes)
    with_gap[10:13] = 0
    side, clear = view_of_frames(walk.poses)
    rest = np.ones(len(with_gap), dtype=bool)
    rest[10:13] = False
    expected = left_against_right(walk.silhouettes, side, clear & rest)
    np.testing.assert_allclose(OutlineConfig().raw(walk.with_changes(silhouettes=with_gap)), expected, rtol=1e-12)
    # As masks of a video, where alignment drops them.
    masks = np.pad(with_gap, ((0, 0), (20, 30), (40, 60)))
    found = OutlineConfig().raw(walk.with_changes(silhouettes=masks, silhouettes_aligned=False))
    aligned, kept = align_silhouettes(masks)
    np.testing.assert_array_equal(found, left_against_right(aligned, side[kept], clear[kept]))
    assert len(kept) == len(masks) - 3


def test_it_holds_for_the_whole_walk_beyond_the_frames_that_are_seen(walk: Walk) -> None:
    short = CONTRACT.model_copy(update={"max_frames": 20})
    inputs = short.model_input(walk)
    assert inputs["poses"].shape == (20, 17, 3)
    np.testing.assert_array_equal(inputs["outline"].numpy(), READY.of(walk))
    assert CONTRACT.needed_modalities == ("poses", "silhouettes")
    assert CONTRACT.looked_at == {"poses", "silhouettes"}
    assert CONTRACT.in_channels == 0


def test_a_contract_is_read_back_and_older_ones_say_nothing_of_outlines() -> None:
    assert parse_contract(json.loads(json.dumps(CONTRACT.model_dump())), "here") == CONTRACT
    plain = InputContract(representation="coordinates", coordinates=CoordinateConfig())
    assert "outline" not in plain.model_dump()


def test_walks_without_an_outline_are_refused(walk: Walk) -> None:
    assert walk.poses is not None
    assert walk.silhouettes is not None
    lying = np.zeros_like(walk.poses)
    sideways = walk.poses.copy()
    sideways[..., 0] = 300.0
    for changes, message in (
        ({"silhouettes": None}, "holds no silhouettes.*record both, or use a model of poses alone"),
        ({"poses": walk.poses[:40]}, "has 45 silhouettes and 40 poses"),
        ({"silhouettes": np.full((45, 128, 128), 255, np.uint8)}, r"frames of \(128, 128\)"),
        ({"silhouettes": np.zeros((45, 64, 64), np.uint8)}, "none of 45 frames shows a silhouette"),
        ({"poses": sideways}, "none of 45 frames .* film towards or away"),
    ):
        with pytest.raises(DataError, match=message):
            CONTRACT.model_input(walk.with_changes(**changes))
    with pytest.raises(DataError, match="needs poses and silhouettes"):
        CONTRACT.model_input(walk.with_changes(poses=None))
    with pytest.raises(DataError, match="no joint is visible"):
        CONTRACT.model_input(walk.with_changes(poses=lying))
    with pytest.raises(ModelError, match="scale of the outline is unknown"):
        OutlineConfig().of(walk)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"coordinates": {}}, "outline is missing"),
        ({"outline": {}}, "coordinates is missing"),
        ({"coordinates": {}, "outline": {}, "size_px": 128}, "set size_px to 64"),
        ({"coordinates": {}, "outline": {"scale_px": [1.0] * 11}}, "expected 12 numbers"),
        ({"coordinates": {}, "outline": {"scale_px": [-1.0] * 12}}, "expected 12 numbers"),
        ({"coordinates": {}, "outline": {"scale_px": [float("nan")] * 12}}, "expected 12 numbers"),
        ({"representation": "coordinates", "coordinates": {}, "outline": {}}, "outline is given"),
    ],
)
def test_contradictions_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse_contract({"representation": "coordinates+outline"} | settings, "here")
