"""What ``scoliogait reproduce`` trains: the rows of the published tables, each as a recipe, a split and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scoliogait.data.partition import PUBLISHED
from scoliogait.errors import RecipeError
from scoliogait.reproduction.published import PUBLISHED_FIGURES, PublishedFigure
from scoliogait.training.recipe import Cosine, Recipe
from scoliogait.training.recipe_file import load_recipe, recipe_names
from scoliogait.wording import nearest

# A recipe without a version of its own for 1:1:4 and 1:1:16 follows that for 1:1:8 by its partition.
_STAND_IN = "118"
_SMOKE_WIDTHS = {"channels": [4, 4, 8, 8], "embedding": 8, "width": 8, "squeeze": 2}


@dataclass(frozen=True)
class Row:
    """One line of the table. name: also that of its folder. recipe: of the package. split: whose walks train.

    common_test: tested on the walks that all splits of the class-ratio study share, instead of the split's own.
    published: keys of the figures it stands beside. start: row whose model of the same seed it is trained on from.
    """

    name: str
    model: str
    recipe: str
    split: str
    published: tuple[str, ...] = ()
    common_test: bool = False
    start: str | None = None
    overrides: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[PublishedFigure, ...]:
        return tuple(PUBLISHED_FIGURES[key] for key in self.published)

    def load(self, *overrides: str, smoke: bool = False) -> Recipe:
        """The row's recipe; overrides as ``load_recipe`` takes them. Raises RecipeError as it does."""
        recipe = load_recipe(self.recipe, [*self.overrides, *overrides])
        return load_recipe(self.recipe, [*self.overrides, *_smoke(recipe), *overrides]) if smoke else recipe


def _published_rows() -> list[Row]:
    models = {"sconet": "ScoNet", "sconet-mt": "ScoNet-MT", "sconet-mt-ske": "ScoNet-MT-ske", "drf": "DRF"}
    figures = {
        "sconet-mt-112": ("sconet-mt-112-notes",),
        "sconet-mt-118": ("sconet-mt-118-paper",),
        "sconet-mt-ske-118": ("sconet-mt-ske-118-paper", "skeleton-control-118-notes"),
        "drf-118": ("drf-118-paper",),
    }
    names = [(f"{model}-{split}", model, split) for split in PUBLISHED for model in models]
    return [Row(name, models[m], _recipe_of(m, split), split, figures.get(name, ())) for name, m, split in names]


def _chain_rows() -> list[Row]:
    return [
        Row("body-only-sgd-112", "body-only maps, SGD", "body-only-sgd-112", "112", ("body-only-sgd-112-notes",)),
        Row(
            "body-only-adamw-112",
            "… then AdamW, cosine",
            "body-only-adamw-112",
            "112",
            ("body-only-adamw-27k-112-notes", "body-only-adamw-64k-112-notes"),
            start="body-only-sgd-112",
        ),
        Row(
            "drf-warm-112",
            "… then DRF",
            "drf-warm-112",
            "112",
            ("drf-bridge-112-notes",),
            start="body-only-sgd-112",
        ),
        Row(
            "head-lite-112",
            "head-lite maps, SGD",
            "body-only-sgd-112",
            "112",
            ("head-lite-112-notes",),
            overrides=("contract.skeleton_map.joints=head-lite",),
        ),
    ]


def _own_rows() -> list[Row]:
    models = {"fusion": "fusion", "pose-set": "set network (ours)", "pose-map": "set network and map (ours)"}
    return [Row(f"{m}-{split}", models[m], f"{m}-{split}", split) for split in ("112", "118") for m in models]


def _ratio_rows() -> list[Row]:
    """The two models of the published class-ratio study, on one test set for all ratios."""
    models = {"sconet": "ScoNet", "sconet-mt": "ScoNet-MT"}
    return [
        Row(f"{m}-{split}-common", models[m], _recipe_of(m, split), split, common_test=True)
        for m in models
        for split in PUBLISHED
    ]


def _recipe_of(model: str, split: str) -> str:
    return f"{model}-{split}" if f"{model}-{split}" in recipe_names() else f"{model}-{_STAND_IN}"


ROWS: dict[str, Row] = {row.name: row for row in (*_published_rows(), *_chain_rows(), *_own_rows(), *_ratio_rows())}


def choose_rows(patterns: Sequence[str] = ()) -> list[Row]:
    """Rows by name or pattern (``drf-*``; several in one text with commas), in the table's order; all without any.

    A row that another one starts from comes along. Raises RecipeError for a pattern that no row has.
    """
    wanted = [part.strip() for text in patterns for part in text.split(",") if part.strip()]
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in ROWS):
            meant = nearest(pattern, ROWS)
            hint = f"; did you mean {meant!r}?" if meant else ""
            raise RecipeError(f"--rows {pattern}: no such row{hint}; expected some of {', '.join(ROWS)}")
    chosen = {name for name in ROWS if not wanted or any(fnmatchcase(name, pattern) for pattern in wanted)}
    chosen |= {start for name in chosen if (start := ROWS[name].start) is not None}
    return [row for row in ROWS.values() if row.name in chosen]


def chains(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that start from one another together, in the order in which they can be trained."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.start is not None):
        found.setdefault(row.start or row.name, []).append(row)
    return list(found.values())


def _smoke(recipe: Recipe) -> list[str]:
    """Overrides that leave of a recipe just enough to run all its parts: widths, steps, walks and frames."""
    shape = [f"model.{key}={value}" for key, value in _SMOKE_WIDTHS.items() if hasattr(recipe.model, key)]
    shape += ["model.parts=4"] if recipe.contract.in_channels else []
    schedule = ["schedule.warmup_steps=1"] if isinstance(recipe.schedule, Cosine) else []
    start = ["start.unfreeze_step=2"] if recipe.start.unfreeze_step is not None else []
    batch = ["sampler.identities=6", "sampler.walks_per_identity=2", "sampler.frames=4", "contract.max_frames=16"]
    trainer = {"steps": 6, "log_every": 2, "save_every": 3, "evaluate_every": 3, "keep_best": 1, "precision": "fp32"}
    steps = [f"trainer.{key}={value}" for key, value in trainer.items()]
    return [*shape, *schedule, *start, *batch, *steps, "log.tensorboard=false"]
