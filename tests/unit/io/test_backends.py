"""What finds joints in a video, by name; what it says about itself; what is refused before anything is run."""

import json
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dot_networks as dots
from onnx_files import model, node, port, tensor
from openpose_folder import write_frames
from scoliogait.data.importing import import_walks
from scoliogait.errors import DataError, ModelError
from scoliogait.io.backend_names import backend_named
from scoliogait.io.backends import Builtin
from scoliogait.io.native import write_walk
from scoliogait.io.read import read_walk
from scoliogait.skeleton import MIRROR
from scoliogait.video.networks import BLAZEPOSE, BLAZEPOSE_MAPS
from scoliogait.walk import DOUBT
from seen_people import known_people, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 40
WALKER = draw_walker(T, height_px=220)
COORDINATES = {"kind": "coordinates", "columns": ["x", "y", "score"], "unit": "share", "score": "value"}


def figure() -> np.ndarray:
    """A standing person who equals their mirror image: shares of a part of 3 x 4, and a confidence of 0.8."""
    pose = WALKER[0].astype(np.float64)
    low, high = pose[:, :2].min(axis=0), pose[:, :2].max(axis=0)
    height = high[1] - low[1]
    shares = np.column_stack([(pose[:, :2] - (low + high) / 2) / [0.75 * height, height] + 0.5, np.full(17, 0.8)])
    return (shares + (shares[list(MIRROR)] * [-1, 1, 1] + [1, 0, 0])) / 2


def stiff_network(shares: np.ndarray, scores: float = 1.0) -> bytes:
    """Whatever it is shown: the same joints; ``scores`` times their confidence."""
    values = (shares * [1, 1, scores])[None].astype(np.float32)
    nodes = [
        node("ReduceMean", ["picture"], ["mean"], {"axes": [1, 2, 3], "keepdims": 0}),
        node("Mul", ["mean", "nothing"], ["zero"]),
        node("Add", ["zero", "joints"], ["out"]),
    ]
    tensors = [tensor("joints", values), tensor("nothing", np.zeros(1, np.float32))]
    return model([port("picture", (1, 3, 64, 48))], nodes, [port("out", (1, 17, 3))], tensors)


def video(folder: Path, monkeypatch: pytest.MonkeyPatch, people: Sequence[Any] | None = None) -> Path:
    known_people(monkeypatch, people or [[pose] for pose in WALKER])
    return write_numbered(folder / "a walk.mp4", range(T))


def test_the_three_names(tmp_path: Path) -> None:
    assert backend_named(None) == backend_named("builtin") == Builtin()
    assert backend_named("builtin", engine="opencv") == Builtin("opencv")
    network = dots.write_network(tmp_path, dots.simcc_network(), dots.SIMCC)
    assert backend_named(f"onnx:{network}").name == "onnx"
    network.with_suffix(".yaml").rename(network.with_suffix(".yml"))
    assert backend_named(f"onnx:{network}").name == "onnx"
    assert backend_named(f"precomputed:{write_frames(tmp_path / 'poses', [[WALKER[0]]])}").name == "precomputed"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mediapipe", "backend 'mediapipe': expected builtin, onnx:FILE.onnx or precomputed:POSES"),
        ("onnx", "backend 'onnx': expected builtin, onnx:FILE"),
        ("onnx:", "expected builtin, onnx:FILE"),
        ("builtin:full", "expected builtin, onnx:FILE"),
        ("onnx:none.onnx", "none.yaml: does not exist; it must say what none.onnx takes and gives"),
        ("onnx:pose.yaml", "pose.yaml: is a description; give the network that lies beside it, onnx:pose.onnx"),
        ("precomputed:none.json", "none.json: does not exist; give the poses of the video"),
    ],
)
def test_other_names_and_missing_files(name: str, words: str) -> None:
    with pytest.raises(DataError, match=words.replace(".", r"\.")):
        backend_named(name)


def test_an_unknown_layout_lists_those_that_are_known(tmp_path: Path) -> None:
    network = dots.write_network(tmp_path, dots.simcc_network(), dots.SIMCC, joints="COCO-15")
    with pytest.raises(DataError, match="layout 'COCO-15' is not known; expected one of COCO-17"):
        backend_named(f"onnx:{network}")


def test_a_walk_says_what_its_poses_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = read_walk(video(tmp_path, monkeypatch))
    assert walk.origin["backend"] == "builtin"
    assert walk.origin["pose_network_sha256"] == BLAZEPOSE.sha256
    assert walk.origin["pose_maps_sha256"] == BLAZEPOSE_MAPS.sha256


def test_a_network_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = video(tmp_path, monkeypatch)
    network = dots.write_network(tmp_path, stiff_network(figure()), COORDINATES, "pose")
    walk = read_walk(path, backend=f"onnx:{network}")
    assert walk.poses is not None
    low, high = WALKER[:, :, :2].min(axis=1), WALKER[:, :, :2].max(axis=1)
    wide, tall = (high - low).T
    tall = np.maximum(tall, wide / 0.75)
    at_look = [0, 6, 12]  # between two looks boxes move evenly
    sides = np.stack([0.75 * tall, tall], axis=1)[:, None]
    expected = ((low + high) / 2)[:, None] + (figure()[None, :, :2] - 0.5) * sides
    np.testing.assert_allclose(walk.poses[at_look, :, :2], expected[at_look], atol=1e-3)
    np.testing.assert_allclose(walk.poses[..., 2], 0.8, atol=1e-6)
    assert walk.silhouettes is None
    assert walk.notes[0] == "The joints come from pose.onnx; their confidence is the score that the network gives."
    assert [note for note in walk.notes[1:] if "height of the camera does not show" not in note] == []


def test_the_origin_is_kept_in_files_and_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = video(tmp_path, monkeypatch)
    network = dots.write_network(tmp_path, stiff_network(figure()), COORDINATES, "pose")
    walk = read_walk(path, backend=f"onnx:{network}")
    assert walk.origin["pose_network_sha256"] == sha256(network.read_bytes()).hexdigest()
    said = json.loads(walk.origin["pose_network"])
    assert said["output"] == COORDINATES
    assert said["input"]["size_px"] == [48, 64]
    assert said["joints"] == "COCO-17"
    write_walk(tmp_path / "walk.npz", walk)
    assert dict(read_walk(tmp_path / "walk.npz").origin) == {**walk.origin, "source": str(path)}
    store = import_walks([path], tmp_path / "store", backend=f"onnx:{network}")
    assert dict(store.walk(0).origin) == dict(walk.origin)
    assert store.walk_facts(0)["pose_network_sha256"] == walk.origin["pose_network_sha256"]


def test_outlines_of_the_package_go_with_joints_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = video(tmp_path, monkeypatch)
    network = dots.write_network(tmp_path, stiff_network(figure()), COORDINATES, "pose", outline="builtin")
    walk = read_walk(path, backend=f"onnx:{network}")
    assert walk.silhouettes is not None
    assert len(walk.silhouettes) == T
    assert walk.origin["outline_network_sha256"] == BLAZEPOSE_MAPS.sha256


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (0.3, "a walk.mp4: people were found, and pose.onnx gives no trunk of theirs a confidence of 0.3"),
        (20, "pose.onnx: confidences reach 16; expected x, y, confidence 0..1"),
    ],
)
def test_confidences_of_another_scale_are_refused(
    scores: float, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = dots.write_network(tmp_path, stiff_network(figure(), scores), COORDINATES, "pose")
    with pytest.raises(DataError, match=words):
        read_walk(video(tmp_path, monkeypatch), backend=f"onnx:{network}")


def test_confidences_of_a_doubtful_scale_and_joints_of_another_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = video(tmp_path, monkeypatch)
    network = dots.write_network(tmp_path, stiff_network(figure(), 5), COORDINATES, "pose")
    (doubt,) = read_walk(path, backend=f"onnx:{network}").doubts
    assert "Confidences range from 4 to 4, another scale than 0..1" in doubt
    other_order = figure()
    other_order[13:17] = other_order[[15, 16, 13, 14]]  # knees and ankles
    dots.write_network(tmp_path, stiff_network(other_order), COORDINATES, "pose")
    (doubt,) = read_walk(path, backend=f"onnx:{network}").doubts
    assert doubt.startswith(f"{DOUBT}The joints of pose.onnx were read as COCO-17, as its description says, but do not")


def test_only_videos_and_one_video_of_poses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = dots.write_network(tmp_path, stiff_network(figure()), COORDINATES, "pose")
    folder = write_frames(tmp_path / "poses", [[pose] for pose in WALKER])
    with pytest.raises(DataError, match=r"poses: a folder of OpenPose files .* is no video; leave out --backend"):
        read_walk(folder, backend=f"onnx:{network}")
    path = video(tmp_path, monkeypatch)
    with pytest.raises(DataError, match="backend onnx: finds joints itself; leave out --joints"):
        read_walk(path, backend=f"onnx:{network}", layout="COCO-17")
    other = path.with_name(f"other{path.suffix}")
    other.write_bytes(path.read_bytes())
    with pytest.raises(DataError, match="holds the poses of one video, and 2 inputs are given"):
        import_walks([path, other], tmp_path / "store", backend=f"precomputed:{folder}")


def test_a_bad_network_stops_an_import_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = dots.write_network(tmp_path, b"no network", COORDINATES, "pose")
    with pytest.raises(ModelError, match=r"pose\.onnx: is no ONNX file"):
        import_walks([video(tmp_path, monkeypatch)], tmp_path / "store", backend=f"onnx:{network}")


PRECOMPUTED = {"backend": "precomputed", "poses_from": "poses (openpose-json), as another program found them"}


def test_poses_of_another_program_at_the_times_of_the_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [])
    far = draw_walker(T, height_px=60)
    far[..., 0] += 200
    folder = write_frames(tmp_path / "poses", [[away, pose] for away, pose in zip(far, WALKER, strict=True)])
    path = write_numbered(tmp_path / "a walk.mp4", range(T), [round(1000 * t / 24) for t in range(T)])
    seen: list[Any] = []
    walk = read_walk(path, backend=f"precomputed:{folder}", keep_seen=seen.append)
    assert walk.poses is not None
    np.testing.assert_allclose(walk.poses[:, 5:], WALKER[:, 5:], atol=1e-3)
    assert walk.frame_rate_hz == pytest.approx(24, rel=1e-2)
    assert walk.frame_size_px == (640, 360)
    assert walk.silhouettes is None
    assert walk.people is not None
    assert walk.people.n_people == 2
    assert {key: walk.origin[key] for key in PRECOMPUTED} == PRECOMPUTED
    assert len(walk.origin["poses_sha256"]) == 64
    assert walk.mirror_difference is None
    assert any("intervals of the asymmetries leave it out" in note for note in walk.notes)
    seen[0].write_overlay(tmp_path / "seen.png")
    assert (tmp_path / "seen.png").stat().st_size > 10_000


@pytest.mark.parametrize("n_frames", [T - 1, T + 2])
def test_another_number_of_frames_than_the_video_has(n_frames: int, tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "poses", [[pose] for pose in draw_walker(n_frames, height_px=220)])
    path = write_numbered(tmp_path / "a.mp4", range(T))
    with pytest.raises(DataError, match=rf"poses: holds poses of {n_frames} frames, and \S*a\.mp4 has {T} pictures"):
        read_walk(path, backend=f"precomputed:{folder}")


def rtmlib(folder: Path, **more: Any) -> Path:
    np.savez(folder / "poses.npz", keypoints=WALKER[:, None, :, :2], scores=WALKER[:, None, :, 2], **more)
    return folder / "poses.npz"


def test_another_size_or_rate_than_the_video_has(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", range(T))
    with pytest.raises(DataError, match=r"are of pictures of 1280 x 720 px, and those of \S*a\.mp4 have 640 x 360"):
        read_walk(path, backend=f"precomputed:{rtmlib(tmp_path, frame_size=np.array([1280, 720]))}")
    (doubt,) = read_walk(path, backend=f"precomputed:{rtmlib(tmp_path, fps=np.float64(60))}").doubts
    assert "poses.npz states 60 frames a second, and the video has 30; its times count." in doubt
    assert read_walk(path, backend=f"precomputed:{rtmlib(tmp_path, fps=np.float64(29.97))}").doubts == ()


def test_poses_that_lie_outside_of_the_pictures(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", range(T))
    moved = WALKER.copy()
    moved[..., 0] += 400
    np.savez(tmp_path / "poses.npz", keypoints=moved[:, None, :, :2], scores=moved[:, None, :, 2])
    (doubt,) = read_walk(path, backend=f"precomputed:{tmp_path / 'poses.npz'}").doubts
    assert "of the joints of poses.npz lie outside of the pictures" in doubt


def test_a_layout_for_poses_of_another_program(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", range(T))
    backend = f"precomputed:{rtmlib(tmp_path)}"
    assert read_walk(path, backend=backend, layout="COCO-17").doubts == ()
    with pytest.raises(DataError, match="has 17 joints a person; BODY_25 has 25"):
        read_walk(path, backend=backend, layout="BODY_25")


def test_files_of_one_person_are_no_poses_of_a_video(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", read_walk(write_frames(tmp_path / "poses", [[pose] for pose in WALKER])))
    path = write_numbered(tmp_path / "a.mp4", range(T))
    with pytest.raises(DataError, match=r"walk\.npz: a \.npz file does not hold everybody in the pictures of a video"):
        read_walk(path, backend=f"precomputed:{tmp_path / 'walk.npz'}")


def test_no_torch_for_a_network_of_the_user(tmp_path: Path) -> None:
    network = dots.write_network(tmp_path, stiff_network(figure()), COORDINATES, "pose")
    path = write_numbered(tmp_path / "a.mp4", range(T))
    code = (
        "import sys, scoliogait as sg\n"
        "from scoliogait.errors import DataError\n"
        "try: sg.read_walk(sys.argv[1], backend=sys.argv[2])\n"
        "except DataError as error: print(error)\n"
        "print('torch' in sys.modules, 'scoliogait.video.pose_network' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(path), f"onnx:{network}"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "False True"
