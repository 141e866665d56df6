"""Options that several commands share, each defined once: the same name, the same words, the same bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from scoliogait.cli.completion import complete_partition, complete_recipe

PARTITION_WORDS = "112, 114, 118, 1116 or a JSON file"


def overwrite(what: str) -> Any:
    """``--overwrite``: may ``what``, such as "an existing store", be replaced?"""
    return typer.Option("--overwrite", help=f"Replace {what}.")


def partition(words: str) -> Any:
    """``--partition`` by name or file, and what it is for."""
    return typer.Option("--partition", help=f"{PARTITION_WORDS}; {words}", autocompletion=complete_partition)


# Training.
_RECIPE = typer.Argument(
    help="Name of a recipe that comes with the package, or a file.", autocompletion=complete_recipe
)
RecipeName = Annotated[str, _RECIPE]
RecipeNameOrNone = Annotated[str | None, _RECIPE]
TrainingStore = Annotated[Path | None, typer.Option("--data", help="Store to train on.")]
TrainingPartition = Annotated[str | None, partition("default: the recipe's, else STORE/partition.json.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the recipe; repeatable."),
]
OverwriteRun = Annotated[bool, overwrite("the run in --out")]
# A column beside the walks.
ByColumns = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="COLUMN", help="A column beside the walks, such as site or sex; repeatable."),
]
ColumnTable = Annotated[
    Path | None,
    typer.Option(
        "--table", help="CSV with the column id (walk) or subject (person) and those of --by; else the store."
    ),
]
# Looking at results.
RunStore = Annotated[
    Path | None, typer.Option("--data", help="Store of walks; default: the one that the run was trained on.")
]
Resamples = Annotated[int, typer.Option("--resamples", help="Bootstrap resamples.", min=2)]
BootstrapSeed = Annotated[int, typer.Option("--seed", help="Seed of the bootstrap.", min=0)]
AllowLeak = Annotated[
    bool,
    typer.Option("--allow-leak", help="Go on although test walks trained or chose a model; every figure then says so."),
]
LedgerHome = Annotated[
    Path | None,
    typer.Option(
        "--ledger-home",
        help="Folder that counts the openings of test sets on this machine; default: $SCOLIOGAIT_LEDGER_HOME, else the "
        "platform's folder for data.",
    ),
]
PrintJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
# Reading walks.
FrameRate = Annotated[
    float | None,
    typer.Option("--frame-rate-hz", help="Frames per second, for walks that do not state it (Scoliosis1K: 15)."),
]
Joints = Annotated[
    str | None,
    typer.Option("--joints", help="Order of the joints, such as BODY_25B; recognised when left out.", metavar="LAYOUT"),
]
Backend = Annotated[
    str | None,
    typer.Option(
        "--backend",
        help="What finds joints in videos: builtin, onnx:FILE (a network of yours), precomputed:FILE (its poses).",
        metavar="NAME[:FILE]",
    ),
]
Subjects = Annotated[
    Path | None,
    typer.Option("--subjects", help="CSV table of people: the columns id (of each walk) and subject.", metavar="TABLE"),
]
# Stores and simulated walks.
StorePath = Annotated[Path, typer.Argument(help="A store.")]
