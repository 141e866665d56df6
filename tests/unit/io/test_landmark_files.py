"""MediaPipe's landmarks as tables and archives, and rtmlib's arrays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io.layouts import LAYOUTS
from scoliogait.io.npz_arrays import array_headers, load_arrays
from scoliogait.io.read import format_of, read_walk
from scoliogait.io.wide_csv import is_wide_csv
from scoliogait.skeleton import JOINT_NAMES
from walker import draw_walker

SIZE = np.array([640, 480])
# Names of MediaPipe's PoseLandmark enumeration (compared with mediapipe 1.2.3).
FACE = ["EYE_INNER", "EYE", "EYE_OUTER"]
BODY = ["SHOULDER", "ELBOW", "WRIST", "PINKY", "INDEX", "THUMB", "HIP", "KNEE", "ANKLE", "HEEL", "FOOT_INDEX"]
NAMES = [
    "NOSE",
    *(f"LEFT_{part}" for part in FACE),
    *(f"RIGHT_{part}" for part in FACE),
    *(f"{side}_{part}" for part in ["EAR"] for side in ("LEFT", "RIGHT")),
    *("MOUTH_LEFT", "MOUTH_RIGHT"),
    *(f"{side}_{part}" for part in BODY for side in ("LEFT", "RIGHT")),
]


def walker(n_frames: int = 12) -> np.ndarray:
    poses = draw_walker(n_frames)
    poses[..., 2] = np.random.default_rng(0).uniform(0.3, 0.99, poses.shape[:2])
    return poses


WALKER = walker()


def landmarks(poses: np.ndarray) -> np.ndarray:
    """(T, 33, 4) = x, y, z, visibility in px; joints that COCO lacks lie beside the nose."""
    points = np.repeat(np.insert(poses[:, :1], 2, -0.3, axis=2), 33, axis=1)
    for joint, name in enumerate(JOINT_NAMES):
        points[:, NAMES.index(name.upper())] = np.insert(poses[:, joint], 2, 0.1, axis=1)
    return points


def shares(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points[..., :2] / SIZE, points[..., 2:]], axis=-1).astype(np.float32)


def table(path: Path, header: list[str], rows: np.ndarray, before: dict[str, Any] | None = None) -> Path:
    before = before or {}
    lines = [",".join([*before, *header])]
    for number, row in enumerate(rows.reshape(len(rows), -1).tolist()):
        facts = [str(value[number] if isinstance(value, list) else value) for value in before.values()]
        lines.append(",".join([*facts, *("" if value != value else repr(value) for value in row)]))
    path.write_text("\n".join(lines) + "\n")
    return path


HEADERS = {
    "x0": [f"{axis}{joint}" for joint in range(33) for axis in "xyzv"],
    "x_1": [f"{axis}_{joint}" for joint in range(1, 34) for axis in ("x", "y", "z", "visibility")],
    "landmark": [f"landmark_{joint}_{axis}" for joint in range(33) for axis in "xyzv"],
    "NAME_x": [f"{name}_{axis}" for name in NAMES for axis in ("x", "y", "z", "visibility")],
    "name.X": [f"{name.lower()}.{axis}" for name in NAMES for axis in ("X", "Y", "Z", "confidence")],
}


@pytest.mark.parametrize("header", HEADERS)
def test_columns_of_pixels(tmp_path: Path, header: str) -> None:
    path = table(tmp_path / "any.name", HEADERS[header], landmarks(WALKER))
    assert format_of(path).name == "wide-csv"
    walk = read_walk(path)
    np.testing.assert_array_equal(walk.poses, WALKER)
    assert walk.notes == ()


def test_columns_in_another_order(tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(33 * 4)
    points = landmarks(WALKER).reshape(len(WALKER), -1)[:, order]
    for header in ("x0", "NAME_x"):
        path = table(tmp_path / header, [HEADERS[header][column] for column in order], points)
        np.testing.assert_array_equal(read_walk(path).poses, WALKER)


def test_shares_of_the_picture_need_its_size(tmp_path: Path) -> None:
    points = shares(landmarks(WALKER))
    with pytest.raises(DataError, match=r"shares of the picture .* add columns frame_width and frame_height"):
        read_walk(table(tmp_path / "a.csv", HEADERS["x0"], points))
    walk = read_walk(table(tmp_path / "a.csv", HEADERS["x0"], points, {"width": 640, "height": 480, "fps": 25}))
    np.testing.assert_allclose(walk.poses, WALKER, rtol=1e-5)
    assert (walk.frame_size_px, walk.frame_rate_hz) == ((640, 480), 25)
    np.savez(tmp_path / "a.npz", pose=points)
    with pytest.raises(DataError, match=r"shares of the picture .* add frame_size \(width, height\)"):
        read_walk(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", pose=points, frame_size=SIZE, fps=25.0)
    walk = read_walk(tmp_path / "a.npz")
    np.testing.assert_allclose(walk.poses, WALKER, rtol=1e-5)
    assert (walk.frame_size_px, walk.frame_rate_hz) == ((640, 480), 25)


def test_world_landmarks_are_refused(tmp_path: Path) -> None:
    points = landmarks(WALKER)
    hips = points[:, [NAMES.index("LEFT_HIP"), NAMES.index("RIGHT_HIP")], :2].mean(axis=1, keepdims=True)
    points[..., :2] = (points[..., :2] - hips) / 110
    for path in (tmp_path / "a.npz", tmp_path / "a.csv"):
        np.savez(tmp_path / "a.npz", pose=points, frame_size=SIZE)
        table(tmp_path / "a.csv", HEADERS["x0"], points, {"width": 640, "height": 480})
        with pytest.raises(DataError, match="world landmarks, metres about the hips"):
            read_walk(path)


def test_frame_numbers_make_gaps_and_rows_may_be_of_several_people(tmp_path: Path) -> None:
    other = draw_walker(12, height_px=90, step_height=0.0)
    other[..., 0] += 200
    both = np.concatenate([landmarks(WALKER), landmarks(other)])
    kept = [row for row in range(24) if row not in (4, 16)]
    frames = [30 + row % 12 for row in kept]
    walk = read_walk(table(tmp_path / "a.csv", HEADERS["x0"], both[kept], {"frame": frames}))
    expected = WALKER.copy()
    expected[4] = 0
    np.testing.assert_array_equal(walk.poses, expected)
    assert walk.people is not None
    assert walk.people.n_people == 2


@pytest.mark.parametrize("name", ["", "index", "Unnamed: 0"])
def test_rows_that_pandas_left_out_make_gaps(tmp_path: Path, name: str) -> None:
    kept = [0, 1, 2, 5, 6, 7, 8, 9, 11]
    walk = read_walk(table(tmp_path / "a.csv", HEADERS["x0"], landmarks(WALKER)[kept], {name: kept}))
    expected = WALKER.copy()
    expected[[3, 4, 10]] = 0
    np.testing.assert_array_equal(walk.poses, expected)
    assert walk.notes == ("The index of the rows leaves out 3 numbers, which are empty frames.",)
    again = [*range(6), *range(6)]  # of two tables, one below the other: no numbers of frames
    walk = read_walk(table(tmp_path / "a.csv", HEADERS["x0"], landmarks(WALKER), {name: again}))
    np.testing.assert_array_equal(walk.poses, WALKER)


@pytest.mark.parametrize(
    ("name", "times", "doubted"),
    [
        ("time", [n / 30 for n in range(12)], False),
        ("Timestamp (ms)", [round(n * 1000 / 30) for n in range(12)], False),
        ("time_s", [n / 30 for n in range(18) if n % 3], True),
        ("t", [n // 2 for n in range(12)], True),
        ("time", ["10:00:01"] * 12, False),
        ("time", [float("nan"), *(n / 30 for n in range(11))], False),
    ],
)
def test_times_that_leave_frames_out_are_a_doubt(tmp_path: Path, name: str, times: list[Any], doubted: bool) -> None:
    walk = read_walk(table(tmp_path / "a.csv", HEADERS["x0"], landmarks(WALKER), {name: times}))
    np.testing.assert_array_equal(walk.poses, WALKER)
    assert [note.startswith("Doubtful: The column ") for note in walk.notes] == [True] * doubted


@pytest.mark.parametrize(
    ("index", "times", "doubted"),
    [
        (range(12), [n / 30 for n in range(12)], False),
        (range(12), [n / 30 for n in range(18) if n % 3], True),  # left out before pandas numbered the rows
        ([n for n in range(18) if n % 3], [n / 30 for n in range(18) if n % 3], False),
        ([n for n in range(18) if n % 3], [n / 30 for n in range(12)], True),  # rows of one of two people
    ],
)
def test_times_are_held_against_the_index_of_rows(
    tmp_path: Path, index: Sequence[int], times: list[float], doubted: bool
) -> None:
    columns = {"": list(index), "time": times}
    walk = read_walk(table(tmp_path / "a.csv", HEADERS["x0"], landmarks(WALKER), columns))
    assert [note for note in walk.notes if note.startswith("Doubtful: The column 'time' goes in steps")] == [
        note for note in walk.notes if "Doubtful" in note
    ]
    assert any("Doubtful" in note for note in walk.notes) == doubted


def test_an_empty_cell_is_a_missing_joint(tmp_path: Path) -> None:
    points = landmarks(WALKER)
    points[3, NAMES.index("LEFT_WRIST"), 0] = np.nan
    walk = read_walk(table(tmp_path / "a.csv", HEADERS["NAME_x"], points))
    assert not walk.poses[3, JOINT_NAMES.index("left_wrist")].any()
    assert walk.notes == ("1 joint marked with NaN or -1 was taken as missing.",)


def test_without_confidence_every_placed_joint_is_certain_and_that_is_said(tmp_path: Path) -> None:
    points = landmarks(WALKER)
    np.savez(tmp_path / "a.npz", pose=points[..., :3])
    header = [name for name in HEADERS["x0"] if name[0] != "v"]
    for path in (tmp_path / "a.npz", table(tmp_path / "a.csv", header, points[..., :3])):
        walk = read_walk(path)
        np.testing.assert_array_equal(walk.poses[..., :2], WALKER[..., :2])
        assert (walk.poses[..., 2] == 1).all()
        assert any("no confidences" in note for note in walk.notes)
    np.savez(tmp_path / "a.npz", pose=points[..., [0, 1, 3]])
    np.testing.assert_array_equal(read_walk(tmp_path / "a.npz").poses, WALKER)


def test_a_fourth_column_that_is_no_visibility_is_refused(tmp_path: Path) -> None:
    points = landmarks(WALKER)
    points[..., 3] = 7
    np.savez(tmp_path / "a.npz", pose=points)
    with pytest.raises(DataError, match=r"column 3 of the landmarks is not within 0\.\.1"):
        read_walk(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text.splitlines()[0], "holds no row"),
        (lambda text: text.replace("\n", "\nabc", 1), "'abc320.0' stands where a number is expected"),
        (lambda text: text + "1,2\n", "line 14 has 2 cells, the first 132"),
        (lambda text: text.replace("v3,", "w3,", 1), "not every joint has a confidence"),
        (lambda text: text.replace("x5,", "x4,", 1), "names the same coordinate twice \\('x4'\\)"),
        (lambda text: text.replace("x5,", "x4.1,", 1), "names the same coordinate twice \\('x4.1'\\)"),
        (lambda text: text.replace(",", ";").replace(".", ","), r"'320,0' stands .*; write numbers with a point"),
        (lambda text: text + "\udcff\n", "not a table in UTF-8"),
    ],
)
def test_damaged_tables_are_refused(tmp_path: Path, spoil: Any, words: str) -> None:
    path = table(tmp_path / "a.csv", HEADERS["x0"], landmarks(WALKER))
    path.write_bytes(spoil(path.read_text()).encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=words) as caught:
        read_walk(path)
    assert str(caught.value).startswith(str(path))


def test_other_tables_are_no_walks(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("frame,x,y,likelihood\n0,1,2,0.5\n")
    (tmp_path / "b.csv").write_bytes(b"x0,y0\0")
    assert not any(is_wide_csv(path) for path in (tmp_path / "a.csv", tmp_path / "b.csv", tmp_path, tmp_path / "no"))


@pytest.mark.parametrize("layout", ["COCO-17", "HALPE-26", "WholeBody-133"])
def test_rtmlib_arrays_of_one_and_of_several(tmp_path: Path, layout: str) -> None:
    points = np.zeros((12, len(LAYOUTS[layout].joints), 3), dtype=np.float32)
    points[:, list(LAYOUTS[layout].columns)] = WALKER
    np.savez(tmp_path / "one", keypoints=points[..., :2], scores=points[..., 2], fps=60)
    walk = read_walk(tmp_path / "one.npz")
    np.testing.assert_array_equal(walk.poses, WALKER)
    assert walk.frame_rate_hz == 60
    absent = np.where(np.arange(12)[:, None, None] < 5, points / 2, np.nan)
    both = np.stack([points, absent], axis=1)
    both[::2] = both[::2, ::-1]
    np.savez(tmp_path / "two", keypoints=both[..., :2].astype(np.float64), scores=both[..., 2])
    np.testing.assert_array_equal(read_walk(tmp_path / "two.npz").poses, WALKER)


def test_rtmlib_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for xy, scores in (
        (WALKER[..., :2], WALKER[:5, :, 2]),
        (WALKER[0, :, :2], WALKER[0, :, 2]),
        (WALKER[..., :2].astype("U5"), WALKER[..., 2]),
    ):
        np.savez(tmp_path / "a", keypoints=xy, scores=scores)
        with pytest.raises(DataError, match=r"a\.npz: keypoints have shape"):
            read_walk(tmp_path / "a.npz")
    np.savez(tmp_path / "a", keypoints=WALKER[..., :2], scores=WALKER[..., 2], fps=-3.0)
    with pytest.raises(DataError, match="one number of frames a second expected"):
        read_walk(tmp_path / "a.npz")


def test_arrays_that_are_not_wanted_are_not_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a", keypoints=np.zeros((3, 17, 2)), large=np.zeros((500, 500, 50), np.uint8))
    assert array_headers(tmp_path / "a.npz")["large"].n_bytes == 12_500_000
    assert list(load_arrays(tmp_path / "a.npz", ["keypoints", "none"], 10_000)) == ["keypoints"]
    with pytest.raises(DataError, match="large has shape"):
        load_arrays(tmp_path / "a.npz", ["large"], 10_000)
