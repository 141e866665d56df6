"""``scoliogait model``: what a foreign checkpoint is, how it becomes a bundle, and the card of a model."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from scoliogait.cli import options
from scoliogait.cli.console import Console
from scoliogait.cli.model_export import export
from scoliogait.cli.options import PrintJson
from scoliogait.cli.printing import print_next
from scoliogait.errors import DataError, ModelError
from scoliogait.files import atomic_file, refuse_existing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scoliogait.checkpoints.inspect import CheckpointFacts
    from scoliogait.checkpoints.verdicts import Verdict

app = typer.Typer(no_args_is_help=True, help="What a checkpoint is, how it becomes a bundle, and a model's card.")

app.command()(export)

_COLOURS = {"fits": "green", "contradicts": "bold red", "unknown": "yellow"}


class AuditedWalks(StrEnum):
    """Which walks of the partition."""

    TEST = "test"
    TRAIN = "train"


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="Checkpoint (.pt) or bundle folder.", metavar="FILE")],
    config: Annotated[Path | None, typer.Option(help="The OpenGait YAML that it came with.")] = None,
    json_out: PrintJson = False,
) -> None:
    """Say what a checkpoint is, what it probably is, and what in its YAML contradicts it. Nothing in it is executed.

    Example: scoliogait model inspect DRF_118-08000.pt --config drf_scoliosis1k_20000.yaml
    """
    from scoliogait.checkpoints.opengait_config import read_opengait_config

    _refuse_missing(file)
    stated = None if config is None else read_opengait_config(config)

    from scoliogait.checkpoints.inspect import inspect_checkpoint
    from scoliogait.checkpoints.preset_verdicts import preset_verdicts
    from scoliogait.checkpoints.verdicts import file_verdicts, yaml_verdicts

    facts = inspect_checkpoint(file)
    verdicts = {"file": file_verdicts(facts), "presets": preset_verdicts(facts)}
    if stated is not None:
        verdicts["yaml"] = yaml_verdicts(facts, stated)
    if json_out:
        content = {"facts": asdict(facts) | {"modality": facts.modality, "selection": facts.selection}}
        content["verdicts"] = {group: [asdict(verdict) for verdict in listed] for group, listed in verdicts.items()}
        typer.echo(json.dumps(content, indent=2))
        return
    console = Console(highlight=False)
    console.print(_facts_table(facts))
    titles = {
        "file": "the file by itself",
        "presets": "the file and the presets of model convert",
        "yaml": f"the file and {config}",
    }
    for group, listed in verdicts.items():
        if listed:
            console.print(_verdict_table(titles[group], listed))
    if facts.kind == "bundle":
        print_next(console, "screen", "FILE...", "--model", file)
    elif facts.architecture is not None:
        print_next(console, "model", "convert", file, "--audit", note="what it could be fed with; with --data, tried")


@app.command()
def card(
    model: Annotated[
        str, typer.Argument(help="Model bundle, the run that it lies in, or builtin:NAME.", metavar="MODEL")
    ],
    out: Annotated[Path | None, typer.Option(help="Write the card here instead of printing it.")] = None,
    overwrite: Annotated[bool, options.overwrite("an older card")] = False,
) -> None:
    """The card of a model: metadata as model hubs read it, text, and reporting checklists with their empty items.

    Example: scoliogait model card runs/first --out card.md
    """
    from scoliogait.results.card import whole_card

    if out is not None:
        refuse_existing(out, overwrite)
    text = whole_card(model)
    if out is None:
        typer.echo(text, nl=False)
        return
    with atomic_file(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    Console(highlight=False).print(Text(f"written: {out}", style="dim"), soft_wrap=True)


def _refuse_missing(file: Path) -> None:
    from scoliogait.checkpoints.model_folder import model_folder

    if not model_folder(file).exists():
        raise ModelError(f"{file}: there is no such file; expected a checkpoint (.pt) or the folder of a model bundle")


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
    stored = [*(f"{prefix} prefixes" for prefix in facts.prefixes), *["optimizer state"][: facts.optimizer_state]]
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
        ("beside weights", ", ".join(facts.beside) or "nothing"),
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
    stated = [f"{label} {hints[field]}" for field, label in labels.items() if hints[field] is not None]
    return ", ".join(stated) or "nothing"


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


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(help="OpenGait checkpoint (.pt), or with --to-opengait or --audit a bundle.")],
    preset: Annotated[str | None, typer.Option(help="Contract it was trained with; see docs/checkpoints.md.")] = None,
    label_order: Annotated[
        str | None, typer.Option(help="Classes in the order of its logits, such as negative,positive,neutral.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Bundle folder to write.")] = None,
    pav_statistics: Annotated[
        Path | None, typer.Option(help="Range that scales the PAV: our JSON, or a pav_stats.pkl.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Store of walks: for PAV statistics, or for the audit.")] = None,
    partition: Annotated[str | None, options.partition("else the partition.json of the store.")] = None,
    audit: Annotated[bool, typer.Option("--audit", help="Try all class orders and nearby contracts.")] = False,
    config: Annotated[
        Path | None, typer.Option(help="The OpenGait YAML that FILE came with: the audit tries what it states first.")
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(min=1, help="Frames of each walk that the audit looks at; default: as many as are quickly done."),
    ] = None,
    subset: Annotated[AuditedWalks, typer.Option(help="Walks of the audit.")] = AuditedWalks.TEST,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the rows of the audit here.")] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Where an audit of test walks is noted; default: ledger.jsonl beside FILE.")
    ] = None,
    ledger_home: options.LedgerHome = None,
    to_opengait: Annotated[Path | None, typer.Option(help="Write the weights of a bundle as this .pt file.")] = None,
    overwrite: Annotated[bool, options.overwrite("an older output")] = False,
) -> None:
    """Make a bundle from a checkpoint, find out what a checkpoint needs (--audit), or go back (--to-opengait).

    Examples:

    scoliogait model convert x.pt --preset umgrl-drf --label-order negative,neutral,positive --data walks --out model

    scoliogait model convert x.pt --audit --data walks --partition 118

    scoliogait model convert model --to-opengait x.pt
    """
    from scoliogait.results.ledger_home import use_ledger_home

    console = Console(highlight=False)
    contract: dict[str, object] = {
        "--preset": preset,
        "--label-order": label_order,
        "--out": out,
        "--pav-statistics": pav_statistics,
    }
    if to_opengait is not None:
        walks: dict[str, object] = {
            "--data": data,
            "--partition": partition,
            "--json": json_out,
            "--ledger": ledger,
            "--ledger-home": ledger_home,
            "--audit": audit or None,
            "--config": config,
            "--frames": frames,
        }
        _refuse_unused("--to-opengait", contract | walks)
        _to_opengait(file, to_opengait, overwrite, console)
    elif audit:
        _refuse_unused("--audit", contract)
        if data is None:
            unused = {"--json": json_out, "--partition": partition, "--config": config, "--frames": frames}
            _refuse_unused("--audit without --data", unused)
        if data is None or subset is AuditedWalks.TRAIN:
            _refuse_unused("an audit that looks at no test walk", {"--ledger": ledger, "--ledger-home": ledger_home})
        use_ledger_home(ledger_home)
        from scoliogait.cli.audit import audit_file, list_candidates

        _refuse_missing(file)
        if data is None:
            list_candidates(file, console)
            return
        training = subset is AuditedWalks.TRAIN
        audit_file(file, data, partition, config, frames, training, json_out, ledger, overwrite, console)
    else:
        only_audit = {"--json": json_out, "--config": config, "--frames": frames}
        _refuse_unused("a conversion", only_audit | {"--ledger": ledger, "--ledger-home": ledger_home})
        if data is None:
            _refuse_unused("a conversion without --data", {"--partition": partition})
        _convert(file, preset, label_order, out, pav_statistics, data, partition, overwrite, console)


def _refuse_unused(mode: str, options: Mapping[str, object]) -> None:
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise DataError(f"{' and '.join(given)}: no use for it with {mode}; leave it out")


def _to_opengait(bundle: Path, out: Path, overwrite: bool, console: Console) -> None:
    _refuse_missing(bundle)
    refuse_existing(out, overwrite)

    from scoliogait.checkpoints.convert import export_bundle

    export_bundle(bundle, out)
    console.print(Text(f"written: {out}", style="dim"), soft_wrap=True)
    console.print("It holds weights in the order negative, neutral, positive; the input contract stays in the bundle.")


def _convert(
    file: Path,
    preset: str | None,
    label_order: str | None,
    out: Path | None,
    pav_statistics: Path | None,
    data: Path | None,
    partition: str | None,
    overwrite: bool,
    console: Console,
) -> None:
    from scoliogait.checkpoints.presets import find_preset
    from scoliogait.labels import LabelOrder
    from scoliogait.results.given_statistics import read_pav_statistics, statistics_of_store

    if preset is None or label_order is None or out is None:
        given = {"--preset": preset, "--label-order": label_order, "--out": out}
        lacking = " and ".join(name for name, value in given.items() if value is None)
        if lacking == "--out":
            raise DataError(f"{file}: --out must be given, the folder of the new bundle")
        raise ModelError(
            f"{file}: {lacking} must be given, no checkpoint states its contract; 'scoliogait model inspect' says "
            "what is probable, --audit tries it"
        )
    if pav_statistics is not None and data is not None:
        raise DataError("both --pav-statistics and --data are given; PAV statistics come from one of them")
    _refuse_missing(file)
    find_preset(preset)
    order = LabelOrder.from_names(label_order.split(","))
    refuse_existing(out, overwrite)
    statistics, origin = None, "unknown"
    if pav_statistics is not None:
        statistics, origin = read_pav_statistics(pav_statistics), f"file {pav_statistics.name}"
    if data is not None:
        statistics, origin = statistics_of_store(preset, data, partition)

    from scoliogait.checkpoints.convert import convert_checkpoint

    provenance = {} if statistics is None else {"pav_statistics_from": origin}
    conversion = convert_checkpoint(file, preset, order.names, out, statistics, provenance)
    console.print(Text(f"written: {conversion.path}", style="bold"), soft_wrap=True)
    console.print(Text(f"contract: {conversion.contract.describe()}"))
    for caution in conversion.cautions:
        console.print(Text(caution, style="yellow"))
    console.print("Its accuracy is not known: evaluate it on walks that did not train it.")
    if conversion.contract.pav is None or conversion.contract.pav.is_ready:
        evaluation = ("--data", "STORE", "--partition", "PARTITION", "--test", "--out", "EVALUATION")
        print_next(console, "evaluate", conversion.path, *evaluation)
