"""``scoliogait demo``: the main job from end to end on this machine, ending in a page to look at."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from scoliogait.cli.evaluate import TestRun
from scoliogait.cli.options import Settings
from scoliogait.cli.simulate import write_cohort
from scoliogait.errors import DataError
from scoliogait.files import read_json, write_json

if TYPE_CHECKING:
    from scoliogait.data.partition import Partition
    from scoliogait.data.store import WalkStore
    from scoliogait.evaluation.predictions import Predictions
    from scoliogait.report.charts import LearningCurve
    from scoliogait.report.demo_page import DemoStep, ScreenedWalk
    from scoliogait.screening import Screener
    from scoliogait.training.run_folder import RunFolder

    TestResult = tuple[Predictions, Mapping[str, Any]]

FORMAT = "scoliogait.demo"
MARK, COHORT, RUN, EVALUATION, PAGE = "demo.json", "cohort", "run", "evaluation", "index.html"
PICTURE, PICTURED_WALK = "screening.png", "intel_worker_back"
RECIPE = "small-ske"
KEPT = ", begun by an earlier call"


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write; an unfinished demo in it goes on.")] = Path("demo"),
    walks: Annotated[int, typer.Option(help="Simulated walks.", min=30)] = 1200,
    frames: Annotated[int, typer.Option(help="Frames of each simulated walk.", min=30)] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the cohort and of the training.", min=0)] = 0,
    settings: Settings = None,
) -> None:
    """Simulate a cohort, train a small model, test it, screen real walks, and write one page about it.

    Example: scoliogait demo --out demo
    """
    from scoliogait import __version__
    from scoliogait.data.partition import OWN_PARTITION, read_partition
    from scoliogait.training.recipe_file import load_recipe

    console = Console(highlight=False)
    load_recipe(RECIPE, settings or [])  # a wrong setting is refused before anything is simulated
    _prepare(out, {"version": __version__, "walks": walks, "frames": frames, "seed": seed, "settings": settings or []})

    from scoliogait.report.demo_page import DemoResult, write_demo_page
    from scoliogait.screening import load_model

    clock = _Clock(console)

    # A step that an earlier call finished takes no time now, and the page must not pass that off as its duration.
    kept_cohort = KEPT if (out / COHORT).exists() else ""
    kept_run = KEPT if (out / RUN).exists() else ""
    store = clock.run(
        "simulate",
        f"{walks} walks of {frames} frames{kept_cohort}",
        lambda: _simulate(out / COHORT, walks, frames, seed, console),
    )
    run = clock.run("train", f"recipe {RECIPE}{kept_run}", lambda: _train(out, seed, settings or [], console))
    screener = load_model(run.model)
    partition = read_partition(out / COHORT / OWN_PARTITION)
    kept = _kept_test(out / EVALUATION, screener.bundle.digest)
    predictions, summary = clock.run(
        "evaluate",
        f"{len(partition.test)} held-out walks{KEPT if kept else ''}",
        lambda: kept or _test(out, store, partition),
    )
    screened = clock.run("screen", "real walks that come with the package", lambda: _screen_samples(screener))
    result = DemoResult(
        version=__version__,
        contract=screener.bundle.contract,
        curve=learning_curve_of(run),
        predictions=predictions,
        summary=summary,
        walks=screened,
        steps=clock.steps,
    )
    write_demo_page(out / PAGE, result)
    _save_picture(out / PICTURE, screened, screener)
    figures = summary["metrics"]
    console.print(
        f"test, {len(predictions)} simulated walks: macro-F1 {figures['macro_f1']['value']:.3f}, "
        f"accuracy {figures['accuracy']['value']:.3f}\nopen {out / PAGE}",
        soft_wrap=True,
    )


T = TypeVar("T")


class _Clock:
    """Runs the steps, says which one runs, and keeps how long each took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.steps: list[DemoStep] = []

    def run(self, name: str, detail: str, work: Callable[[], T]) -> T:
        from scoliogait.report.demo_page import DemoStep

        self._console.print(f"[bold]{name}[/]  {detail}")
        start = time.monotonic()
        result = work()
        self.steps.append(DemoStep(name, detail, time.monotonic() - start))
        return result


def _prepare(out: Path, wanted: dict[str, object]) -> None:
    """Accept an empty folder, or a demo of the same settings that may go on; refuse everything else."""
    mark = out / MARK
    content = {"format": FORMAT, **wanted}
    if out.exists() and not out.is_dir():
        raise DataError(f"{out}: exists and is no folder; choose another name")
    if out.is_dir() and any(out.iterdir()):
        found = read_json(mark) if mark.is_file() else None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise DataError(f"{out}: exists and holds something else than a demo; choose another folder with --out")
        if found != content:
            raise DataError(f"{out}: holds a demo with other settings; remove it or choose another folder with --out")
    write_json(mark, content)


def _simulate(folder: Path, walks: int, frames: int, seed: int, console: Console) -> WalkStore:
    """The cohort, without silhouettes, which the demo's model does not look at; a finished one is kept."""
    from scoliogait.data.store import WalkStore, is_store
    from scoliogait.simulation.config import CohortConfig

    if is_store(folder):
        return WalkStore.open(folder)
    config = CohortConfig(n_walks=walks, n_frames=frames, seed=seed, silhouettes=False)
    return write_cohort(config, folder, ratio="half", console=console)


def _train(out: Path, seed: int, settings: list[str], console: Console) -> RunFolder:
    """The trained run; a finished one is kept, an unfinished one goes on."""
    from scoliogait.training.fit import fit
    from scoliogait.training.recipe_file import load_recipe, setting
    from scoliogait.training.run_folder import RunFolder

    folder = RunFolder(out / RUN)
    if folder.facts_file.is_file() and folder.finished:
        return folder
    given = [setting("data.store", (out / COHORT).as_posix()), setting("seed", seed)]
    return fit(load_recipe(RECIPE, [*given, *settings]), out / RUN, console=console)


def _kept_test(folder: Path, model_digest: str) -> TestResult | None:
    """The test result of this model that an earlier call wrote: the test set is opened once, not once a call."""
    from scoliogait.evaluation.predictions import PREDICTIONS_FILE, read_predictions
    from scoliogait.report.evaluation import METRICS

    if not (folder / PREDICTIONS_FILE).is_file():
        return None
    predictions = read_predictions(folder / PREDICTIONS_FILE)
    return (predictions, read_json(folder / METRICS)) if predictions.facts.get("model_digest") == model_digest else None


def _test(out: Path, store: WalkStore, partition: Partition) -> TestResult:
    from scoliogait.evaluation.predictions import PREDICTIONS_FILE, read_predictions
    from scoliogait.evaluation.screening_plan import ScreeningPlan
    from scoliogait.results.model_place import find_model

    place = find_model(str(out / RUN))
    summary = TestRun(place, store, partition, out / EVALUATION, ScreeningPlan()).plain()
    return read_predictions(out / EVALUATION / PREDICTIONS_FILE), summary


def learning_curve_of(run: RunFolder) -> LearningCurve:
    """The curves of a finished run, with the step that validation chose."""
    from scoliogait.report.charts import LearningCurve
    from scoliogait.training.history import History

    rows = History(run.history_file).rows
    losses = {step: row["loss"] for step, row in sorted(rows.items()) if "loss" in row}
    scores = {step: row["validation_macro_f1"] for step, row in sorted(rows.items()) if "validation_macro_f1" in row}
    selected = run.facts()["selection"]["step"]
    return LearningCurve(list(losses), list(losses.values()), list(scores), list(scores.values()), selected)


def _screen_samples(screener: Screener) -> list[ScreenedWalk]:
    from scoliogait.io.read import read_walk
    from scoliogait.report.demo_page import ScreenedWalk
    from scoliogait.samples import sample_paths

    screened = []
    for path in sample_paths():
        walk = read_walk(path)
        try:
            screened.append(ScreenedWalk(walk, screener.screen(walk)))
        except DataError as refusal:
            screened.append(ScreenedWalk(walk, refusal))
    return screened


def _save_picture(path: Path, screened: Sequence[ScreenedWalk], screener: Screener) -> None:
    """One picture of the whole way, of a person in front of an ordinary camera."""
    from scoliogait.report.figures import save_figure
    from scoliogait.report.result_picture import result_picture
    from scoliogait.screening import Screening

    for one in screened:
        if one.walk.walk_id == PICTURED_WALK and isinstance(one.outcome, Screening):
            maps = screener.bundle.contract.model_input(one.walk)["frames"].cpu().numpy()
            save_figure(result_picture(one.walk, maps, one.outcome), path)
