"""DeepLabCut, SLEAP, Anipose and data sets of movement: names decide, frames keep their places, no file runs."""

import csv
import pickle
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray

from motion_files import travelling
from scoliogait.errors import DataError
from scoliogait.io.front_camera import PX_PER_M
from scoliogait.io.movement_data import walk_from_movement, walk_to_movement
from scoliogait.io.read import format_of, read_walk
from scoliogait.skeleton import JOINT, JOINT_NAMES
from scoliogait.walk import Walk
from walker import draw_walker

FOLDER = Path(__file__).parents[2] / "program_files"
WALKER = draw_walker(16)
WALKER[..., 2] = np.random.default_rng(2).uniform(0.5, 0.9, WALKER.shape[:2])


def write_rows(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def dlc_rows(
    poses: np.ndarray, index: Sequence[Any], coords: Sequence[str] = ("x", "y", "likelihood")
) -> list[list[Any]]:
    cells = [(name, coordinate) for name in JOINT_NAMES for coordinate in coords]
    header = [
        ["scorer", *(["net"] * len(cells))],
        ["bodyparts", *(name for name, _ in cells)],
        ["coords", *(c for _, c in cells)],
    ]
    return header + [[number, *row] for number, row in zip(index, poses.reshape(len(poses), -1).tolist(), strict=True)]


def test_rows_that_a_table_leaves_out_are_empty_frames(tmp_path: Path) -> None:
    kept = [frame for frame in range(16) if frame not in (3, 4)]
    expected = WALKER.copy()
    expected[3:5] = 0
    for index in (kept, [f"labeled-data/walk/img{frame:03d}.png" for frame in kept]):
        path = write_rows(tmp_path / "a.csv", dlc_rows(WALKER[kept], index))
        np.testing.assert_array_equal(read_walk(path).poses, expected)


def test_a_table_without_likelihood_says_so(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", dlc_rows(WALKER[..., :2], range(16), ("x", "y")))
    walk = read_walk(path)
    assert (walk.poses[..., 2] == 1).all()
    assert any("no confidences" in note for note in walk.notes)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (dlc_rows(WALKER, range(16), ("x", "y", "z")), "3-D table"),
        (dlc_rows(WALKER, range(16))[:3], "holds 0 frames of 17 bodyparts"),
        ([["scorer", "a"], ["x", "b"]], "has the header lines"),
        ([row + row[1:4] for row in dlc_rows(WALKER, range(16))], "holds 'nose x' in 2 columns"),
        (dlc_rows(WALKER[:, :, :], ["a"] * 16), "index of the rows is 'a'"),
        ([row[:-3] for row in dlc_rows(WALKER, range(16))], "names no right_ankle"),
        ([*dlc_rows(WALKER, range(16)), [16, *["x"] * 51]], "'x' stands where a number is expected"),
    ],
)
def test_bad_tables_are_refused(tmp_path: Path, rows: list[list[Any]], words: str) -> None:
    path = write_rows(tmp_path / "a.csv", rows)
    with pytest.raises(DataError, match=words) as caught:
        read_walk(path)
    assert str(caught.value).startswith(str(path))


def copied(tmp_path: Path, name: str) -> Path:
    shutil.copy(FOLDER / name, tmp_path / "a.h5")
    return tmp_path / "a.h5"


class Runs:
    """A pickle that would touch a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_pickle_in_a_table_is_not_run(tmp_path: Path) -> None:
    path = copied(tmp_path, "deeplabcut-table.h5")
    with h5py.File(path, "r+") as file:
        attributes = file["df_with_missing/table"].attrs
        attributes["values_block_0_kind"] = np.bytes_(pickle.dumps([Runs(tmp_path / "ran")], 0))
    with pytest.raises(DataError, match="the names of the columns want to run"):
        read_walk(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("pickled", [b"(", b"(l", b"]K\x01a", b"K\x01K\x01a.", b"X"])
def test_a_damaged_pickle_in_a_table_is_one_line(tmp_path: Path, pickled: bytes) -> None:
    path = copied(tmp_path, "deeplabcut-table.h5")
    with h5py.File(path, "r+") as file:
        file["df_with_missing/table"].attrs["values_block_0_kind"] = np.bytes_(pickled)
    with pytest.raises(DataError, match=r"a\.h5: the names of its columns cannot be read \("):
        read_walk(path)


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    path = copied(tmp_path, "sleap-analysis.h5")
    shutil.copy(path, tmp_path / "other.h5")
    with h5py.File(path, "r+") as file:
        del file["tracks"]
        file["tracks"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "tracks")
    with pytest.raises(DataError, match="tracks is no data set of this file"):
        read_walk(path)


def beyond_the_names(group: h5py.Group) -> None:
    group["block0_items_label2"][0] = 99


def with_shape(file: h5py.File, name: str, shape: tuple[int, ...]) -> None:
    del file[name]
    if np.prod(shape) < 10**5:
        file[name] = np.ones(shape)
    else:
        file.create_dataset(name, shape, "f8", chunks=True)


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("sleap-analysis.h5", lambda file: with_shape(file, "tracks", (2, 2, 9, 24)), "tracks have shape"),
        ("sleap-analysis.h5", lambda file: with_shape(file, "tracks", (10**6, 2, 17, 24)), "larger than 1024 MiB"),
        ("sleap-analysis.h5", lambda file: with_shape(file, "tracks", (1000, 2, 17, 24)), "is not in the file"),
        ("sleap-untracked.slp", lambda file: file["metadata"].attrs.__setitem__("json", "{"), "no whole HDF5 file"),
        ("sleap-untracked.slp", lambda file: file.__delitem__("pred_points"), "pred_points is no data set"),
        ("deeplabcut.h5", lambda file: beyond_the_names(file["df_with_missing"]), "index out of range"),
        ("deeplabcut.h5", lambda file: file.__delitem__("df_with_missing/axis1"), "axis1 is no data set"),
        ("deeplabcut.h5", lambda file: file.__delitem__("df_with_missing"), "holds nothing; expected a SLEAP project"),
    ],
)
def test_damaged_hdf5_files_are_refused(tmp_path: Path, name: str, spoil: Any, words: str) -> None:
    path = copied(tmp_path, name)
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(DataError, match=words) as caught:
        read_walk(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("at", "new", "words"),
    [
        (0, b"\0\0\0\x7f", "a text is not in its store"),
        (4, b"\0\1\0\0", "a text lies outside of the stores"),
        (12, b"\xff\xff\0\0", "a text is not in its store"),
    ],
)
def test_texts_that_are_not_where_they_should_be_are_refused(tmp_path: Path, at: int, new: bytes, words: str) -> None:
    path = copied(tmp_path, "sleap-analysis.h5")
    with h5py.File(path) as file:
        place = file["node_names"].id.get_offset() + at
    content = path.read_bytes()
    path.write_bytes(content[:place] + new + content[place + 4 :])
    with pytest.raises(DataError, match=words):
        read_walk(path)


def test_instances_beyond_the_points_are_refused(tmp_path: Path) -> None:
    path = copied(tmp_path, "sleap-untracked.slp")
    with h5py.File(path, "r+") as file:
        rows = file["instances"][()]
        rows["point_id_start"] += 10**9
        file["instances"][...] = rows
    with pytest.raises(DataError, match=r"a\.h5: .*instance 0 has points"):
        read_walk(path)


def test_without_h5py_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DataError, match=r'this format needs h5py; pip install "scoliogait\[formats\]"'):
        read_walk(FOLDER / "sleap-analysis.h5")


def anipose(path: Path, joints: np.ndarray, spoil: dict[str, float] | None = None, first: int = 0) -> Path:
    """The columns that Anipose's triangulation writes."""
    facts = ["x", "y", "z", "error", "ncams", "score"]
    header = [f"{name}_{fact}" for name in JOINT_NAMES for fact in facts]
    rows = []
    for frame, places in enumerate(joints):
        row = [value for place in places.tolist() for value in (*place, 1.5, 3, 0.9)]
        for column, value in (spoil or {}).items():
            row[header.index(column)] = value
        rows.append([*row, first + frame])
    return write_rows(path, [[*header, "fnum"], *rows])


@pytest.mark.parametrize(("scale", "unit"), [(1, "m"), (100, "cm"), (1000, "mm")])
def test_anipose_takes_the_unit_from_the_body(tmp_path: Path, scale: float, unit: str) -> None:
    path = anipose(tmp_path / "a.csv", travelling() * scale, {"left_wrist_ncams": 1, "left_elbow_score": np.nan}, 7)
    assert format_of(path).name == "anipose-csv"
    walk = read_walk(path)
    assert f"{unit} was taken, by the size of the body" in walk.notes[-1]
    missing = np.flatnonzero((walk.poses[..., 2] == 0).all(axis=0)).tolist()
    assert missing == [JOINT["left_elbow"], JOINT["left_wrist"]]
    height_m = np.ptp(walk.poses[:, JOINT["nose"], 1] - walk.poses[:, JOINT["left_ankle"], 1]) / PX_PER_M
    assert 0 < height_m < 0.5
    size_m = float(np.median(walk.poses[:, JOINT["left_ankle"], 1] - walk.poses[:, JOINT["nose"], 1])) / PX_PER_M
    assert 1.2 < size_m < 1.8


def test_an_anipose_body_of_no_known_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="which is no body in m or cm or mm"):
        read_walk(anipose(tmp_path / "a.csv", travelling() * 7))


def test_places_in_a_room_are_not_taken_for_pixels(tmp_path: Path) -> None:
    header = [f"{name}_{axis}" for name in JOINT_NAMES for axis in "xyz"]
    path = write_rows(tmp_path / "a.csv", [header, *(travelling() * 1000).reshape(-1, 51).tolist()])
    with pytest.raises(DataError, match="may be places in a room"):
        read_walk(path)


def test_a_walk_goes_to_movement_and_back() -> None:
    poses = WALKER.copy()
    poses[4, 3] = 0
    walk = Walk(poses=poses, walk_id="w", frame_rate_hz=25.0, source="clinic.npz")
    data = walk_to_movement(walk)
    assert data["position"].dims == ("time", "space", "keypoints", "individuals")
    assert data.attrs["fps"] == 25
    np.testing.assert_allclose(data["time"], np.arange(16) / 25)
    place = data["position"].sel(keypoints="left_knee", individuals="w")
    np.testing.assert_array_equal(place, poses[:, JOINT["left_knee"], :2])
    assert np.isnan(data["position"].isel(time=4, keypoints=3)).all()
    back = walk_from_movement(data)
    np.testing.assert_array_equal(back.poses, poses)
    assert back.frame_rate_hz == 25
    assert walk_from_movement(walk_to_movement(Walk(poses=poses))).frame_rate_hz is None


def test_individuals_of_movement_are_followed_and_not_trusted() -> None:
    other = draw_walker(16, height_px=90, step_height=0.0)
    other[..., 0] += 200
    one, two = (walk_to_movement(Walk(poses=poses, walk_id=name)) for name, poses in (("a", WALKER), ("b", other)))
    both = xarray.concat([one, two], "individuals")
    exchanged = both.copy(deep=True)
    for name in ("position", "confidence"):
        exchanged[name][::2] = both[name][::2, ..., ::-1].values
    np.testing.assert_array_equal(walk_from_movement(exchanged).poses, WALKER)


def test_other_data_sets_are_refused() -> None:
    data = walk_to_movement(Walk(poses=WALKER))
    with pytest.raises(DataError, match="expected position over time"):
        walk_from_movement(data.drop_vars("position"))
    with pytest.raises(DataError, match="expected position over time"):
        walk_from_movement(data.isel(individuals=0))
    with pytest.raises(DataError, match="3-D"):
        walk_from_movement(
            xarray.concat([data, data.isel(space=[1]).assign_coords(space=["z"])], "space", data_vars="minimal")
        )
    without = data.copy(deep=True)
    without["confidence"][:] = np.nan
    walk = walk_from_movement(without)
    assert (walk.poses[..., 2] == 1).all()
    assert any("no confidences" in note for note in walk.notes)
    with pytest.raises(DataError, match="holds no poses"):
        walk_to_movement(Walk(silhouettes=np.ones((2, 4, 4), np.uint8)))
