"""Reads a C3D file with ``ezc3d`` in a process of its own, because a damaged file can end the process that reads it.

``read_apart`` starts it; run as ``python -m scoliogait.io.c3d_process FILE`` it writes an .npz archive to its output.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.limits import MAX_C3D_MEMORY_BYTES, MAX_C3D_SECONDS

_REFUSED = 3


class C3dProcessError(Exception):
    """Why there is no content; for a message that names the file."""


def read_apart(path: Path) -> dict[str, NDArray[Any]]:
    """names (M,), unit (1 or 0,), rate_hz (1 or 0,), points (3, M, T) and residuals (M, T) of a C3D file.

    Raises C3dProcessError when ``ezc3d`` refuses the file, ends, takes too long or too much memory.
    """
    command = [sys.executable, "-P", "-m", "scoliogait.io.c3d_process", str(path.resolve())]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=MAX_C3D_SECONDS)
    except subprocess.TimeoutExpired:
        raise C3dProcessError(f"reading it took more than {MAX_C3D_SECONDS} s") from None
    if done.returncode == _REFUSED:
        raise C3dProcessError(done.stderr.decode("utf-8", "replace").strip())
    if done.returncode != 0:
        raise C3dProcessError("ezc3d ends on it")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as archive:
        return dict(archive)


def _content(path: str) -> dict[str, Any]:
    import ezc3d

    content: Any = ezc3d.c3d(path)
    point = content["parameters"]["POINT"]
    return {
        "names": np.array([str(label) for label in point["LABELS"]["value"]], dtype=np.str_),
        "unit": np.array([str(value) for value in point["UNITS"]["value"][:1]], dtype=np.str_),
        "rate_hz": np.array(point["RATE"]["value"][:1], dtype=np.float64),
        "points": np.array(content["data"]["points"][:3], dtype=np.float64),
        "residuals": np.array(content["data"]["meta_points"]["residuals"][0], dtype=np.float64),
    }


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit on Windows
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MAX_C3D_MEMORY_BYTES, most))


def main() -> None:
    _limit_memory()
    try:
        content = _content(sys.argv[1])
    except (OSError, RuntimeError, ValueError, IndexError, KeyError, TypeError, MemoryError) as error:
        print(str(error) or type(error).__name__, file=sys.stderr)
        sys.exit(_REFUSED)
    stream = io.BytesIO()
    np.savez(stream, **content)
    sys.stdout.buffer.write(stream.getbuffer())


if __name__ == "__main__":
    main()
