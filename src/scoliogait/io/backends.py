"""What finds people and their joints in a video, by name: ``builtin``, ``onnx:FILE``, ``precomputed:FILE``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from scoliogait.errors import DataError
from scoliogait.io.clean_points import scale_doubts
from scoliogait.io.layouts import layout_named
from scoliogait.io.plausible_poses import MIN_POSES, judge_poses
from scoliogait.io.precomputed import Precomputed
from scoliogait.progress import Progress, no_progress
from scoliogait.video.camera import Camera
from scoliogait.video.detect import Detector
from scoliogait.video.estimate import Estimator
from scoliogait.video.networks import BLAZEPOSE, BLAZEPOSE_MAPS, NANODET, Engine, engine_named
from scoliogait.video.watch import Seen, watch
from scoliogait.walk import DOUBT

if TYPE_CHECKING:
    from scoliogait.video.networks import Network
    from scoliogait.video.pose_network import PoseNetwork

BUILTIN, ONNX, PRECOMPUTED = BACKENDS = ("builtin", "onnx", "precomputed")
_N_FAULTS = 3
# How the description of a network beside it may end.
_DESCRIPTIONS = (".yaml", ".yml")


class Backend(Protocol):
    """Finds everybody in a video, and says what their poses come from: facts for ``Walk.origin``."""

    @property
    def name(self) -> str: ...
    @property
    def identity(self) -> str:
        """Two that have the same one find the same."""
        ...

    def look(self, source: Path | Camera, progress: Progress = no_progress) -> tuple[Seen, Mapping[str, str]]: ...


@dataclass(frozen=True)
class Builtin:
    """The networks of the package. engine: as for ``load_network``."""

    engine: Engine | None = None
    name = BUILTIN

    @property
    def identity(self) -> str:
        return f"{self.name} {engine_named(self.engine)}"

    def look(self, source: Path | Camera, progress: Progress = no_progress) -> tuple[Seen, Mapping[str, str]]:
        """Raises as ``watch`` does."""
        return watch(source, Detector(self.engine), Estimator(self.engine), progress), {
            "backend": self.name,
            "poses_from": "NanoDet-g 416 and BlazePose full, each on the picture and on its mirror image",
            "detector_sha256": NANODET.sha256,
            "pose_network_sha256": BLAZEPOSE.sha256,
            "pose_maps_sha256": BLAZEPOSE_MAPS.sha256,
        }


@dataclass(frozen=True)
class OwnNetwork:
    """A pose network that a user gives, on the people that the detector of the package finds."""

    network: PoseNetwork
    engine: Engine | None = None
    name = ONNX

    @cached_property
    def _loaded(self) -> Network:
        return self.network.load(self.engine)

    @property
    def identity(self) -> str:
        described = self.network.description.model_dump_json()
        return f"{self.name} {engine_named(self.engine)} {self.network.sha256} {described}"

    def look(self, source: Path | Camera, progress: Progress = no_progress) -> tuple[Seen, Mapping[str, str]]:
        """Raises DataError where all confidences are too low to count, and as ``watch`` and ``PoseNetwork.load`` do."""
        from scoliogait.video.pose_network import NetworkEstimator

        described, file = self.network.description, self.network.path
        outliner = Estimator(self.engine) if described.outline == "builtin" else None
        estimator = NetworkEstimator(self.network, self._loaded, outliner)
        seen = watch(source, Detector(self.engine), estimator, progress)
        estimator.check_somebody(seen, Path(str(source)))
        notes = [f"The joints come from {file.name}; their confidence is {described.output.words}."]
        if any(map(len, seen.poses)):
            notes += [*scale_doubts(*estimator.scores, str(file)), *_looks_odd(seen, file, described.joints)]
        outlines = {"outlines_from": "BlazePose full", "outline_network_sha256": BLAZEPOSE_MAPS.sha256}
        return replace(seen, notes=(*seen.notes, *notes)), {
            "backend": self.name,
            **(outlines if outliner else {}),
            "poses_from": f"{file.name} on the people that NanoDet-g 416 finds, each on the picture and on its mirror",
            "detector_sha256": NANODET.sha256,
            "pose_network_sha256": self.network.sha256,
            "pose_network": json.dumps(described.model_dump(mode="json"), sort_keys=True),
        }


def _looks_odd(seen: Seen, file: Path, joints: str) -> list[str]:
    """A doubt where the poses are none of people in the order that the description names."""
    judged = judge_poses(np.concatenate(seen.poses))
    if judged.n_poses < MIN_POSES or not judged.faults:
        return []
    return [
        f"{DOUBT}The joints of {file.name} were read as {joints}, as its description says, but do not look like it: "
        f"{', '.join(judged.faults[:_N_FAULTS])}."
    ]


def digest_of(backend: Backend) -> str:
    """In hexadecimal digits: two backends with the same one find the same in a video."""
    return hashlib.sha256(backend.identity.encode()).hexdigest()


def check_one_video(backend: Backend | None, n_inputs: int) -> None:
    """DataError where the poses of one video would be taken for those of several inputs."""
    if isinstance(backend, Precomputed) and n_inputs != 1:
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
    if name == PRECOMPUTED:
        if not Path(file).exists():
            raise DataError(f"{file}: does not exist; give the poses of the video")
        return Precomputed(Path(file), layout)
    return Builtin(engine) if name == BUILTIN else OwnNetwork(_network(Path(file)), engine)


def _network(path: Path) -> PoseNetwork:
    from scoliogait.video.network_description import read_description
    from scoliogait.video.pose_network import PoseNetwork

    beside = [path.with_suffix(ending) for ending in _DESCRIPTIONS]
    found = next((file for file in beside if file.is_file()), None)
    if path.suffix.lower() in _DESCRIPTIONS:
        raise DataError(f"{path}: is a description; give the network that lies beside it, {ONNX}:{path.stem}.onnx")
    if found is None:
        raise DataError(f"{beside[0]}: does not exist; it must say what {path.name} takes and gives")
    description = read_description(found)
    layout = layout_named(description.joints)
    return PoseNetwork.read(path, description, layout.columns, len(layout.joints))
