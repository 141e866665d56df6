"""What is fuzzed of the files of other programs: the files of the tests, cut to some frames."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tools.fuzz.reader import Reader

from motion_files import travelling, write_c3d, write_trc
from scoliogait.io.layouts import LAYOUTS
from scoliogait.io.read import read_walk
from scoliogait.skeleton import JOINT_NAMES
from videos import grey_ramp, write_video

FILES = Path(__file__).parents[2] / "tests" / "program_files"
FRAMES = 14
LANDMARKS = 33
PEOPLE = np.load(FILES / "people.npz")["walker"][:FRAMES]


def _json(cut: Callable[[Any], Any], *names: str) -> Callable[[Path], list[bytes]]:
    return lambda _: [json.dumps(cut(json.loads((FILES / name).read_text()))).encode() for name in names]


def _lines(name: str, n_header: int) -> Callable[[Path], list[bytes]]:
    def seeds(_: Path) -> list[bytes]:
        lines = (FILES / name).read_text().splitlines()[: n_header + FRAMES]
        return ["\n".join(lines).encode()]

    return seeds


def _whole(*names: str) -> Callable[[Path], list[bytes]]:
    return lambda _: [(FILES / name).read_bytes() for name in names]


def _start_of_coco(content: Any) -> Any:
    if isinstance(content, dict):  # AlphaPose's two other forms: a frame by its name
        return dict([*content.items()][:FRAMES])
    return content[: 2 * FRAMES]


def _start_of_mmpose(content: Any) -> Any:
    if isinstance(content, dict):
        return content | {"instance_info": content["instance_info"][:FRAMES]}
    return content[:FRAMES]


def _archive(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _rtmlib_seeds(_: Path) -> list[bytes]:
    one, two = PEOPLE[:, None], PEOPLE[:, None].repeat(2, axis=1)
    return [_archive(keypoints=points[..., :2], scores=points[..., 2]) for points in (one, two)]


def _blazepose_seeds(_: Path) -> list[bytes]:
    places = [LAYOUTS["BlazePose-33"].joints.index(joint) for joint in JOINT_NAMES]
    landmarks = np.zeros((FRAMES, LANDMARKS, 3), np.float32)
    landmarks[:, places] = PEOPLE
    return [_archive(landmarks=landmarks)]


def _anipose_seeds(_: Path) -> list[bytes]:
    header = ",".join(f"{name}_{fact}" for name in JOINT_NAMES for fact in ("x", "y", "z", "error", "ncams", "score"))
    rows = [
        ",".join(",".join(f"{value:.3f}" for value in place) + ",1.5,3,0.9" for place in joints) + f",{number}"
        for number, joints in enumerate(travelling()[:FRAMES])
    ]
    return ["\n".join([f"{header},fnum", *rows]).encode()]


def _table_seeds(_: Path) -> list[bytes]:
    header = ",".join(f"{name}_{axis}" for name in JOINT_NAMES for axis in ("x", "y", "visibility"))
    rows = [
        ",".join(f"{value:.3f}" for value in joints) + f",{n}" for n, joints in enumerate(PEOPLE.reshape(FRAMES, -1))
    ]
    return ["\n".join([f"{header},frame", *rows]).encode()]


def _written(write: Callable[..., Path], name: str) -> Callable[[Path], list[bytes]]:
    return lambda folder: [write(folder / name, travelling()[:FRAMES]).read_bytes()]


def _video_seeds(folder: Path) -> list[bytes]:
    return [write_video(folder / "seed.avi", [grey_ramp(number) for number in range(6)]).read_bytes()]


def _decode(path: Path) -> int:
    """All of a video but its networks, which see pictures alone."""
    from scoliogait.video.decode import open_video

    with open_video(path) as video:
        return sum(1 for _ in video)


PROGRAMS: Mapping[str, Reader] = {
    "coco-json": Reader(
        "w.json",
        read_walk,
        _json(_start_of_coco, *(f"{name}.json" for name in ("coco-results", "alphapose-cmu", "alphapose-open"))),
    ),
    "mmpose-json": Reader("w.json", read_walk, _json(_start_of_mmpose, "mmpose-demo.json", "mmpose-inferencer.json")),
    "mmpose-folder": Reader("000.json", lambda path: read_walk(path.parent), _whole("mmpose-pictures/000003.json")),
    "rtmlib-npz": Reader("w.npz", read_walk, _rtmlib_seeds),
    "blazepose-npz": Reader("w.npz", read_walk, _blazepose_seeds),
    "deeplabcut-csv": Reader("w.csv", read_walk, _lines("deeplabcut.csv", 4)),
    "lightning-pose-csv": Reader("w.csv", read_walk, _lines("lightning-pose_a.csv", 3)),
    "anipose-csv": Reader("w.csv", read_walk, _anipose_seeds),
    "wide-csv": Reader("w.csv", read_walk, _table_seeds),
    "hdf5": Reader("w.h5", read_walk, _whole("deeplabcut.h5", "deeplabcut-table.h5", "sleap-analysis.h5")),
    "sleap-slp": Reader("w.slp", read_walk, _whole("sleap-untracked.slp")),
    "trc": Reader("w.trc", read_walk, _written(write_trc, "seed.trc")),
    "c3d": Reader("w.c3d", read_walk, _written(write_c3d, "seed.c3d")),
    "video": Reader("w.avi", _decode, _video_seeds),
}
