"""``scoliogait evaluate``: a model and held-out walks in; predictions, metrics with intervals and pictures out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scoliogait.cli import options
from scoliogait.cli.options import BootstrapSeed, Resamples, RunStore
from scoliogait.cli.progress import progress_bar
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.data.partition import Partition
    from scoliogait.data.store import WalkStore
    from scoliogait.evaluation.predictions import Predictions
    from scoliogait.evaluation.screening_plan import ScreeningPlan
    from scoliogait.results.model_place import ModelPlace

_GUIDED = "test-guided"


class Subset(StrEnum):
    """Walks that the training has seen. The test walks are no choice here: ``--test`` opens them."""

    VALIDATION = "validation"
    TRAIN = "train"


def evaluate(
    model: Annotated[str, typer.Argument(help="Run folder, model bundle folder, or builtin:demo.")],
    data: RunStore = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: in the run, named after the walks.")
    ] = None,
    partition: Annotated[str | None, options.partition("default: the run's, else STORE/partition.json.")] = None,
    subset: Annotated[
        Subset | None, typer.Option(help="Walks that the training has seen; default, in a run: validation.")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Open the test set; the ledger notes it.")] = False,
    test_guided: Annotated[
        bool,
        typer.Option(
            "--test-guided", help="With --test: the best of all kept checkpoints on the test walks, marked so."
        ),
    ] = False,
    bundle: Annotated[
        Path | None, typer.Option(help="With --test-guided: write the best checkpoint as a bundle here.")
    ] = None,
    resamples: Resamples = 2000,
    seed: BootstrapSeed = 0,
    prevalence: Annotated[
        float | None,
        typer.Option(
            help="Share of the people to be found where the screening is held, such as 0.03: adds PPV and NPV."
        ),
    ] = None,
    sensitivity: Annotated[
        float | None,
        typer.Option(
            help="Wanted sensitivity to abnormal walks, such as 0.9: chooses a threshold on validation walks."
        ),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(help="Predictions of validation walks; without it those that the training left beside the model."),
    ] = None,
    overwrite: Annotated[bool, options.overwrite("an older evaluation in that folder")] = False,
) -> None:
    """Evaluate a model: predictions per walk, every metric with its interval, curves, calibration, operating point.

    Without --test it looks at the validation walks that the run held back. Each --test is written into the run's ledger
    (a bundle alone: into ledger.jsonl beside --out) before a test walk is predicted.

    Example: scoliogait evaluate runs/demo --test
    """
    from scoliogait.data.partition import partition_digest
    from scoliogait.evaluation.screening_plan import ScreeningPlan
    from scoliogait.report.output_folders import refuse_existing_evaluation
    from scoliogait.results.model_place import find_model

    place = find_model(model)
    walks = _walks_asked_for(place, subset, test, test_guided, bundle)
    if out is None:
        if place.run is None:
            raise DataError(f"{model}: --out is missing; give the folder to write")
        out = place.run.path / (_GUIDED if test_guided else walks)
    refuse_existing_evaluation(out, overwrite)
    # Before the work, and before the test set is opened: a wrong option should cost neither.
    chosen_on = (
        _validation_predictions(place, validation) if sensitivity is not None or validation is not None else None
    )
    plan = ScreeningPlan(prevalence, chosen_on, sensitivity)
    store = place.open_store(data)
    chosen = place.partition(partition, store)

    from scoliogait.checkpoints.bundle import load_bundle
    from scoliogait.evaluation.summary import summarise
    from scoliogait.report.evaluation import write_evaluation
    from scoliogait.results.evaluate import evaluate_walks

    console = Console(highlight=False)
    if test:
        tested = TestRun(place, store, chosen, out, plan, resamples, seed)
        summary = tested.guided(bundle) if test_guided else tested.plain()
    else:
        ids = chosen.train if walks == Subset.TRAIN else place.validation_ids(chosen, store, partition is not None)
        digest = {"partition_sha256": partition_digest(chosen)}
        with progress_bar("evaluating walks", len(ids)) as bar:
            predictions = evaluate_walks(
                load_bundle(place.bundle),
                store,
                ids,
                partition=chosen.name,
                subset=walks,
                progress=bar.advance,
                facts=digest,
            )
        summary = summarise(predictions, resamples, seed, plan=plan)
        write_evaluation(out, predictions, summary, chosen_on)
    print_summary(summary, console)
    console.print(Text(f"written: {out}", style="dim"), soft_wrap=True)


@dataclass(frozen=True)
class TestRun:
    """The road of every look at a test set: note it, predict, write, note the result, tell the model card."""

    __test__ = False  # pytest takes a class of this name for tests

    place: ModelPlace
    store: WalkStore
    partition: Partition
    out: Path
    plan: ScreeningPlan
    resamples: int = 2000
    seed: int = 0

    def plain(self) -> Mapping[str, Any]:
        """The model that the run's own rule selected, or the bundle alone. Returns the summary."""
        from scoliogait.checkpoints.bundle import load_bundle
        from scoliogait.evaluation.summary import summarise
        from scoliogait.results.opening import open_and_judge, tell_card

        def write(predictions: Predictions) -> tuple[Path, Mapping[str, Any]]:
            summary = summarise(predictions, self.resamples, self.seed, plan=self.plan)
            return self._write(predictions, summary), summary

        bundle = load_bundle(self.place.bundle)
        self._check_plan(bundle.digest)
        ledger = self.place.ledger(self.out)
        with progress_bar("evaluating walks", len(self.partition.test)) as bar:
            summary = open_and_judge(bundle, self.store, self.partition, ledger, write, bar.advance)
        if self.place.run is not None:
            tell_card(self.place.bundle, ledger, bundle.digest)
        return summary

    def guided(self, bundle_out: Path | None) -> Mapping[str, Any]:
        """The best of the run's kept checkpoints on the test walks. Returns the summary, with the candidates."""
        from scoliogait.checkpoints.bundle import load_bundle
        from scoliogait.evaluation.summary import summarise
        from scoliogait.results.guided import TEST_GUIDED, choose_by_test, kept_steps, save_guided
        from scoliogait.results.opening import note_result, open_test_set, tell_card

        run = self.place.run
        assert run is not None
        steps = kept_steps(run)
        own = load_bundle(self.place.bundle)
        ledger = self.place.ledger(self.out)
        opening = open_test_set(
            ledger, self.store, self.partition, model_digest=own.digest, selection=TEST_GUIDED, candidates=steps
        )
        with progress_bar("evaluating walks", len(self.partition.test) * len(steps)) as bar:
            guided = choose_by_test(run, own, self.store, self.partition, opening.facts, bar.advance)
        summary = summarise(guided.predictions, self.resamples, self.seed)
        summary["candidates"] = [{"step": step, **figures} for step, figures in guided.candidates.items()]
        with tempfile.TemporaryDirectory() as elsewhere:
            saved = save_guided(guided, bundle_out or Path(elsewhere) / "model", summary)
        facts = dict(guided.predictions.facts) | {"model_digest": saved.digest}
        predictions = replace(guided.predictions, facts=facts)
        summary["facts"] = facts
        note_result(opening, self._write(predictions, summary), summary, saved.digest, TEST_GUIDED)
        if bundle_out is not None:
            tell_card(bundle_out, ledger, saved.digest)
        return summary

    def _check_plan(self, model_digest: str) -> None:
        """A threshold of another model, or chosen on test walks, is refused before the test set is opened."""
        from scoliogait.evaluation.operating_point import check_no_shared_walks

        chosen_on = self.plan.validation
        if chosen_on is None:
            return
        if chosen_on.facts.get("model_digest", model_digest) != model_digest:
            raise DataError("the validation predictions are of another model; take those of the model evaluated")
        tested = [self.store.walk_ids[index] for index in self.store.indices_of(self.partition.test)]
        check_no_shared_walks(tested, chosen_on)

    def _write(self, predictions: Predictions, summary: Mapping[str, Any]) -> Path:
        from scoliogait.evaluation.predictions import PREDICTIONS_FILE
        from scoliogait.report.evaluation import write_evaluation

        write_evaluation(self.out, predictions, summary, self.plan.validation)
        return self.out / PREDICTIONS_FILE


def _walks_asked_for(
    place: ModelPlace, subset: Subset | None, test: bool, test_guided: bool, bundle: Path | None
) -> str:
    if place.run is None and not place.bundle.is_dir():
        raise DataError(f"{place.bundle}: is no folder; expected a run, a model bundle or builtin:demo")
    if test_guided and not test:
        raise DataError("--test-guided chooses on the test walks, so it needs --test too")
    if test_guided and place.run is None:
        raise DataError(f"{place.bundle}: --test-guided needs the checkpoints of a run; give the run folder")
    if bundle is not None and not test_guided:
        raise DataError("--bundle is for --test-guided; the model of a run is a bundle already")
    if test and subset is not None:
        raise DataError(f"--test and --subset {subset.value} are both given; take one of them")
    if test:
        return "test"
    if subset is None and place.run is None:
        raise DataError(
            f"{place.bundle}: lies in no run, so its validation walks are not known; give --subset, or --test to open "
            "the test set"
        )
    return (subset or Subset.VALIDATION).value


def print_summary(summary: Mapping[str, Any], console: Console) -> None:
    """The figures as a table: value, bootstrap interval, and for plain proportions the counts and Wilson interval."""
    facts, counts = summary["facts"], summary["counts"]
    title = (
        f"{counts['n_walks']} {facts['subset']} walks of {counts['n_people']} people, {facts['data']}, "
        f"partition {facts['partition']}; model {facts['model']}, selected by {facts['selection']}"
    )
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("metric", no_wrap=True)
    for heading in ("value", "95 % bootstrap", "counted", "95 % Wilson"):
        table.add_column(heading, justify="right")
    for name, entry in summary["metrics"].items():
        counted = f"{entry['n_right']} of {entry['n']}" if "n_right" in entry else ""
        table.add_row(name, _value(entry["value"]), _span(entry["interval"]), counted, _span(entry.get("wilson")))
    console.print(table)
    _print_screening(summary, console)
    if "candidates" in summary:
        tried = [f"step {one['step']} {one['macro_f1']:.3f}" for one in summary["candidates"]]
        console.print(f"test-guided, macro-F1 of every kept checkpoint: {', '.join(tried)}", soft_wrap=True)
    for statement in summary["statements"]:
        console.print(Text(statement, style="yellow"))


def _print_screening(summary: Mapping[str, Any], console: Console) -> None:
    """Ranking, calibration and operating point, each as a line."""
    for group in ("abnormal", "positive"):
        ranking = summary["ranking"][group]
        called = " or ".join(ranking["classes"])
        console.print(
            f"ranking of {called}: ROC AUC {_with_span(ranking['roc_auc'])}, "
            f"average precision {_with_span(ranking['average_precision'])}",
            soft_wrap=True,
        )
    console.print(f"calibration of the called class: ECE {_with_span(summary['calibration']['top_label']['ece'])}")
    point = summary["operating_point"]
    decisions = {f"as called, {group}": entry for group, entry in summary["screening"].items()}
    if point is not None:
        decisions |= {f"at threshold {point['threshold']:.3f} (validation, {point['wanted_sensitivity']:.2f})": point}
    for name, entry in decisions.items():
        if "prevalence" in entry or entry is point:
            figures = ("sensitivity", "specificity", "ppv", "npv", "referral_rate")
            words = [f"{figure} {_with_span(entry[figure])}" for figure in figures if figure in entry]
            held = f", prevalence {entry['prevalence']:g}" if "prevalence" in entry else ""
            console.print(f"{name}{held}: {', '.join(words)}", soft_wrap=True)


def _with_span(entry: Mapping[str, Any]) -> str:
    span = _span(entry["interval"])
    return f"{_value(entry['value'])} ({span})" if span else _value(entry["value"])


def _validation_predictions(place: ModelPlace, file: Path | None) -> Predictions:
    """Of the file, or of the run that the model lies in. Raises DataError when there is none."""
    from scoliogait.evaluation.predictions import read_predictions
    from scoliogait.training.run_folder import RunFolder

    if file is not None:
        return read_predictions(file)
    own = RunFolder(place.bundle.parent).validation_file
    if not own.is_file():
        raise DataError(
            f"{own}: there are no validation predictions beside the model; give --validation FILE, "
            "or leave --sensitivity out"
        )
    return read_predictions(own)


def _value(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _span(interval: list[float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
