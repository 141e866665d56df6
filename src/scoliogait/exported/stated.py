"""What a model says of itself, bundle or exported file, without loading its network."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from scoliogait.checkpoints.config_file import CONFIG, BundleConfig, read_config
from scoliogait.checkpoints.model_folder import exported_file, is_builtin, model_folder, model_name
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.formats import is_export
from scoliogait.exported.read import read_form
from scoliogait.provenance import ModelFacts


@dataclass(frozen=True)
class StatedModel:
    """config: of the bundle; digest: of that config; facts: which model it is and how it came about."""

    config: BundleConfig
    digest: str
    facts: ModelFacts


def file_that_runs(path_or_name: str | Path) -> Path | None:
    """The exported file that a model runs from where nothing else is asked for; None where its bundle runs.

    A model of the package does where onnxruntime is installed, and an exported file that is named itself.
    """
    if is_export(path_or_name):
        return Path(path_or_name)
    if not is_builtin(path_or_name) or find_spec("onnxruntime") is None:
        return None
    file = exported_file(model_folder(path_or_name))
    return file if file.is_file() else None


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
