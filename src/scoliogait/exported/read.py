"""Reading an exported model: everything that can be wrong with the file is found before anything in it runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scoliogait.checkpoints.config_file import BundleConfig
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.engines import Engine, Onnxruntime, OpenVino
from scoliogait.exported.form import EXPORT, ExportForm, parse_form
from scoliogait.exported.formats import OPENVINO, TORCH_EXPORT, files_of
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.sealed_onnx import GRAPH, digest_of, unseal
from scoliogait.incoming import read_bytes
from scoliogait.limits import MAX_JSON_BYTES, MAX_NETWORK_BYTES

Parts = tuple[bytes, bytes]  # graph, and weights where they are a file of their own


def read_form(path: Path) -> tuple[ExportForm, BundleConfig, str]:
    """What an exported file says of itself, the config of its bundle and that bundle's digest; its graph is not built.

    Raises ModelError as ``load_exported`` does.
    """
    return _read(path)[1:]


def load_exported(path: str | Path) -> ExportedModel:
    """The model in an exported file. Nothing in it is executed but its graph, of standard operators without loops.

    Raises ModelError in one line for a missing, foreign, cut off or edited file, for another version, for data in other
    files, for a graph whose inputs are not those of its contract, and where its engine is not installed.
    """
    file = Path(path)
    parts, form, config, digest = _read(file)
    return model_of(form, config, digest, file, _engine(parts, form, file))


def _engine(parts: Parts, form: ExportForm, file: Path) -> Engine:
    return OpenVino(*parts, form, file) if file.suffix.lower() == OPENVINO else Onnxruntime(parts[0], form, file)


def model_of(form: ExportForm, config: BundleConfig, digest: str, file: Path, engine: Engine) -> ExportedModel:
    """The model of a form, run by an engine."""
    return ExportedModel(
        architecture=config.architecture,
        contract=config.contract,
        temperature=config.temperature,
        logit_scale=config.logit_scale,
        provenance=config.provenance,
        digest=digest,
        path=file,
        window_spread=config.window_spread,
        answer_threshold=config.answer_threshold,
        form=form,
        engine=engine,
    )


def _read(path: Path) -> tuple[Parts, ExportForm, BundleConfig, str]:
    """The graph, what it says of itself, the config of its bundle, and the digest of that."""
    ending = path.suffix.lower()
    if ending == TORCH_EXPORT:
        raise ModelError(
            f"{path}: files of torch.export are written for other programs and never read here, because torch's loader "
            "may execute what is in them; load the bundle, or export it with --format onnx"
        )
    try:
        return _read_openvino(path) if ending == OPENVINO else _read_onnx(path)
    except DataError as error:
        raise ModelError(str(error)) from error


def _read_onnx(path: Path) -> tuple[Parts, ExportForm, BundleConfig, str]:
    graph, text = unseal(read_bytes(path, MAX_NETWORK_BYTES), path)
    form, config, digest = parse_form(text, path)
    _check_files({GRAPH: graph}, form, path)
    _check_ports(graph, form, path)
    return (graph, b""), form, config, digest


def _read_openvino(path: Path) -> tuple[Parts, ExportForm, BundleConfig, str]:
    _, weights, sidecar = files_of(path, "openvino")
    graph = read_bytes(path, MAX_NETWORK_BYTES)  # first, because it is the file that was named
    missing = next((file for file in (weights, sidecar) if not file.exists()), None)
    if missing is not None:
        raise ModelError(
            f"{missing}: is not there; an OpenVINO export is three files of one name, .xml, .bin and .json; copy all"
        )
    form, config, digest = parse_form(read_bytes(sidecar, MAX_JSON_BYTES), sidecar)
    parts = graph, read_bytes(weights, MAX_NETWORK_BYTES)
    _check_files({"xml": parts[0], "bin": parts[1]}, form, path)
    return parts, form, config, digest


def _check_files(parts: Mapping[str, bytes], form: ExportForm, path: Path) -> None:
    if form.files != {name: digest_of(content) for name, content in parts.items()}:
        raise ModelError(f"{path}: its graph was changed after it was exported (its sha256 differs); {EXPORT.remedy}")


def _check_ports(graph: bytes, form: ExportForm, path: Path) -> None:
    """Raises ModelError for a graph that is not safe to run, or whose inputs and outputs are not those of the form."""
    from scoliogait.video.onnx_file import FLOAT32, network_ports

    ports = network_ports(graph, path)
    for what, found, stated in (("inputs", ports.inputs, form.inputs), ("outputs", ports.outputs, form.outputs)):
        held = {port.name: port.shape for port in found}
        if held != stated or any(port.element != FLOAT32 for port in found):
            raise ModelError(
                f"{path}: its graph has the {what} {', '.join(map(str, found))}, where its form says {stated}; "
                f"{EXPORT.remedy}"
            )
