"""Reading an exported model: everything that can be wrong with the file is found before anything in it runs."""

from __future__ import annotations

from pathlib import Path

from scoliogait.checkpoints.config_file import BundleConfig
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.engines import Engine, Onnxruntime
from scoliogait.exported.form import EXPORT, ExportForm, parse_form
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.sealed_onnx import GRAPH, digest_of, unseal
from scoliogait.incoming import read_bytes
from scoliogait.limits import MAX_NETWORK_BYTES

ONNX, TORCH_EXPORT = ".onnx", ".pt2"


def is_export(path: str | Path) -> bool:
    """Whether a path names an exported file by its ending, whatever is in it."""
    return Path(path).suffix.lower() in (ONNX, TORCH_EXPORT)


def read_form(path: Path) -> tuple[ExportForm, BundleConfig, str]:
    """What an exported file says of itself, the config of its bundle and that bundle's digest; its graph is not built.

    Raises ModelError as ``load_exported`` does.
    """
    _, form, config, digest = _read_onnx(path)
    return form, config, digest


def load_exported(path: str | Path) -> ExportedModel:
    """The model in an exported file. Nothing in it is executed but its graph, of standard operators without loops.

    Raises ModelError in one line for a missing, foreign, cut off or edited file, for another version, for data in other
    files, for a graph whose inputs are not those of its contract, and where its engine is not installed.
    """
    file = Path(path)
    graph, form, config, digest = _read_onnx(file)
    engine: Engine = Onnxruntime(graph, list(form.outputs), form.precision, file)
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


def _read_onnx(path: Path) -> tuple[bytes, ExportForm, BundleConfig, str]:
    if path.suffix.lower() == TORCH_EXPORT:
        raise ModelError(
            f"{path}: files of torch.export are written for other programs and never read here, because torch's loader "
            "may execute what is in them; load the bundle, or export it with --format onnx"
        )
    try:
        content = read_bytes(path, MAX_NETWORK_BYTES)
    except DataError as error:
        raise ModelError(str(error)) from error
    graph, text = unseal(content, path)
    form, config, digest = parse_form(text, path)
    if form.files != {GRAPH: digest_of(graph)}:
        raise ModelError(f"{path}: its graph was changed after it was exported (its sha256 differs); {EXPORT.remedy}")
    check_ports(graph, form, path)
    return graph, form, config, digest


def check_ports(graph: bytes, form: ExportForm, path: Path) -> None:
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
