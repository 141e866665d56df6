"""The formats of exported files: their endings, the precisions that each can have, and what can be refused at once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, get_args

from scoliogait.errors import DataError
from scoliogait.exported.form import Precision
from scoliogait.files import refuse_existing
from scoliogait.optional_package import require_package

ExportFormat = Literal["onnx", "openvino", "torch-export"]


class Kind(NamedTuple):
    """ending: of the file. precisions: that it can be written in. packages: that write it, and compare it."""

    ending: str
    precisions: tuple[Precision, ...]
    packages: tuple[str, ...]


_OF_BUNDLES, _OF_GRAPHS = ("torch", "safetensors"), ("onnx", "onnxscript")
KINDS: dict[ExportFormat, Kind] = {
    "onnx": Kind(".onnx", ("fp32", "int8"), (*_OF_BUNDLES, *_OF_GRAPHS, "onnxruntime")),
    "openvino": Kind(".xml", ("fp32", "bf16", "int8"), (*_OF_BUNDLES, *_OF_GRAPHS, "openvino")),
    "torch-export": Kind(".pt2", ("fp32",), _OF_BUNDLES),
}
ONNX, OPENVINO, TORCH_EXPORT = (KINDS[name].ending for name in get_args(ExportFormat))


def is_export(path: str | Path) -> bool:
    """Whether a path names an exported file by its ending, whatever is in it."""
    return Path(path).suffix.lower() in (ONNX, OPENVINO, TORCH_EXPORT)


def files_of(out: Path, kind: ExportFormat) -> tuple[Path, ...]:
    """The files that an export consists of: the one that is named first."""
    return (out, out.with_suffix(".bin"), out.with_suffix(".json")) if kind == "openvino" else (out,)


def refuse_impossible(out: Path, kind: str, precision: str, calibrated: bool) -> None:
    """Raise DataError for an unknown format, a precision that it has not, another ending, int8 without walks, and fp32
    with walks."""
    if kind not in KINDS:
        raise DataError(f"format {kind!r}: expected one of {', '.join(KINDS)}")
    ending, precisions, _ = KINDS[kind]
    if precision not in precisions:
        raise DataError(f"precision {precision!r}: a file of format {kind} is written in {' or '.join(precisions)}")
    if out.suffix.lower() != ending:
        raise DataError(f"{out}: a file of format {kind} ends in {ending}; name it {out.with_suffix(ending).name}")
    if precision == "int8" and not calibrated:
        raise DataError(
            "precision int8: needs walks to measure the network's values on; give validation walks with --calibrate"
        )
    if precision == "fp32" and calibrated:
        raise DataError("--calibrate: no use for it with fp32; leave it out")


def refuse_occupied(out: Path, kind: ExportFormat, overwrite: bool) -> None:
    """Raise DataError where one of the export's files exists, unless it may be replaced, or is a folder."""
    for file in files_of(out, kind):
        if file.is_dir():
            raise DataError(f"{file}: is a folder, where a file of the export would lie; choose another name")
        refuse_existing(file, overwrite)


def require_packages(kind: ExportFormat, precision: Precision) -> None:
    """Raise MissingPackageError where what writes and compares such a file is not installed, naming all of it."""
    require_package(*KINDS[kind].packages, *(("onnxruntime",) if precision == "int8" and kind != "onnx" else ()))
