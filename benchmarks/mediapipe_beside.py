"""This package beside MediaPipe 0.10.21 on the same videos: speed, jitter, and which side each of them prefers.

    python3.12 -m venv other, and in it what `mediapipe_pose.py` names
    python -m benchmarks.mediapipe_beside --python other/bin/python VIDEO...

MediaPipe follows one person; of the people seen here the nearest to theirs is taken in each picture. *Jitter*: robust
standard deviation of the second differences of hips and shoulders from picture to picture, in % of body height.
*Preference*: half of the sum of the median tilt in the video and in its pictures mirrored, 0 for a method that prefers
no side. CPU seconds are of the whole process on the video as it is, one thread here; MediaPipe chooses its own threads.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.fresh_process import ROOT, Work, least_spent
from benchmarks.reference.video import JOINTS
from benchmarks.video import ONE_THREAD
from scoliogait.skeleton import JOINT
from scoliogait.video.detect import Detections, Detector
from scoliogait.video.estimate import Estimate, Estimator
from scoliogait.video.watch import Seen, watch

N_ROUNDS = 2
_READ = f"{ONE_THREAD}\nimport scoliogait as sg\nwalk = sg.read_walk(arguments[0], person=int(arguments[1]) or None)"
TRUNK = [JOINT[f"{side}_{part}"] for part in ("shoulder", "hip") for side in ("left", "right")]
Poses = NDArray[np.float64]


class _MirroredDetector:
    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def __call__(self, rgb: NDArray[np.uint8]) -> Detections:
        return self._detector(np.ascontiguousarray(rgb[:, ::-1]))


class _MirroredEstimator:
    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator

    def __call__(self, rgb: NDArray[np.uint8], box: NDArray[np.float64]) -> Estimate | None:
        return self._estimator(np.ascontiguousarray(rgb[:, ::-1]), box)


def main(python: Path, videos: list[Path], person: int) -> None:
    table = Table(
        *("video", "by", "found", "pictures a CPU s", "jitter, %", "hips prefer, °", "shoulders prefer, °"),
        title="On the same pictures, each person's trunk",
    )
    detector, estimator = Detector(), Estimator()
    with tempfile.TemporaryDirectory() as folder:
        for video in videos:
            out = Path(folder) / "landmarks.npz"
            script = ROOT / "benchmarks" / "mediapipe_pose.py"
            rounds = []
            for _ in range(N_ROUNDS):
                subprocess.run([python, script, video, out], check=True, capture_output=True)
                rounds.append(float(np.load(out)["cpu_s"]))
            theirs = {name: np.load(out)[name][:, JOINTS] for name in ("plain", "mirrored")}
            plain = watch(video, detector, estimator)
            turned = watch(video, _MirroredDetector(detector), _MirroredEstimator(estimator))
            ours = {"plain": _nearest(plain, theirs["plain"]), "mirrored": _nearest(turned, theirs["mirrored"])}
            cpu_s = least_spent({"here": Work(_READ, arguments=[video, str(person)])}, N_ROUNDS)["here"].process_cpu_s
            for by, poses, seconds in (("MediaPipe", theirs, min(rounds)), ("here", ours, cpu_s)):
                found = int((poses["plain"][..., 2] > 0).any(axis=1).sum())
                leans = [_preference(poses, part) for part in ("hip", "shoulder")]
                table.add_row(
                    *(video.stem, by, str(found), f"{len(plain.times_s) / seconds:.1f}"),
                    *(f"{100 * _jitter(poses['plain']):.2f}", *(f"{lean:+.2f}" for lean in leans)),
                )
    Console(width=130).print(table)


def _nearest(seen: Seen, poses: Poses) -> Poses:
    """The seen people (T, 17, 3) nearest to poses, zeros where these show nobody or nobody is near."""
    found = np.zeros_like(poses)
    for frame, pose in enumerate(poses):
        if not (pose[:, 2] > 0).any():
            continue
        row, away_px = seen.nearest_to(frame, pose.astype(np.float32))
        if away_px < 0.3 * np.ptp(pose[:, 1]):
            found[frame] = seen.poses[frame][row]
    return found


def _jitter(poses: Poses) -> float:
    there = (poses[..., 2] > 0).any(axis=1)
    height = np.median(np.ptp(poses[there, :, 1], axis=1))
    bent = poses[2:, TRUNK, :2] - 2 * poses[1:-1, TRUNK, :2] + poses[:-2, TRUNK, :2]
    values = bent[there[2:] & there[1:-1] & there[:-2]].ravel()
    return float(1.4826 * np.median(np.abs(values - np.median(values))) / height)


def _preference(poses: dict[str, Poses], part: str) -> float:
    return sum(_tilt_deg(of, part) for of in poses.values()) / 2


def _tilt_deg(poses: Poses, part: str) -> float:
    """Median angle of the line between left and right to the horizontal, as it is in the picture."""
    there = (poses[..., 2] > 0).any(axis=1)
    left, right = (poses[there, JOINT[f"{side}_{part}"], :2] for side in ("left", "right"))
    ends = np.where((left[:, :1] < right[:, :1]), right - left, left - right)
    return float(np.degrees(np.median(np.arctan2(ends[:, 1], ends[:, 0]))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, required=True, help="of the environment that has MediaPipe")
    parser.add_argument("--person", type=int, default=0, help="whom the timed reading takes, as for read_walk")
    parser.add_argument("videos", type=Path, nargs="+")
    arguments = parser.parse_args()
    main(arguments.python, arguments.videos, arguments.person)
