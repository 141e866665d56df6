"""Networks run by OpenCV or, where it is installed, by onnxruntime: those of the package, and those that a user gives.

Both give the same numbers (to 0.001 px on a crop of 256 px); onnxruntime needs three quarters of the time. Nothing is
fetched: the weights of the package lie in ``weights/`` with their licence and origin. OpenCV 5 gives all outputs of a
file or one, so the files hold only outputs that are used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from threading import Lock
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import ModelError
from scoliogait.optional_package import install_command

Engine = Literal["onnxruntime", "opencv"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
Array = NDArray[np.float32]


@dataclass(frozen=True)
class NetworkFile:
    """A file in ``weights/``, its inputs, and the outputs that are used, by name."""

    name: str
    sha256: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


# What BlazePose hands on from the file that says whether somebody is there to the one with their outline and heatmaps.
_KEPT = ("kept0", "kept1", "kept2", "kept3", "kept4")
BLAZEPOSE = NetworkFile(
    "blazepose-full.onnx",
    "2690fecc3457797066f97e9bdf76c09864c7f0a83cebefb5dc1398123a74e21c",
    ("input_1",),
    ("Identity", "Identity_1", *_KEPT),
)
BLAZEPOSE_MAPS = NetworkFile(
    "blazepose-full-maps.onnx",
    "74c2a895f4df76c8dac3605f6f14325cebfce26c643f8ecddab0343d345cb0b8",
    _KEPT,
    ("Identity_2", "Identity_3"),
)
NANODET = NetworkFile(
    "nanodet-g-416.onnx",
    "7dc2ae0b801bfd27306f082d3e3ef0ad37a104e76d1d423ee46d1ca252aba66b",
    ("input_1:0",),
    ("grid0", "grid1", "grid2"),
)


class Network(Protocol):
    """Takes the inputs, mostly one picture, in the layout that the network wants; gives the outputs in their order.

    It may be called by several threads at once: onnxruntime then runs side by side; OpenCV runs one after the other and
    shares the work of each out between its own threads.
    """

    def __call__(self, *inputs: Array) -> list[Array]: ...


def load_network(file: NetworkFile, engine: Engine | None = None, threads: int = 1) -> Network:
    """The network, ready to run. engine: None takes onnxruntime where it is installed, else OpenCV.

    Raises ModelError for an engine that is unknown or not installed, and for a file that is not that of this release.
    """
    engine = engine_named(engine)
    return run_by(engine, _weights(file), file.inputs, file.outputs, threads)


def engine_named(engine: Engine | None) -> Engine:
    """The same engine; for None the faster one of those that are installed. Raises ModelError for another name."""
    if engine is None:
        return "onnxruntime" if find_spec("onnxruntime") else "opencv"
    if engine not in ENGINES:
        raise ModelError(f"engine {engine!r}: expected one of {', '.join(ENGINES)}")
    return engine


def run_by(engine: Engine, content: bytes, inputs: Sequence[str], outputs: Sequence[str], threads: int = 1) -> Network:
    """A network of an ONNX file with all its ports, by name; the engine's own error where it cannot take it."""
    if engine == "onnxruntime":
        return _Onnxruntime(content, inputs, outputs, threads)
    return _OpenCV(content, inputs, outputs)


def _weights(file: NetworkFile) -> bytes:
    place = files("scoliogait.video") / "weights" / file.name
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ModelError(f"{place}: cannot be read ({error.strerror}); install scoliogait again") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ModelError(f"{place}: is not the file of this release (its digest differs); install scoliogait again")
    return content


class _OpenCV:
    def __init__(self, content: bytes, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        import cv2

        self._net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        self._inputs, self._outputs = list(inputs), list(outputs)
        self._one_at_a_time = Lock()

    def __call__(self, *inputs: Array) -> list[Array]:
        with self._one_at_a_time:
            for name, values in zip(self._inputs, inputs, strict=True):
                self._net.setInput(values, name)
            outputs: Any = self._net.forward(self._outputs)
        return list(outputs)


class _Onnxruntime:
    def __init__(self, content: bytes, inputs: Sequence[str], outputs: Sequence[str], threads: int) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelError(f"engine onnxruntime: is not installed; {install_command('runtime')}") from error
        onnxruntime.disable_telemetry_events()  # its builds for Windows report use to their maker
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Without a fallback: it tries a file that it cannot take once more and prints so.
        self._session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
        self._inputs, self._outputs = list(inputs), list(outputs)

    def __call__(self, *inputs: Array) -> list[Array]:
        return list(self._session.run(self._outputs, dict(zip(self._inputs, inputs, strict=True))))
