"""Limits hold before memory is taken: what is above them is refused, and what nobody needs is never unpacked."""

import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import cv2
import numpy as np
import orjson
import pytest

from scoliogait import limits
from scoliogait.errors import DataError
from scoliogait.io.read import read_walk
from walker import draw_walker

MIB = limits.MIB
WALKER = draw_walker(40)
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")


def peak_bytes(read, *arguments: object, **settings: object) -> int:
    tracemalloc.start()
    try:
        read(*arguments, **settings)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def masks(n_frames: int, size: int) -> np.ndarray:
    frames = np.zeros((n_frames, size, size), np.uint8)
    frames[:, size // 4 : -size // 4, size // 3 : -size // 3] = 255
    return frames


def write_npz(path: Path, n_silhouettes: int) -> Path:
    np.savez_compressed(path, poses=WALKER, silhouettes=masks(n_silhouettes, 256))
    return path


def test_silhouettes_that_are_not_wanted_cost_no_memory(tmp_path: Path) -> None:
    few, many = write_npz(tmp_path / "few.npz", 1), write_npz(tmp_path / "many.npz", 400)
    read_walk(few, modalities={"poses"})  # what is imported on the way is no part of the measurement
    with_few, with_many = (peak_bytes(read_walk, path, modalities={"poses"}) for path in (few, many))
    assert with_many < with_few + MIB
    assert peak_bytes(read_walk, many) > 20 * MIB
    walk = read_walk(many, modalities={"poses"})
    assert walk.silhouettes is None
    np.testing.assert_array_equal(walk.poses, WALKER)


def test_what_the_file_holds_is_read_where_it_holds_nothing_that_is_wanted(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", silhouettes=masks(3, 64))
    assert read_walk(tmp_path / "a.npz", modalities={"poses"}).silhouettes is not None


def test_keypoints_of_foreign_files_are_poses(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", keypoints=WALKER, silhouettes=masks(40, 64))
    walk = read_walk(tmp_path / "a.npz", modalities={"poses"})
    assert walk.silhouettes is None
    np.testing.assert_array_equal(walk.poses, WALKER)


def test_fields_of_other_names_are_never_unpacked(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", poses=WALKER, video=np.zeros((64, MIB), np.uint8))
    read_walk(tmp_path / "a.npz")
    assert peak_bytes(read_walk, tmp_path / "a.npz") < 2 * MIB


def write_header(path: Path, shape: str, descr: str = "'<f4'", content: bytes = b"") -> Path:
    """An archive whose one array says what it is, with hardly a byte behind it."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode("latin1")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("poses.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content)
    return path


@pytest.mark.parametrize("shape", ["(1000000000000, 17, 3)", "(40000000, 17, 3)", "(4, 17, 3)"])
def test_a_header_that_claims_more_than_there_is_takes_no_memory(tmp_path: Path, shape: str) -> None:
    path = write_header(tmp_path / "a.npz", shape)
    with pytest.raises(DataError, match="does not fit its"):
        read_walk(path)


def test_arrays_that_unpack_to_more_than_a_walk_may_take_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_npz(tmp_path / "a.npz", 100)
    monkeypatch.setattr("scoliogait.io.npz_archive.MAX_WALK_BYTES", 6 * MIB)

    def refused() -> None:
        with pytest.raises(DataError, match=r"silhouettes has shape \(100, 256, 256\), .* may take"):
            read_walk(path)

    refused()
    assert peak_bytes(refused) < 2 * MIB
    read_walk(path, modalities={"poses"})


def write_png_header(path: Path, width: int, height: int) -> None:
    """A small picture whose header says that it is another size; no decoder is asked about it."""
    png = bytearray(cv2.imencode(".png", np.full((8, 8), 255, np.uint8))[1].tobytes())
    png[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    path.write_bytes(png)


@pytest.mark.parametrize(("width", "height"), [(100_000, 100), (40_000, 40_000), (0, 8)])
def test_pictures_above_the_limit_are_refused_before_they_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    write_png_header(tmp_path / "000.png", width, height)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(DataError, match=rf"000\.png: says that it is {width} x {height} px"):
        read_walk(tmp_path)


def test_more_pictures_than_a_walk_may_take_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        write_png_header(tmp_path / f"{number:03d}.png", 8, 8)
    monkeypatch.setattr("scoliogait.io.silhouette_png.MAX_WALK_BYTES", 150)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(DataError, match="3 pictures of 8 x 8 px are more"):
        read_walk(tmp_path)


READ_ONE = """
import resource, sys
from scoliogait.errors import DataError
from scoliogait.io.read import read_walk
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_walk(sys.argv[1])
except DataError as error:
    print(str(error)[-200:])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@needs_linux
@pytest.mark.parametrize("person", ['{"pose_keypoints_2d":[]}', '{"pose_keypoints\\u005f2d":[1,2,3]}'])
def test_a_million_people_are_refused_with_little_memory(tmp_path: Path, person: str) -> None:
    path = tmp_path / "a_000000000000_keypoints.json"
    path.write_text('{"people":[' + ",".join([person] * 1_000_000) + "]}")
    done = subprocess.run([sys.executable, "-c", READ_ONE, str(tmp_path)], capture_output=True, text=True, check=True)
    said, mib = done.stdout.strip().splitlines()
    assert "holds more than" in said
    assert int(mib) < 200


def test_as_many_people_as_one_frame_may_hold_are_read(tmp_path: Path) -> None:
    """With face and hands, as OpenPose writes them: the limit of values is no limit of people."""
    rest = {f"{part}_keypoints_2d": [0.5] * n for part, n in (("face", 210), ("hand_left", 63), ("hand_right", 63))}
    people = [{"pose_keypoints_2d": [101.5, 200.25, 0.9] * 25, **rest}] * limits.MAX_PEOPLE_PER_FRAME
    content = orjson.dumps({"people": people})
    assert content.count(b",") + content.count(b"[") + content.count(b"{") < limits.MAX_JSON_VALUES
    assert len(content) < limits.MAX_JSON_BYTES


@pytest.mark.parametrize(
    "name",
    [
        *("walk.npz", "walk.pkl", "000.png", "a_000000000000_keypoints.json"),
        *("walk.json", "walk.c3d", "walk.trc", "walk.csv", "walk.h5", "walk.slp", "walk.mp4", "walk"),
    ],
)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match=r"a pipe or a device"):
        read_walk(tmp_path if name.endswith(("keypoints.json", "png")) else tmp_path / name)


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "000.png"
    with path.open("wb") as stream:
        stream.truncate(limits.MAX_PICTURE_BYTES + 1)  # a hole: it takes no disk
    with pytest.raises(DataError, match=r"is larger than 64 MiB"):
        read_walk(tmp_path)
