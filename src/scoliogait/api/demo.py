"""The main job from end to end, as ``scoliogait demo`` does it: simulate, train, test, screen and report real walks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scoliogait.api.delivered import RISK_COVERAGE, read_delivered
from scoliogait.api.demo_reports import (
    PICTURED_WALK,
    DemoReports,
    known_values,
    linked,
    report_recording,
    report_rendered,
)
from scoliogait.api.evaluate import Evaluation, evaluate
from scoliogait.api.report import ReportOutcome
from scoliogait.api.shown import Shown, Summary
from scoliogait.api.simulate import simulate
from scoliogait.api.train import Settings, TrainedRun, finetune, learning_curve_of, run_at, setting_texts
from scoliogait.checkpoints.config_file import CONFIG, read_config
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.errors import DataError
from scoliogait.files import read_json, write_json
from scoliogait.optional_package import names_missing_extra, require_package
from scoliogait.progress import Progress
from scoliogait.provenance import ModelFacts

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from scoliogait.report.demo_page import DemoStep, WalkOutcome
    from scoliogait.screening import Screener

FORMAT = "scoliogait.demo"
MARK, COHORT, RUN, EVALUATION, PAGE = "demo.json", "cohort", "run", "evaluation", "index.html"
REPORTS, PICTURE = "reports", "screening.png"
RECIPE, START = "small-pose-set", "builtin:pose-set"
KEPT = ", begun by an earlier call"

# Opens a display for the walks of a step, whose name it takes.
Follow = Callable[[str], AbstractContextManager[Progress | None]]


@dataclass(frozen=True, repr=False, eq=False)
class Demo(Shown):
    """A finished demo.

    path: its folder; run: the trained model; evaluation: what its test walks said; reports: of one real recording, as
    ``write_reports`` gives it, and of a rendered walker, as ``write_session_report`` gives it.
    """

    path: Path
    run: TrainedRun
    evaluation: Evaluation
    reports: DemoReports

    @property
    def page(self) -> Path:
        """The page to look at."""
        return self.path / PAGE

    @property
    def report(self) -> Path:
        """The report of a real recording, HTML; beside it lie its other files."""
        return _page_of(self.reports.recording)

    @property
    def rendered_report(self) -> Path:
        """The report of a rendered walker, who is no person, HTML."""
        return _page_of(self.reports.rendered)

    def summary_words(self) -> Summary:
        figures = self.evaluation.summary["metrics"]
        return Summary(
            title=f"test, {len(self.evaluation.predictions)} simulated walks: "
            f"macro-F1 {figures['macro_f1']['value']:.3f}, accuracy {figures['accuracy']['value']:.3f}",
            rows=(
                ("page", str(self.page)),
                ("report", str(self.report)),
                ("rendered", str(self.rendered_report)),
                ("model", str(self.run.model)),
            ),
            statements=self.evaluation.statements,
        )

    def plot(self) -> Figure:
        """The confusion matrix of the test walks."""
        return self.evaluation.plot()


@names_missing_extra
def demo(
    out: str | Path = "demo",
    *,
    walks: int = 1200,
    frames: int = 60,
    seed: int = 0,
    settings: Settings = (),
    workers: int | None = 1,
    say: Callable[[str, str], None] = lambda step, detail: None,
    follow: Follow = lambda what: nullcontext(None),
    console: Console | None = None,
) -> Demo:
    """Simulate a cohort, train a small model on it, test it, screen the real walks of the package, and write one page.

    Training goes on from the start weights of the package. One of the real walks gets a report, and so does a rendered
    walker, whose page says what was planted into it and what was measured; the page links both.

    out: folder to write; an unfinished demo of the same settings in it goes on. walks, frames: of the cohort, at least
    30 each. seed: of cohort and training. settings: values of the recipe to change. workers: as for ``simulate``. say:
    takes name and detail of each step as it begins. follow: opens a display for the walks of a step, and gives what is
    called with the number that are done, and of how many. console: where the training's progress is drawn.

    Raises DataError for a folder that holds something else, and what the steps raise.
    """
    from scoliogait import __version__
    from scoliogait.training.recipe_file import load_recipe

    if min(walks, frames) < 30:
        raise DataError(f"demo: {walks} walks of {frames} frames are too few to train on; give at least 30 of each")
    folder, texts = Path(out), setting_texts(settings)
    load_recipe(RECIPE, texts)  # a wrong setting is refused before anything is simulated
    _refuse_seed_of_start(seed)
    made_by = {"version": __version__, "recipe": RECIPE, "start": START}
    _prepare(folder, {**made_by, "walks": walks, "frames": frames, "seed": seed, "settings": texts})

    # A step that an earlier call finished takes no time now, and the page must not pass that off as its duration.
    kept_cohort, kept_run = (KEPT if (folder / part).exists() else "" for part in (COHORT, RUN))
    clock = _Clock(say)
    clock.run(
        "simulate",
        f"{walks} walks of {frames} frames{kept_cohort}",
        lambda: _simulate(folder / COHORT, walks, frames, seed, workers, follow),
    )
    run = clock.run("train", f"recipe {RECIPE} from {START}{kept_run}", lambda: _train(folder, seed, texts, console))
    screener = run.load()
    kept = _kept_test(folder / EVALUATION, screener.model.digest)
    evaluation = clock.run(
        "evaluate",
        f"{_n_test_walks(folder)} held-out walks{KEPT if kept else ''}",
        lambda: kept or _test(folder, run, follow),
    )
    screened = clock.run("screen", "real walks that come with the package", lambda: _screen_samples(screener))
    place = folder / REPORTS
    recording = clock.run(
        "report", f"{PICTURED_WALK}, for the family and for the examiner", lambda: report_recording(place, screener)
    )
    rendered = clock.run(
        "report", "a rendered walker, no person, whose truth is known", lambda: report_rendered(place, screener)
    )
    made = Demo(folder, run, evaluation, DemoReports(recording, rendered))
    _write_page(made, screener, screened, clock.steps)
    return made


T = TypeVar("T")


@dataclass
class _Clock:
    """Runs the steps, says which one runs, and keeps how long each took."""

    say: Callable[[str, str], None]
    steps: list[DemoStep] = field(default_factory=list)

    def run(self, name: str, detail: str, work: Callable[[], T]) -> T:
        from scoliogait.report.demo_page import DemoStep

        self.say(name, detail)
        start = time.monotonic()
        result = work()
        self.steps.append(DemoStep(name, detail, time.monotonic() - start))
        return result


def _refuse_seed_of_start(seed: int) -> None:
    """The page says that training never saw the test walks; of the cohort of the start weights that is not known."""
    config, digest = read_config(model_folder(START) / CONFIG)
    facts = ModelFacts.from_provenance(config.provenance, START, digest, config.contract.describe())
    if facts.trained_on.simulation_seed == str(seed):
        raise DataError(
            f"demo: seed {seed} made the walks that trained {START}, from which the demo starts; take another"
        )


def _prepare(out: Path, wanted: Mapping[str, object]) -> None:
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
    require_package("torch")  # after what is refused without it, and before anything is written
    write_json(mark, content)


def _simulate(folder: Path, walks: int, frames: int, seed: int, workers: int | None, follow: Follow) -> None:
    """The cohort, without silhouettes, which the demo's model does not look at; a finished one is kept."""
    from scoliogait.data.store import is_store

    if is_store(folder):
        return
    with follow("simulating walks") as progress:
        simulate(
            folder,
            walks=walks,
            frames=frames,
            seed=seed,
            ratio="half",
            silhouettes=False,
            workers=workers,
            progress=progress,
        )


def _train(out: Path, seed: int, settings: Sequence[str], console: Console | None) -> TrainedRun:
    """The trained run; a finished one is kept, an unfinished one goes on."""
    from scoliogait.training.recipe_file import setting
    from scoliogait.training.run_folder import RunFolder

    folder = RunFolder(out / RUN)
    if folder.facts_file.is_file() and folder.finished:
        return run_at(folder.path)
    given = [setting("data.store", (out / COHORT).as_posix()), setting("seed", seed)]
    return finetune(RECIPE, START, out=folder.path, settings=[*given, *settings], console=console)


def _n_test_walks(out: Path) -> int:
    from scoliogait.data.partition import OWN_PARTITION, read_partition

    return len(read_partition(out / COHORT / OWN_PARTITION).test)


def _test(out: Path, run: TrainedRun, follow: Follow) -> Evaluation:
    with follow("evaluating walks") as progress:
        return evaluate(run, out / COHORT, out=out / EVALUATION, test=True, progress=progress)


def _kept_test(folder: Path, model_digest: str) -> Evaluation | None:
    """The test result of this model that an earlier call wrote: the test set is opened once, not once a call."""
    from scoliogait.evaluation.predictions import PREDICTIONS_FILE, read_predictions
    from scoliogait.report.evaluation import METRICS

    if not (folder / PREDICTIONS_FILE).is_file():
        return None
    predictions = read_predictions(folder / PREDICTIONS_FILE)
    if predictions.facts.get("model_digest") != model_digest:
        return None
    summary = read_json(folder / METRICS)
    return Evaluation(folder, predictions, summary, delivered=read_delivered(folder))


def _screen_samples(screener: Screener) -> list[WalkOutcome]:
    from scoliogait.io.read import read_walk
    from scoliogait.report.demo_page import WalkOutcome
    from scoliogait.samples import sample_paths

    screened = []
    for path in sample_paths():
        walk = read_walk(path)
        try:
            screened.append(WalkOutcome(walk, screener.screen(walk)))
        except DataError as refusal:
            screened.append(WalkOutcome(walk, refusal))
    return screened


def _write_page(made: Demo, screener: Screener, screened: Sequence[WalkOutcome], steps: Sequence[DemoStep]) -> None:
    """The page, and one picture of the whole way, of a person in front of an ordinary camera."""
    from scoliogait import __version__
    from scoliogait.api.screen import ScreenedWalk
    from scoliogait.report.demo_page import DemoResult, write_demo_page
    from scoliogait.report.figures import save_figure
    from scoliogait.screening import Screening
    from scoliogait.training.run_folder import RunFolder

    picture = made.evaluation.path / RISK_COVERAGE
    result = DemoResult(
        version=__version__,
        contract=screener.model.contract,
        curve=learning_curve_of(RunFolder(made.run.path)),
        predictions=made.evaluation.predictions,
        summary=made.evaluation.summary,
        walks=screened,
        steps=steps,
        delivered=made.evaluation.delivered,
        risk_coverage=picture.read_bytes() if picture.is_file() else None,
        reports=linked(made.reports, made.path),
        known=known_values(made.reports),
    )
    write_demo_page(made.page, result)
    for one in screened:
        if one.walk.walk_id == PICTURED_WALK and isinstance(one.outcome, Screening):
            save_figure(ScreenedWalk(one.walk, one.outcome, screener).plot(), made.path / PICTURE)


def _page_of(reported: ReportOutcome) -> Path:
    assert reported.written is not None
    return reported.written.paths[0]
