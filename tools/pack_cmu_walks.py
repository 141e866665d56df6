"""Pack a folder of captured walks into the one file that the simulation carries.

    python tools/pack_cmu_walks.py FOLDER src/scoliogait/simulation/cmu_walks.npz

FOLDER holds one ``*.npz`` per walk with ``xyz_m`` (T, 17, 3) in metres, ``fps`` and ``subject``. Tenths of a millimetre
in 16 bit are far finer than the capture; the position along the walk is dropped, because it is not used.
"""

import sys
from pathlib import Path

import numpy as np

from scoliogait.skeleton import JOINT


def main(folder: Path, target: Path) -> None:
    paths = sorted(folder.glob("*.npz"))
    joints, people, rates = [], [], set()
    for path in paths:
        with np.load(path, allow_pickle=False) as walk:
            xyz = walk["xyz_m"].astype(np.float64)
            people.append(str(walk["subject"]))
            rates.add(float(walk["fps"]))
        xyz[..., 2] -= xyz[:, [JOINT["left_hip"], JOINT["right_hip"]], 2].mean(axis=1, keepdims=True)
        joints.append(np.round(xyz * 1e4).astype(np.int16))
    (rate,) = rates
    np.savez_compressed(
        target,
        tenths_of_mm=np.concatenate(joints),
        n_frames=np.array([len(j) for j in joints]),
        name=np.array([path.stem for path in paths]),
        person=np.array(people),
        frame_rate_hz=np.float64(rate),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
