"""The networks that find people and their joints in a video: those of the package, and one that a user gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scoliogait.errors import DataError
from scoliogait.io.backend_names import BUILTIN, ONNX
from scoliogait.io.clean_points import scale_doubts
from scoliogait.io.layouts import layout_named
from scoliogait.io.plausible_poses import MIN_POSES, judge_poses
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

_N_FAULTS = 3
# How the description of a network beside it may end.
_DESCRIPTIONS = (".yaml", ".yml")


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


def network_in(path: Path) -> PoseNetwork:
    """The network in an ONNX file that is described beside it. Raises as ``backend_named`` does."""
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
