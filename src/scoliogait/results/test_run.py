"""A model's way to its test result: open the test set, predict, write, note the result, update the model card."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.config_file import BUNDLE, CONFIG
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.operating_point import check_no_shared_walks
from scoliogait.evaluation.predictions import PREDICTIONS_FILE, Predictions, read_predictions
from scoliogait.evaluation.screening_plan import ScreeningPlan
from scoliogait.evaluation.summary import summarise
from scoliogait.json_file import has_format
from scoliogait.ledger import Ledger
from scoliogait.progress import Advance
from scoliogait.provenance import Selection
from scoliogait.results.evaluate import evaluate_test_walks
from scoliogait.results.guided import choose_by_test, kept_steps, save_guided, validation_walks
from scoliogait.results.model_place import ModelPlace
from scoliogait.results.opening import Opening, note_result, open_test_set, opening_without_result, tell_card
from scoliogait.results.seen_walks import refuse_leak, seen_walks

Summary = Mapping[str, Any]
# Puts an evaluation on the disk: folder, predictions, their summary, and the validation walks of the operating point.
# ``report.evaluation.write_evaluation`` is one.
Write = Callable[[Path, Predictions, Summary, Predictions | None], None]


@dataclass(frozen=True)
class TestResult:
    """What a test set said, as it was written to ``path``. bundle: the model that said it; None: it was not kept."""

    __test__ = False  # pytest takes a class of this name for tests

    path: Path
    predictions: Predictions
    summary: Summary
    bundle: Bundle | None


@dataclass(frozen=True)
class TestRun:
    """One look at a test set, with a model that lies in a run or alone.

    out: folder of the evaluation. write: puts it on the disk. plan: prevalence and threshold, see ``ScreeningPlan``.
    progress: called with the number of walks just predicted, of ``n_predictions``. allow_leak: go on where test walks
    had a part in the model; else that is refused before the test set is opened.
    """

    __test__ = False

    place: ModelPlace
    store: WalkStore
    partition: Partition
    out: Path
    write: Write
    plan: ScreeningPlan = field(default_factory=ScreeningPlan)
    resamples: int = 2000
    seed: int = 0
    progress: Advance | None = None
    allow_leak: bool = False

    def plain(self) -> TestResult:
        """The model that the run's own rule selected, or the bundle alone.

        Raises DataError for a plan of another model or on test walks, before the test set is opened; then as
        ``open_and_judge`` does.
        """

        def write(predictions: Predictions) -> tuple[Path, Summary]:
            summary = summarise(predictions, self.resamples, self.seed, plan=self.plan)
            return self._write(predictions, summary), summary

        bundle = load_bundle(self.place.bundle)
        self._check_plan(bundle.digest)
        ledger = self.place.ledger(self.out)
        written = self.written_before(bundle)
        if written is not None:
            return written
        predictions, summary = open_and_judge(
            bundle, self.store, self.partition, ledger, write, self.progress, self.allow_leak
        )
        if self.place.run is not None:
            tell_card(self.place.bundle, ledger, bundle.digest)
        return TestResult(self.out, predictions, summary, bundle)

    def written_before(self, bundle: Bundle | None = None) -> TestResult | None:
        """The result that a killed ``plain`` wrote but could not note any more: noted now. None: there is none.

        The test set is not opened again. bundle: the model's, where it is loaded already.
        """
        bundle, ledger = bundle or load_bundle(self.place.bundle), self.place.ledger(self.out)
        selection = bundle.facts.selection
        found = self._without_result(ledger, bundle.digest, selection)
        if found is None or found[1].about.model.digest != bundle.digest:
            return None
        opening, predictions = found
        summary = summarise(predictions, self.resamples, self.seed, plan=self.plan)
        note_result(opening, self._write(predictions, summary), summary, bundle.digest, selection)
        if self.place.run is not None:
            tell_card(self.place.bundle, ledger, bundle.digest)
        return TestResult(self.out, predictions, summary, bundle)

    def guided_before(self, candidates: Sequence[Any], bundle_out: Path | None = None) -> TestResult | None:
        """The same for a killed ``guided``. candidates: as the summary that it wrote lists them.

        bundle_out: where it kept the chosen checkpoint; None is given back too where another model lies there.
        """
        ledger = self.place.ledger(self.out)
        found = self._without_result(ledger, load_bundle(self.place.bundle).digest, Selection.TEST_GUIDED)
        if found is None:
            return None
        opening, predictions = found
        digest = predictions.about.model.digest
        if bundle_out is not None and _digest_in(bundle_out) != digest:
            return None
        summary = summarise(predictions, self.resamples, self.seed) | {"candidates": list(candidates)}
        note_result(opening, self._write(predictions, summary), summary, digest, Selection.TEST_GUIDED)
        if bundle_out is not None:
            tell_card(bundle_out, ledger, digest)
        kept = None if bundle_out is None else load_bundle(bundle_out)
        return TestResult(self.out, predictions, summary, kept)

    def _without_result(
        self, ledger: Ledger, model_digest: str, selection: Selection
    ) -> tuple[Opening, Predictions] | None:
        """The opening of this test set that no result was noted of, and the predictions that were written after it."""
        file = self.out / PREDICTIONS_FILE
        if not file.is_file():
            return None
        opening = opening_without_result(ledger, self.store, self.partition, model_digest, selection)
        predictions = read_predictions(file)
        about = predictions.about
        if opening is None or about.opening != opening.facts or about.model.selection is not selection:
            return None
        return opening, predictions

    def guided(self, bundle_out: Path | None = None) -> TestResult:
        """The best of the run's kept checkpoints on the test walks, marked so; the summary lists the ``candidates``.

        bundle_out: where the chosen checkpoint is kept as a bundle. Raises DataError for a model that lies in no run.
        """
        run = self.place.run
        if run is None:
            raise DataError(f"{self.place.bundle}: a test-guided choice needs the checkpoints of a run")
        own = load_bundle(self.place.bundle)
        validation_walks(run, self.store, self.partition)  # what lacks them is refused before the test set is opened
        seen = seen_walks(own, self.store, self.partition)
        refuse_leak(seen, self.allow_leak)
        ledger = self.place.ledger(self.out)
        opening = open_test_set(
            ledger,
            self.store,
            self.partition,
            model_digest=own.digest,
            selection=Selection.TEST_GUIDED,
            seen=seen.facts,
            candidates=kept_steps(run),
        )
        guided = choose_by_test(run, own, opening, self.progress)
        candidates = [{"step": step, **figures} for step, figures in guided.candidates.items()]
        summary = summarise(guided.predictions, self.resamples, self.seed) | {"candidates": candidates}
        with tempfile.TemporaryDirectory() as elsewhere:
            saved = save_guided(guided, bundle_out or Path(elsewhere) / "model", summary)
        facts = dict(guided.predictions.facts) | {"model_digest": saved.digest}
        predictions = replace(guided.predictions, facts=facts)
        summary["facts"] = facts
        file = self._write(predictions, summary)
        note_result(opening, file, summary, saved.digest, Selection.TEST_GUIDED)
        if bundle_out is not None:
            tell_card(bundle_out, ledger, saved.digest)
        return TestResult(self.out, predictions, summary, saved)

    def n_predictions(self, guided: bool) -> int:
        """How many walks will be predicted, those of each candidate counted."""
        n_models = len(kept_steps(self.place.run)) if guided and self.place.run is not None else 1
        return n_models * len(self.store.indices_of(self.partition.test))

    def _check_plan(self, model_digest: str) -> None:
        chosen_on = self.plan.validation
        if chosen_on is None:
            return
        if chosen_on.facts.get("model_digest", model_digest) != model_digest:
            raise DataError(
                "the validation predictions (--validation) are of another model; take those of the one evaluated"
            )
        tested = [self.store.walk_ids[index] for index in self.store.indices_of(self.partition.test)]
        check_no_shared_walks(tested, chosen_on)

    def _write(self, predictions: Predictions, summary: Summary) -> Path:
        self.write(self.out, predictions, summary, self.plan.validation)
        return self.out / PREDICTIONS_FILE


def open_and_judge(
    bundle: Bundle,
    store: WalkStore,
    partition: Partition,
    ledger: Ledger,
    write: Callable[[Predictions], tuple[Path, Summary]],
    progress: Advance | None = None,
    allow_leak: bool = False,
) -> tuple[Predictions, Summary]:
    """Note the opening, predict, write, note the result. Returns the predictions and their summary.

    write: puts the predictions on the disk; gives their file and their summary. progress: called with the number of
    walks just done. Raises DataError, before the test set is opened, when walks of it had a part in the model, unless
    ``allow_leak``; then what ``open_test_set``, ``evaluate_test_walks`` and ``write`` raise.
    """
    selection = bundle.facts.selection
    seen = seen_walks(bundle, store, partition)
    refuse_leak(seen, allow_leak)
    opening = open_test_set(ledger, store, partition, model_digest=bundle.digest, selection=selection, seen=seen.facts)
    predictions = evaluate_test_walks(opening, bundle, progress=progress)
    file, summary = write(predictions)
    note_result(opening, file, summary, bundle.digest, selection)
    return predictions, summary


def _digest_in(folder: Path) -> str | None:
    """Of the bundle in a folder; None where there is none."""
    return load_bundle(folder).digest if has_format(folder / CONFIG, BUNDLE) else None
