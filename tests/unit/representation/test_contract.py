"""The input contract: what it asks for, what it refuses, and that it survives being written down."""

import numpy as np
import pytest
import torch

from devices import DEVICES
from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.representation.contract import (
    BODY_ONLY_SIGMA15_JOINT8,
    OPENGAIT_SILHOUETTE,
    OPENGAIT_SKELETON,
    InputContract,
    parse_contract,
)
from scoliogait.representation.model_input import mirror_inputs
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.settings import CoordinateConfig, SkeletonMapConfig
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.representation.skeleton_map import render_skeleton_maps
from scoliogait.walk import Walk
from walker import draw_walker

EXPORTED = InputContract(representation="exported-skeleton-map")
PRESETS = [OPENGAIT_SILHOUETTE, OPENGAIT_SKELETON, BODY_ONLY_SIGMA15_JOINT8, EXPORTED]


def silhouettes(n_frames: int = 6) -> np.ndarray:
    frames = np.zeros((n_frames, 120, 160), dtype=np.uint8)
    for index in range(n_frames):
        frames[index, 10:110, 40 + 5 * index : 80 + 5 * index] = 255
    return frames


def full_walk() -> Walk:
    poses = draw_walker(12)
    poses[3, 9] = 0
    maps = np.random.default_rng(0).integers(0, 256, (12, 2, 64, 64), dtype=np.uint8)
    return Walk(poses=poses, silhouettes=silhouettes(), skeleton_maps=maps)


@pytest.mark.parametrize(
    ("contract", "modalities", "frame_shape"),
    [
        (OPENGAIT_SILHOUETTE, ("silhouettes",), (1, 64, 44)),
        (OPENGAIT_SKELETON, ("poses",), (2, 64, 44)),
        (EXPORTED, ("skeleton_maps",), (2, 64, 44)),
        (InputContract(representation="silhouette", size_px=128), ("silhouettes",), (1, 128, 88)),
        (InputContract(representation="silhouette", cut_columns=False), ("silhouettes",), (1, 64, 64)),
        (
            InputContract(representation="skeleton-map", size_px=128, skeleton_map=SkeletonMapConfig(size=128)),
            ("poses",),
            (2, 128, 88),
        ),
    ],
)
def test_what_a_contract_asks_for(contract: InputContract, modalities: tuple, frame_shape: tuple) -> None:
    assert contract.modalities == modalities
    assert contract.frame_shape == frame_shape
    assert contract.in_channels == frame_shape[0]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("contract", PRESETS, ids=lambda c: c.describe())
def test_model_input_of_a_walk(contract: InputContract, device: str) -> None:
    walk = full_walk()
    fed = contract.model_input(walk, device)["frames"]
    assert fed.dtype == torch.float32
    assert fed.device.type == device
    assert tuple(fed.shape[1:]) == contract.frame_shape
    assert 0 <= fed.min() < fed.max() <= 1
    source = {name: torch.from_numpy(np.array(f)).to(device) for name, f in contract.source_frames(walk).items()}
    assert torch.equal(fed, contract.render(source)["frames"])


def test_published_skeleton_input_by_its_parts() -> None:
    walk = full_walk()
    maps = render_skeleton_maps(walk.poses)
    assert torch.equal(OPENGAIT_SKELETON.model_input(walk)["frames"], maps[..., 10:54].float() / 255)


def test_silhouettes_are_aligned_when_they_are_not_yet() -> None:
    walk = full_walk()
    aligned, _ = align_silhouettes(walk.silhouettes)
    np.testing.assert_array_equal(OPENGAIT_SILHOUETTE.source_frames(walk)["silhouettes"], aligned)
    ready = Walk(silhouettes=aligned, silhouettes_aligned=True)
    np.testing.assert_array_equal(OPENGAIT_SILHOUETTE.source_frames(ready)["silhouettes"], aligned)


def test_stored_frames_are_completed_walk_by_walk() -> None:
    walk = full_walk()
    for contract in (OPENGAIT_SKELETON, BODY_ONLY_SIGMA15_JOINT8):
        completed = contract.prepare_poses(walk.poses, "walk")
        assert completed.dtype == np.float32
        np.testing.assert_array_equal(completed, complete_poses(walk.poses, contract.skeleton_map.missing))
        np.testing.assert_array_equal(completed, contract.source_frames(walk)["poses"])


@pytest.mark.parametrize("contract", PRESETS, ids=lambda c: c.describe())
def test_batches_of_walks_and_input_untouched(contract: InputContract) -> None:
    (modality, array), *_ = contract.source_frames(full_walk()).items()
    frames = torch.from_numpy(np.array(array[:6]))
    before = frames.clone()
    batch = contract.render({modality: frames.unflatten(0, (2, 3))})["frames"]
    assert torch.equal(batch, contract.render({modality: frames})["frames"].unflatten(0, (2, 3)))
    assert torch.equal(frames, before)


def test_long_walks_are_cut_to_their_first_frames() -> None:
    short = OPENGAIT_SKELETON.model_copy(update={"max_frames": 5})
    walk = full_walk()
    assert torch.equal(short.model_input(walk)["frames"], OPENGAIT_SKELETON.model_input(walk)["frames"][:5])


@pytest.mark.parametrize(
    ("settings", "both_sides"),
    [
        ({"representation": "skeleton-map"}, ("skeleton-map", "skeleton_map is missing")),
        ({"representation": "silhouette", "skeleton_map": {}}, ("skeleton_map is given", "'silhouette'")),
        ({"representation": "exported-skeleton-map", "skeleton_map": {}}, ("is given", "'exported-skeleton-map'")),
        ({"representation": "skeleton-map", "size_px": 128, "skeleton_map": {}}, ("size_px is 128", "size is 64")),
    ],
)
def test_contradictions_are_refused(settings: dict, both_sides: tuple[str, str]) -> None:
    with pytest.raises(RecipeError) as error:
        InputContract(**settings)
    assert all(side in str(error.value) for side in both_sides)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"representation": "silhouettes"}, "representation"),
        ({"representation": "silhouette", "size": 64}, "size"),
        ({"representation": "silhouette", "size_px": 96}, "size_px"),
        ({"representation": "silhouette", "version": 2}, "version"),
        ({"representation": "silhouette", "max_frames": 0}, "max_frames"),
        ({"representation": "skeleton-map", "skeleton_map": {"sigma": 8}}, "skeleton_map.sigma"),
    ],
)
def test_typos_are_refused_with_file_and_field(settings: dict, field: str) -> None:
    with pytest.raises(RecipeError, match=rf"^config\.json: input contract: {field}\b") as error:
        parse_contract(settings, "config.json")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("contract", PRESETS, ids=lambda c: c.describe())
def test_written_down_and_read_again(contract: InputContract) -> None:
    assert InputContract.model_validate_json(contract.model_dump_json()) == contract
    assert parse_contract(contract.model_dump(mode="json"), "config.json") == contract


def test_descriptions_differ_and_fit_on_a_line() -> None:
    lines = {contract.describe() for contract in PRESETS}
    assert len(lines) == len(PRESETS)
    assert all("\n" not in line and "64x44" in line for line in lines)


@pytest.mark.parametrize(
    ("contract", "walk", "message"),
    [
        (OPENGAIT_SKELETON, Walk(silhouettes=silhouettes()), "has silhouettes but .* needs poses"),
        (OPENGAIT_SILHOUETTE, Walk(poses=draw_walker(3)), "has poses but .* needs silhouettes"),
        (EXPORTED, Walk(poses=draw_walker(3)), "has poses but .* needs skeleton_maps"),
        (OPENGAIT_SKELETON, Walk(poses=np.zeros((4, 17, 3))), "no joint is visible in any of 4 frames"),
        (OPENGAIT_SILHOUETTE, Walk(silhouettes=np.zeros((4, 80, 60), np.uint8)), "none of 4 silhouettes shows"),
        (
            InputContract(representation="silhouette", size_px=128),
            Walk(silhouettes=np.full((2, 64, 64), 9, np.uint8), silhouettes_aligned=True),
            r"frames of \(64, 64\) .* expects \(128, 128\)",
        ),
        (
            EXPORTED,
            Walk(skeleton_maps=np.zeros((2, 2, 128, 128), np.uint8)),
            r"frames of \(2, 128, 128\) .* expects \(2, 64, 64\)",
        ),
    ],
)
def test_walks_that_do_not_fit(contract: InputContract, walk: Walk, message: str) -> None:
    with pytest.raises(DataError, match=message):
        contract.model_input(walk)


@pytest.mark.parametrize(
    ("contract", "frames"),
    [
        (OPENGAIT_SKELETON, torch.zeros(3, 2, 64, 64, dtype=torch.uint8)),
        (OPENGAIT_SKELETON, torch.zeros(3, 17, 3, dtype=torch.int64)),
        (OPENGAIT_SILHOUETTE, torch.zeros(3, 64, 44, dtype=torch.uint8)),
        (OPENGAIT_SILHOUETTE, torch.zeros(3, 64, 64)),
        (EXPORTED, torch.zeros(3, 64, 64, dtype=torch.uint8)),
    ],
)
def test_frames_of_another_kind_are_refused(contract: InputContract, frames: torch.Tensor) -> None:
    with pytest.raises(ModelError) as error:
        contract.render({contract.modalities[0]: frames})
    assert str(tuple(frames.shape)) in str(error.value)
    assert contract.describe() in str(error.value)


BOTH = InputContract(representation="silhouette+skeleton-map", skeleton_map=SkeletonMapConfig())
COORDINATES = InputContract(representation="coordinates", coordinates=CoordinateConfig())
COORDINATES_AND_MAP = InputContract(
    representation="coordinates+skeleton-map",
    coordinates=CoordinateConfig(),
    skeleton_map=SkeletonMapConfig(missing="repair"),
)


def test_silhouettes_and_maps_of_the_same_frames() -> None:
    seen = silhouettes(7)
    seen[2] = 0  # nobody: alignment drops it, and the pose of that frame goes with it
    poses = draw_walker(7)
    fed = BOTH.model_input(Walk(poses=poses, silhouettes=seen))["frames"]
    kept = [0, 1, 3, 4, 5, 6]
    assert tuple(fed.shape) == (6, 3, 64, 44)
    assert torch.equal(fed[:, :1], OPENGAIT_SILHOUETTE.model_input(Walk(silhouettes=seen))["frames"])
    maps = OPENGAIT_SKELETON.model_input(Walk(poses=poses))["frames"]
    assert torch.equal(fed[:, 1:], maps[kept])


def test_unequally_many_frames_of_two_modalities_are_refused() -> None:
    with pytest.raises(DataError, match="7 silhouettes and 5 poses"):
        BOTH.model_input(Walk(poses=draw_walker(5), silhouettes=silhouettes(7)))
    aligned, _ = align_silhouettes(silhouettes(6))
    with pytest.raises(DataError, match="6 silhouettes and 5 poses"):
        BOTH.model_input(Walk(poses=draw_walker(5), silhouettes=aligned, silhouettes_aligned=True))


def test_coordinates_alone_and_with_maps() -> None:
    walk = full_walk()
    fed = COORDINATES.model_input(walk)
    assert set(fed) == {"poses"}
    assert COORDINATES.in_channels == 0
    both = COORDINATES_AND_MAP.model_input(walk)
    assert set(both) == {"frames", "poses"}
    torch.testing.assert_close(both["poses"], fed["poses"])
    assert tuple(both["frames"].shape) == (12, 2, 64, 44)


@pytest.mark.parametrize("contract", [BOTH, COORDINATES, COORDINATES_AND_MAP], ids=lambda c: c.representation)
def test_mirrored_walks_are_those_of_a_mirrored_person(contract: InputContract) -> None:
    walk = full_walk().with_changes(silhouettes=silhouettes(12))
    inputs = {
        name: tensor[None].repeat(2, *(1 for _ in tensor.shape)) for name, tensor in contract.model_input(walk).items()
    }
    turned = mirror_inputs(inputs, torch.tensor([False, True]))
    for name, tensor in inputs.items():
        assert torch.equal(turned[name][0], tensor[0])
        assert not torch.equal(turned[name][1], tensor[1])
    again = mirror_inputs(turned, torch.tensor([False, True]))
    assert all(torch.equal(again[name], tensor) for name, tensor in inputs.items())
    assert mirror_inputs(inputs, torch.tensor([False, False])) == inputs


@pytest.mark.parametrize(
    ("settings", "both_sides"),
    [
        ({"representation": "coordinates"}, ("coordinates is missing", "'coordinates'")),
        ({"representation": "silhouette", "coordinates": {}}, ("coordinates is given", "'silhouette'")),
        ({"representation": "silhouette+skeleton-map"}, ("skeleton_map is missing", "silhouette+skeleton-map")),
        (
            {"representation": "coordinates+skeleton-map", "coordinates": {}, "skeleton_map": {}},
            ("'as-published'", "'repair'"),
        ),
    ],
)
def test_contradictions_between_several_inputs(settings: dict, both_sides: tuple[str, str]) -> None:
    with pytest.raises(RecipeError) as error:
        InputContract(**settings)
    assert all(side in str(error.value) for side in both_sides)


def test_a_source_without_one_of_two_modalities_is_refused() -> None:
    with pytest.raises(ModelError, match=r"there is silhouettes, but .* expects silhouettes and poses"):
        BOTH.render({"silhouettes": torch.zeros(3, 64, 64, dtype=torch.uint8)})
