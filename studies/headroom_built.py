"""Does the trained model reach what the study promised? ``python -m studies.headroom_built --out FOLDER``, of a study.

``small-pose-outline`` is trained on the folds of the set network's trainings, in the folder of ``studies.headroom``,
and compared with it on the same people. Writes ``built.json`` and ``built.md``; a stopped study goes on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from scoliogait.data.store import WalkStore
from scoliogait.files import atomic_file, write_json
from studies.headroom import study_plan
from studies.headroom_cohort import Cohort, Plan, make_cohort
from studies.headroom_fusion import out_of_fold
from studies.headroom_network import network_scores
from studies.headroom_table import BASELINE, TASKS, area_and_gain, table_of

RECIPE = "small-pose-outline"
BUILT = f"{RECIPE}, trained"


def main(
    out: Annotated[Path, typer.Option(help="Folder of a study of headroom; what it lacks is made.")],
    seed: Annotated[list[int] | None, typer.Option(help="Of a cohort; repeatable.")] = None,
) -> None:
    """Train, compare and print the tables."""
    console = Console()
    plan, seeds = study_plan(out), tuple(seed or (21, 22, 23))
    figures = [_of_cohort(plan, one, out, console) for one in seeds]
    write_json(out / "built.json", {"seeds": list(seeds), "cohorts": figures})
    text = table_of(figures, (BASELINE, BUILT))
    with atomic_file(out / "built.md") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    console.print(text, markup=False, soft_wrap=True)


def _of_cohort(plan: Plan, seed: int, out: Path, console: Console) -> dict[str, Any]:
    cohort = make_cohort(plan, seed, out, console)
    folder = out / "built" / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    store = WalkStore.open(out / "cohorts" / str(seed))
    scores = network_scores(store, cohort.walks.fold, folder, seed, plan.steps, console, RECIPE)
    return built_figures(cohort, scores)


def built_figures(cohort: Cohort, scores: np.ndarray) -> dict[str, Any]:
    """Of the built model's scores (n, 2) what ``figures_of`` gives of the study's rows: the same regression of both."""
    nothing = cohort.columns(())
    found: dict[str, Any] = {}
    for task in TASKS:
        both = {BASELINE: cohort, BUILT: replace(cohort, network=scores)}
        of = {name: out_of_fold(one.walks, task, one.network, nothing) for name, one in both.items()}
        found[task] = {name: area_and_gain(cohort.walks, task, one, of[BASELINE]) for name, one in of.items()}
    return found


if __name__ == "__main__":
    typer.run(main)
