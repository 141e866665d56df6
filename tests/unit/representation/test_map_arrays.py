"""Representation without torch is that of torch: maps but for a grey level in few pixels, the rest to rounding."""

import numpy as np
import pytest
import torch

import scoliogait as sg
from scoliogait.errors import ModelError
from scoliogait.representation.arrays import check_inputs, model_arrays
from scoliogait.representation.contract import (
    BODY_ONLY_SIGMA15_JOINT8,
    OPENGAIT_SILHOUETTE,
    OPENGAIT_SKELETON,
    InputContract,
)
from scoliogait.representation.map_arrays import _Grids, draw_maps
from scoliogait.representation.outline import OutlineConfig
from scoliogait.representation.pav import PavConfig
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.settings import CoordinateConfig, SkeletonMapConfig
from scoliogait.representation.skeleton_map import render_pose_frames
from scoliogait.walk import Walk

# Of all pixels; ten times what was counted on x86-64 with AVX2.
SHARE = 2e-5


def walk(silhouettes: bool = False) -> Walk:
    recorded = sg.sample("cmu_35_08_front")
    if not silhouettes:
        return recorded
    assert recorded.poses is not None
    limbs = render_pose_frames(torch.from_numpy(recorded.poses.copy()), SkeletonMapConfig()).numpy()[:, 0]
    return recorded.with_changes(silhouettes=np.where(limbs > 0, 255, 0).astype(np.uint8), silhouettes_aligned=True)


@pytest.mark.parametrize("reduction", ["max", "sum"])
@pytest.mark.parametrize("alignment", ["none", "per-channel", "shared"])
@pytest.mark.parametrize(
    ("geometry", "size", "sigma"), [("square", 64, 4.0), ("aspect", 64, 15.0), ("square", 128, 8.0)]
)
def test_maps_are_those_of_torch(reduction: str, alignment: str, geometry: str, size: int, sigma: float) -> None:
    config = SkeletonMapConfig.model_validate(
        {"reduction": reduction, "alignment": alignment, "geometry": geometry, "size": size}
        | {"sigma_limb": sigma, "sigma_joint": sigma}
    )
    rng = np.random.default_rng(3)
    recorded = sg.sample("intel_worker_back").poses  # joints are missing, and frames without anybody
    assert recorded is not None
    poses = complete_poses(recorded, "repair").astype(np.float32)
    poses[:5, rng.integers(0, 17, 5), 2] = 0.0
    poses[5, 13] = poses[5, 15]  # a limb without length
    poses[6, :, 1] = 100.0  # a frame without height
    poses[7, 9, :2] += 400.0  # a hand far outside the canvas
    expected = render_pose_frames(torch.from_numpy(poses), config).numpy().astype(np.int64)
    differences = np.abs(expected - draw_maps(poses, config).astype(np.int64))
    assert expected[6].max() == 0
    assert differences.max() <= 1
    assert (differences > 0).mean() <= SHARE


def test_grids_are_sums_and_products_to_the_bit() -> None:
    """Whatever the library that multiplies: ones and zeros leave a single rounding. 1e9 lies outside of a window."""
    rng = np.random.default_rng(0)
    parts = (rng.normal(size=(4, 3, 2, 128)) * 10.0 ** rng.integers(-9, 10, (4, 3, 2, 128))).astype(np.float32)
    parts[0, 1, 0, 20:25] = 1e9
    y, x = slice(7, 100), slice(16, 83)
    columns, rows = parts[:, 1, 0, None, x], parts[:, 1, 1, y, None]
    np.testing.assert_array_equal(_Grids.of_sums(parts).area(1, y, x), columns + rows)
    np.testing.assert_array_equal(_Grids.of_products(parts).area(1, y, x), columns * rows)


SETTINGS = {
    "skeleton": OPENGAIT_SKELETON,
    "sigma 15": BODY_ONLY_SIGMA15_JOINT8,
    "silhouette": OPENGAIT_SILHOUETTE,
    "uncut": OPENGAIT_SKELETON.model_copy(update={"cut_columns": False}),
    "first frames": OPENGAIT_SKELETON.model_copy(update={"max_frames": 7}),
    "both": InputContract(representation="silhouette+skeleton-map", skeleton_map=SkeletonMapConfig()),
    "coordinates": InputContract(representation="coordinates", coordinates=CoordinateConfig()),
    "body only": InputContract(representation="coordinates", coordinates=CoordinateConfig(joints="body-only")),
    "outline": InputContract(
        representation="coordinates+outline",
        coordinates=CoordinateConfig(),
        outline=OutlineConfig(scale_px=(1.0,) * 12),
    ),
    "pav": OPENGAIT_SKELETON.model_copy(
        update={"pav": PavConfig(minimum=((0.0,) * 3,) * 8, maximum=((30.0,) * 3,) * 8)}
    ),
    "coordinates and maps": InputContract(
        representation="coordinates+skeleton-map",
        coordinates=CoordinateConfig(),
        skeleton_map=SkeletonMapConfig(missing="repair"),
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_walk_is_represented_as_by_torch(name: str) -> None:
    contract = SETTINGS[name]
    recorded = walk(silhouettes="silhouettes" in contract.needed_modalities)
    expected, found = contract.model_input(recorded), model_arrays(contract, recorded)
    assert set(found) == set(expected)
    for key, values in expected.items():
        theirs, ours = values.numpy(), found[key]
        assert ours.dtype == np.float32
        assert ours.reshape(theirs.shape).shape == theirs.shape
        if key == "frames":
            assert (ours != theirs).mean() < 1e-3
            assert np.abs(ours - theirs).max() <= 2 / 255
        else:
            np.testing.assert_allclose(ours.reshape(theirs.shape), theirs, rtol=0, atol=2e-6)


@pytest.mark.parametrize(("name", "values"), [("frames", np.zeros((3, 1, 4, 4))), ("pav", np.zeros((1, 8, 3)))])
def test_nan_is_named(name: str, values: np.ndarray) -> None:
    spoilt = values.astype(np.float32)
    check_inputs({name: spoilt})
    spoilt[-1, -1] = np.nan
    where = " in frame 2" if name == "frames" else ""
    with pytest.raises(ModelError, match=f"model input: {name} hold NaN or infinite values{where}; expected"):
        check_inputs({name: spoilt})
