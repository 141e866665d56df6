"""What a model says of itself, bundle or exported file, without loading its network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scoliogait.checkpoints.config_file import CONFIG, BundleConfig, read_config
from scoliogait.checkpoints.model_folder import exported_file, is_builtin, model_folder, model_name
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.formats import OPENVINO, is_export
from scoliogait.exported.read import read_form
from scoliogait.optional_package import is_installed
from scoliogait.provenance import ModelFacts


@dataclass(frozen=True)
class StatedModel:
    """config: of the bundle; digest: of that config; facts: which model it is and how it came about."""

    config: BundleConfig
    digest: str
    facts: ModelFacts


def stated_model(path_or_name: str | Path) -> StatedModel:
    """Of a bundle, run, ``builtin:NAME`` or exported file. Raises ModelError as loading it does, the network apart."""
    if is_export(path_or_name):
        form, config, digest = read_form(Path(path_or_name))
        name, where = form.name, Path(path_or_name)
    else:
        folder = model_folder(path_or_name)
        config, digest = read_config(folder / CONFIG)
        name, where = model_name(folder), folder / CONFIG
    try:
        facts = ModelFacts.from_provenance(config.provenance, name, digest, config.contract.describe())
    except DataError as error:
        raise ModelError(f"{where}: provenance: {error}; save the model again") from error
    return StatedModel(config, digest, facts)


def package_that_runs(path_or_name: str | Path) -> str:
    """The package that runs a model where none is asked for: of an exported file its own; of a model of the package
    onnxruntime, unless only torch is installed; of every other bundle torch."""
    if is_export(path_or_name):
        return "openvino" if Path(path_or_name).suffix.lower() == OPENVINO else "onnxruntime"
    if is_builtin(path_or_name) and exported_file(model_folder(path_or_name)).is_file():
        return "torch" if is_installed("torch") and not is_installed("onnxruntime") else "onnxruntime"
    return "torch"
