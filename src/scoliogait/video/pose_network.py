"""A pose network that a user gives: an ONNX file with its description, run plain and mirrored, averaged.

As with the network of the package the mean of a picture and its mirror image has no side to prefer, and half of the
difference says how large the preference was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError, ModelError
from scoliogait.incoming import read_bytes
from scoliogait.limits import MAX_NETWORK_BYTES
from scoliogait.measurement.body import MIN_CONFIDENCE, TRUNK_JOINTS
from scoliogait.skeleton import MIRROR
from scoliogait.video.estimate import Estimate, cut_part, square_of
from scoliogait.video.joint_decoding import joints_of, n_outputs, shape_problem
from scoliogait.video.network_description import NetworkDescription
from scoliogait.video.networks import Engine, Network, engine_named, run_by
from scoliogait.video.onnx_file import FLOAT32, NetworkPorts, Port, network_ports
from scoliogait.video.watch import EstimatesPose, Seen

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PoseNetwork:
    """The checked file of a network; nothing of it was run yet.

    columns: for each joint of COCO-17 its row in the outputs, None where the layout lacks it. n_joints: rows.
    """

    path: Path
    content: bytes
    description: NetworkDescription
    columns: tuple[int | None, ...]
    n_joints: int
    ports: NetworkPorts

    @classmethod
    def read(
        cls, path: Path, description: NetworkDescription, columns: tuple[int | None, ...], n_joints: int
    ) -> PoseNetwork:
        """From a file that is not run here.

        Raises DataError where it cannot be read or is larger than ``limits`` allow, and ModelError naming what was
        found and expected as ``network_ports`` does, and where it does not take one picture as described, or has
        another number of outputs.
        """
        content = read_bytes(path, MAX_NETWORK_BYTES)
        ports = network_ports(content, path)
        _check_input(ports.inputs, description, path)
        expected = n_outputs(description.output)
        if len(ports.outputs) != expected:
            found = ", ".join(map(str, ports.outputs)) or "none"
            raise ModelError(
                f"{path}: gives {len(ports.outputs)} outputs ({found}); expected {expected}, as its description says "
                f"{description.output.kind}"
            )
        wrong = next((port for port in ports.outputs if port.element != FLOAT32), None)
        if wrong is not None:
            raise ModelError(f"{path}: gives {wrong}; expected float32, so export it in single precision")
        return cls(path, content, description, columns, n_joints, ports)

    @property
    def sha256(self) -> str:
        """Of the file, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def load(self, engine: Engine | None = None) -> Network:
        """The network, ready to run, after it was tried on a grey picture.

        Raises ModelError where the engine cannot take it, or it gives outputs of other shapes or no numbers.
        """
        engine = engine_named(engine)
        try:
            inputs, outputs = ([port.name for port in side] for side in (self.ports.inputs, self.ports.outputs))
            network = run_by(engine, self.content, inputs, outputs)
            found = network(self.in_axes(np.zeros((*self.description.input.size_px[::-1], 3), dtype=np.float32)))
        except ModelError:
            raise
        except Exception as error:  # each engine has its own, and they differ from release to release
            reason = " ".join(str(error).split())[:300]
            raise ModelError(f"{self.path}: cannot be run by {engine} ({reason}); export it again") from error
        problem = self.problem_of(found)
        if problem:
            raise ModelError(f"{self.path}: {problem}")
        return network

    def in_axes(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """A picture (H, W, 3) as the input that the network takes."""
        axes = picture.transpose(2, 0, 1) if self.description.input.axes == "nchw" else picture
        return np.ascontiguousarray(axes[None])

    def problem_of(self, outputs: Sequence[NDArray[np.floating]]) -> str:
        """What is wrong with outputs: shapes that are not those described, NaN, infinite numbers; empty for nothing."""
        shapes = [np.shape(output) for output in outputs]
        problem = shape_problem(shapes, self.description.output, self.description.input.size_px, self.n_joints)
        if not problem and not all(np.isfinite(output).all() for output in outputs):
            problem = "gives NaN or infinite numbers"
        return problem and f"{problem}; check the file, and output and joints in its description"


class NetworkEstimator:
    """Estimates poses of people in pictures by a network that a user gives; an outline comes from elsewhere, or none.

    scores: the lowest and the highest confidence that the network gave so far, before they were cut to 0..1.
    """

    def __init__(self, network: PoseNetwork, run: Network, outliner: EstimatesPose | None = None) -> None:
        self._network = network
        self._run = run
        self._outliner = outliner
        self.scores = (np.inf, -np.inf)

    def __call__(self, rgb: NDArray[np.uint8], box: NDArray[np.float64]) -> Estimate | None:
        """The person in a box of a picture; None where no joint of the trunk reaches a confidence of 0.3."""
        width, height = self._network.description.input.size_px
        left, top, wide, high = part_around(box, (width, height), self._network.description.input.box_scale)
        picture = cut_part(rgb, (left, top, wide, high), (width, height))
        plain = self._joints(picture)
        twin = self._joints(picture[:, ::-1])[list(MIRROR)] * [-1, 1, 1] + [width, 0, 0]
        scale = wide / width, high / height
        confidence = np.minimum(plain[:, 2], twin[:, 2])
        if not (confidence[list(TRUNK_JOINTS)] >= MIN_CONFIDENCE).any():
            return None
        place = (plain[:, :2] + twin[:, :2]) / 2 * scale + [left, top]
        difference = (plain[:, :2] - twin[:, :2]) / 2 * scale
        missing = confidence <= 0
        place[missing], difference[missing] = 0, 0
        pose = np.column_stack([place, confidence]).astype(np.float32)
        seen = self._outliner(rgb, box) if self._outliner is not None else None
        if seen is None:
            return Estimate.of_joints(pose, difference.astype(np.float32), square_of(box))
        return Estimate(pose, difference.astype(np.float32), seen.outline, seen.square_px)

    def check_somebody(self, seen: Seen, video: Path) -> None:
        """DataError where people were found in a video and the network was sure of nobody's trunk."""
        if not any(map(len, seen.poses)) and any(map(len, seen.jointless_px)):
            raise DataError(
                f"{video}: people were found, and {self._network.path.name} gives no trunk of theirs a confidence of "
                f"{MIN_CONFIDENCE:g} (its highest is {self.scores[1]:.3g}); check output and input in its description"
            )

    def _joints(self, picture: NDArray[np.uint8]) -> Array:
        """x px, y px of the network's picture and confidence 0..1 of the joints of COCO-17 (17, 3)."""
        described = self._network.description
        ordered = picture if described.input.channels == "rgb" else picture[..., ::-1]
        mean, std = (np.array(values, dtype=np.float32) for values in (described.input.mean, described.input.std))
        standardised = (ordered.astype(np.float32) - mean) / std
        outputs = self._run(self._network.in_axes(standardised))
        problem = self._network.problem_of(outputs)
        if problem:
            raise DataError(f"{self._network.path}: {problem}")
        found = joints_of(outputs, described.output, described.input.size_px)
        self.scores = min(self.scores[0], found[:, 2].min()), max(self.scores[1], found[:, 2].max())
        joints = np.zeros((len(MIRROR), 3))
        there = [joint for joint, column in enumerate(self._network.columns) if column is not None]
        joints[there] = found[[column for column in self._network.columns if column is not None]]
        joints[:, 2] = joints[:, 2].clip(0, 1)
        return joints


def part_around(
    box: NDArray[np.float64], size_px: tuple[int, int], box_scale: float
) -> tuple[float, float, float, float]:
    """Left, top, width and height of the part of a picture with the shape of ``size_px`` around a box."""
    left, top, right, bottom = box.tolist()
    shape = size_px[0] / size_px[1]
    high = box_scale * max(bottom - top, (right - left) / shape, 1.0)
    wide = high * shape
    return (left + right - wide) / 2, (top + bottom - high) / 2, wide, high


def _check_input(inputs: tuple[Port, ...], description: NetworkDescription, path: Path) -> None:
    """ModelError where the file does not take one picture of the described size."""
    width, height = description.input.size_px
    nchw = description.input.axes == "nchw"
    wanted = (1, 3, height, width) if nchw else (1, height, width, 3)
    words = f"one picture (float32, {' x '.join(map(str, wanted))})"
    if len(inputs) != 1 or inputs[0].shape is None or inputs[0].element != FLOAT32 or len(inputs[0].shape) != 4:
        found = ", ".join(map(str, inputs)) or "nothing"
        raise ModelError(f"{path}: takes {found}; expected {words}")
    if any(there not in (None, side) for there, side in zip(inputs[0].shape, wanted, strict=True)):
        raise ModelError(f"{path}: takes {inputs[0]}; its description says {words}, so mend size_px or axes")
