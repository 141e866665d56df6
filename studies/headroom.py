"""Is there more in a walk than the set network finds? ``python -m studies.headroom --out FOLDER``. Simulated walkers.

Outlines of the trunk and the order of the stride are added to the set network by late fusion, on people that neither
has seen. Only training walks of the cohorts are read. Writes ``headroom.json``, ``headroom.md`` and ``headroom.png``; a
stopped study goes on.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from scoliogait.errors import DataError
from scoliogait.files import atomic_file, read_json, write_json
from studies.headroom_cohort import Plan, make_cohort
from studies.headroom_table import ceiling_table, ceilings_of, draw, figures_of, kept, table_of


def main(
    out: Annotated[Path, typer.Option(help="Folder of the study; a study in it goes on.")],
    seed: Annotated[list[int] | None, typer.Option(help="Of a cohort; repeatable.")] = None,
    walks: Annotated[int, typer.Option(help="Walks of a cohort.", min=60)] = Plan.n_walks,
    frames: Annotated[int, typer.Option(help="Frames of a walk, at 15 Hz.", min=30)] = Plan.n_frames,
    steps: Annotated[int, typer.Option(help="Steps of a training of the set network.", min=2)] = Plan.steps,
) -> None:
    """Measure every cohort and print the tables."""
    console = Console()
    out.mkdir(parents=True, exist_ok=True)
    plan, seeds = Plan(walks, frames, steps), tuple(seed or (21, 22, 23))
    _same_plan(plan, out)
    results = [_of_cohort(plan, one, out, console) for one in seeds]
    figures, ceilings = [one["figures"] for one in results], [one["ceilings"] for one in results]
    choice = kept(figures)
    write_json(out / "headroom.json", {"seeds": list(seeds), "kept": choice, "cohorts": results})
    parts = [table_of(figures), "**Ceilings**", ceiling_table(ceilings), f"Kept by the rule: {choice or 'nothing'}"]
    text = "\n\n".join(parts)
    with atomic_file(out / "headroom.md") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    draw(figures, out / "headroom.png")
    console.print(text, markup=False, soft_wrap=True)


def _same_plan(plan: Plan, out: Path) -> None:
    """Note the sizes in the folder. DataError where another study has begun in it."""
    file = out / "plan.json"
    if file.is_file() and read_json(file) != asdict(plan):
        raise DataError(
            f"{file}: the study in this folder has {read_json(file)}; expected {asdict(plan)}, or a new --out"
        )
    write_json(file, asdict(plan))


def study_plan(out: Path) -> Plan:
    """The sizes of the study in this folder; those of the published one where none has begun in it."""
    file = out / "plan.json"
    plan = Plan(**read_json(file)) if file.is_file() else Plan()
    _same_plan(plan, out)
    return plan


def _of_cohort(plan: Plan, seed: int, out: Path, console: Console) -> dict[str, object]:
    file = out / f"figures-{seed}.json"
    if not file.is_file():
        cohort = make_cohort(plan, seed, out, console)
        with console.status(f"comparing on cohort {seed}"):
            write_json(file, {"figures": figures_of(cohort), "ceilings": ceilings_of(cohort)})
    return dict(read_json(file))


if __name__ == "__main__":
    typer.run(main)
