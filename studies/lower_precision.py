"""What lower precision changes: calls of simulated walks by exported files, against those of their bundle.

    python -m studies.lower_precision --model builtin:demo

films people of whom the model has seen none. Calibration walks are of other people than the walks tested, as validation
walks are. Each file is written by ``model export`` and scores the same walks as the bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import f1_score

from scoliogait.answer_threshold import value_of
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.exported.compare import bundle_logits
from scoliogait.exported.form import Precision
from scoliogait.exported.formats import KINDS, ExportFormat
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.read import load_exported
from scoliogait.exported.write import write_export
from scoliogait.representation.arrays import Inputs, model_arrays
from scoliogait.representation.windows import logits_of_windows
from scoliogait.simulation.cohort import WalkPlan, plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.walk import Walk

N_FRAMES = 60
# Format, precision, and whether it is given calibration walks.
FILES: tuple[tuple[ExportFormat, Precision, bool], ...] = (
    ("onnx", "fp32", False),
    ("openvino", "bf16", False),
    ("openvino", "bf16", True),
    ("onnx", "int8", True),
    ("openvino", "int8", True),
)


@dataclass(frozen=True)
class Changes:
    """Of the walks tested: calls that are others than the bundle's, macro-F1 (0..1), and moved probabilities."""

    n_changed: int
    macro_f1: float
    largest: float
    mean: float


def planned(config: CohortConfig, n_tested: int, n_calibration: int) -> tuple[list[WalkPlan], list[WalkPlan]]:
    """Walks to be tested, and calibration walks of other people."""
    plans = plan_cohort(config)
    tested = plans[:n_tested]
    people = {plan.subject for plan in tested}
    return tested, [plan for plan in plans[n_tested:] if plan.subject not in people][:n_calibration]


def probabilities(model: Bundle | ExportedModel, inputs: Inputs) -> NDArray[np.float64]:
    """(3,): of one walk, in the windows of the contract."""
    windows = model.contract.windows(len(inputs["frames"]))
    logits = (
        model.logits(inputs, windows) if isinstance(model, ExportedModel) else bundle_logits(model, inputs, windows)
    )
    return np.asarray(model.probabilities(model.scores(logits_of_windows(logits, [windows]))[0]))


def changes(exact: NDArray[np.float64], moved: NDArray[np.float64], labels: Sequence[int], least: float) -> Changes:
    """Of probabilities (N, 3) of bundle and file; ``least``: from which on a class is called."""
    called = [np.where(chances.max(axis=1) >= least, chances.argmax(axis=1), -1) for chances in (exact, moved)]
    distance = np.abs(moved - exact)
    return Changes(
        n_changed=int((called[0] != called[1]).sum()),
        macro_f1=float(f1_score(labels, moved.argmax(axis=1), average="macro")),
        largest=float(distance.max()),
        mean=float(distance.mean()),
    )


def main(
    model: Annotated[str, typer.Option(help="A model of pictures drawn from poses.")] = "builtin:demo",
    tested: Annotated[int, typer.Option(min=2)] = 750,
    calibration: Annotated[int, typer.Option(min=2)] = 200,
    seed: int = 1313,
) -> None:
    """Print the table."""
    config = CohortConfig(n_walks=2 * (tested + calibration), n_frames=N_FRAMES, seed=seed, silhouettes=False)
    of_test, of_calibration = planned(config, tested, calibration)
    calibrated_on = [simulate_walk(config, plan).walk for plan in of_calibration]
    walks: list[Walk] = [simulate_walk(config, plan).walk for plan in of_test]
    bundle = load_bundle(model_folder(model))
    least, labels = value_of(bundle.answer_threshold), [int(plan.label) for plan in of_test]
    exact = np.stack([probabilities(bundle, model_arrays(bundle.contract, walk)) for walk in walks])
    title = (
        f"{model}: {tested} simulated walks of {N_FRAMES} frames; calibrated on {-(-len(calibrated_on) // 2)} others"
    )
    table = Table("file", "runtime", "calls changed", "macro-F1", "probabilities move, mean", "at most", title=title)
    same = changes(exact, exact, labels, least)
    table.add_row("bundle", "torch", "", f"{same.macro_f1:.4f}", "", "")
    with TemporaryDirectory() as folder:
        for kind, precision, calibrated in FILES:
            out = Path(folder) / f"{precision}{KINDS[kind].ending}"
            write_export(model, out, kind, precision, calibrated_on if calibrated else ())
            file = load_exported(out)
            moved = np.stack([probabilities(file, model_arrays(bundle.contract, walk)) for walk in walks])
            found = changes(exact, moved, labels, least)
            table.add_row(
                f"{kind}, {precision}{', calibrated' if calibrated else ''}",
                file.runtime,
                f"{found.n_changed} ({found.n_changed / tested:.2%})",
                f"{found.macro_f1:.4f}",
                f"{found.mean:.5f}",
                f"{found.largest:.4f}",
            )
    Console(width=140).print(table)


if __name__ == "__main__":
    typer.run(main)
