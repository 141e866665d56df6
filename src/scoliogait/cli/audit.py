"""``scoliogait model convert --audit``: what a model could be fed with, tried on walks and printed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from scoliogait.cli.console import Console
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scoliogait.data.partition import Partition
    from scoliogait.data.store import WalkStore
    from scoliogait.ledger import Ledger
    from scoliogait.representation.contract import InputContract
    from scoliogait.results.audit import Audit, Audited
    from scoliogait.results.audit_rows import AuditRow

AUDIT_STATEMENT = (
    "Diagnosis, not a result: the highest of {n_rows} rows is high by choice, and to choose it is to choose on these "
    "walks. A result needs a contract that is known from elsewhere."
)
ONE_CLASS_STATEMENT = (
    "* All walks are called the same class, whatever the class order, so there are no figures to compare: a sign that "
    "the model was not trained on such input."
)
AUDIT_NOTED = "The test walks were looked at: opening {n} of this test set in {ledger}."
SOME_FRAMES = (
    "Of each walk at most {n} frames were looked at, spread evenly, so that the audit is quick; the figures of whole "
    "walks differ. --frames 720 takes all."
)
ALL_FRAMES = "All frames of each walk were looked at."
NOTHING_STATED = "Nothing states an input: the published contract was tried first."


def list_candidates(file: Path, console: Console) -> None:
    """Print what a model could be fed with; its weights alone decide."""
    from scoliogait.results.audit import read_audited
    from scoliogait.results.audit_contracts import candidate_contracts, stated_first

    _, module, stated = read_audited(file, None)
    console.print(_candidate_table(file, stated_first(stated.contract, candidate_contracts(module.config))))
    console.print("Each in six class orders. Give --data STORE to try them; the weights alone do not show it.")


def audit_file(
    file: Path,
    data: Path,
    partition: str | None,
    config: Path | None,
    frames: int | None,
    training_walks: bool,
    json_out: Path | None,
    ledger_file: Path | None,
    overwrite: bool,
    console: Console,
) -> None:
    """Audit a checkpoint or bundle on the walks of a store, print the table and what it says, and write the JSON."""
    from scoliogait.data.partition import given_or_own, read_partition
    from scoliogait.data.store import WalkStore

    ledger = None if training_walks else _ledger(file, ledger_file)
    if json_out is not None:
        _check_json(json_out, file, ledger, overwrite)
    from scoliogait.checkpoints.opengait_config import read_opengait_config

    stated_in = None if config is None else read_opengait_config(config)
    store = WalkStore.open(data)
    chosen = read_partition(given_or_own(partition, store.path))

    from scoliogait.results.audit import prepare_audit

    audit = prepare_audit(file, store, chosen, stated_in, frames)
    audited, noted = _tried(audit, ledger, console)
    subset = "train" if training_walks else "test"
    console.print(_audit_table(audited.rows, f"{file.name} on {subset} walks of {store.name}, {chosen.words}"))
    statements = [*_statements(audit, audited, store, chosen), *noted]
    for statement in statements:
        console.print(Text(statement, style="yellow"))
    if json_out is not None:
        facts = {"diagnosis": True, "file": file.name, "frames": audit.n_frames, "decision": audited.decision}
        facts |= store.facts(chosen, subset).to_text()
        write_json(json_out, facts | {"statements": statements, "rows": [asdict(row) for row in audited.rows]})
        console.print(Text(f"written: {json_out}", style="dim"), soft_wrap=True)


def _ledger(file: Path, given: Path | None) -> Ledger:
    from scoliogait.checkpoints.model_folder import is_builtin, model_folder
    from scoliogait.ledger import Ledger, ledger_beside

    if given is not None:
        return Ledger(given)
    if is_builtin(file):
        raise DataError(f"{file}: has no folder in which its opening could be noted; name a file with --ledger")
    return ledger_beside(model_folder(file))


def _check_json(json_out: Path, file: Path, ledger: Ledger | None, overwrite: bool) -> None:
    if json_out.exists() and file.exists() and json_out.samefile(file):
        raise DataError(f"{json_out}: is the checkpoint itself; choose another name for --json")
    refuse_existing(json_out, overwrite)
    if ledger is not None and json_out.resolve() in [path.resolve() for path in ledger.files]:
        raise DataError(f"{json_out}: is the ledger; choose another name for --json")


def _tried(audit: Audit, ledger: Ledger | None, console: Console) -> tuple[Audited, list[str]]:
    """ledger: None for training walks. The statements are those of the opening."""
    from scoliogait.results.audit import audit_test_walks, audit_training_walks
    from scoliogait.seen_facts import SEEN_UNKNOWN

    with console.status("auditing") as status:

        def show(name: str) -> None:
            status.update(f"auditing: {name}")

        if ledger is None:
            return audit_training_walks(audit, show), []
        audited, opening = audit_test_walks(audit, ledger, show)
    return audited, [AUDIT_NOTED.format(n=opening.facts.n_openings, ledger=ledger.path), SEEN_UNKNOWN]


def _statements(audit: Audit, audited: Audited, store: WalkStore, partition: Partition) -> list[str]:
    from scoliogait.checkpoints.file_name import name_hints
    from scoliogait.provenance import SIMULATED_WALKS
    from scoliogait.results.audit import contamination

    caution = contamination(name_hints(audit.path).split, partition)
    sources = "; ".join(audit.stated.sources)
    return [
        *([f"Stated: {sources}."] if sources else []),
        *([] if audit.stated.contract is not None else [NOTHING_STATED]),
        *audited.decision,
        *([ONE_CLASS_STATEMENT] if any(row.n_called == 1 for row in audited.rows) else []),
        ALL_FRAMES if audit.n_frames is None else SOME_FRAMES.format(n=audit.n_frames),
        AUDIT_STATEMENT.format(n_rows=len(audited.rows)),
        *([caution] if caution else []),
        *([SIMULATED_WALKS] if store.simulated else []),
    ]


def _candidate_table(file: Path, contracts: Mapping[str, InputContract]) -> Table:
    title = Text(f"{file.name}: what it could be fed with (diagnosis)")
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for heading in ("representation", "needs", "frame"):
        table.add_column(heading)
    for name, contract in contracts.items():
        needs = " and ".join(contract.needed_modalities)
        if contract.pav is not None:
            needs += f", {contract.pav.form} PAV"
        table.add_row(name, needs, "x".join(map(str, contract.frame_shape)))
    return table


def _audit_table(rows: Sequence[AuditRow], title: str) -> Table:
    """A row for each representation and class order; one line where all walks are called the same class."""
    table = Table(title=Text(f"{title}, {rows[0].n_walks} walks (diagnosis)"), title_justify="left", box=None)
    table.add_column("representation")
    table.add_column("class order", no_wrap=True)
    for heading in ("acc", "P", "R", "F1"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    folded: set[str] = set()
    for row in rows:
        if row.n_called > 1:
            figures = (row.accuracy, row.macro_precision, row.macro_recall, row.macro_f1)
            order = "-".join(name[:3] for name in row.label_order)
            table.add_row(row.representation, order, *(f"{100 * figure:.2f}" for figure in figures), row.kind)
        elif row.representation not in folded:
            table.add_row(row.representation, "one class", *"----", f"{row.kind} *")
            folded.add(row.representation)
    return table
