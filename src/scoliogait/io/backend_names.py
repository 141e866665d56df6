"""What finds people and their joints in a video, by name: ``builtin``, ``onnx:FILE``, ``precomputed:FILE``.

What looks at pictures is loaded when one of them is made: a walk that is none of a video needs nothing of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from scoliogait.errors import DataError
from scoliogait.progress import Progress, no_progress

if TYPE_CHECKING:
    from scoliogait.video.camera import Camera
    from scoliogait.video.networks import Engine
    from scoliogait.video.watch import Seen

BUILTIN, ONNX, PRECOMPUTED = BACKENDS = ("builtin", "onnx", "precomputed")


class Backend(Protocol):
    """Finds everybody in a video, and says what their poses come from: facts for ``Walk.origin``."""

    @property
    def name(self) -> str: ...
    @property
    def identity(self) -> str:
        """Two that have the same one find the same."""
        ...

    def look(self, source: Path | Camera, progress: Progress = no_progress) -> tuple[Seen, Mapping[str, str]]: ...


def digest_of(backend: Backend) -> str:
    """In hexadecimal digits: two backends with the same one find the same in a video."""
    return hashlib.sha256(backend.identity.encode()).hexdigest()


def check_one_video(backend: Backend | None, n_inputs: int) -> None:
    """DataError where the poses of one video would be taken for those of several inputs."""
    if backend is None or n_inputs == 1:
        return
    from scoliogait.io.precomputed import Precomputed

    if isinstance(backend, Precomputed):
        raise DataError(f"{backend.poses}: holds the poses of one video, and {n_inputs} inputs are given; give one")


def backend_named(given: str | Backend | None, layout: str | None = None, engine: Engine | None = None) -> Backend:
    """A backend from its name, with the file that it needs behind a colon; None is ``builtin``.

    ``onnx:pose.onnx`` is described by ``pose.yaml`` beside it (see ``NetworkDescription``); ``precomputed:poses.json``
    is a file or folder of poses of everybody in the video, whose joints stand in the order of ``layout``. Nothing is
    run here. Raises DataError for another name, a file that is missing, or a layout for poses that are not
    ``precomputed``, and ModelError for a network that is not what its description says.
    """
    if given is not None and not isinstance(given, str):
        return given
    name, _, file = (given or BUILTIN).partition(":")
    if name not in BACKENDS or bool(file) != (name != BUILTIN):
        raise DataError(f"backend {given!r}: expected {BUILTIN}, {ONNX}:FILE.onnx or {PRECOMPUTED}:POSES")
    if layout is not None and name != PRECOMPUTED:
        raise DataError(f"backend {name}: finds joints itself; leave out --joints (layout in Python)")
    from scoliogait.io.backends import Builtin, OwnNetwork, network_in
    from scoliogait.io.precomputed import Precomputed

    if name == PRECOMPUTED:
        if not Path(file).exists():
            raise DataError(f"{file}: does not exist; give the poses of the video")
        return Precomputed(Path(file), layout)
    return Builtin(engine) if name == BUILTIN else OwnNetwork(network_in(Path(file)), engine)
