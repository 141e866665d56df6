"""What an exported file says of itself: the model's own config, the graph's inputs, and how it was checked.

It lies in the metadata of an ONNX file and beside an OpenVINO graph, and is refused when a letter of it was changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from scoliogait.checkpoints.agreement import disagreement
from scoliogait.checkpoints.config_file import BundleConfig, config_digest, parse_config
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.ports import Shape, input_shapes, output_shapes
from scoliogait.incoming import parse_json
from scoliogait.json_file import Format, parse_model

Precision = Literal["fp32", "bf16", "int8"]
EXPORT = Format("scoliogait-export", 1, "an export of a scoliogait model", "export the model again")


class Agreement(BaseModel):
    """How far the file was from its bundle when it was written, over walks of so many ``frames``.

    at_most: the largest difference of a probability, rounded up. tolerance: what was allowed, None where a lower
    precision is only measured. computed_by: of a lower precision, what measured it: a processor without such arithmetic
    computes in fp32, which says nothing of others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    frames: tuple[int, ...]
    at_most: float = Field(ge=0, allow_inf_nan=False)
    tolerance: float | None = None
    computed_by: str | None = None


class ChangedCalls(BaseModel):
    """Of how many walks held back, how many are called another class than by the bundle; what weighs how much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_walks: int = Field(ge=1)
    n_changed: int = Field(ge=0)
    largest_difference: float = Field(ge=0, allow_inf_nan=False)


class ExportForm(BaseModel):
    """name: of the model. config: ``config.json`` of the bundle as it is, with its digest. precision: of the network.

    fp32_layers: in int8, layers of the backbone that are too narrow for it and stayed in fp32, by their names there.
    written_by: versions of what wrote the file. inputs, outputs: their shapes by name, None: any number of frames.
    files: sha256 of what else the export consists of, by name. changed_calls: on calibration walks that were held back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    precision: Precision
    fp32_layers: tuple[str, ...] = ()
    written_by: dict[str, str]
    inputs: dict[str, tuple[int | None, ...]]
    outputs: dict[str, tuple[int, ...]]
    agreement: Agreement
    changed_calls: ChangedCalls | None = None
    config: dict[str, Any]
    files: dict[str, str]

    def to_json(self) -> str:
        """As it is stored: with format, version, and a digest over all of it.

        Builds before ``fp32_layers`` refuse the field, so it is left out where there are none.
        """
        content = EXPORT.mark | self.model_dump(mode="json", exclude=None if self.fp32_layers else {"fp32_layers"})
        return json.dumps(content | {"digest": config_digest(content)}, ensure_ascii=False, sort_keys=True)


def parse_form(text: bytes, path: Path) -> tuple[ExportForm, BundleConfig, str]:
    """The form in ``path``, the config of its bundle, and the bundle's digest.

    Raises ModelError for another format or version, for what was edited, and for a graph that is not that of the
    config's architecture and contract.
    """
    try:
        content = parse_json(text, path)
        EXPORT.check(content, path)
        stated = content.pop("digest", None)
        if stated != config_digest(content):
            raise ModelError(f"{path}: was edited after it was exported (its digest differs); {EXPORT.remedy}")
        content = {key: value for key, value in content.items() if key not in EXPORT.mark}
        form = parse_model(content, path, ExportForm, EXPORT.remedy)
    except DataError as error:
        raise ModelError(str(error)) from error
    config, digest = parse_config(form.config, path)
    problem = disagreement(config.architecture, config.contract) or config.contract.window_problem
    if problem is not None:
        raise ModelError(f"{path}: {problem}; {EXPORT.remedy}")
    _compare("inputs", form.inputs, input_shapes(config.architecture, config.contract), path)
    _compare("outputs", form.outputs, output_shapes(config.architecture, config.contract), path)
    return form, config, digest


def _compare(what: str, stated: Mapping[str, Shape], wanted: Mapping[str, Shape], path: Path) -> None:
    if stated != wanted:
        raise ModelError(f"{path}: {what} are {stated}, its contract gives {wanted}; {EXPORT.remedy}")
