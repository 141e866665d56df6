"""TRC and C3D: captured walks come back as the camera in front sees them, with a planted difference at its size."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from captured_walks import captured_joints
from motion_files import NAMES, RATE_HZ, travelling, write_c3d, write_trc
from scoliogait.errors import DataError
from scoliogait.io.c3d_process import C3dProcessError, read_apart
from scoliogait.io.c3d_sections import is_c3d
from scoliogait.io.front_camera import PX_PER_M
from scoliogait.io.read import format_of, read_walk
from scoliogait.io.trc import is_trc
from scoliogait.skeleton import JOINT, JOINT_NAMES

WALK = travelling()
WRITERS: dict[str, Callable[..., Path]] = {"trc": write_trc, "c3d": write_c3d}
SHOULDERS = JOINT["left_shoulder"], JOINT["right_shoulder"]


def read(folder: Path, kind: str, joints: np.ndarray = WALK, **how: object) -> np.ndarray:
    poses = read_walk(WRITERS[kind](folder / "walk.any", joints, **how)).poses
    assert poses is not None
    return poses


def shoulder_difference_mm(poses: np.ndarray) -> float:
    """How much higher the left shoulder is, mean over the frames."""
    return float(np.mean(poses[:, SHOULDERS[1], 1] - poses[:, SHOULDERS[0], 1])) / PX_PER_M * 1000


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("unit", ["m", "mm"])
def test_the_walk_is_seen_from_the_front(tmp_path: Path, kind: str, unit: str) -> None:
    path = WRITERS[kind](tmp_path / "walk.any", WALK, unit=unit)
    assert format_of(path).name == kind
    walk = read_walk(path)
    assert (walk.frame_rate_hz, walk.n_frames) == (RATE_HZ, len(WALK))
    assert "orthographic camera in front" in walk.notes[0]
    assert "the direction in which the hips travel; up is +y" in walk.notes[0]
    assert walk.origin["camera"] == walk.notes[0]
    poses = walk.poses
    # Of an orthographic picture from the front: x is the walker's left, y is down, sizes are those of the body.
    seen = (poses[..., :2] - poses[:1, :1, :2]) / PX_PER_M
    captured = captured_joints()["06_01"]
    np.testing.assert_allclose(seen[..., 1], -(captured[..., 1] - captured[:1, :1, 1]), atol=2e-4)
    np.testing.assert_allclose(seen[..., 0], captured[..., 0] - captured[:1, :1, 0], atol=0.04)
    assert (poses[..., 2] == 1).all()
    width, height = walk.frame_size_px
    assert poses[..., :2].min() >= 99
    assert poses[..., 0].max() < width
    assert poses[..., 1].max() < height


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ["06_01", "16_16", "35_08", "02_01"])
@pytest.mark.parametrize("planted_mm", [20.0, -20.0])
def test_a_raised_shoulder_is_measured_with_its_sign_and_size(
    tmp_path: Path, kind: str, name: str, planted_mm: float
) -> None:
    joints = travelling(name, heading_deg=140)
    plain = shoulder_difference_mm(read(tmp_path, kind, joints))
    raised = joints.copy()
    raised[:, SHOULDERS[0], 1] += planted_mm / 1000
    assert shoulder_difference_mm(read(tmp_path, kind, raised)) - plain == pytest.approx(planted_mm, abs=0.1)


@pytest.mark.parametrize("heading_deg", [0, 37, 90, 180, 271])
def test_heading_and_axes_do_not_matter(tmp_path: Path, heading_deg: float) -> None:
    expected = read(tmp_path, "trc")
    turned = travelling(heading_deg=heading_deg)
    for axes in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):  # y, z, x up; all right-handed
        np.testing.assert_allclose(read(tmp_path, "trc", turned[..., axes]), expected, atol=0.02)
    down = turned * np.array([1, -1, -1])
    np.testing.assert_allclose(read(tmp_path, "trc", down), expected, atol=0.02)


def test_a_treadmill_is_seen_along_the_way_the_body_faces(tmp_path: Path) -> None:
    walk = read_walk(write_trc(tmp_path / "a.trc", travelling(speed_m_s=0.0, heading_deg=50)))
    assert "hips and shoulders face, as the hips do not travel" in walk.notes[0]
    np.testing.assert_allclose(walk.poses[..., 1], read(tmp_path, "trc")[..., 1], atol=0.02)
    assert np.mean(walk.poses[:, SHOULDERS[0], 0] - walk.poses[:, SHOULDERS[1], 0]) > 100


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("first", [1, 100, 101])
def test_frames_count_from_the_first_one(tmp_path: Path, kind: str, first: int) -> None:
    np.testing.assert_array_equal(read(tmp_path, kind, first=first), read(tmp_path, kind))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_missing_marker_moves_no_other(tmp_path: Path, kind: str) -> None:
    joints = WALK.copy()
    joints[5, JOINT["left_elbow"]] = np.nan
    joints[9:12, JOINT["right_wrist"]] = np.nan
    joints[20, JOINT["left_wrist"]] = 0
    poses, whole = read(tmp_path, kind, joints), read(tmp_path, kind)
    missing = np.isnan(joints).any(axis=-1) | (joints == 0).all(axis=-1)
    assert missing.sum() == 5
    assert not poses[missing].any()
    np.testing.assert_array_equal(poses[~missing], whole[~missing])


def test_a_frame_that_trc_leaves_out_is_empty(tmp_path: Path) -> None:
    path = write_trc(tmp_path / "a.trc", WALK)
    lines = path.read_text().splitlines()
    del lines[6 + 10]
    path.write_text("\n".join(lines).replace(f"\t{len(WALK)}\t", f"\t{len(WALK) - 1}\t"))
    poses = read_walk(path).poses
    assert poses.shape == (len(WALK), 17, 3)
    assert not poses[10].any()
    np.testing.assert_allclose(np.delete(poses, 10, 0), np.delete(read(tmp_path, "trc"), 10, 0), atol=0.1)


@pytest.mark.parametrize("kind", WRITERS)
def test_joint_centres_by_other_names(tmp_path: Path, kind: str) -> None:
    short = {"Shoulder": "S", "Elbow": "E", "Wrist": "W", "Hip": "H", "Knee": "K", "Ankle": "A"}
    centres = [f"Ann:{name[0]}{short[name[1:]]}JC" if name[1:] in short else name for name in NAMES]
    long = [f"{name.replace('_', ' ')} joint centre" for name in JOINT_NAMES]
    for names in (centres, long):
        np.testing.assert_array_equal(read(tmp_path, kind, names=names), read(tmp_path, kind))


@pytest.mark.parametrize("kind", WRITERS)
def test_skin_markers_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    names = [{"LHip": "LASI", "RHip": "RASI", "LKnee": "LKNE"}.get(name, name) for name in NAMES]
    with pytest.raises(DataError, match=r"names no left_hip, right_hip, left_knee; .* The file names nose, .*LASI"):
        read(tmp_path, kind, names=names)


def reversed_walk() -> np.ndarray:
    joints = captured_joints()["06_01"].copy()
    joints[..., 2] -= 1.2 * np.arange(len(joints))[:, None] / RATE_HZ
    return joints


# A turn that leaves the long axis of the body as far from y as from z.
HALF_WAY = np.array([[1, 0, 0], [0, np.sqrt(0.5), np.sqrt(0.5)], [0, -np.sqrt(0.5), np.sqrt(0.5)]])


def there_and_back() -> np.ndarray:
    there = travelling()
    return np.concatenate([there, there[::-1]])


@pytest.mark.parametrize(
    ("joints", "words"),
    [
        (reversed_walk(), r"17\d degrees off the direction of travel: they walk backwards"),
        (WALK * np.array([-1, 1, 1]), "axes are left-handed"),
        (there_and_back(), "the walker turns or stops"),
        (WALK * np.array([1, 1, 0]), "lie in one plane"),
        (WALK @ HALF_WAY, "degrees off each axis"),
        (WALK * 10, r"1\d\.\d m apart, .* check the unit"),
        (WALK / 1000, r"0\.001\d* m apart, .* check the unit"),
    ],
)
def test_what_no_camera_in_front_sees_is_refused(tmp_path: Path, joints: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=rf"walk\.any: .*{words}"):
        read(tmp_path, "trc", joints)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("\tmm\t", "\tinch\t", "unit of places is 'inch'; expected one of m, "),
        ("(X/Y/Z)", "(X/-Z/Y)", "states the axes"),
        ("\t17\t", "\t18\t", "names 17 markers, .* NumMarkers says 18"),
        ("30\t30\t", "60\t30\t", r"0\.03333 s by the column Time, DataRate says 60"),
        ("30\t30\t", "fast\t30\t", "DataRate of the header is 'fast'"),
        ("Frame#\tTime\tnose", "Frame#\tTime\t", "names 17 markers, one in every third cell"),
        ("\n1\t", "\n1.5\t", "Frame# is '1.5'"),
        ("\n1\t", "\n2\t", "Frame# '2' stands in 2 rows"),
        ("\n1\t0.000000\t", "\n1\t0.000000\t\t", "frame 1 has 54 cells"),
        ("\n1\t0.000000\t", "\n1\t0.000000\tx", "stands where a number is expected"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = write_trc(tmp_path / "a.trc", WALK)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DataError, match=words) as caught:
        read_walk(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("frames_kept", [3, len(WALK) - 3])
def test_a_cut_c3d_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames_kept: int
) -> None:
    path = write_c3d(tmp_path / "a.c3d", WALK)
    content = path.read_bytes()
    kept = 512 * (content[16] - 1) + frames_kept * 4 * 4 * WALK.shape[1]  # from the block where the frames begin
    path.write_bytes(content[:kept])
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(DataError, match=rf"it has {kept} bytes and promises {len(WALK)} frames"):
        read_walk(path)


def test_a_c3d_parameter_that_runs_into_the_next_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_c3d(tmp_path / "a.c3d", WALK)
    content = bytearray(path.read_bytes())
    content[content.index(b"\x02FORMAT") + 13] = 128  # length of a description; ezc3d takes 12 GB for this
    path.write_bytes(content)
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(DataError, match="the description of 'FORMAT' runs into what follows"):
        read_walk(path)


def test_without_ezc3d_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_c3d(tmp_path / "a.c3d", WALK)
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(DataError, match=r'a\.c3d: this format needs ezc3d; pip install "scoliogait\[formats\]"'):
        read_walk(path)


def test_recognition_is_by_content(tmp_path: Path) -> None:
    trc, c3d = write_trc(tmp_path / "a.c3d", WALK), write_c3d(tmp_path / "a.trc", WALK)
    assert (is_trc(trc), is_c3d(trc), is_trc(c3d), is_c3d(c3d)) == (True, False, False, True)
    (tmp_path / "b").write_bytes(b"")
    assert not any(recognises(path) for recognises in (is_trc, is_c3d) for path in (tmp_path, tmp_path / "b"))


def ends(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.CompletedProcess([], -signal.SIGSEGV, b"", b"")


def never_ends(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
    raise subprocess.TimeoutExpired("ezc3d", 1)


@pytest.mark.parametrize(
    ("happens", "words"), [(ends, r"ezc3d ends on it"), (never_ends, r"reading it took more than \d+ s")]
)
def test_a_c3d_that_ends_or_holds_its_reader_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happens: Callable[..., object], words: str
) -> None:
    path = write_c3d(tmp_path / "a.c3d", WALK)
    monkeypatch.setattr(subprocess, "run", happens)
    with pytest.raises(DataError, match=rf"a\.c3d: is not a whole C3D file \({words}\); export it again"):
        read_walk(path)


def test_what_ezc3d_refuses_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "a.c3d"
    path.write_text("no C3D file" * 100)
    with pytest.raises(C3dProcessError, match=r"\w+ \w+"):
        read_apart(path)
