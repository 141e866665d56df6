"""A model on held-out walks, as ``scoliogait evaluate`` does it: predictions, metrics with intervals, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scoliogait.api.columns import STRATA_FILE, StratifiedEvaluation, columns_of_walks, divide
from scoliogait.api.delivered import delivered_lines, write_delivered
from scoliogait.api.places import Place, path_of
from scoliogait.api.shown import Shown, Summary, span_words, value_words, with_span
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.data.walk_column import WalkColumn
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import PREDICTIONS_FILE, Predictions, read_predictions
from scoliogait.files import write_json
from scoliogait.memory import out_of_memory_in_one_line
from scoliogait.optional_package import names_missing_extra
from scoliogait.progress import Progress, counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scoliogait.evaluation.screening_plan import ScreeningPlan
    from scoliogait.results.model_place import ModelPlace
    from scoliogait.results.test_run import TestResult, TestRun

# Walks that the training has seen. The test walks are no choice here: ``test`` opens them.
SeenWalks = Literal["validation", "train"]
NOT_DELIVERED = (
    "what screen would deliver of these walks is not known: the evaluated model was not kept, or an earlier version "
    "wrote this evaluation"
)


@dataclass(frozen=True, repr=False, eq=False)
class Evaluation(Shown):
    """What a model said about walks. path: the folder that was written. predictions: one row a walk.

    summary: every figure with its interval and what it was counted on, as in ``metrics.json`` (docs/evaluation.md).
    strata: the result divided by each column that was asked for.
    delivered: what ``screen`` would deliver of the same walks, as in ``delivered.json``; None where this is not known,
        as of a test-guided model that a killed call did not keep.
    """

    path: Path
    predictions: Predictions
    summary: Mapping[str, Any]
    strata: tuple[StratifiedEvaluation, ...] = ()
    delivered: Mapping[str, Any] | None = None

    @property
    def metrics(self) -> dict[str, float | None]:
        """Value of each metric by name, 0..1; None where it is undefined. ``summary`` has the intervals."""
        return {name: entry["value"] for name, entry in self.summary["metrics"].items()}

    @property
    def statements(self) -> tuple[str, ...]:
        """What a reader must know."""
        return tuple(self.summary["statements"])

    def summary_words(self) -> Summary:
        return Summary(
            first=self._first,
            title=_title(self.summary),
            headings=("metric", "value", "95 % bootstrap", "counted", "95 % Wilson"),
            rows=tuple(_metric_cells(name, entry) for name, entry in self.summary["metrics"].items()),
            notes=(
                *_notes(self.summary),
                *((NOT_DELIVERED,) if self.delivered is None else delivered_lines(self.delivered)),
            ),
            statements=tuple(text for text in self.statements if text not in self._first),
        )

    @property
    def _first(self) -> tuple[str, ...]:
        """What stands above everything: whether the test walks had a part in the model."""
        return self.predictions.about.seen_statements

    def plot(self) -> Figure:
        """The confusion matrix: rows truth, columns prediction."""
        from scoliogait.report.evaluation import confusion_figure

        return confusion_figure(self.predictions, self.summary)


@names_missing_extra
def evaluate(
    model: Place,
    data: Place | None = None,
    *,
    out: str | Path | None = None,
    partition: str | Path | None = None,
    subset: SeenWalks | None = None,
    test: bool = False,
    test_guided: bool = False,
    bundle: str | Path | None = None,
    resamples: int = 2000,
    seed: int = 0,
    prevalence: float | None = None,
    sensitivity: float | None = None,
    validation: str | Path | None = None,
    by: str | Sequence[str] = (),
    table: Place | None = None,
    allow_leak: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate a model: predictions per walk, every metric with its interval, curves, calibration, operating point.

    Without ``test`` it looks at the validation walks that the run held back. Each call with ``test`` is noted in the
    run's ledger (a bundle alone: in ``ledger.jsonl`` beside ``out``) before a test walk is predicted.

    model: a run, run or bundle folder, or ``"builtin:NAME"``. data: store of walks; the one that the run was trained on
    when None. out: folder to write; in the run, named after the walks, when None. partition: "112", "114", "118",
    "1116" or a file; the run's when None, else ``partition.json`` in the store. subset: walks that the training has
    seen. test_guided: with ``test``, the best of all kept checkpoints on the test walks, marked so; bundle: where to
    keep it. resamples, seed: of the bootstrap. prevalence: share (0..1) of the people to be found where the screening
    is held; adds predictive values. sensitivity: wanted sensitivity (0..1) to abnormal walks; chooses a threshold on
    validation walks, those of the run or of the predictions file ``validation``. by: columns beside the walks to
    divide the result by (see ``stratify``), of ``table`` or else of the store. allow_leak: with ``test``, go on where
    test walks trained or chose the model, by id or by content; the result says so. overwrite: replace an older
    evaluation. progress: called with the number of walks that are done, and of how many.

    Raises DataError and ModelError, before the test set is opened, for what cannot be used; DataError where memory runs
    out.
    """
    from scoliogait.evaluation.screening_plan import ScreeningPlan
    from scoliogait.report.output_folders import refuse_existing_evaluation
    from scoliogait.results.model_place import find_model

    place = find_model(str(path_of(model)))
    bundle_out = None if bundle is None else Path(bundle)
    walks = _walks_asked_for(place, subset, test, test_guided, bundle_out)
    folder = _folder(place, out, "test-guided" if test_guided else walks)
    # A result of the test walks that a kill kept from the ledger is noted, where nothing else is asked for.
    retried = walks == "test" and (folder / PREDICTIONS_FILE).is_file() and not overwrite
    if not retried:
        refuse_existing_evaluation(folder, overwrite)
    # Before the work, and before the test set is opened: a wrong option should cost neither.
    wanted = sensitivity is not None or validation is not None
    plan = ScreeningPlan(prevalence, _validation_predictions(place, validation) if wanted else None, sensitivity)
    store = place.open_store(None if data is None else Path(path_of(data)))
    work = _Work(place, store, place.partition(partition, store), folder, plan, resamples, seed, progress, allow_leak)
    ids = work.ids_of(walks, partition is not None)
    columns = columns_of_walks(store, ids, [by] if isinstance(by, str) else by, table)
    with out_of_memory_in_one_line(lambda which: _too_large(store, which, resamples)):
        evaluation = work.written_before(test_guided, bundle_out) if retried else None
        if evaluation is None:
            if retried:
                refuse_existing_evaluation(folder, overwrite)
            evaluation = (
                work.on_test_walks(test_guided, bundle_out) if walks == "test" else work.on_seen_walks(ids, walks)
            )
        return _divided(evaluation, columns, resamples, seed)


def _divided(evaluation: Evaluation, columns: Sequence[WalkColumn], resamples: int, seed: int) -> Evaluation:
    """The evaluation with what each column says of it, written into its folder too."""
    if not columns:
        return evaluation
    strata = tuple(divide(evaluation.predictions, column, resamples, seed) for column in columns)
    write_json(evaluation.path / STRATA_FILE, {one.content["column"]: one.to_dict() for one in strata})
    return replace(evaluation, strata=strata)


@dataclass(frozen=True)
class _Work:
    """All that was asked for, checked."""

    place: ModelPlace
    store: WalkStore
    partition: Partition
    out: Path
    plan: ScreeningPlan
    resamples: int
    seed: int
    progress: Progress | None
    allow_leak: bool

    def ids_of(self, walks: Literal["validation", "train", "test"], own_partition: bool) -> tuple[str, ...]:
        if walks == "validation":
            return self.place.validation_ids(self.partition, self.store, own_partition)
        return self.partition.test if walks == "test" else self.partition.train

    def test_run(self) -> TestRun:
        from scoliogait.report.evaluation import write_evaluation
        from scoliogait.results.test_run import TestRun

        return TestRun(
            self.place,
            self.store,
            self.partition,
            self.out,
            write_evaluation,
            self.plan,
            self.resamples,
            self.seed,
            allow_leak=self.allow_leak,
        )

    def written_before(self, guided: bool, bundle_out: Path | None) -> Evaluation | None:
        """What a killed call wrote of the test walks and could not note any more."""
        from scoliogait.report.output_folders import written_candidates

        run = self.test_run()
        candidates = written_candidates(self.out)
        written = run.guided_before(candidates, bundle_out) if guided else run.written_before()
        return None if written is None else self._with_delivered(written)

    def on_test_walks(self, guided: bool, bundle_out: Path | None) -> Evaluation:
        run = self.test_run()
        run = replace(run, progress=counted(self.progress, run.n_predictions(guided)))
        return self._with_delivered(run.guided(bundle_out) if guided else run.plain())

    def _with_delivered(self, result: TestResult) -> Evaluation:
        """The evaluation with what ``screen`` would deliver of its walks, written into its folder too."""
        found, bundle = result.predictions, result.bundle
        if bundle is None:
            return Evaluation(result.path, found, result.summary)
        followed = counted(self.progress, len(found))
        delivered = write_delivered(result.path, bundle, self.store, found, self.resamples, self.seed, followed)
        return Evaluation(result.path, found, result.summary, delivered=delivered)

    def on_seen_walks(self, ids: tuple[str, ...], subset: SeenWalks) -> Evaluation:
        from scoliogait.checkpoints.bundle import load_bundle
        from scoliogait.evaluation.summary import summarise
        from scoliogait.report.evaluation import write_evaluation
        from scoliogait.results.evaluate import evaluate_seen_walks
        from scoliogait.results.test_run import TestResult

        bundle = load_bundle(self.place.bundle)
        followed = counted(self.progress, len(ids))
        predictions = evaluate_seen_walks(bundle, self.store, ids, self.partition, subset, progress=followed)
        summary = summarise(predictions, self.resamples, self.seed, plan=self.plan)
        write_evaluation(self.out, predictions, summary, self.plan.validation)
        return self._with_delivered(TestResult(self.out, predictions, summary, bundle))


def _too_large(store: WalkStore, which: str, resamples: int) -> DataError:
    hint = "; CUDA_VISIBLE_DEVICES= (empty) takes the CPU instead" if which == "GPU memory" else ""
    return DataError(
        f"{store.path}: evaluation ran out of {which}; close other programs, lower --resamples ({resamples}), or "
        f"import long walks in shorter parts{hint}"
    )


def _folder(place: ModelPlace, out: str | Path | None, name: str) -> Path:
    if out is not None:
        return Path(out)
    if place.run is None:
        raise DataError(f"{place.bundle}: --out is missing; give the folder to write")
    return place.run.path / name


def _walks_asked_for(
    place: ModelPlace, subset: SeenWalks | None, test: bool, test_guided: bool, bundle: Path | None
) -> Literal["validation", "train", "test"]:
    from scoliogait.checkpoints.config_file import CONFIG, read_config

    if place.run is None:
        read_config(place.bundle / CONFIG)  # something else than a model is refused as that, whatever was asked for
    if test_guided and not test:
        raise DataError("--test-guided chooses on the test walks, so it needs --test too")
    if test_guided and place.run is None:
        raise DataError(f"{place.bundle}: --test-guided needs the checkpoints of a run; give the run folder")
    if bundle is not None and not test_guided:
        raise DataError("--bundle is for --test-guided; the model of a run is a bundle already")
    if test and subset is not None:
        raise DataError(f"--test and --subset {subset} are both given; take one of them")
    if subset not in (None, "validation", "train"):
        raise DataError(f"subset is {subset!r}; expected 'validation' or 'train', or test=True to open the test set")
    if test:
        return "test"
    if subset is None and place.run is None:
        raise DataError(
            f"{place.bundle}: lies in no run, so its validation walks are not known; give --subset, or --test to open "
            "the test set"
        )
    return subset or "validation"


def _validation_predictions(place: ModelPlace, file: str | Path | None) -> Predictions:
    """Of the file, or of the run that the model lies in. Raises DataError when there is none."""
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


def _title(summary: Mapping[str, Any]) -> str:
    from scoliogait.provenance import partition_words

    facts, counts = summary["facts"], summary["counts"]
    return (
        f"{counts['n_walks']} {facts['subset']} walks of {counts['n_people']} people, {facts['data']}, "
        f"{partition_words(facts['partition'])}; model {facts['model']}, selected by {facts['selection']}"
    )


def _metric_cells(name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Value, bootstrap interval, and for plain proportions the counts and the Wilson interval."""
    counts = f"{entry['n_right']} of {entry['n']}" if "n_right" in entry else ""
    return name, value_words(entry["value"]), span_words(entry["interval"]), counts, span_words(entry.get("wilson"))


def _notes(summary: Mapping[str, Any]) -> Iterator[str]:
    """Ranking, calibration, operating point and candidates, each as a line."""
    for group in ("abnormal", "positive"):
        ranking = summary["ranking"][group]
        yield (
            f"ranking of {' or '.join(ranking['classes'])}: ROC AUC {with_span(ranking['roc_auc'])}, "
            f"average precision {with_span(ranking['average_precision'])}"
        )
    yield f"calibration of the called class: ECE {with_span(summary['calibration']['top_label']['ece'])}"
    yield from _decisions(summary)
    if "candidates" in summary:
        tried = [f"step {one['step']} {one['macro_f1']:.3f}" for one in summary["candidates"]]
        yield f"test-guided, macro-F1 of every kept checkpoint: {', '.join(tried)}"


def _decisions(summary: Mapping[str, Any]) -> Iterator[str]:
    point = summary["operating_point"]
    decisions = {f"as called, {group}": entry for group, entry in summary["screening"].items()}
    if point is not None:
        decisions |= {f"at threshold {point['threshold']:.3f} (validation, {point['wanted_sensitivity']:.2f})": point}
    for name, entry in decisions.items():
        if "prevalence" in entry or entry is point:
            figures = ("sensitivity", "specificity", "ppv", "npv", "referral_rate")
            words = [f"{figure} {with_span(entry[figure])}" for figure in figures if figure in entry]
            held = f", prevalence {entry['prevalence']:g}" if "prevalence" in entry else ""
            yield f"{name}{held}: {', '.join(words)}"
