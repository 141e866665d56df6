"""What a model says of itself, bundle or exported file, without loading its network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scoliogait.checkpoints.config_file import CONFIG, BundleConfig, read_config
from scoliogait.checkpoints.model_folder import model_folder, model_name
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
