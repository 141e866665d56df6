"""``config.json`` of a bundle: typed, versioned, and refused when it was edited after the model was saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.files import read_json
from scoliogait.labels import CLASS_NAMES
from scoliogait.models.config import AnyModelConfig
from scoliogait.representation.contract import InputContract
from scoliogait.validation_text import validation_text

CONFIG = "config.json"  # in the folder of every bundle
SCHEMA_VERSION = 1
FORMAT = "scoliogait-model"
LOGIT_SCALE = 16.0  # of the cross-entropy that the published models were trained with


class BundleConfig(BaseModel):
    """``config.json`` without its own digest. Raises pydantic.ValidationError for unknown, missing or wrong fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["scoliogait-model"] = "scoliogait-model"
    schema_version: Literal[1] = 1
    architecture: AnyModelConfig
    contract: InputContract
    class_order: tuple[str, ...] = CLASS_NAMES
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    logit_scale: float = Field(default=LOGIT_SCALE, gt=0, allow_inf_nan=False)
    provenance: dict[str, Any] = Field(default_factory=dict)
    weights_sha256: str
    metrics_sha256: str


def config_digest(config: Mapping[str, Any]) -> str:
    """sha256 over the content of a ``config.json`` (its own digest left out), whatever its layout and key order."""
    content = {key: value for key, value in config.items() if key != "digest"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def read_config(path: Path) -> tuple[BundleConfig, str]:
    """The content of a ``config.json`` and its digest. Raises ModelError as ``load_bundle`` does."""
    if not path.is_file():
        raise ModelError(
            f"{path.parent}: is no model bundle, it has no {path.name}; expected a folder that training wrote"
        )
    try:
        content = read_json(path)
    except DataError as error:
        raise ModelError(f"{error}; copy the bundle again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ModelError(f"{path}: is not the config of a scoliogait model (no format {FORMAT!r})")
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ModelError(
            f"{path}: schema_version is {version!r}, this version reads {SCHEMA_VERSION}; install a newer scoliogait"
        )
    digest = content.pop("digest", None)
    if digest != config_digest(content):
        raise ModelError(
            f"{path}: was edited after the model was saved (its digest differs), and a changed setting would silently "
            "change results; restore the file, or save the model again with the wanted settings"
        )
    try:
        config = BundleConfig.model_validate(content)
    except ValidationError as error:
        raise ModelError(f"{path}: {validation_text(error)}") from error
    except RecipeError as error:  # the contract contradicts itself
        raise ModelError(f"{path}: {error}") from error
    if config.class_order != CLASS_NAMES:
        raise ModelError(f"{path}: class_order is {list(config.class_order)}; expected {list(CLASS_NAMES)}")
    return config, str(digest)
