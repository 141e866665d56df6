"""``config.json`` of a bundle: typed, versioned, and refused when it was edited after the model was saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from scoliogait.answer_threshold import AnswerThreshold
from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.field_problem import field_problem
from scoliogait.files import read_json
from scoliogait.json_file import Format
from scoliogait.labels import CLASS_NAMES
from scoliogait.mistaken_path import what_it_is
from scoliogait.models.config import AnyModelConfig
from scoliogait.representation.contract import InputContract
from scoliogait.scores import LOGIT_SCALE

CONFIG = "config.json"  # in the folder of every bundle
_LATER = ("window_spread", "answer_threshold")
BUNDLE = Format(
    "scoliogait-model",
    1,
    "the config of a scoliogait model",
    "install a newer scoliogait",
    version_key="schema_version",
)


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
    window_spread: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    answer_threshold: AnswerThreshold | None = None
    provenance: dict[str, Any] = Field(default_factory=dict)
    weights_sha256: str
    metrics_sha256: str

    @model_serializer(mode="wrap")
    def _leave_out_what_old_files_lack(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A bundle without a spread or a threshold keeps the digest that it had before there was one."""
        values: dict[str, Any] = serialise(self)
        return {key: value for key, value in values.items() if key not in _LATER or value is not None}


def config_digest(config: Mapping[str, Any]) -> str:
    """sha256 over the content of a ``config.json`` (its own digest left out), whatever its layout and key order."""
    content = {key: value for key, value in config.items() if key != "digest"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def read_config(path: Path) -> tuple[BundleConfig, str]:
    """The content of a ``config.json`` and its digest. Raises ModelError as ``load_bundle`` does."""
    if not path.is_file():
        raise ModelError(
            f"{path.parent}: is no model bundle, it has no {path.name}{what_it_is(path.parent)}; expected a folder "
            "that training has finished, or that of its model"
        )
    try:
        content = read_json(path)
    except DataError as error:
        raise ModelError(f"{error}; copy the bundle again") from error
    return parse_config(content, path)


def parse_config(content: dict[str, Any], path: Path) -> tuple[BundleConfig, str]:
    """The same of content that was read already from ``path``."""
    try:
        BUNDLE.check(content, path)
    except DataError as error:
        raise ModelError(str(error)) from error
    digest = content.get("digest")
    if digest != config_digest(content):
        raise ModelError(
            f"{path}: was edited after the model was saved (its digest differs), and a changed setting would silently "
            "change results; restore the file, or save the model again with the wanted settings"
        )
    try:
        config = BundleConfig.model_validate({key: value for key, value in content.items() if key != "digest"})
    except ValidationError as error:
        raise ModelError(f"{path}: {field_problem(error)}; save the model again") from error
    except RecipeError as error:  # the contract contradicts itself
        raise ModelError(f"{path}: {error}") from error
    if config.class_order != CLASS_NAMES:
        raise ModelError(f"{path}: class_order is {list(config.class_order)}; expected {list(CLASS_NAMES)}")
    return config, str(digest)
