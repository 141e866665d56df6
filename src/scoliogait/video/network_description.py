"""What a user says about a pose network of their own: the picture that it takes, and how joints are read from it.

A YAML file beside the network. Everything that moves joints or confidences must be said; nothing of it is guessed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scoliogait.errors import ModelError
from scoliogait.field_problem import dotted_key, first_problem, more_text, problem_text
from scoliogait.incoming import read_bytes
from scoliogait.limits import MAX_YAML_BYTES
from scoliogait.yaml_text import YamlTextError, load_yaml

Side = Annotated[int, Field(ge=32, le=2048)]
Value = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Column = Literal["x", "y", "score", "unused"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PictureInput(_Part):
    """The picture that the network takes.

    size_px: width, height. channels: their order, which is that of ``mean`` and ``std`` too; a value 0..255 becomes
    (value - mean) / std. axes: nchw (1, 3, height, width) or nhwc. box_scale: how much larger the part of the picture
    is that it sees than the person's box, after the box was widened or heightened to the shape of the input.
    """

    size_px: tuple[Side, Side]
    channels: Literal["rgb", "bgr"]
    axes: Literal["nchw", "nhwc"]
    mean: tuple[Value, Value, Value]
    std: tuple[Positive, Positive, Positive]
    box_scale: Annotated[float, Field(ge=0.5, le=4)]


class SimccOutput(_Part):
    """Two outputs, (1, J, width * split_ratio) and (1, J, height * split_ratio): how likely each place on each axis is.

    score: the confidence from the highest values of both axes: the smaller one (min, as MMPose has it), their mean
    (rtmlib) or their product. values: the highest values of the outputs as they are (raw), or after softmax of each
    row times ``softmax_factors`` (x, y), which must be given then.
    """

    kind: Literal["simcc"]
    split_ratio: Annotated[float, Field(gt=0, le=16)]
    values: Literal["raw", "softmax"]
    score: Literal["min", "mean", "product"]
    softmax_factors: tuple[Positive, Positive] | None = None

    @model_validator(mode="after")
    def _with_factors(self) -> SimccOutput:
        if (self.values == "softmax") != (self.softmax_factors is not None):
            raise ValueError("output.softmax_factors: must be given where values is softmax, and only there")
        return self

    @property
    def words(self) -> str:
        """How the confidence is made."""
        values = "raw values" if self.values == "raw" else f"softmax of the values times {self.softmax_factors}"
        return f"the {self.score} over both axes of the highest of the {values} (SimCC)"


class HeatmapOutput(_Part):
    """One output (1, J, rows, columns).

    grid: what place j of n stands for on a side of s px, counted from the middle of the first pixel: ``stride`` j s / n
    (MMPose's MSRAHeatmap), ``ends`` j (s - 1) / (n - 1) (UDPHeatmap). score: the highest value (peak), or its sigmoid.
    """

    kind: Literal["heatmap"]
    grid: Literal["stride", "ends"]
    score: Literal["peak", "sigmoid"]

    @property
    def words(self) -> str:
        """How the confidence is made."""
        return f"the {'highest value' if self.score == 'peak' else 'sigmoid of the highest value'} of each heatmap"


class CoordinatesOutput(_Part):
    """One output that ends in J rows of as many numbers as ``columns`` names, each once but for those that are unused.

    unit: px of the input, or shares of its sides. score: as it is (value), or its sigmoid.
    """

    kind: Literal["coordinates"]
    columns: Annotated[tuple[Column, ...], Field(min_length=3, max_length=16)]
    unit: Literal["px", "share"]
    score: Literal["value", "sigmoid"]

    @model_validator(mode="after")
    def _named_once(self) -> CoordinatesOutput:
        if sorted(column for column in self.columns if column != "unused") != ["score", "x", "y"]:
            raise ValueError(f"output.columns is {list(self.columns)}; expected x, y and score, each once, else unused")
        return self

    @property
    def words(self) -> str:
        """How the confidence is made."""
        return f"the {'score' if self.score == 'value' else 'sigmoid of the score'} that the network gives"


class NetworkDescription(_Part):
    """joints: the name of a layout, such as COCO-17. outline: whose outlines of people go with the joints, if any."""

    input: PictureInput
    output: Annotated[SimccOutput | HeatmapOutput | CoordinatesOutput, Field(discriminator="kind")]
    joints: str
    outline: Literal["none", "builtin"] = "none"


def read_description(path: Path) -> NetworkDescription:
    """The description in a YAML file. Raises ModelError naming file, field, value and what was expected.

    DataError where the file cannot be read.
    """
    try:
        content = load_yaml(read_bytes(path, MAX_YAML_BYTES).decode("utf-8"))
    except (YamlTextError, UnicodeDecodeError) as error:
        reason = error if isinstance(error, YamlTextError) else "is not text in UTF-8"
        raise ModelError(f"{path}: {reason}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: is no description of a network; expected input, output and joints")
    try:
        return NetworkDescription.model_validate(content)
    except ValidationError as error:
        found = first_problem(error)
        field = dotted_key(found["loc"], content) or "it"
        raise ModelError(f"{path}: {problem_text(found, field)}{more_text(error)}") from error
