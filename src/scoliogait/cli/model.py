"""``scoliogait model``: what somebody's checkpoint is, and how it becomes a bundle."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scoliogait.checkpoints.inspect import CheckpointFacts
    from scoliogait.checkpoints.verdicts import Verdict

app = typer.Typer(no_args_is_help=True, help="What a checkpoint is, and how it becomes a model bundle.")

_COLOURS = {"fits": "green", "contradicts": "bold red", "unknown": "yellow"}


@app.callback()
def _group() -> None:
    """Keeps ``inspect`` a command of its own, also while it is the only one."""


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="Checkpoint (.pt) or bundle folder.", metavar="FILE")],
    config: Annotated[Path | None, typer.Option(help="The OpenGait YAML that it came with.")] = None,
    json_out: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Say what a checkpoint is, what it probably is, and what in its YAML contradicts it. Nothing in it is executed.

    Example: scoliogait model inspect DRF_118-08000.pt --config drf_scoliosis1k_20000.yaml
    """
    from scoliogait.checkpoints.inspect import inspect_checkpoint
    from scoliogait.checkpoints.opengait_config import read_opengait_config
    from scoliogait.checkpoints.verdicts import file_verdicts, yaml_verdicts

    facts = inspect_checkpoint(file)
    verdicts = {"file": file_verdicts(facts)}
    if config is not None:
        verdicts["yaml"] = yaml_verdicts(facts, read_opengait_config(config))
    if json_out:
        told = {"facts": asdict(facts) | {"modality": facts.modality, "selection": facts.selection}}
        told["verdicts"] = {group: [asdict(verdict) for verdict in listed] for group, listed in verdicts.items()}
        typer.echo(json.dumps(told, indent=2))
        return
    console = Console(highlight=False)
    console.print(_facts_table(facts))
    titles = {"file": "the file by itself", "yaml": f"the file and {config}"}
    for group, listed in verdicts.items():
        if listed:
            console.print(_verdict_table(titles[group], listed))


def _facts_table(facts: CheckpointFacts) -> Table:
    table = Table(title=Text(facts.path), title_justify="left", title_style="bold", box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _fact_rows(facts):
        table.add_row(name, Text(value))
    return table


def _fact_rows(facts: CheckpointFacts) -> list[tuple[str, str]]:
    widths = "unknown" if facts.stage_widths is None else ", ".join(map(str, facts.stage_widths))
    attention = f"{facts.attention}.*" if facts.attention else "none"
    extras = {"module. prefixes": facts.module_prefix, "optimizer state": facts.optimizer_state}
    stored = [words for words, present in extras.items() if present]
    order = "unknown" if facts.order.classes is None else ", ".join(facts.order.classes)
    probably = "probably " if facts.order.classes is not None and not facts.order.certain else ""
    rows = [
        ("kind", ", with ".join([facts.kind, *stored])),
        ("network", f"{facts.architecture or 'another one than ScoNet or DRF'}, {facts.n_parameters:,} parameters"),
        ("input", f"{facts.modality} ({_or_unknown(facts.in_channels)} channels)"),
        ("stage widths", widths),
        ("embedding", f"{_or_unknown(facts.embedding)} in {_or_unknown(facts.parts)} parts"),
        ("classes", _or_unknown(facts.classes)),
        ("attention", attention),
        ("numbers", ", ".join(facts.types)),
        ("iteration", _or_unknown(facts.iteration)),
        ("class order", f"{probably}{order}, because {facts.order.because}"),
        ("selection", facts.selection),
        ("its name says", _name_words(facts)),
        ("sha256", facts.sha256),
    ]
    return rows if facts.contract is None else [*rows, ("contract", facts.contract)]


def _name_words(facts: CheckpointFacts) -> str:
    labels = {
        "split": "split",
        "iteration": "iteration",
        "score_percent": "score %",
        "learning_rate": "learning rate",
        "sigma_limb": "sigma limb",
        "sigma_joint": "sigma joint",
        "joints": "joints",
        "n_processes": "GPUs",
    }
    hints = asdict(facts.name)
    told = [f"{label} {hints[field]}" for field, label in labels.items() if hints[field] is not None]
    return ", ".join(told) or "nothing"


def _or_unknown(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _verdict_table(title: str, verdicts: Sequence[Verdict]) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for verdict in verdicts:
        table.add_row(verdict.about, Text(verdict.outcome, _COLOURS[verdict.outcome]), Text(verdict.reason))
    return table
