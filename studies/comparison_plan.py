"""What the comparison of models trains and tests: models as settings of one recipe, conditions as walks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BASE_RECIPE = "small-ske"
# More steps of fewer frames: the budget allows each network some hundred steps.
FRAMES_PER_WALK = 12
_WIDTHS = "channels: [8, 16, 32, 64], embedding: 64, parts: 16, classes: 3"
_PAV = "contract.pav={form: %s, statistics: train}"

# Every model at an eighth of the published width, with the sampler, losses, optimizer and schedule of one recipe; what
# differs is said here. DRF and the fusions get the same maps as ScoNet-MT-ske.
MODELS: dict[str, tuple[str, ...]] = {
    "ScoNet": (
        "contract={representation: silhouette}",
        f"model={{architecture: sconet, in_channels: 1, {_WIDTHS}}}",
        "losses.triplet.labels=none",
    ),
    "ScoNet-MT": (
        "contract={representation: silhouette}",
        f"model={{architecture: sconet, in_channels: 1, {_WIDTHS}}}",
    ),
    "ScoNet-MT-ske": (),
    "fusion": (
        "contract.representation=silhouette+skeleton-map",
        f"model={{architecture: fusion, squeeze: 4, {_WIDTHS}}}",
    ),
    "DRF": (_PAV % "literal", f"model={{architecture: drf, in_channels: 2, {_WIDTHS}}}"),
    "DRF, robust PAV": (_PAV % "robust", f"model={{architecture: drf, in_channels: 2, {_WIDTHS}}}"),
    "pose-set": (
        "contract={representation: coordinates, coordinates: {}}",
        "model={architecture: pose-set}",
    ),
    "pose-set + map": (
        "contract.representation=coordinates+skeleton-map",
        "contract.coordinates={}",
        f"model={{architecture: pose-map, in_channels: 2, {_WIDTHS}}}",
    ),
}
QUICK_MODEL = "pose-set"
# A linear softmax classifier on the 24 numbers of the PAV: what the models must beat. Form of the PAV by name.
PROBES: dict[str, str] = {"linear, literal PAV": "literal", "linear, robust PAV": "robust"}

# Where the shifted test walks differ: the same people and walks, filmed from higher up, with a worse pose estimator.
SHIFTED_CAMERA_HEIGHT_M = 2.0
SHIFTED_NOISE = 1.5
FEW_PEOPLE_SHARE = 1 / 3


@dataclass(frozen=True)
class Condition:
    """Which walks train: the released ratio of positive to neutral to negative, and the share of its people."""

    name: str
    ratio: str
    people_share: float = 1.0


CONDITIONS = (
    Condition("1:1:2", "112"),
    Condition("1:1:8", "118"),
    Condition("1:1:8, a third of the people", "118", FEW_PEOPLE_SHARE),
)


@dataclass(frozen=True)
class Job:
    """One training and its tests. ``seed`` also selects the cohort: other seeds are other people."""

    condition: Condition
    model: str
    seed: int

    @property
    def folder_name(self) -> str:
        words = f"{self.condition.name} {self.model} {self.seed}"
        return "-".join("".join(c if c.isalnum() else " " for c in words.replace("+", "and")).split())


@dataclass(frozen=True)
class Study:
    """Where everything lies, and the sizes. budget_s: CPU seconds of a training, one thread."""

    out: Path
    n_walks: int
    n_frames: int
    seeds: tuple[int, ...]
    budget_s: float
    most_steps: int

    def cohort(self, seed: int, shifted: bool = False) -> Path:
        return self.out / "cohorts" / f"{'shifted' if shifted else 'usual'}-{seed}"

    def partition(self, condition: Condition, seed: int) -> Path:
        return self.cohort(seed) / f"{condition.ratio}-{round(100 * condition.people_share)}.json"

    def result(self, job: Job) -> Path:
        """The file that a finished job leaves."""
        return self.out / "runs" / job.folder_name / "result.json"

    def jobs(self, models: tuple[str, ...]) -> list[Job]:
        """What takes seconds first, then whole tables: all networks of a seed before the next seed."""
        quick = (*PROBES, *(model for model in models if model == QUICK_MODEL))
        slow = tuple(model for model in models if model != QUICK_MODEL)
        return [
            Job(condition, model, seed)
            for group in (quick, slow)
            for condition in CONDITIONS
            for seed in self.seeds
            for model in group
        ]
