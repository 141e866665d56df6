"""Poses by MediaPipe 0.10.21 (Pose, full, tracking), for an environment of its own; scoliogait is not imported.

    pip install mediapipe==0.10.21 numpy==1.26.4 av==18.1.0
    python benchmarks/mediapipe_pose.py VIDEO OUT.npz

writes the landmarks (T, 33, 3) = x px, y px, visibility of the video and of its pictures mirrored, zeros where nobody
was found, and the CPU seconds of the first of them with all that it needs to start.
"""

import sys
import time

import av
import mediapipe
import numpy as np


def landmarks_of(video: str, mirrored: bool) -> np.ndarray:
    rows = []
    with mediapipe.solutions.pose.Pose(model_complexity=1) as pose, av.open(video) as container:
        for frame in container.decode(video=0):
            rgb = frame.to_ndarray(format="rgb24")
            found = pose.process(np.ascontiguousarray(rgb[:, ::-1]) if mirrored else rgb).pose_landmarks
            size = [frame.width, frame.height, 1]
            seen = [[point.x, point.y, point.visibility] for point in found.landmark] if found else np.zeros((33, 3))
            rows.append(np.array(seen) * size)
    return np.array(rows)


if __name__ == "__main__":
    plain = landmarks_of(sys.argv[1], mirrored=False)
    cpu_s = time.process_time()
    np.savez(sys.argv[2], plain=plain, mirrored=landmarks_of(sys.argv[1], mirrored=True), cpu_s=cpu_s)
