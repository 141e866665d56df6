"""CPU seconds and memory of reading a video into a walk, and the ratio to a plain chain in the same run.

``python -m benchmarks video --video FILE`` takes a real video; without one a mannequin is drawn, which networks take
for a person in most pictures only. The plain chain is ``reference.video``, with the networks as converted, which
the history of this repository holds. With ``--against CHECKOUT`` that checkout reads the video too, and the mean
distance of its joints is told. Everything runs on one thread in processes of its own, in turns; CPU seconds are user
and system of the whole process, imports included, the least of all rounds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.fresh_process import ROOT, Work, least_spent

N_ROUNDS = 3
SIZE_PX, RATE_HZ, N_PICTURES = (480, 270), 30, 150
# The last build whose networks are as they were converted.
PLAIN_BUILD, WEIGHTS = "d2c2e0d", "src/scoliogait/video/weights"
ONNXRUNTIME, OPENCV = "read_walk, onnxruntime", "read_walk, OpenCV alone"
TARGETS = {ONNXRUNTIME: 1.7, OPENCV: 1.3}
ONE_THREAD = """
import os
os.environ["OMP_NUM_THREADS"] = "1"
import cv2
cv2.setNumThreads(1)
"""
_PLAIN = """
import sys
sys.path.insert(0, arguments[3])
from benchmarks.reference.video import read_plainly
poses, silhouettes = read_plainly(arguments[0], arguments[1])
"""
_READ = f"""
{ONE_THREAD}
import numpy as np
import scoliogait as sg
walk = sg.read_walk(arguments[0])
np.save(arguments[2], walk.poses)
"""
_NOT_INSTALLED = "import sys\nsys.modules['onnxruntime'] = None\n"


def run(against: Path | None = None, video: Path | None = None) -> list[dict[str, Any]]:
    """Measure, print the table, and give its rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = draw_video(folder / "mannequin.mp4") if video is None else video
        weights = _plain_weights(folder)
        works = {"plain chain, OpenCV": Work(_PLAIN, arguments=[video, weights, "", ROOT])}
        checkouts = {"": ROOT} | ({"there: ": against} if against is not None else {})
        for where, checkout in checkouts.items():
            arguments = [video, weights, folder / f"{where or 'here'}.npy"]
            works[f"{where}{OPENCV}"] = Work(f"{_NOT_INSTALLED}{_READ}", "", arguments, checkout)
            works[f"{where}{ONNXRUNTIME}"] = Work(_READ, "", arguments, checkout)
        taken = least_spent(works, N_ROUNDS)
        poses = {where: np.load(folder / f"{where or 'here'}.npy") for where in checkouts}
    n_pictures = len(poses[""])
    plain_s = taken["plain chain, OpenCV"].process_cpu_s
    rows = [
        {"what": what, "cpu_s": of.process_cpu_s, "peak_mb": of.peak_mb, "ratio": plain_s / of.process_cpu_s}
        for what, of in taken.items()
    ]
    apart = mean_distance(poses["there: "], poses[""]) if against is not None else None
    _print(rows, video, n_pictures, apart)
    return rows


def draw_video(path: Path) -> Path:
    """A mannequin that walks away from the camera, the figure of the tests."""
    sys.path.insert(0, str(ROOT / "tests"))
    from mannequin import draw_mannequin
    from videos import write_video
    from walker import draw_walker

    drawn = draw_walker(N_PICTURES, rate_hz=RATE_HZ, height_px=200, from_the_front=False)
    drawn[..., :2] += np.array(SIZE_PX) / 2 - drawn[..., :2].mean(axis=(0, 1))
    times_ms = [round(1000 * number / RATE_HZ) for number in range(N_PICTURES)]
    return write_video(path, [draw_mannequin(pose, SIZE_PX) for pose in drawn], times_ms)


def _plain_weights(folder: Path) -> Path:
    for name in ("blazepose-full.onnx", "nanodet-g-416.onnx"):
        show = ["git", "-C", str(ROOT), "show", f"{PLAIN_BUILD}:{WEIGHTS}/{name}"]
        held = subprocess.run(show, capture_output=True, check=False)
        if held.returncode:
            sys.exit(f"git show {PLAIN_BUILD}: {held.stderr.decode().strip()}; a clone with its history is needed")
        (folder / name).write_bytes(held.stdout)
    return folder


def mean_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Of joints seen in both (T, 17, 3), as a share of the height of their person."""
    both = (one[..., 2] > 0).any(axis=1) & (other[..., 2] > 0).any(axis=1)
    height = np.ptp(one[both, :, 1], axis=1)[:, None]
    return float((np.linalg.norm(one[both, :, :2] - other[both, :, :2], axis=-1) / height).mean())


def _print(rows: list[dict[str, Any]], video: Path, n_pictures: int, apart: float | None) -> None:
    title = f"{video.name}, {n_pictures} pictures, one thread; whole process, least of {N_ROUNDS} rounds"
    table = Table("what", "CPU s", "pictures a CPU s", "ratio", "target", "peak, MB", title=title)
    for row in rows:
        target = TARGETS.get(row["what"])
        cells = [f"{row['cpu_s']:.2f}", f"{n_pictures / row['cpu_s']:.1f}", f"{row['ratio']:.2f}x"]
        cells += [f">= {target:.1f}x" if target else "", f"{row['peak_mb']:.0f}"]
        table.add_row(row["what"], *cells, style="red" if target and row["ratio"] < target else "")
    console = Console()
    console.print(table)
    if apart is not None:
        console.print(
            f"Mean distance of the joints from those of the other checkout: {100 * apart:.4f} % of body height."
        )
