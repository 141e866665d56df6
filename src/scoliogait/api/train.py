"""Training a model and going on from another one, as ``scoliogait train`` and ``scoliogait finetune`` do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.api.places import Place, path_of
from scoliogait.api.shown import Shown, Summary
from scoliogait.errors import RecipeError
from scoliogait.optional_package import names_missing_extra
from scoliogait.training.recipe_file import load_recipe, setting
from scoliogait.training.run_folder import RunFolder

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from scoliogait.report.charts import LearningCurve
    from scoliogait.screening import Screener
    from scoliogait.training.recipe import Recipe

# Values of a recipe to change: dotted keys with values, or texts such as ``"trainer.steps=200"``.
Settings = Mapping[str, Any] | Sequence[str]


@dataclass(frozen=True, repr=False)
class TrainedRun(Shown):
    """A finished run. path: its folder. facts: what its ``run.json`` says: data, partition, selection, validation."""

    path: Path
    facts: Mapping[str, Any]

    @property
    def model(self) -> Path:
        """The folder of its model bundle."""
        return RunFolder(self.path).model

    @property
    def simulated(self) -> bool:
        """Whether it was trained on simulated walks."""
        return str(self.facts.get("simulated", "no")) == "yes"

    def load(self) -> Screener:
        """The model, ready to screen walks."""
        from scoliogait.screening import load_model

        return load_model(self.model)

    def learning_curve(self) -> LearningCurve:
        """Loss and validation macro-F1 at their steps, with the step that was selected."""
        return learning_curve_of(RunFolder(self.path))

    @property
    def validation_words(self) -> str | None:
        """The validation figures of the model, which need not be those of its step; None without validation walks."""
        figures = self.facts.get("validation")
        if not figures:
            return None
        named = ", ".join(f"{name} {_with_interval(entry)}" for name, entry in figures.items())
        return (
            f"validation of the model: {named}, at its temperature {self.facts['temperature']:.3g}; steps are scored "
            "at 1, which can call another class where a walk has several windows"
        )

    def summary_words(self) -> Summary:
        from scoliogait.evaluation.summary import NOT_A_MEDICAL_DEVICE
        from scoliogait.provenance import SIMULATED_WALKS, partition_words

        facts, selection = self.facts, self.facts["selection"]
        origin = " (simulated)" if self.simulated else ""
        rows = [
            ("recipe", f"{facts['recipe_name']}, seed {facts['seed']}"),
            ("data", f"{facts['data']}{origin}, {partition_words(facts['partition'])}"),
            *((("finetuning", str(facts["finetuning"])),) if "finetuning" in facts else ()),
            ("selected", f"step {selection['step']}, by {selection['rule']}"),
            *((f"validation {name}", _with_interval(entry)) for name, entry in facts.get("validation", {}).items()),
            ("model", str(self.model)),
            *(("caution", words) for words in facts.get("cautions") or ()),
        ]
        simulated = (SIMULATED_WALKS,) if self.simulated else ()
        return Summary(f"{self.path}: a finished run", tuple(rows), statements=(NOT_A_MEDICAL_DEVICE, *simulated))

    def plot(self) -> Figure:
        """The learning curve. Raises DataError for a run without validation walks."""
        from scoliogait.report.charts import learning_curve_figure

        note = ", simulated walks" if self.simulated else ""
        return learning_curve_figure(self.learning_curve(), f"Learning curve: {self.facts['recipe_name']}{note}")


@names_missing_extra
def train(
    recipe: str | Path | None,
    data: Place | None = None,
    out: str | Path | None = None,
    *,
    partition: str | Path | None = None,
    settings: Settings = (),
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> TrainedRun:
    """Train a model and write a run folder: bundle, curves, checkpoints, predictions of the validation walks.

    The same call on an unfinished run goes on where it was stopped. Test walks are never looked at.

    recipe: name of one that comes with the package (``recipe_names()``) or a file; None with ``resume``. data: store
    to train on, or a simulated cohort; the recipe's own when None. out: run folder to write. partition: "112", "114",
    "118", "1116" or a file; the recipe's when None, else ``partition.json`` in the store. settings: values of the
    recipe to change, ``{"trainer.steps": 200}`` or ``["trainer.steps=200"]``. resume: go on with the unfinished run in
    ``out`` by its own recipe; a finished one is given back as it is. overwrite: replace the run in ``out``. console:
    where progress is drawn; None: nowhere.

    Raises RecipeError, DataError and ModelError before training starts.
    """
    if out is None:
        raise RecipeError("train: --out is missing; give the run folder to write")
    texts = setting_texts(settings)
    if resume and (recipe is not None or texts or overwrite):
        raise RecipeError("train: --resume takes its recipe from the run; leave out RECIPE, --set and --overwrite")
    if recipe is None and not resume:
        raise RecipeError("train: RECIPE is missing; `scoliogait recipes` lists them, or give --resume to go on")
    run = RunFolder(Path(out))
    if resume and run.finished:
        return TrainedRun(run.path, run.facts())
    chosen = run.recipe_of_unfinished_run() if recipe is None else recipe
    overrides = [*texts, *_data_settings(data, partition)]
    return _fit(load_recipe(chosen, overrides), out, overwrite, console)


@names_missing_extra
def finetune(
    recipe: str | Path,
    source: Place,
    data: Place | None = None,
    out: str | Path | None = None,
    *,
    partition: str | Path | None = None,
    label_order: Sequence[str] | None = None,
    freeze: Sequence[str] = (),
    unfreeze_step: int | None = None,
    allow_leak: bool = False,
    settings: Settings = (),
    overwrite: bool = False,
    console: Console | None = None,
) -> TrainedRun:
    """Train from the weights of another model: what fits is taken, the rest starts from random values.

    The run and its model card record what the model was started from. recipe, data, out, partition, settings,
    overwrite, console: as for ``train``.

    source: a run, run or bundle folder, ``"builtin:NAME"``, or an OpenGait checkpoint (.pt). label_order: class names
    in the order of a checkpoint's logits. freeze: patterns of parameters to hold still, such as ``"backbone.*"``.
    unfreeze_step: step from which all is trained; without it they are held to the end. allow_leak: go on although the
    source was trained on test walks; it is recorded.

    Raises RecipeError, DataError and ModelError before training starts.
    """
    if out is None:
        raise RecipeError("finetune: --out is missing; give the run folder to write")
    given = {
        "start.weights": str(path_of(source)),
        "start.label_order": None if label_order is None else list(label_order),
        "start.freeze": list(freeze) or None,
        "start.unfreeze_step": unfreeze_step,
        "start.allow_leak": allow_leak or None,
    }
    start = [setting(key, value) for key, value in given.items() if value is not None]
    chosen = load_recipe(recipe, [*setting_texts(settings), *start, *_data_settings(data, partition)])
    return _fit(chosen, out, overwrite, console)


def _fit(recipe: Recipe, out: str | Path, overwrite: bool, console: Console | None) -> TrainedRun:
    from scoliogait.training.cheap_checks import check_run

    check_run(recipe, Path(out), overwrite)

    from scoliogait.training.fit import fit  # imports Lightning

    return run_at(fit(recipe, out, overwrite=overwrite, console=console).path)


def run_at(path: str | Path) -> TrainedRun:
    """A finished run on disk. Raises DataError for a folder that is none."""
    from scoliogait.results.model_place import find_run

    folder = find_run(Path(path))
    return TrainedRun(folder.path, folder.facts())


def learning_curve_of(run: RunFolder) -> LearningCurve:
    """The curves of a finished run, with the step that validation chose."""
    from scoliogait.report.charts import LearningCurve
    from scoliogait.training.history import History

    rows = History(run.history_file).rows
    losses = {step: row["loss"] for step, row in sorted(rows.items()) if "loss" in row}
    scores = {step: row["validation_macro_f1"] for step, row in sorted(rows.items()) if "validation_macro_f1" in row}
    selected = run.facts()["selection"]["step"]
    return LearningCurve(list(losses), list(losses.values()), list(scores), list(scores.values()), selected)


def setting_texts(settings: Settings) -> list[str]:
    """Settings as the texts KEY=VALUE of the command line. Raises RecipeError for a single text."""
    if isinstance(settings, str):
        raise RecipeError(f"settings is the text {settings!r}; expected a dictionary, or a list of texts KEY=VALUE")
    if isinstance(settings, Mapping):
        return [setting(key, value) for key, value in settings.items()]
    return list(settings)


def _data_settings(data: Place | None, partition: str | Path | None) -> list[str]:
    store = None if data is None else path_of(data)
    given = {"data.store": store, "data.partition": partition}
    return [setting(key, str(value)) for key, value in given.items() if value is not None]


def _with_interval(entry: Mapping[str, Any]) -> str:
    span = entry["interval"]
    value = "undefined" if entry["value"] is None else f"{entry['value']:.3f}"
    return value if span is None else f"{value} (95 % interval {span[0]:.3f} to {span[1]:.3f})"
