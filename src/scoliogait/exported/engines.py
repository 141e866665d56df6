"""What runs an exported graph: onnxruntime, or OpenVINO. Both take arrays by name and give arrays by name."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import ModelError
from scoliogait.exported.form import EXPORT, ExportForm
from scoliogait.exported.ports import OUTPUTS
from scoliogait.optional_package import install_command

Arrays = Mapping[str, NDArray[np.float32]]
# Below so many bytes a graph is done before a second thread has woken up.
_SMALL_BYTES = 4 << 20
# What computing in a lower precision takes.
_ARITHMETIC = {"int8": "VNNI", "bf16": "bfloat16"}
_BEGINNING_OPENVINO = Lock()


class Engine(Protocol):
    """name: program, version and the precision that it computes in. Outputs come in the order of ``ports.OUTPUTS``."""

    name: str

    def __call__(self, inputs: Arrays) -> list[NDArray[np.float32]]: ...


class Onnxruntime:
    """Runs an ONNX graph from memory, so that no file beside it is ever opened."""

    def __init__(self, graph: bytes, form: ExportForm, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelError(f"{path}: needs onnxruntime; {install_command('runtime')}") from error
        onnxruntime.disable_telemetry_events()  # its builds for Windows report use to their maker
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads_for(len(graph))
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False
        in_floats = form.precision == "int8" and not multiplies_int8()
        if in_floats:  # AVX2 alone adds products up in 16 bits, which overflow: other numbers, and no faster
            options.add_session_config_entry("session.disable_quant_qdq", "1")
        try:
            # Without a fallback: it tries a file that it cannot take once more and prints so.
            self._session: Any = onnxruntime.InferenceSession(
                graph, options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
        except Exception as error:  # its errors have no common class but this
            raise _cannot_take(path, "onnxruntime", error) from error
        self._outputs = [name for name in OUTPUTS if name in form.outputs]
        self.name = f"onnxruntime {onnxruntime.__version__}, {_computed(form, in_floats)}"

    def __call__(self, inputs: Arrays) -> list[NDArray[np.float32]]:
        return list(self._session.run(self._outputs, dict(inputs)))


class OpenVino:
    """Runs an OpenVINO graph, given as the bytes of its two files."""

    def __init__(self, graph: bytes, weights: bytes, form: ExportForm, path: Path) -> None:
        try:
            import openvino
        except ImportError as error:
            raise ModelError(f"{path}: needs OpenVINO; {install_command('openvino')}") from error
        # OpenVINO computes in bfloat16 where nothing is said, even on processors that have no such arithmetic.
        wanted = openvino.Type.bf16 if form.precision == "bf16" else openvino.Type.f32
        config = {
            "INFERENCE_PRECISION_HINT": wanted,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads_for(len(weights)),
        }
        in_floats = form.precision == "int8" and not multiplies_int8()
        if in_floats:
            config["LP_TRANSFORMS_MODE"] = "NO"
        try:
            with _BEGINNING_OPENVINO:
                core = openvino_core()
            model = core.read_model(graph, weights)
            _check_ports(model, form, path)
            self._compiled: Any = core.compile_model(model, "CPU", config)
        except ModelError:
            raise
        except Exception as error:  # its errors have no common class but this
            raise _cannot_take(path, "OpenVINO", error) from error
        self._outputs = [name for name in OUTPUTS if name in form.outputs]
        self._lock = Lock()
        in_floats |= self._compiled.get_property("INFERENCE_PRECISION_HINT") != wanted
        self.name = f"OpenVINO {openvino.__version__.partition('-')[0]}, {_computed(form, in_floats)}"

    def __call__(self, inputs: Arrays) -> list[NDArray[np.float32]]:
        with self._lock:  # a compiled model has one request, which holds its results
            found = self._compiled(dict(inputs))
            return [np.array(found[name], dtype=np.float32) for name in self._outputs]


@cache
def openvino_core() -> Any:
    """The one of this process. Each gives its thread a stack for signals and takes it away again; of two that go in the
    order in which they came, a stack that is gone stays behind, and the next Ctrl-C or ended child is a crash.
    """
    import openvino

    return openvino.Core()


def _check_ports(model: Any, form: ExportForm, path: Path) -> None:
    """Raises ModelError for an OpenVINO graph that has a loop, or other inputs and outputs than its form says."""
    loops = sorted({op.get_type_name() for op in model.get_ops()} & {"Loop", "TensorIterator"})
    if loops:
        raise ModelError(f"{path}: its graph holds a loop ({loops[0]}); {EXPORT.remedy}")
    for what, ports, stated in (("inputs", model.inputs, form.inputs), ("outputs", model.outputs, form.outputs)):
        held = {
            next(iter(sorted(port.names)), ""): tuple(
                None if side.is_dynamic else side.get_length() for side in port.partial_shape
            )
            for port in ports
        }
        if held != stated:
            raise ModelError(f"{path}: its graph has the {what} {held}, where its form says {stated}; {EXPORT.remedy}")


class Program:
    """Runs torch.export's program where it was made, to compare it with its bundle; files of it are never loaded."""

    name = "torch.export"

    def __init__(self, program: Any) -> None:
        self._module = program.module()

    def __call__(self, inputs: Arrays) -> list[NDArray[np.float32]]:
        import torch

        with torch.no_grad():
            found = self._module(*(torch.from_numpy(value) for value in inputs.values()))
        return [value.numpy() for value in (found if isinstance(found, tuple) else (found,))]


def threads_for(n_bytes: int) -> int:
    """How many threads a graph of that size is worth here; ``OMP_NUM_THREADS`` is the most, where it is set."""
    if n_bytes < _SMALL_BYTES:
        return 1
    stated = os.environ.get("OMP_NUM_THREADS", "")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(int(stated), available) if stated.isdigit() and int(stated) > 0 else available


def multiplies_int8() -> bool | None:
    """Whether this processor multiplies 8-bit integers and adds them up in 32 bits; None where that is not known."""
    if platform.machine().lower() in ("arm64", "aarch64") and platform.system() == "Darwin":
        return True
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return None
    return bool(flags & {"avx512_vnni", "avx_vnni", "asimddp"})


def _computed(form: ExportForm, in_floats: bool) -> str:
    """The precision as results state it. in_floats: computed in fp32, as what a lower one takes is not there."""
    if not in_floats:
        return f"{form.precision}, narrow layers in fp32" if form.fp32_layers else form.precision
    lacks = "is not known to have" if form.precision == "int8" and multiplies_int8() is None else "has no"
    return f"{form.precision} computed in fp32, as this processor {lacks} {_ARITHMETIC[form.precision]}"


def _cannot_take(path: Path, engine: str, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())[:200]
    return ModelError(f"{path}: {engine} cannot take its graph ({reason}); {EXPORT.remedy}")
