import dataclasses
import pickle

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass
from scoliogait.walk import Walk


def poses(n_frames: int = 4) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 1, (n_frames, 17, 3))


def test_arrays_are_copied_converted_and_read_only() -> None:
    given = poses()
    walk = Walk("w", poses=given, label="Critical")
    assert walk.poses is not None
    assert walk.poses.dtype == np.float32
    assert walk.label is ScreeningClass.NEUTRAL
    given[:] = 0.5
    assert not np.all(walk.poses == 0.5)
    with pytest.raises(ValueError, match="read-only"):
        walk.poses[0, 0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        walk.walk_id = "other"  # type: ignore[misc]


def test_survives_a_pickle_to_another_process() -> None:
    walk = Walk("w", poses=poses(), origin={"simulated": "yes"}, frame_size_px=(640, 480))
    again = pickle.loads(pickle.dumps(walk))
    np.testing.assert_array_equal(again.poses, walk.poses)
    assert (again.walk_id, dict(again.origin), again.frame_size_px) == ("w", {"simulated": "yes"}, (640, 480))


def test_boolean_silhouettes_become_0_and_255() -> None:
    walk = Walk("w", silhouettes=np.eye(6, dtype=bool)[None])
    assert walk.silhouettes is not None
    assert set(np.unique(walk.silhouettes)) == {0, 255}


def test_confidences_a_little_above_one_are_kept() -> None:
    walk = Walk("w", poses=with_value(1.04, (0, 0, 2)))
    assert walk.poses is not None
    assert walk.poses[0, 0, 2] == np.float32(1.04)


def with_value(value: float, index: tuple[int, int, int] = (1, 5, 0)) -> np.ndarray:
    array = poses()
    array[index] = value
    return array


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "no poses, no silhouettes and no skeleton maps"),
        ({"poses": poses()[:, :16]}, r"shape \(4, 16, 3\); expected \(frames, 17, 3\)"),
        ({"poses": poses()[:0]}, "hold no frame"),
        ({"poses": poses().astype(object)}, "dtype object"),
        ({"poses": with_value(np.nan)}, "first at frame 1, joint left_shoulder"),
        ({"poses": with_value(np.inf)}, "NaN or infinite"),
        ({"poses": with_value(7.0, (0, 0, 2))}, "confidences range"),
        ({"poses": with_value(1e30)}, "expected pixels"),
        ({"silhouettes": np.zeros((2, 64), np.uint8)}, r"expected \(frames, height, width\)"),
        ({"silhouettes": np.zeros((2, 64, 64))}, "dtype float64; expected uint8"),
        ({"silhouettes": np.zeros((0, 64, 64), np.uint8)}, "hold no pixel"),
        ({"skeleton_maps": np.zeros((2, 3, 64, 64), np.uint8)}, r"expected \(frames, 2, size, size\)"),
        ({"poses": poses(), "label": "ill"}, "unknown class 'ill'"),
        ({"poses": poses(), "label": 3}, "label is 3"),
        ({"poses": poses(), "frame_rate_hz": 0.0}, "frame_rate_hz is 0"),
        ({"poses": poses(), "frame_size_px": (0, 3)}, "frame_size_px"),
        ({"poses": poses(), "asymmetry": np.zeros((3, 8))}, "PAV has shape"),
        ({"poses": poses(), "mirror_difference": np.zeros((8, 3))}, "the mirror difference has shape"),
        ({"poses": poses(), "mirror_difference": np.full((8, 2), np.nan)}, "the mirror difference has shape"),
        ({"poses": poses(), "mirror_difference": np.full((8, 2), -1.0)}, "the mirror difference reaches -1"),
        ({"poses": poses(), "walk_id": ""}, "walk_id"),
    ],
)
def test_a_bad_walk_cannot_exist(fields: dict, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        Walk(**({"walk_id": "w", "source": "file.npz"} | fields))
    assert str(caught.value).startswith("file.npz: walk ")
    assert "\n" not in str(caught.value)
