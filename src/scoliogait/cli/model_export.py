"""``scoliogait model export``: a model as a file that runs without torch."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from scoliogait.cli import options
from scoliogait.cli.completion import complete_model
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_next, print_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scoliogait.exported.compare import Call


class FileFormat(StrEnum):
    """Who the file is for."""

    ONNX = "onnx"
    OPENVINO = "openvino"
    TORCH_EXPORT = "torch-export"


class NetworkPrecision(StrEnum):
    """What the network computes in."""

    FP32 = "fp32"
    BF16 = "bf16"
    INT8 = "int8"


def export(
    model: Annotated[
        str,
        typer.Argument(
            help="Run or bundle folder, or a model of the package, builtin:NAME.",
            metavar="MODEL",
            autocompletion=complete_model,
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write: .onnx, .xml (with .bin and .json) or .pt2.")],
    format: Annotated[FileFormat, typer.Option(help="Form of the file.")] = FileFormat.ONNX,
    precision: Annotated[
        NetworkPrecision, typer.Option(help="int8: with --calibrate, fastest as openvino; bf16: of openvino.")
    ] = NetworkPrecision.FP32,
    calibrate: Annotated[
        Path | None,
        typer.Option(
            help="For int8, and better for bf16: a store, file or folder of validation walks.", metavar="WALKS"
        ),
    ] = None,
    overwrite: Annotated[bool, options.overwrite("an older file")] = False,
) -> None:
    """Write a model as a file that runs without torch, compared with the model at ten lengths of walks.

    Examples:

    scoliogait model export runs/first --out first.onnx

    scoliogait model export runs/first --precision int8 --calibrate validation-walks --out first.onnx
    """
    from scoliogait.api.export import export_model

    made = export_model(model, out, format.value, precision.value, calibrate, overwrite)
    console = Console(highlight=False)
    print_summary(made.summary_words(), console)
    if made.calls:
        console.print(_calls_table(made.calls))
    if format is not FileFormat.TORCH_EXPORT:
        print_next(console, "screen", "WALK", "--model", out)


def _calls_table(calls: Sequence[Call]) -> Table:
    """Those that changed; without any, what moved most."""
    changed = [call for call in calls if call.changed]
    shown = changed or [max(calls, key=lambda call: call.difference)]
    title = "walks called otherwise" if changed else "no walk is called otherwise; what moved most"
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None)
    for heading in ("walk", "bundle", "file", "difference"):
        table.add_column(heading)
    for call in shown:
        both = ((call.bundle, call.bundle_probability), (call.exported, call.exported_probability))
        words = [f"{name} {probability:.3f}" for name, probability in both]
        table.add_row(Text(call.walk_id), *words, f"{call.difference:.3f}")
    return table
